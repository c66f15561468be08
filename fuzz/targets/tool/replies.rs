// SPDX-License-Identifier: GPL-2.0

//! Any bytes as what the kernel answers: a request ends, with an object or an error.
//! The first byte chooses what is asked for; datagrams follow, each behind its length.

use std::io;

use vnicadm::error::Error;
use vnicadm::model::ethtool::{Channels, Coalesce, RingSize, Rss};
use vnicadm::model::family::{Drops, Filter, Group, Nic, Object, Port, Ring};
use vnicadm::model::generic::{Family, find};
use vnicadm::model::queues::Queues;
use vnicadm::model::{Found, netnsid, statistics};
use vnicadm::netlink::frame::{Body, next};
use vnicadm::netlink::{Client, Transport};

/// Answers that were there before they were asked for.
struct Answers<'a>(&'a [u8]);

impl Transport for Answers<'_> {
    fn send(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((length, rest)) = self.0.split_first() else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let length = usize::from(*length).min(rest.len());
        let (datagram, rest) = rest.split_at(length);
        let kept = length.min(buffer.len());
        buffer[..kept].copy_from_slice(&datagram[..kept]);
        self.0 = rest;
        Ok(length)
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Read = fn(&[u8]) -> Result<(), Error>;

fn object<T: Object>(payload: &[u8]) -> Result<(), Error> {
    T::read(payload).map(drop)
}

const READS: [Read; 15] = [
    |payload| Found::read(payload).map(drop),
    |payload| Family::read(payload).map(drop),
    |payload| statistics::read(payload).map(drop),
    |payload| {
        netnsid::read(payload);
        Ok(())
    },
    object::<Nic>,
    object::<Port>,
    object::<Group>,
    object::<Ring>,
    object::<Filter>,
    object::<Drops>,
    object::<RingSize>,
    object::<Channels>,
    object::<Coalesce>,
    object::<Rss>,
    object::<Queues>,
];

/// One run.
pub fn run(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else {
        return;
    };
    let read = READS[usize::from(*first) % READS.len()];
    let _ = read(rest);
    let mut datagram = rest;
    while let Some(message) = next(&mut datagram) {
        if let Ok(Body::Data(payload)) = message.map(|message| message.body) {
            let _ = read(payload);
        }
    }
    let _ = Client::new(Answers(rest)).dump(&find("any"), |payload| read(payload).map(Some));
    let _ = Client::new(Answers(rest)).get(&find("any"));
    let _ = Client::new(Answers(rest)).change(&find("any"));
}
