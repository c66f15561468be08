// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The NIC that another is connected to, here or in another network namespace.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;

use rustix::net::netdevice::name_to_index;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::words::Refusal;

const NAMED: &str = "/run/netns";

/// The namespace that the request names, open until the request is sent. With
/// the next one of a batch this one is done.
static NAMESPACE: Mutex<Option<File>> = Mutex::new(None);

/// The other end.
pub struct Other {
    /// Its index in its namespace.
    pub ifindex: u32,
    /// The open namespace, if it was named.
    pub netns_fd: Option<u32>,
}

/// Looks the other end up.
pub fn find(name: String, netns: Option<String>) -> Result<Other, Refusal> {
    let Some(netns) = netns else {
        return match index(&name) {
            Ok(ifindex) => Ok(Other {
                ifindex,
                netns_fd: None,
            }),
            Err(_) => Err(Refusal::NoDevice(name, None)),
        };
    };
    let refused = |err: io::Error| {
        Refusal::Wrong(
            netns.clone(),
            format!("\"netns\" is a network namespace: {err}"),
        )
    };
    let file = open(&netns).map_err(refused)?;
    let ifindex = match index_in(&file, &name).map_err(refused)? {
        Ok(ifindex) => ifindex,
        Err(_) => return Err(Refusal::NoDevice(name, Some(netns))),
    };
    // An open descriptor is never negative.
    let netns_fd = file.as_raw_fd().unsigned_abs();
    *NAMESPACE.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
    Ok(Other {
        ifindex,
        netns_fd: Some(netns_fd),
    })
}

/// Opens a namespace: a name as `ip netns` knows it, a path, or the id of a
/// process in it. A name goes before a process id.
fn open(netns: &str) -> io::Result<File> {
    if netns.contains('/') {
        return File::open(netns);
    }
    match File::open(Path::new(NAMED).join(netns)) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => match netns.parse::<u32>() {
            Ok(pid) => File::open(format!("/proc/{pid}/ns/net")),
            Err(_) => Err(err),
        },
        other => other,
    }
}

/// The index of a device in another namespace. A thread of its own goes there,
/// so that `ip` stays where it is whatever happens.
fn index_in(netns: &File, name: &str) -> io::Result<io::Result<u32>> {
    let look = || {
        move_into_link_name_space(netns.as_fd(), Some(LinkNameSpaceType::Network))?;
        Ok(index(name))
    };
    let failed = |_| Err(io::Error::other("the look-up broke off"));
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, look)?;
        thread.join().unwrap_or_else(failed)
    })
}

fn index(name: &str) -> io::Result<u32> {
    let flags = SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
    Ok(name_to_index(&socket, name)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_of_this_namespace() {
        let found = find("lo".to_owned(), None).ok().unwrap();
        assert_eq!((found.ifindex, found.netns_fd), (1, None));
        let said = find("no-such-nic".to_owned(), None).err().unwrap();
        assert_eq!(said.to_string(), "Cannot find device \"no-such-nic\"");
    }

    #[test]
    fn namespaces_that_are_none() {
        let said = find("lo".to_owned(), Some("no-such-ns".to_owned()))
            .err()
            .unwrap();
        assert_eq!(
            said.to_string(),
            "Error: argument \"no-such-ns\" is wrong: \"netns\" is a network namespace: \
             No such file or directory (os error 2)"
        );
        let file = "/proc/self/status".to_owned();
        let said = find("lo".to_owned(), Some(file)).err().unwrap().to_string();
        assert!(said.contains("is a network namespace"), "{said}");
    }
}
