// SPDX-License-Identifier: GPL-2.0
//! Requests, queries and dumps, with what may happen to them on the way.

use std::io;
use std::ops::ControlFlow;

use netlink_bindings::consts;
use rustix::io::Errno;

use super::frame::{self, Body, Failure, Request};
use crate::error::Error;

/// How often a query is made before it is given up.
const ATTEMPTS: usize = 10;

/// Beyond the largest datagram that the kernel makes for a dump.
const BUFFER_LEN: usize = 64 * 1024;

/// A way to the kernel, datagram by datagram.
pub trait Transport {
    /// Sends one datagram.
    fn send(&mut self, datagram: &[u8]) -> io::Result<()>;
    /// Waits for one datagram and returns its true length, which is beyond
    /// the buffer's if it was cut. Gives `WouldBlock` when none comes.
    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
    /// Forgets all that is under way.
    fn reopen(&mut self) -> io::Result<()>;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        (**self).send(datagram)
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (**self).recv(buffer)
    }

    fn reopen(&mut self) -> io::Result<()> {
        (**self).reopen()
    }
}

/// A failed request: the kernel's refusal or trouble on the way.
#[derive(Debug)]
pub enum Trouble {
    /// The kernel refused.
    Refused(Failure),
    /// Anything else.
    Other(Error),
}

impl From<Error> for Trouble {
    fn from(err: Error) -> Self {
        Self::Other(err)
    }
}

/// Why an exchange broke off before its end.
enum Broken {
    Lost,
    Interrupted,
    Trouble(Trouble),
}

/// Conducts exchanges with the kernel, one at a time.
pub struct Client<T> {
    transport: T,
    buffer: Vec<u8>,
    seq: u32,
}

impl<T: Transport> Client<T> {
    /// A client over the transport.
    pub fn new(transport: T) -> Self {
        Self {
            transport,
            buffer: vec![0; BUFFER_LEN],
            seq: 0,
        }
    }

    /// Asks for a change. It is never sent twice: a change whose answer was
    /// lost may have been made.
    pub fn change(&mut self, request: &Request) -> Result<(), Trouble> {
        let acknowledged = |body: Body<'_>| match body {
            Body::Ack => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        match self.exchange(request, consts::NLM_F_ACK as u16, acknowledged) {
            Ok(()) => Ok(()),
            Err(Broken::Trouble(trouble)) => Err(trouble),
            Err(Broken::Lost | Broken::Interrupted) => Err(Error::Unanswered.into()),
        }
    }

    /// Asks for one object.
    pub fn get(&mut self, request: &Request) -> Result<Vec<u8>, Trouble> {
        self.query(|client| {
            let mut object = None;
            client.exchange(request, consts::NLM_F_ACK as u16, |body| match body {
                Body::Data(payload) => {
                    object = Some(payload.to_vec());
                    ControlFlow::Continue(())
                }
                _ => ControlFlow::Break(()),
            })?;
            object.ok_or(Broken::Trouble(
                Error::Malformed("an answer without an object").into(),
            ))
        })
    }

    /// Asks for a list, of which `read` keeps what it likes. A list that
    /// changed while it was read is read again from its start.
    pub fn dump<R>(
        &mut self,
        request: &Request,
        read: impl Fn(&[u8]) -> Result<Option<R>, Error>,
    ) -> Result<Vec<R>, Trouble> {
        self.query(|client| client.list(request, &read, false))
    }

    /// Asks for a list of which each object is right by itself, whatever comes
    /// and goes meanwhile.
    pub fn sample<R>(
        &mut self,
        request: &Request,
        read: impl Fn(&[u8]) -> Result<Option<R>, Error>,
    ) -> Result<Vec<R>, Trouble> {
        self.query(|client| client.list(request, &read, true))
    }

    /// Reads a list once.
    fn list<R>(
        &mut self,
        request: &Request,
        read: impl Fn(&[u8]) -> Result<Option<R>, Error>,
        may_change: bool,
    ) -> Result<Vec<R>, Broken> {
        let mut objects = Vec::new();
        let flags = consts::NLM_F_DUMP as u16;
        let ended = self.exchange(request, flags, |body| match body {
            Body::Data(payload) => {
                objects.extend(read(payload).transpose());
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(()),
        });
        match ended {
            Err(Broken::Interrupted) if may_change => {}
            ended => ended?,
        }
        objects
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|err| Broken::Trouble(err.into()))
    }

    /// Repeats a query until it comes through whole.
    fn query<R>(
        &mut self,
        mut ask: impl FnMut(&mut Self) -> Result<R, Broken>,
    ) -> Result<R, Trouble> {
        let mut given_up = Error::NoReply;
        for _ in 0..ATTEMPTS {
            match ask(self) {
                Ok(found) => return Ok(found),
                Err(Broken::Trouble(trouble)) => return Err(trouble),
                Err(Broken::Interrupted) => given_up = Error::Unstable,
                Err(Broken::Lost) => {
                    self.transport.reopen().map_err(Error::Socket)?;
                    given_up = Error::NoReply;
                }
            }
        }
        Err(given_up.into())
    }

    /// Sends the request and hands what answers it to `each` until that says
    /// that it was the last. An interrupted dump is read to its end, so that
    /// the socket is free for the next one.
    fn exchange(
        &mut self,
        request: &Request,
        flags: u16,
        mut each: impl FnMut(Body<'_>) -> ControlFlow<()>,
    ) -> Result<(), Broken> {
        self.seq = self.seq.wrapping_add(1);
        let other = |err| Broken::Trouble(Trouble::Other(err));
        self.transport
            .send(&request.encode(flags, self.seq))
            .map_err(|err| other(Error::Socket(err)))?;
        let mut interrupted = false;
        loop {
            let len = self.receive()?;
            let mut datagram = &self.buffer[..len];
            while let Some(message) = frame::next(&mut datagram) {
                let message = message.map_err(other)?;
                if message.seq != self.seq {
                    continue;
                }
                interrupted |= message.interrupted;
                let last = match message.body {
                    Body::Noop => continue,
                    Body::Overrun => return Err(Broken::Lost),
                    Body::Failed(failure) => {
                        return Err(Broken::Trouble(Trouble::Refused(failure)));
                    }
                    body => each(body).is_break(),
                };
                if last && interrupted {
                    return Err(Broken::Interrupted);
                }
                if last {
                    return Ok(());
                }
            }
        }
    }

    fn receive(&mut self) -> Result<usize, Broken> {
        match self.transport.recv(&mut self.buffer) {
            Ok(len) if len > self.buffer.len() => {
                self.buffer.resize(len, 0);
                Err(Broken::Lost)
            }
            Ok(len) => Ok(len),
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => Err(Broken::Lost),
            Err(err) if err.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) => {
                Err(Broken::Lost)
            }
            Err(err) => Err(Broken::Trouble(Error::Socket(err).into())),
        }
    }
}

#[cfg(test)]
mod tests;
