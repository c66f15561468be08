// SPDX-License-Identifier: GPL-2.0
//! What the kernel's `ethtool` family keeps of a device: ring sizes, rings in
//! use, RSS and moderation. The numbers are those of
//! `linux/ethtool_netlink.h`; the library's of this family are wrong.

use netlink_bindings::utils::{
    align, finalize_nested_header, parse_u32, push_header, push_nested_header,
};
use serde::Serialize;

use super::generic::{Attributes, Change, Object, push_u32};

/// The family's name.
pub const NAME: &str = "ethtool";

const RINGS_GET: u8 = 15;
const RINGS_SET: u8 = 16;
const CHANNELS_GET: u8 = 17;
const CHANNELS_SET: u8 = 18;
const COALESCE_GET: u8 = 19;
const COALESCE_SET: u8 = 20;
const RSS_GET: u8 = 38;
const RSS_SET: u8 = 48;

const HEADER: u16 = 1;
const HEADER_DEV_INDEX: u16 = 1;
const HEADER_DEV_NAME: u16 = 2;
const RINGS_RX_MAX: u16 = 2;
const RINGS_RX: u16 = 6;
const CHANNELS_RX_MAX: u16 = 2;
const CHANNELS_RX_COUNT: u16 = 6;
const CHANNELS_TX_COUNT: u16 = 7;
const CHANNELS_COMBINED_COUNT: u16 = 9;
const COALESCE_RX_USECS: u16 = 2;
const COALESCE_RX_MAX_FRAMES: u16 = 3;
const COALESCE_USE_ADAPTIVE_RX: u16 = 11;
const RSS_CONTEXT: u16 = 2;
const RSS_HFUNC: u16 = 3;
const RSS_INDIR: u16 = 4;
const RSS_HKEY: u16 = 5;
const RSS_INPUT_XFRM: u16 = 6;

/// The attributes that name a device.
pub fn of_device(ifindex: u32) -> Vec<u8> {
    let mut attributes = Vec::new();
    let header = push_nested_header(&mut attributes, HEADER);
    push_u32(&mut attributes, HEADER_DEV_INDEX, ifindex);
    finalize_nested_header(&mut attributes, header);
    attributes
}

/// The name of the device that an answer is about.
fn device(found: Attributes<'_>) -> Option<String> {
    found.nests(HEADER).next()?.text(HEADER_DEV_NAME)
}

/// The size of a device's rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingSize {
    /// Frames that each holds.
    pub now: u32,
    /// The most that it can hold.
    pub most: u32,
}

impl Object for RingSize {
    const GET: u8 = RINGS_GET;

    fn attribute(number: u16) -> Option<&'static str> {
        rings_name(number)
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        Some(Self {
            now: found.u32(RINGS_RX)?,
            most: found.u32(RINGS_RX_MAX)?,
        })
    }
}

fn rings_name(number: u16) -> Option<&'static str> {
    match number {
        HEADER => Some("device"),
        RINGS_RX => Some("size"),
        _ => None,
    }
}

/// Changes the size of a device's rings.
pub fn set_ring_size(ifindex: u32, frames: u32) -> Change {
    let mut attributes = of_device(ifindex);
    push_u32(&mut attributes, RINGS_RX, frames);
    Change {
        command: RINGS_SET,
        attributes,
        names: rings_name,
    }
}

/// The queues of a device that are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    /// Pairs of a receive and a transmit queue.
    pub combined: u32,
    /// Receive queues besides.
    pub rx: u32,
    /// Transmit queues besides.
    pub tx: u32,
    /// The most receive rings that can be in use.
    pub most: Option<u32>,
}

impl Channels {
    /// Receive rings in use.
    pub fn rings(self) -> u32 {
        self.combined.saturating_add(self.rx)
    }

    /// The same with so many receive rings, and as many transmit queues.
    pub fn with_rings(self, rings: u32) -> Self {
        let tx = self.combined.saturating_add(self.tx);
        let combined = rings.min(tx);
        Self {
            combined,
            rx: rings - combined,
            tx: tx - combined,
            ..self
        }
    }
}

impl Object for Channels {
    const GET: u8 = CHANNELS_GET;

    fn attribute(number: u16) -> Option<&'static str> {
        channels_name(number)
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        Some(Self {
            combined: found.u32(CHANNELS_COMBINED_COUNT).unwrap_or(0),
            rx: found.u32(CHANNELS_RX_COUNT).unwrap_or(0),
            tx: found.u32(CHANNELS_TX_COUNT).unwrap_or(0),
            most: found.u32(CHANNELS_RX_MAX),
        })
    }
}

fn channels_name(number: u16) -> Option<&'static str> {
    match number {
        HEADER => Some("device"),
        CHANNELS_RX_COUNT | CHANNELS_COMBINED_COUNT => Some("rings"),
        CHANNELS_TX_COUNT => Some("tx-queues"),
        _ => None,
    }
}

/// Changes which queues are in use.
pub fn set_channels(ifindex: u32, channels: Channels) -> Change {
    let mut attributes = of_device(ifindex);
    push_u32(&mut attributes, CHANNELS_RX_COUNT, channels.rx);
    push_u32(&mut attributes, CHANNELS_TX_COUNT, channels.tx);
    push_u32(&mut attributes, CHANNELS_COMBINED_COUNT, channels.combined);
    Change {
        command: CHANNELS_SET,
        attributes,
        names: channels_name,
    }
}

/// When a device's rings are polled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coalesce {
    /// The device.
    pub name: String,
    /// Whether load decides.
    pub adaptive_rx: bool,
    /// How many µs after the first frame that waits.
    pub rx_usecs: u32,
    /// Or as soon as so many frames wait.
    pub rx_frames: u32,
}

