// SPDX-License-Identifier: GPL-2.0
//! What the kernel tells everybody who listens.

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use netlink_sys::Socket;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, RecvMsg, recvmsg};
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_recv_buffer_size_force};

use super::frame::{self, Body};
use super::socket::Protocol;
use crate::error::Error;
use crate::netns::NetNs;

/// How much may wait until we look: some hundred messages about devices.
const WAITING: usize = 1 << 20;

/// Beyond the largest datagram of the kernel's.
const BUFFER_LEN: usize = 64 * 1024;

/// The level and kind of what tells the namespace that a message is about.
const SOL_NETLINK: i32 = 270;
const NETLINK_LISTEN_ALL_NSID: i32 = 8;

/// Where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In the socket's own namespace.
    Own,
    /// And in all that have a number there.
    Numbered,
}

/// Somebody who listens to a multicast group.
pub struct Listener {
    socket: Socket,
    buffer: Vec<u8>,
}

/// What was heard.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// All that waited.
    All,
    /// Messages were lost, and what waited was thrown away.
    Lost,
}

impl Listener {
    /// Listens in a namespace; none: the caller's own.
    pub fn open(
        protocol: Protocol,
        group: u32,
        netns: Option<&NetNs>,
        scope: Scope,
    ) -> Result<Self, Error> {
        let open = || open_here(protocol, group, scope);
        let socket = match netns {
            Some(netns) => netns.within(open)?,
            None => open(),
        }
        .map_err(Error::Socket)?;
        Ok(Self {
            socket,
            buffer: vec![0; BUFFER_LEN],
        })
    }

    /// Hands each message that waits to `each`, with the number of the namespace
    /// that it is about if that is another, and with its type. Where some were
    /// lost, those that come after are thrown away with them: what there is has
    /// to be asked for anew, and is later than all of these.
    pub fn hear(&mut self, mut each: impl FnMut(Option<i32>, u16, &[u8])) -> Result<Heard, Error> {
        let mut heard = Heard::All;
        loop {
            let (len, netnsid) = match receive(&self.socket, &mut self.buffer) {
                Ok((len, _)) if len > self.buffer.len() => {
                    self.buffer.resize(len, 0);
                    heard = Heard::Lost;
                    continue;
                }
                Ok(received) => received,
                Err(Errno::EINTR) => continue,
                Err(Errno::ENOBUFS) => {
                    heard = Heard::Lost;
                    continue;
                }
                Err(Errno::EAGAIN) => return Ok(heard),
                Err(err) => return Err(Error::Socket(err.into())),
            };
            let mut datagram = self.buffer.get(..len).unwrap_or(&[]);
            while let Some(message) = frame::next(&mut datagram) {
                let message = message?;
                match message.body {
                    Body::Overrun => heard = Heard::Lost,
                    Body::Data(payload) if heard == Heard::All => {
                        each(netnsid, message.message_type, payload);
                    }
                    _ => {}
                }
            }
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Takes the next datagram: its true length, which is beyond the buffer's if it
/// was cut, and the number of its namespace if that is another.
fn receive(socket: &Socket, buffer: &mut [u8]) -> nix::Result<(usize, Option<i32>)> {
    let mut control = cmsg_space!(i32);
    let mut parts = [IoSliceMut::new(buffer)];
    let flags = MsgFlags::MSG_TRUNC;
    let received: RecvMsg<'_, '_, ()> =
        recvmsg(socket.as_raw_fd(), &mut parts, Some(&mut control), flags)?;
    let netnsid = received.cmsgs()?.find_map(|message| match message {
        ControlMessageOwned::Unknown(found)
            if found.cmsg_header.cmsg_level == SOL_NETLINK
                && found.cmsg_header.cmsg_type == NETLINK_LISTEN_ALL_NSID =>
        {
            let bytes = found.data_bytes.first_chunk().copied();
            bytes.map(i32::from_ne_bytes)
        }
        _ => None,
    });
    Ok((received.bytes, netnsid.filter(|id| *id >= 0)))
}

fn open_here(protocol: Protocol, group: u32, scope: Scope) -> io::Result<Socket> {
    let mut socket = Socket::new(protocol.number())?;
    socket.bind_auto()?;
    // Beyond the system's limit where that is allowed.
    if set_socket_recv_buffer_size_force(&socket, WAITING).is_err() {
        set_socket_recv_buffer_size(&socket, WAITING)?;
    }
    socket.set_non_blocking(true)?;
    if scope == Scope::Numbered {
        socket.set_listen_all_namespaces(true)?;
    }
    socket.add_membership(group)?;
    Ok(socket)
}
