// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The sending side of a NIC: from the stack to its wire.

use super::drops::{DropReason, Drops};
use super::port::Arrival;
use crate::net::context::Softirq;
use crate::net::counter::Counter;
use crate::net::device::{Netdev, Transmit};
use crate::net::skb::{Frame, TxSkb};
use crate::net::stats::LinkStats;
use crate::net::txq::TxQueue;
use kernel::prelude::*;

/// What carries a NIC's frames away.
pub(crate) trait Wire {
    /// Carries a frame to the other end, on behalf of the transmit queue
    /// `sender`, whose lock is held.
    fn carry(&self, frame: Frame, sender: &TxQueue, softirq: &Softirq) -> Arrival;
}

/// Counters of one transmit queue, written under its lock. Each has a cache
/// line of its own, since different CPUs write neighbours.
#[repr(align(64))]
pub(crate) struct TxCounters {
    /// Frames put on the wire.
    pub(crate) packets: Counter,
    /// Their bytes.
    pub(crate) bytes: Counter,
    /// Times that the queue was stopped for want of room.
    pub(crate) stopped: Counter,
}

/// The transmit queues of a NIC.
pub(crate) struct TxQueues(KVec<TxCounters>);

impl TxQueues {
    /// Makes the counters of `count` queues. Process context; `ENOMEM`.
    pub(crate) fn new(count: usize) -> Result<Self> {
        let mut queues = KVec::with_capacity(count, GFP_KERNEL)?;
        for _ in 0..count {
            let counters = TxCounters {
                packets: Counter::new(),
                bytes: Counter::new(),
                stopped: Counter::new(),
            };
            queues.push(counters, GFP_KERNEL)?;
        }
        Ok(Self(queues))
    }

    /// The queues' counters, by number.
    pub(crate) fn counters(&self) -> &[TxCounters] {
        &self.0
    }

    /// Adds the queues' statistics.
    pub(crate) fn add_stats(&self, stats: &mut LinkStats<'_>) {
        for queue in &self.0 {
            stats.add_sent(queue.packets.get(), queue.bytes.get());
        }
    }

    /// Sends a frame of `dev` over `wire`; losses go to `drops`.
    #[inline]
    pub(crate) fn send(
        &self,
        dev: &Netdev,
        skb: TxSkb,
        wire: &impl Wire,
        drops: &Drops,
        softirq: &Softirq,
    ) -> Transmit {
        let index = skb.queue_index();
        let (Some(queue), Some(counters)) = (dev.tx_queue(index), self.0.get(index)) else {
            return lose_skb(skb, DropReason::NoWire, drops);
        };
        let frame = match skb.into_frame() {
            Ok(frame) => frame,
            Err(skb) => return lose_skb(skb, DropReason::Truncated, drops),
        };
        if !frame.own_fragments() {
            return lose(frame, DropReason::NoMemory, drops);
        }
        let len = frame.len();
        match wire.carry(frame, queue, softirq) {
            Arrival::Arrived => {
                counters.packets.add(1);
                counters.bytes.add(len.into());
                Transmit::Done
            }
            Arrival::Busy(frame) => {
                counters.stopped.add(1);
                Transmit::Busy(frame)
            }
            Arrival::Refused(frame, reason) => lose(frame, reason, drops),
        }
    }
}

#[cold]
fn lose_skb(skb: TxSkb, reason: DropReason, drops: &Drops) -> Transmit {
    drops.add(reason, 1);
    skb.drop_for(reason.skb_reason());
    Transmit::Done
}

#[cold]
fn lose(frame: Frame, reason: DropReason, drops: &Drops) -> Transmit {
    drops.add(reason, 1);
    frame.drop_for(reason.skb_reason());
    Transmit::Done
}
