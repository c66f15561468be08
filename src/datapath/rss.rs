// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Receive-side scaling: which ring a flow goes to.
//!
//! Settings are made whole and replaced whole, so that a sender sees the old or
//! the new ones.

use crate::model::hash_fields::{kind_of_flow_type, Fields, HashType};
use crate::model::indirection::{entries_for, Indirection};
use crate::model::rss::{Config, Function, Refusal, Transform};
use crate::model::toeplitz::{self, Table, KEY_LEN};
use crate::net::ethtool::{RssChange, RssReply};
use crate::net::netlink::ExtAck;
use crate::net::random;
use crate::net::skb::Frame;
use kernel::prelude::*;

/// Memory of an indirection table.
struct Entries(KVec<u16>);

impl AsRef<[u16]> for Entries {
    #[inline]
    fn as_ref(&self) -> &[u16] {
        &self.0
    }
}

impl AsMut<[u16]> for Entries {
    fn as_mut(&mut self) -> &mut [u16] {
        &mut self.0
    }
}

/// The settings of a group.
pub(crate) struct Rss {
    config: Config,
    key: [u8; KEY_LEN],
    /// The key's table; none where there is but one ring to choose.
    table: Option<KVBox<Table>>,
    indirection: Indirection<Entries>,
    /// The ring that all entries name, if they do.
    only: Option<u16>,
}

impl Rss {
    /// The defaults for a group of at most `max` rings, of which `rings` are
    /// in use: the system's key, and the rings in turn. Process context;
    /// `ENOMEM`.
    pub(crate) fn new(max: usize, rings: u16) -> Result<Self> {
        let key = random::rss_key();
        let size = entries_for(max).ok_or(ENOMEM)?;
        Self::build(Config::default(), key, max > 1, equal(size, rings)?)
    }

    /// The same settings with the rings `0..rings` in turn.
    pub(crate) fn spread(&self, rings: u16) -> Result<Self> {
        let entries = equal(self.indirection.entries().len(), rings)?;
        Self::build(self.config, self.key, self.table.is_some(), entries)
    }

    fn same_table(&self) -> Result<Indirection<Entries>> {
        let old = self.indirection.entries();
        let mut wanted = KVec::with_capacity(old.len(), GFP_KERNEL)?;
        for ring in old {
            wanted.push(u32::from(*ring), GFP_KERNEL)?;
        }
        Indirection::of(empty(old.len())?, &wanted, u16::MAX).map_err(|_| EINVAL)
    }

    fn build(
        config: Config,
        key: [u8; KEY_LEN],
        hashes: bool,
        indirection: Indirection<Entries>,
    ) -> Result<Self> {
        let table = match hashes {
            true => {
                let mut table = KVBox::init(pin_init::init_zeroed::<Table>(), GFP_KERNEL)?;
                toeplitz::build(&mut table, &key);
                Some(table)
            }
            false => None,
        };
        let first = indirection.ring(0);
        let all_same = indirection.entries().iter().all(|ring| *ring == first);
        Ok(Self {
            config,
            key,
            table,
            indirection,
            only: all_same.then_some(first),
        })
    }

    /// The settings with `change` made, for `rings` rings in use.
    pub(crate) fn changed(
        &self,
        change: &RssChange<'_>,
        rings: u16,
        extack: &ExtAck<'_>,
    ) -> Result<Self> {
        let mut config = self.config;
        let function = match change.function {
            None => config.function(),
            Some(RssChange::TOEPLITZ) => Function::Toeplitz,
            Some(RssChange::XOR) => Function::Xor,
            Some(_) => {
                return Err(extack.refuse(EINVAL, fmt!("hash function must be toeplitz or xor")))
            }
        };
        let transform = match change.transform {
            None => config.transform(),
            Some(bits) => Transform::from_bits(bits).ok_or_else(|| {
                extack.refuse(EINVAL, fmt!("unknown input transformation {bits}"))
            })?,
        };
        config
            .set_function(function, transform)
            .map_err(|refusal| refuse(refusal, extack))?;
        let key = match change.key {
            None => self.key,
            Some(key) => <[u8; KEY_LEN]>::try_from(key)
                .map_err(|_| extack.refuse(EINVAL, fmt!("the key must have {KEY_LEN} bytes")))?,
        };
        let indirection = match change.indirection {
            None => self.same_table()?,
            Some(wanted) => {
                let size = self.indirection.entries().len();
                Indirection::of(empty(size)?, wanted, rings).map_err(|_| {
                    extack.refuse(
                        EINVAL,
                        fmt!("the table must have {size} entries, each below {rings}"),
                    )
                })?
            }
        };
        Self::build(config, key, self.table.is_some(), indirection)
    }