impl Object for Coalesce {
    const GET: u8 = COALESCE_GET;

    fn attribute(number: u16) -> Option<&'static str> {
        coalesce_name(number)
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        Some(Self {
            name: device(found)?,
            adaptive_rx: found.u8(COALESCE_USE_ADAPTIVE_RX) == Some(1),
            rx_usecs: found.u32(COALESCE_RX_USECS).unwrap_or(0),
            rx_frames: found.u32(COALESCE_RX_MAX_FRAMES).unwrap_or(0),
        })
    }
}

fn coalesce_name(number: u16) -> Option<&'static str> {
    match number {
        HEADER => Some("device"),
        COALESCE_RX_USECS => Some("rx-usecs"),
        COALESCE_RX_MAX_FRAMES => Some("rx-frames"),
        COALESCE_USE_ADAPTIVE_RX => Some("adaptive-rx"),
        _ => None,
    }
}

/// What is to become of a device's moderation. What is none stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CoalesceSettings {
    pub adaptive_rx: Option<bool>,
    pub rx_usecs: Option<u32>,
    pub rx_frames: Option<u32>,
}

/// Changes a device's moderation.
pub fn set_coalesce(ifindex: u32, settings: CoalesceSettings) -> Change {
    let mut attributes = of_device(ifindex);
    if let Some(usecs) = settings.rx_usecs {
        push_u32(&mut attributes, COALESCE_RX_USECS, usecs);
    }
    if let Some(frames) = settings.rx_frames {
        push_u32(&mut attributes, COALESCE_RX_MAX_FRAMES, frames);
    }
    if let Some(adaptive) = settings.adaptive_rx {
        push_header(&mut attributes, COALESCE_USE_ADAPTIVE_RX, 1);
        attributes.push(adaptive.into());
        align(&mut attributes);
    }
    Change {
        command: COALESCE_SET,
        attributes,
        names: coalesce_name,
    }
}

/// How a device's flows are spread over its rings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rss {
    /// The device.
    pub name: String,
    /// The context; 0 is the main one.
    pub context: u32,
    /// The hash function.
    pub function: HashFunction,
    /// Bits of the input's transformation, 0 for none.
    pub input_transformation: u32,
    /// The ring of each entry.
    pub table: Vec<u32>,
    /// The key, in hexadecimal bytes with colons between them.
    pub key: String,
}

super::named::named! {
    /// A hash function, as its bit.
    HashFunction {
        1 => "toeplitz",
        2 => "xor",
    }
}

impl Rss {
    /// How many entries lead to each ring.
    pub fn weights(&self) -> Vec<u32> {
        let Some(last) = self.table.iter().max().copied() else {
            return Vec::new();
        };
        let of_ring = |ring| self.table.iter().filter(|other| **other == ring).count();
        (0..=last).map(|ring| of_ring(ring) as u32).collect()
    }
}

impl Object for Rss {
    const GET: u8 = RSS_GET;

    fn attribute(number: u16) -> Option<&'static str> {
        rss_name(number)
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        let table = found.bytes(RSS_INDIR).chunks_exact(4);
        let key = found.bytes(RSS_HKEY).iter();
        let key: Vec<_> = key.map(|byte| format!("{byte:02x}")).collect();
        Some(Self {
            name: device(found)?,
            context: found.u32(RSS_CONTEXT).unwrap_or(0),
            function: HashFunction(found.u32(RSS_HFUNC).unwrap_or(0)),
            input_transformation: found.u32(RSS_INPUT_XFRM).unwrap_or(0),
            table: table.filter_map(parse_u32).collect(),
            key: key.join(":"),
        })
    }
}

fn rss_name(number: u16) -> Option<&'static str> {
    match number {
        HEADER => Some("device"),
        RSS_CONTEXT => Some("context"),
        RSS_HFUNC => Some("function"),
        RSS_INDIR => Some("table"),
        RSS_HKEY => Some("key"),
        _ => None,
    }
}

/// What is to become of a device's RSS. What is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RssSettings<'a> {
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The hash function.
    pub function: Option<HashFunction>,
    /// The ring of each entry; empty: as it would be by default.
    pub table: Option<Vec<u32>>,
}

/// Changes a device's RSS.
pub fn set_rss(ifindex: u32, settings: &RssSettings<'_>) -> Change {
    let mut attributes = of_device(ifindex);
    if let Some(function) = settings.function {
        push_u32(&mut attributes, RSS_HFUNC, function.0);
    }
    if let Some(table) = &settings.table {
        let bytes: Vec<u8> = table.iter().flat_map(|ring| ring.to_ne_bytes()).collect();
        push_bytes(&mut attributes, RSS_INDIR, &bytes);
    }
    if let Some(key) = settings.key {
        push_bytes(&mut attributes, RSS_HKEY, key);
    }
    Change {
        command: RSS_SET,
        attributes,
        names: rss_name,
    }
}

/// Adds bytes: a table of at most 1,024 entries, or a key.
fn push_bytes(attributes: &mut Vec<u8>, attribute: u16, bytes: &[u8]) {
    push_header(attributes, attribute, bytes.len() as u16);
    attributes.extend(bytes);
    align(attributes);
}

/// A table of `entries` entries that leads to the rings by these weights.
pub fn weighted(entries: usize, weights: &[u32]) -> Vec<u32> {
    let all: u64 = weights.iter().copied().map(u64::from).sum();
    let mut table = Vec::with_capacity(entries);
    let mut sum = 0;
    for (ring, weight) in (0..).zip(weights) {
        sum += u64::from(*weight);
        // Rounded down; the last weight fills the table.
        let end = (entries as u64).saturating_mul(sum).checked_div(all);
        table.resize(end.unwrap_or(0) as usize, ring);
    }
    table
}

#[cfg(test)]
mod tests;
