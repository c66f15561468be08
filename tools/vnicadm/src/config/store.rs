// SPDX-License-Identifier: GPL-2.0
//! The file: read whole, and replaced whole under a lock.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::error::Error;

/// The file of a configuration.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// That of this path, through links. None: its folder is not there, and
    /// nobody named the file, so that nothing is to be written down.
    pub fn find(path: &Path, named: bool) -> Result<Option<Self>, Error> {
        // A link stays one.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match folder(&path).metadata() {
            Ok(_) => Ok(Some(Self { path })),
            Err(err) if err.kind() == io::ErrorKind::NotFound && !named => Ok(None),
            Err(err) => Err(Error::file(&path)(err)),
        }
    }

    /// Its text; none: there is no file.
    pub fn read(&self) -> Result<Option<String>, Error> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(err) => Err(Error::file(&self.path)(err)),
        }
    }

    /// Keeps others from writing, and makes sure that this one can.
    pub fn lock(&self) -> Result<Locked<'_>, Error> {
        let folder = folder(&self.path);
        let lock = File::open(folder).map_err(Error::file(folder))?;
        flock(&lock, FlockOperation::LockExclusive)
            .map_err(|err| Error::file(folder)(err.into()))?;
        // Nobody else is at it: what lies there was left by one that died.
        let new = folder.join(format!(".{}.new", self.name()));
        let file = File::create(&new).map_err(Error::file(&new))?;
        Ok(Locked {
            store: self,
            new,
            file,
            lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// A file that nobody else can write meanwhile.
pub struct Locked<'a> {
    store: &'a Store,
    new: PathBuf,
    file: File,
    lock: File,
}

impl Locked<'_> {
    /// The text.
    pub fn read(&self) -> Result<Option<String>, Error> {
        self.store.read()
    }

    /// Replaces the text. Whoever reads, and whenever the machine stops, there
    /// is the old one or the new one.
    pub fn write(mut self, text: &str) -> Result<(), Error> {
        let path = self.store.path();
        if let Ok(old) = fs::metadata(path) {
            self.file
                .set_permissions(old.permissions())
                .map_err(Error::file(&self.new))?;
        }
        self.file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_all())
            .map_err(Error::file(&self.new))?;
        fs::rename(&self.new, path).map_err(Error::file(path))?;
        self.lock.sync_all().map_err(Error::file(folder(path)))
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // It is not there any more if it was written.
        let _ = fs::remove_file(&self.new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A folder of its own for a test.
    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("vnicadm-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        path
    }

    fn store(path: &Path) -> Store {
        Store::find(path, true).unwrap().unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn is_replaced_whole_and_keeps_its_rights() {
        let folder = scratch("store");
        let path = folder.join("c.conf");
        let store = store(&path);
        assert_eq!(store.read().unwrap(), None);
        store.lock().unwrap().write("one\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        store.lock().unwrap().write("two\n").unwrap();
        assert_eq!(store.read().unwrap().as_deref(), Some("two\n"));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        drop(store.lock().unwrap());
        assert_eq!(names(&folder), ["c.conf"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_link_stays_one() {
        let folder = scratch("link");
        fs::write(folder.join("real"), "one\n").unwrap();
        symlink("real", folder.join("c.conf")).unwrap();
        let path = folder.join("c.conf");
        store(&path).lock().unwrap().write("two\n").unwrap();
        assert!(path.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read_to_string(folder.join("real")).unwrap(), "two\n");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn without_a_folder_there_is_none_unless_it_was_named() {
        let folder = scratch("none");
        let path = folder.join("no/c.conf");
        assert!(Store::find(&path, false).unwrap().is_none());
        assert!(Store::find(&path, true).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn writers_wait_for_one_another() {
        let folder = scratch("lock");
        let path = folder.join("c.conf");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        let store = store(&path);
                        let locked = store.lock().unwrap();
                        let text = locked.read().unwrap().unwrap_or_default();
                        locked.write(&(text + "line\n")).unwrap();
                    }
                });
            }
        });
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 80);
        fs::remove_dir_all(folder).unwrap();
    }
}
