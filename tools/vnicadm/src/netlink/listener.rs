// SPDX-License-Identifier: GPL-2.0
//! What the kernel tells everybody who listens.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use netlink_sys::Socket;
use rustix::io::Errno;
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_recv_buffer_size_force};
use rustix::net::{RecvFlags, recv};

use super::frame::{self, Body};
use super::socket::Protocol;
use crate::error::Error;
use crate::netns::NetNs;

/// How much may wait until we look: some hundred messages about devices.
const WAITING: usize = 1 << 20;

/// Beyond the largest datagram of the kernel's.
const BUFFER_LEN: usize = 64 * 1024;

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
    pub fn open(protocol: Protocol, group: u32, netns: Option<&NetNs>) -> Result<Self, Error> {
        let open = || open_here(protocol, group);
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

    /// Hands each message that waits to `each`, with its type. Where some were
    /// lost, those that come after are thrown away with them: what there is has
    /// to be asked for anew, and is later than all of these.
    pub fn hear(&mut self, mut each: impl FnMut(u16, &[u8])) -> Result<Heard, Error> {
        let mut heard = Heard::All;
        loop {
            let received = rustix::io::retry_on_intr(|| {
                recv(&self.socket, &mut *self.buffer, RecvFlags::TRUNC)
            });
            let len = match received {
                Ok((_, len)) if len > self.buffer.len() => {
                    self.buffer.resize(len, 0);
                    heard = Heard::Lost;
                    continue;
                }
                Ok((_, len)) => len,
                Err(Errno::NOBUFS) => {
                    heard = Heard::Lost;
                    continue;
                }
                Err(Errno::AGAIN) => return Ok(heard),
                Err(err) => return Err(Error::Socket(err.into())),
            };
            let mut datagram = self.buffer.get(..len).unwrap_or(&[]);
            while let Some(message) = frame::next(&mut datagram) {
                let message = message?;
                match message.body {
                    Body::Overrun => heard = Heard::Lost,
                    Body::Data(payload) if heard == Heard::All => {
                        each(message.message_type, payload);
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

fn open_here(protocol: Protocol, group: u32) -> io::Result<Socket> {
    let mut socket = Socket::new(protocol.number())?;
    socket.bind_auto()?;
    // Beyond the system's limit where that is allowed.
    if set_socket_recv_buffer_size_force(&socket, WAITING).is_err() {
        set_socket_recv_buffer_size(&socket, WAITING)?;
    }
    socket.set_non_blocking(true)?;
    socket.add_membership(group)?;
    Ok(socket)
}
