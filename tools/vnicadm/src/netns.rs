// SPDX-License-Identifier: GPL-2.0
//! Network namespaces by name, path or process id.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::error::Error;

const NAMED: &str = "/run/netns";

/// An open network namespace.
#[derive(Debug)]
pub struct NetNs {
    name: String,
    file: File,
}

impl NetNs {
    /// Opens a namespace: a name as `ip netns` knows it, a path, or the id of
    /// a process in it. A name goes before a process id.
    pub fn open(name: &str) -> Result<Self, Error> {
        open_file(name)
            .map(|file| Self {
                name: name.to_owned(),
                file,
            })
            .map_err(|source| Error::Namespace {
                name: name.to_owned(),
                source,
            })
    }

    /// The namespace as the user wrote it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The descriptor's number, to be named in a message.
    pub fn raw_fd(&self) -> u32 {
        // An open descriptor is never negative.
        self.file.as_raw_fd().unsigned_abs()
    }

    /// Runs `f` on a thread of its own inside the namespace, so that the
    /// caller stays where it is whatever happens.
    pub fn within<R: Send>(&self, f: impl FnOnce() -> R + Send) -> Result<R, Error> {
        let fd: BorrowedFd<'_> = self.file.as_fd();
        let run = move || -> io::Result<R> {
            move_into_link_name_space(fd, Some(LinkNameSpaceType::Network))?;
            Ok(f())
        };
        let result = thread::scope(|scope| match scope.spawn(run).join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        result.map_err(|source| Error::Namespace {
            name: self.name.clone(),
            source,
        })
    }
}

fn open_file(name: &str) -> io::Result<File> {
    if name.contains('/') {
        return File::open(name);
    }
    match File::open(Path::new(NAMED).join(name)) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => match name.parse::<u32>() {
            Ok(pid) => File::open(format!("/proc/{pid}/ns/net")),
            Err(_) => Err(err),
        },
        other => other,
    }
}

/// Whether a namespace is written as its name, which outlives a reboot.
pub fn is_name(text: &str) -> bool {
    !text.contains('/') && Path::new(NAMED).join(text).exists()
}

/// The name of the namespace that this process is in; none: it is that of the
/// system, or of the container, of which process 1 is the first.
pub fn own() -> Result<Option<String>, Nameless> {
    let identity = |path: &Path| {
        let found = std::fs::metadata(path).ok()?;
        Some((found.dev(), found.ino()))
    };
    let own = identity(Path::new("/proc/self/ns/net")).ok_or(Nameless)?;
    if identity(Path::new("/proc/1/ns/net")) == Some(own) {
        return Ok(None);
    }
    let entries = std::fs::read_dir(NAMED).map_err(|_| Nameless)?;
    let mut same = entries
        .flatten()
        .filter(|e| identity(&e.path()) == Some(own));
    let name = same
        .next()
        .and_then(|entry| entry.file_name().into_string().ok());
    name.map(Some).ok_or(Nameless)
}

/// This process is in a namespace without a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nameless;

/// Opens every namespace that has a name. One that vanishes meanwhile, or
/// that may not be opened, is left out.
pub fn named() -> Vec<NetNs> {
    let Ok(entries) = std::fs::read_dir(NAMED) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| NetNs::open(entry.file_name().to_str()?).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_by_path_and_by_process_id() {
        assert!(NetNs::open("/proc/self/ns/net").is_ok());
        assert!(NetNs::open(&std::process::id().to_string()).is_ok());
    }

    #[test]
    fn says_which_namespace_is_missing() {
        let text = NetNs::open("no-such-ns").unwrap_err().to_string();
        assert_eq!(
            text,
            "network namespace 'no-such-ns': No such file or directory"
        );
    }

    #[test]
    fn a_plain_file_is_no_namespace() {
        let ns = NetNs::open("/proc/self/status").unwrap();
        assert!(matches!(ns.within(|| ()), Err(Error::Namespace { .. })));
    }
}
