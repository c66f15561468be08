// SPDX-License-Identifier: GPL-2.0
//! Where messages go, and what the kernel says to them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use netlink_bindings::consts::NLM_F_DUMP;
use netlink_sys::Socket;
use netlink_sys::protocols::{NETLINK_GENERIC, NETLINK_ROUTE};
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_recv_buffer_size_force;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use vnicadm::model::generic::{self, Family};
use vnicadm::netlink::frame::{self, Body};
use vnicadm::netlink::{Client, Protocol, socket};
use vnicadm::netns::NetNs;

use crate::chance::Chance;
use crate::links::Links;
use crate::message::{Message, encode, some};
use crate::spec::Spec;

/// Answers that may wait.
const ROOM: usize = 8 << 20;

/// Where requests are taken from.
enum Source {
    Links(Links),
    Family { number: u16, spec: Spec },
}

impl Source {
    fn message(&self, chance: &mut Chance) -> Message {
        match self {
            Self::Links(links) => links.message(chance),
            Self::Family { number, spec } => request(*number, spec, chance),
        }
    }
}

/// A request of a generic family; of lists there are few, as they cost most.
fn request(family: u16, spec: &Spec, chance: &mut Chance) -> Message {
    let mut operation = &spec.operations[chance.below(spec.operations.len())];
    for _ in 0..2 {
        if operation.dump {
            operation = &spec.operations[chance.below(spec.operations.len())];
        }
    }
    let whole = chance.happens(5);
    let takes = if whole { &[][..] } else { &operation.takes };
    let mut body = Vec::new();
    some(chance, spec, operation.set, takes, &mut body);
    Message {
        kind: family,
        flags: if operation.dump { NLM_F_DUMP as u16 } else { 0 },
        head: vec![operation.command as u8, 1, 0, 0],
        body,
    }
}

/// Where messages of one family go: a socket in each namespace.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    source: Source,
    sockets: Vec<Socket>,
    buffer: Vec<u8>,
    /// How many requests and lists the kernel has done.
    pub done: u64,
    /// How many it has refused, by the number of the error.
    pub refused: BTreeMap<i32, u64>,
}

impl Target {
    /// Rtnetlink's.
    pub fn links(specs: &Path, namespaces: &[NetNs]) -> Result<Self, String> {
        let source = Source::Links(Links::new(specs)?);
        Self::new("rtnetlink", source, NETLINK_ROUTE, namespaces)
    }

    /// A generic family's.
    pub fn family(name: &'static str, specs: &Path, namespaces: &[NetNs]) -> Result<Self, String> {
        let way = socket::open(Protocol::Generic, None).map_err(|e| e.to_string())?;
        let answer = Client::new(way).get(&generic::find(name));
        let answer = answer.map_err(|e| format!("{name}: {e:?}"))?;
        let family = Family::read(&answer).map_err(|e| e.to_string())?;
        let source = Source::Family {
            number: family.id,
            spec: Spec::open(&specs.join(format!("{name}.yaml")))?,
        };
        Self::new(name, source, NETLINK_GENERIC, namespaces)
    }

    fn new(
        name: &'static str,
        source: Source,
        protocol: isize,
        namespaces: &[NetNs],
    ) -> Result<Self, String> {
        let open = || -> io::Result<Socket> {
            let socket = Socket::new(protocol)?;
            socket.set_non_blocking(true)?;
            set_socket_recv_buffer_size_force(&socket, ROOM)?;
            Ok(socket)
        };
        let sockets = namespaces.iter().map(|netns| {
            let opened = netns.within(open).map_err(|e| e.to_string())?;
            opened.map_err(|e| format!("a socket: {e}"))
        });
        Ok(Self {
            name,
            source,
            sockets: sockets.collect::<Result<_, String>>()?,
            buffer: vec![0; 1 << 17],
            done: 0,
            refused: BTreeMap::new(),
        })
    }

    /// Sends so many at most, at once, to a namespace; says how many, and reads what
    /// the kernel says.
    pub fn send(
        &mut self,
        chance: &mut Chance,
        namespace: usize,
        most: u64,
    ) -> Result<u64, String> {
        let (mut bytes, mut count) = (Vec::new(), 0);
        while count < most {
            count += 1;
            let message = self.source.message(chance);
            if !encode(chance, message, &mut bytes) {
                break;
            }
        }
        let socket = &self.sockets[namespace];
        match send(socket, &bytes, SendFlags::empty()) {
            // The kernel may lack memory for what a dump would tell.
            Ok(_) | Err(Errno::NOBUFS | Errno::NOMEM) => {}
            Err(error) => return Err(format!("{}: {error}", self.name)),
        }
        self.read(namespace)?;
        Ok(count)
    }

    fn read(&mut self, namespace: usize) -> Result<(), String> {
        loop {
            let socket = &self.sockets[namespace];
            let length = match recv(socket, &mut self.buffer[..], RecvFlags::empty()) {
                Ok((length, _)) => length,
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR | Errno::NOBUFS) => continue,
                Err(error) => return Err(format!("{}: {error}", self.name)),
            };
            let mut rest = &self.buffer[..length];
            while let Some(message) = frame::next(&mut rest) {
                match message.map_err(|e| format!("{}: {e}", self.name))?.body {
                    Body::Ack | Body::Done => self.done += 1,
                    Body::Failed(why) => *self.refused.entry(why.errno).or_default() += 1,
                    _ => {}
                }
            }
        }
    }

    /// All that the kernel has refused.
    pub fn refusals(&self) -> u64 {
        self.refused.values().sum()
    }

    /// What came of it all, in a line.
    pub fn tell(&self) -> String {
        let mut most: Vec<_> = self.refused.iter().collect();
        most.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let most = most.iter().take(8);
        let most: Vec<_> = most
            .map(|(errno, count)| format!("{:?} {count}", nix::errno::Errno::from_raw(**errno)))
            .collect();
        let (done, refused) = (self.done, self.refusals());
        format!(
            "{}: {done} done, {refused} refused: {}",
            self.name,
            most.join(", ")
        )
    }
}
