// SPDX-License-Identifier: GPL-2.0
//! Sockets that lead to the kernel.

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use netlink_sys::Socket;
use netlink_sys::protocols::{NETLINK_GENERIC, NETLINK_ROUTE};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{RecvFlags, recv};

use super::client::Transport;
use crate::error::Error;
use crate::netns::NetNs;

/// The kernel has carried a request out before `send` returns; an answer that
/// is not there by then is as good as lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whom a socket speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The keepers of links, addresses and namespaces.
    Route,
    /// Families that have numbers only while they are there.
    Generic,
}

impl Protocol {
    pub(super) fn number(self) -> isize {
        match self {
            Self::Route => NETLINK_ROUTE,
            Self::Generic => NETLINK_GENERIC,
        }
    }
}

/// Opens a way to something that answers in the kernel's place.
pub type StandIn = fn(Protocol) -> Box<dyn Transport>;

static STAND_IN: OnceLock<StandIn> = OnceLock::new();

/// Has every client of this process speak to a stand-in, such as what a kernel
/// answered when it was recorded. The first one stays.
pub fn stand_in(open: StandIn) {
    STAND_IN.get_or_init(|| open);
}

/// A client's way to the kernel.
pub type Way<'ns> = Box<dyn Transport + 'ns>;

/// Opens one in the namespace; none: the caller's own.
pub fn open(protocol: Protocol, netns: Option<&NetNs>) -> Result<Way<'_>, Error> {
    match STAND_IN.get() {
        Some(open) => Ok(open(protocol)),
        None => Ok(Box::new(KernelSocket::open(protocol, netns)?)),
    }
}

/// A netlink socket in some network namespace.
struct KernelSocket<'ns> {
    socket: Socket,
    protocol: Protocol,
    netns: Option<&'ns NetNs>,
}

impl<'ns> KernelSocket<'ns> {
    /// Opens a socket in the namespace; none: the caller's own.
    fn open(protocol: Protocol, netns: Option<&'ns NetNs>) -> Result<Self, Error> {
        Ok(Self {
            socket: open_in(protocol, netns)?,
            protocol,
            netns,
        })
    }
}

fn open_in(protocol: Protocol, netns: Option<&NetNs>) -> Result<Socket, Error> {
    match netns {
        Some(netns) => netns.within(|| open_here(protocol))?,
        None => open_here(protocol),
    }
    .map_err(Error::Socket)
}

fn open_here(protocol: Protocol) -> io::Result<Socket> {
    let mut socket = Socket::new(protocol.number())?;
    socket.bind_auto()?;
    socket.set_ext_ack(true)?;
    socket.set_cap_ack(true)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
    Ok(socket)
}

impl Transport for KernelSocket<'_> {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        match self.socket.send(datagram, 0)? {
            sent if sent == datagram.len() => Ok(()),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (_, len) =
            rustix::io::retry_on_intr(|| recv(&self.socket, &mut *buffer, RecvFlags::TRUNC))?;
        Ok(len)
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.socket = open_in(self.protocol, self.netns).map_err(io::Error::other)?;
        Ok(())
    }
}
