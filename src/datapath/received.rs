// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a port received by rings that are not its own.

use super::drops::DropReason;
use super::port::Port;
use super::sizes::Sizes;
use crate::net::counter::SharedCounter;
use crate::net::device::PortDevice;
use crate::net::napi::PollContext;
use crate::net::receive::{Delivery, PacketType};
use crate::net::skb::RxFrame;

/// Counters that the polls of several rings write.
pub(crate) struct Received {
    /// Frames delivered to the stack, by size.
    pub(crate) sizes: Sizes<SharedCounter>,
    /// Their bytes.
    pub(crate) bytes: SharedCounter,
    /// How many of them were multicasts.
    pub(crate) multicast: SharedCounter,
    /// How many of them were broadcasts.
    pub(crate) broadcast: SharedCounter,
}

impl Received {
    /// Nothing.
    pub(crate) fn new() -> Self {
        Self {
            sizes: Sizes::new(),
            bytes: SharedCounter::new(),
            multicast: SharedCounter::new(),
            broadcast: SharedCounter::new(),
        }
    }

    #[inline(always)]
    fn count(&self, kind: PacketType, len: u32) {
        self.sizes.count(len);
        self.bytes.add(len.into());
        if kind != PacketType::HOST {
            self.count_kind(kind);
        }
    }

    #[inline(never)]
    fn count_kind(&self, kind: PacketType) {
        match kind {
            PacketType::MULTICAST => self.multicast.add(1),
            PacketType::BROADCAST => self.broadcast.add(1),
            _ => {}
        }
    }
}

/// Counts what became of a frame of `len` bytes for `dev` in a ring of its NIC.
#[inline(always)]
pub(super) fn count(dev: &PortDevice<Port>, delivery: Delivery, len: u32) {
    match delivery {
        Delivery::Taken(kind) => dev.port().received().count(kind, len),
        Delivery::NoMemory => dev.port().drops().add(DropReason::NoMemoryReceived, 1),
    }
}

/// Gives the stack of `dev` a copy of a frame to a group.
#[inline(always)]
pub(super) fn deliver_to_group(
    dev: &PortDevice<Port>,
    frame: RxFrame,
    context: &mut PollContext<'_, Port>,
) {
    let len = frame.len();
    let kind = context.receive_to_group(dev, frame);
    dev.port().received().count(kind, len);
}

/// Gives the stack of `dev` another copy.
#[inline(never)]
pub(super) fn deliver(dev: &PortDevice<Port>, frame: RxFrame, context: &mut PollContext<'_, Port>) {
    let len = frame.len();
    let delivery = context.receive(dev, frame, 0, false);
    count(dev, delivery, len);
}
