// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The sending side of a NIC: from the stack to its wire.

use super::drops::{DropReason, Drops};
use super::port::Arrival;
use super::wire::Wire;
use crate::net::context::Softirq;
use crate::net::counter::SharedCounter;
use crate::net::device::{Netdev, Transmit};
use crate::net::queue_stats::TxQueueStats;
use crate::net::skb::{Frame, TxSkb};
use crate::net::stats::LinkStats;
use crate::net::txq::{QueueStops, Sender};
use kernel::prelude::*;

/// Counters of one transmit queue, shared since a queue has no lock. Each queue
/// has a cache line of its own, since different CPUs write neighbours.
#[repr(align(64))]
pub(crate) struct TxCounters {
    /// Frames put on the wire.
    pub(crate) packets: SharedCounter,
    /// Their bytes.
    pub(crate) bytes: SharedCounter,
    /// Frames given back to the stack for want of room.
    pub(crate) busy: SharedCounter,
    /// Times that the queue was stopped for want of room, and woken.
    stops: QueueStops,
}

/// The transmit queues of a NIC.
pub(crate) struct TxQueues(KVec<TxCounters>);

impl TxQueues {
    /// Makes the counters of `count` queues. Process context; `ENOMEM`.
    pub(crate) fn new(count: usize) -> Result<Self> {
        let mut queues = KVec::with_capacity(count, GFP_KERNEL)?;
        for index in 0..count {
            let counters = TxCounters {
                packets: SharedCounter::new(),
                bytes: SharedCounter::new(),
                busy: SharedCounter::new(),
                stops: QueueStops::new(index),
            };
            queues.push(counters, GFP_KERNEL)?;
        }
        Ok(Self(queues))
    }

    /// The queues' counters, by number.
    pub(crate) fn counters(&self) -> &[TxCounters] {
        &self.0
    }

    /// What queue `index` has counted.
    pub(crate) fn queue_stats(&self, index: usize) -> TxQueueStats {
        let Some(queue) = self.0.get(index) else {
            return TxQueueStats::default();
        };
        TxQueueStats {
            packets: queue.packets.get(),
            bytes: queue.bytes.get(),
            stops: queue.stops.toggle().times_on(),
            wakes: queue.stops.toggle().times_off(),
        }
    }

    /// Lets the stack of `dev` send on every queue; in `open`.
    pub(crate) fn start(&self, dev: &Netdev) {
        dev.start_tx_queues();
        self.0
            .iter()
            .for_each(|queue| queue.stops.toggle().put_off());
    }

    /// Wakes every queue of `dev`. Any context.
    pub(crate) fn wake(&self, dev: &Netdev) {
        for queue in &self.0 {
            Sender::new(dev, &queue.stops).wake();
        }
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
        wire: &Wire,
        drops: &Drops,
        softirq: &Softirq,
    ) -> Transmit {
        let Some(counters) = self.0.get(skb.queue_index()) else {
            return lose_skb(skb, DropReason::NoWire, drops);
        };
        let sender = Sender::new(dev, &counters.stops);
        let frame = match skb.into_frame() {
            Ok(frame) => frame,
            Err(skb) => return lose_skb(skb, DropReason::Truncated, drops),
        };
        if !frame.own_fragments() {
            return lose(frame, DropReason::NoMemory, drops);
        }
        let len = frame.len();
        match wire.carry(frame, sender, softirq) {
            Arrival::Arrived => {
                counters.packets.add(1);
                counters.bytes.add(len.into());
                Transmit::Done
            }
            other => account(other, counters, drops),
        }
    }
}

/// Accounts for what became of a frame that did not go as it is.
#[cold]
fn account(arrival: Arrival, counters: &TxCounters, drops: &Drops) -> Transmit {
    match arrival {
        Arrival::Arrived => {}
        Arrival::ArrivedAs { frames, bytes } => {
            counters.packets.add(frames.into());
            counters.bytes.add(bytes.into());
        }
        Arrival::Busy(frame) => {
            counters.busy.add(1);
            return Transmit::Busy(frame);
        }
        Arrival::Refused(frame, reason) => return lose(frame, reason, drops),
    }
    Transmit::Done
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