    /// The settings with other hash fields for one ethtool flow type.
    pub(crate) fn with_fields(
        &self,
        flow_type: u32,
        fields: u32,
        extack: &ExtAck<'_>,
    ) -> Result<Self> {
        let kind = kind_of_flow_type(flow_type)
            .ok_or_else(|| extack.refuse(EINVAL, fmt!("no hash fields for this flow type")))?;
        let mut config = self.config;
        config
            .set_fields(kind, Fields(fields))
            .map_err(|refusal| refuse(refusal, extack))?;
        Self::build(config, self.key, self.table.is_some(), self.same_table()?)
    }

    /// The hash fields of an ethtool flow type.
    pub(crate) fn fields(&self, flow_type: u32) -> Option<u32> {
        kind_of_flow_type(flow_type).map(|kind| self.config.fields(kind).0)
    }

    /// Tells all settings but the fields.
    pub(crate) fn tell(&self, reply: &mut RssReply<'_>) {
        reply.put_key(&self.key);
        reply.put_indirection(self.indirection.entries());
        reply.put_function(match self.config.function() {
            Function::Toeplitz => RssChange::TOEPLITZ,
            Function::Xor => RssChange::XOR,
        });
        reply.put_transform(self.config.transform().to_bits());
    }

    /// Whether the table names a ring that there is not among `rings`.
    pub(crate) fn names_beyond(&self, rings: u16) -> bool {
        self.indirection.first_beyond(rings).is_some()
    }

    /// How many entries the indirection table has.
    pub(crate) fn entries(&self) -> usize {
        self.indirection.entries().len()
    }

    /// The ring of a frame's flow: always the same one, so that a flow's frames
    /// stay in order. With one ring nothing is computed, unless the hash is to
    /// be reported to the receiver's stack.
    #[inline]
    pub(crate) fn ring(&self, frame: &mut Frame, report: bool) -> u16 {
        match self.only {
            Some(ring) if !report => ring,
            _ => self.hashed_ring(frame, report),
        }
    }

    fn hashed_ring(&self, frame: &mut Frame, report: bool) -> u16 {
        let Some(table) = &self.table else {
            return self.indirection.ring(0);
        };
        frame.make_linear(wanted(frame.linear()));
        match self.config.hash_frame(table, frame.linear()) {
            Some((hash, kind)) => {
                if report {
                    frame.set_hash(hash, kind == HashType::L4);
                }
                self.indirection.ring(hash)
            }
            None => self.indirection.ring(0),
        }
    }
}

/// How many bytes of a frame with these first ones have to be linear for its
/// flow to be seen. Frames of our own stack have all headers linear, so this
/// asks for no more than there is in nearly all cases.
#[inline]
fn wanted(start: &[u8]) -> u32 {
    const ETH_TYPE: usize = 12;
    const PORTS: u32 = 4;
    const IPV6: u32 = 14 + 40 + PORTS;
    /// An Ethernet header, two tags, IPv6 with some extensions, ports.
    const MOST: u32 = 128;

    let Some([high, low, first]) = start.get(ETH_TYPE..).and_then(<[u8]>::first_chunk) else {
        return MOST;
    };
    match (u16::from_be_bytes([*high, *low]), start.get(20)) {
        (0x0800, _) => 14 + u32::from(first & 0x0f) * 4 + PORTS,
        // TCP and UDP right behind the header.
        (0x86dd, Some(6 | 17)) => IPV6,
        (0x86dd | 0x8100 | 0x88a8, _) => MOST,
        _ => 0,
    }
}

fn empty(size: usize) -> Result<Entries> {
    Ok(Entries(KVec::from_elem(0, size, GFP_KERNEL)?))
}

fn equal(size: usize, rings: u16) -> Result<Indirection<Entries>> {
    Indirection::equal(empty(size)?, rings).map_err(|_| EINVAL)
}

fn refuse(refusal: Refusal, extack: &ExtAck<'_>) -> Error {
    extack.refuse(
        EINVAL,
        match refusal {
            Refusal::NoSuchField => fmt!("this flow type has no such hash field"),
            Refusal::NotSymmetric => {
                fmt!("a symmetric hash needs source and destination fields together")
            }
            Refusal::AlwaysZero => fmt!("symmetric-xor with xor is zero for every flow"),
        },
    )
}
