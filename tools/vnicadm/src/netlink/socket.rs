// SPDX-License-Identifier: GPL-2.0
//! The routing socket of the kernel.

use std::io;
use std::time::Duration;

use netlink_sys::{Socket, protocols::NETLINK_ROUTE};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{RecvFlags, recv};

use super::client::Transport;
use crate::error::Error;
use crate::netns::NetNs;

/// The kernel has carried a request out before `send` returns; an answer that
/// is not there by then is as good as lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// A netlink socket of the routing family in some network namespace.
pub struct RouteSocket<'ns> {
    socket: Socket,
    netns: Option<&'ns NetNs>,
}

impl<'ns> RouteSocket<'ns> {
    /// Opens a socket in the namespace; none: the caller's own.
    pub fn open(netns: Option<&'ns NetNs>) -> Result<Self, Error> {
        let socket = open_in(netns)?;
        Ok(Self { socket, netns })
    }
}

fn open_in(netns: Option<&NetNs>) -> Result<Socket, Error> {
    match netns {
        Some(netns) => netns.within(open_here)?,
        None => open_here(),
    }
    .map_err(Error::Socket)
}

fn open_here() -> io::Result<Socket> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    socket.bind_auto()?;
    socket.set_ext_ack(true)?;
    socket.set_cap_ack(true)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
    Ok(socket)
}

impl Transport for RouteSocket<'_> {
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
        self.socket = open_in(self.netns).map_err(io::Error::other)?;
        Ok(())
    }
}
