// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Receive-side scaling: which ring a flow goes to by its hash.
//!
//! Settings are made whole and replaced whole, so that a sender sees the old or
//! the new ones.

use crate::model::flow::Flow;
use crate::model::flow_plain::PlainV4;
use crate::model::hash_fields::{kind_of_flow_type, Fields, HashType};
use crate::model::indirection::Indirection;
use crate::model::rss::{Config, Function, Refusal, Transform};
use crate::model::toeplitz::{self, Table, KEY_LEN};
use crate::net::ethtool::{RssChange, RssReply};
use crate::net::netlink::ExtAck;
use crate::net::random;
use crate::net::skb::Frame;
use kernel::prelude::*;
use kernel::sync::Arc;

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

/// The table of a key, which contexts with the same key share.
pub(crate) type KeyTable = Arc<KVBox<Table>>;

/// Makes the table of a key. Process context; `ENOMEM`.
pub(crate) fn key_table(key: &[u8; KEY_LEN]) -> Result<KeyTable> {
    let mut table = KVBox::init(pin_init::init_zeroed::<Table>(), GFP_KERNEL_ACCOUNT)?;
    toeplitz::build(&mut table, key);
    Ok(Arc::new(table, GFP_KERNEL_ACCOUNT)?)
}

/// Where the table of a key comes from: none where there is but one ring to
/// choose.
pub(crate) trait KeyTables {
    /// The table, shared or made. Process context; `ENOMEM`.
    fn table_of(&self, key: &[u8; KEY_LEN]) -> Result<Option<KeyTable>>;
}

/// The settings of an RSS context.
pub(crate) struct Rss {
    config: Config,
    key: [u8; KEY_LEN],
    table: Option<KeyTable>,
    indirection: Indirection<Entries>,
    /// The ring that all entries name, if they do.
    only: Option<u16>,
    /// The highest ring that an entry names.
    last_ring: u16,
}

impl Rss {
    /// The defaults, with `entries` entries for `rings` rings: the system's
    /// key, and the rings in turn. Process context; `ENOMEM`.
    pub(crate) fn new(entries: usize, rings: u16, tables: &impl KeyTables) -> Result<Self> {
        let key = random::rss_key();
        let table = tables.table_of(&key)?;
        let indirection = equal(entries, rings)?;
        Ok(Self::build(Config::default(), key, table, indirection))
    }

    /// The same settings with `entries` entries for the rings `0..rings` in
    /// turn.
    pub(crate) fn spread(&self, entries: usize, rings: u16) -> Result<Self> {
        Ok(self.with_indirection(equal(entries, rings)?))
    }

    /// The same settings with the table cut or repeated to `entries` entries.
    pub(crate) fn refit(&self, entries: usize) -> Result<Self> {
        let from = self.indirection.entries();
        let indirection = Indirection::refit(empty(entries)?, from).map_err(|_| EINVAL)?;
        Ok(self.with_indirection(indirection))
    }

    /// The same settings.
    pub(crate) fn copy(&self) -> Result<Self> {
        self.refit(self.entries().len())
    }

    fn with_indirection(&self, indirection: Indirection<Entries>) -> Self {
        Self::build(self.config, self.key, self.table.clone(), indirection)
    }

    fn build(
        config: Config,
        key: [u8; KEY_LEN],
        table: Option<KeyTable>,
        indirection: Indirection<Entries>,
    ) -> Self {
        let first = indirection.ring(0);
        let all_same = indirection.entries().iter().all(|ring| *ring == first);
        Self {
            config,
            key,
            table,
            last_ring: indirection.last_ring(),
            indirection,
            only: all_same.then_some(first),
        }
    }

    /// The settings with `change` made, for `rings` rings in use.
    pub(crate) fn changed(
        &self,
        change: &RssChange<'_>,
        rings: u16,
        tables: &impl KeyTables,
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
        let table = match key == self.key {
            true => self.table.clone(),
            false => tables.table_of(&key)?,
        };
        let size = self.entries().len();
        let indirection = match change.indirection {
            None => self.copy()?.indirection,
            Some(wanted) => Indirection::of(empty(size)?, wanted, rings).map_err(|_| {
                extack.refuse(
                    EINVAL,
                    fmt!("the table must have {size} entries, each below {rings}"),
                )
            })?,
        };
        Ok(Self::build(config, key, table, indirection))
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
        let mut rss = self.copy()?;
        rss.config
            .set_fields(kind, Fields(fields))
            .map_err(|refusal| refuse(refusal, extack))?;
        Ok(rss)
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

    /// The key.
    pub(crate) fn key(&self) -> &[u8; KEY_LEN] {
        &self.key
    }

    /// The key's table.
    pub(crate) fn table(&self) -> Option<&KeyTable> {
        self.table.as_ref()
    }

    /// The ring that all entries name, if they do.
    pub(crate) fn only_ring(&self) -> Option<u16> {
        self.only
    }

    /// The highest ring that an entry names.
    pub(crate) fn last_ring(&self) -> u16 {
        self.last_ring
    }

    /// The indirection table.
    pub(crate) fn entries(&self) -> &[u16] {
        self.indirection.entries()
    }

    /// The ring of a frame's flow, hashed by `table`, which is the key's: always
    /// the same one, so that a flow's frames stay in order. `report` notes the
    /// hash in the frame.
    #[inline(always)]
    pub(crate) fn ring_of_frame(&self, table: &Table, frame: &mut Frame, report: bool) -> u16 {
        let hash = match PlainV4::of(frame.linear()) {
            Some(flow) => self.config.hash_plain(table, flow),
            None => self.hash_other(table, frame),
        };
        self.ring_of_hash(hash, frame, report)
    }

    #[inline(never)]
    fn hash_other(&self, table: &Table, frame: &mut Frame) -> Option<(u32, HashType)> {
        frame.make_linear(header_len(frame.linear()));
        self.config.hash_frame(table, frame.linear())
    }

    /// The same for a flow that is known already.
    pub(crate) fn ring_of_flow(&self, flow: &Flow, frame: &mut Frame, report: bool) -> u16 {
        let hash = match (&self.table, self.only) {
            (Some(table), None) => self.config.hash_flow(table, flow),
            (Some(table), _) if report => self.config.hash_flow(table, flow),
            _ => None,
        };
        self.ring_of_hash(hash, frame, report)
    }

    #[inline(always)]
    fn ring_of_hash(&self, hash: Option<(u32, HashType)>, frame: &mut Frame, report: bool) -> u16 {
        match hash {
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
pub(crate) fn header_len(start: &[u8]) -> u32 {
    const ETH_TYPE: usize = 12;
    /// Ports, or what AH has up to its SPI.
    const L4: u32 = 8;
    const IPV6: u32 = 14 + 40 + L4;
    /// An Ethernet header, two tags, IPv6 with some extensions, ports.
    const MOST: u32 = 128;

    let Some([high, low, first]) = start.get(ETH_TYPE..).and_then(<[u8]>::first_chunk) else {
        return MOST;
    };
    match (u16::from_be_bytes([*high, *low]), start.get(20)) {
        (0x0800, _) => 14 + u32::from(first & 0x0f) * 4 + L4,
        // TCP and UDP right behind the header.
        (0x86dd, Some(6 | 17)) => IPV6,
        (0x86dd | 0x8100 | 0x88a8, _) => MOST,
        _ => 0,
    }
}

fn empty(size: usize) -> Result<Entries> {
    Ok(Entries(KVec::from_elem(0, size, GFP_KERNEL_ACCOUNT)?))
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
