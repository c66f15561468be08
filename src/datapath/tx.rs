// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The sending side of a NIC: from the stack to its wire.

use super::drops::{self, DropReason};
use super::port::{Arrival, Port};
use super::sizes::Sizes;
use crate::model::mac::Mac;
use crate::model::spread::serves;
use crate::net::context::Softirq;
use crate::net::counter::SharedCounter;
use crate::net::cpu;
use crate::net::device::{Netdev, PortDevice, Transmit};
use crate::net::queue_stats::TxQueueStats;
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::skb::{Frame, TxSkb, Wishes};
use crate::net::trace;
use crate::net::txq::{QueueStops, Sender};
use kernel::prelude::*;

/// Counters of one transmit queue, shared since a queue has no lock. Each queue
/// has cache lines of its own, since different CPUs write neighbours. The stops
/// are first: their address, which goes along with each frame, is the counters'
/// own then, and takes no register.
#[repr(C, align(64))]
pub(crate) struct TxCounters {
    /// Times that the queue was stopped for want of room, and woken.
    stops: QueueStops,
    /// Frames put on the wire, by size.
    pub(crate) sizes: Sizes<SharedCounter>,
    /// Their bytes.
    pub(crate) bytes: SharedCounter,
    /// Frames given back to the stack for want of room.
    pub(crate) busy: SharedCounter,
    /// How many frames were multicasts.
    pub(crate) multicast: SharedCounter,
    /// How many frames were broadcasts.
    pub(crate) broadcast: SharedCounter,
    /// How many frames were segmentation bundles.
    bundles: SharedCounter,
    /// Their bytes.
    bundle_bytes: SharedCounter,
    /// How many segments they stood for.
    segments: SharedCounter,
}

impl TxCounters {
    fn new(index: usize) -> Self {
        Self {
            stops: QueueStops::new(index),
            sizes: Sizes::new(),
            bytes: SharedCounter::new(),
            busy: SharedCounter::new(),
            multicast: SharedCounter::new(),
            broadcast: SharedCounter::new(),
            bundles: SharedCounter::new(),
            bundle_bytes: SharedCounter::new(),
            segments: SharedCounter::new(),
        }
    }
}

/// The transmit queues of a NIC.
pub(crate) struct TxQueues {
    counters: KVec<TxCounters>,
    /// How many queues the CPUs were last spread over.
    spread_over: RtnlCell<u32>,
}

impl TxQueues {
    /// Makes the counters of `count` queues. Process context; `ENOMEM`.
    pub(crate) fn new(count: usize) -> Result<Self> {
        let mut queues = KVec::with_capacity(count, GFP_KERNEL_ACCOUNT)?;
        for index in 0..count {
            queues.push(TxCounters::new(index), GFP_KERNEL_ACCOUNT)?;
        }
        Ok(Self {
            counters: queues,
            spread_over: RtnlCell::new(1),
        })
    }

    /// The queues' counters, by number.
    pub(crate) fn counters(&self) -> &[TxCounters] {
        &self.counters
    }

    /// How many frames all queues have sent.
    pub(crate) fn frames(&self) -> u64 {
        let frames = self.counters.iter().map(|queue| queue.sizes.frames());
        frames.fold(0, u64::wrapping_add)
    }

    /// How many frames all queues have given back.
    pub(crate) fn given_back(&self) -> u64 {
        let frames = self.counters.iter().map(|queue| queue.busy.get());
        frames.fold(0, u64::wrapping_add)
    }

    /// What queue `index` has counted.
    pub(crate) fn queue_stats(&self, index: usize) -> TxQueueStats {
        let Some(queue) = self.counters.get(index) else {
            return TxQueueStats::default();
        };
        TxQueueStats {
            packets: queue.sizes.frames(),
            bytes: queue.bytes.get(),
            bundles: queue.bundles.get(),
            bundle_bytes: queue.bundle_bytes.get(),
            segments: queue.segments.get(),
            stops: queue.stops.toggle().times_on(),
            wakes: queue.stops.toggle().times_off(),
        }
    }

    /// Lets the stack of `dev` send on every queue; in `open`.
    pub(crate) fn start(&self, dev: &Netdev) {
        dev.start_tx_queues();
        self.counters
            .iter()
            .for_each(|queue| queue.stops.toggle().put_off());
    }

    /// Gives each queue in use its CPUs (XPS), if there is more than one queue.
    /// What the user sets holds until the number of queues changes: the CPUs of
    /// the old ones would not do. Process context.
    pub(crate) fn spread(&self, dev: &PortDevice<Port>, rtnl: &Rtnl) {
        let queues = dev.real_num_tx_queues(rtnl) as u32;
        if self.spread_over.set(queues, rtnl) == queues {
            return;
        }
        let cpus = cpu::online();
        for queue in 0..queues {
            let takes = |cpu| serves(queue, queues, cpu, cpus);
            // Without memory the stack chooses by a hash of the flow, as it
            // does for a device that has no opinion.
            if dev.set_queue_cpus(queue as u16, takes, rtnl).is_err() {
                return;
            }
        }
    }

    /// Wakes every queue of `dev` that was stopped for want of room. Any
    /// context.
    pub(crate) fn wake(&self, dev: &Netdev) {
        for queue in &self.counters {
            let sender = Sender::new(dev, &queue.stops);
            // Who stops one only now looks again whether there is room.
            if sender.is_stopped() {
                sender.wake();
            }
        }
    }
}

/// Sends a frame of `dev`. Inline always, as all on the usual frame's way.
#[inline(always)]
pub(super) fn send(dev: &PortDevice<Port>, skb: TxSkb, softirq: &Softirq) -> Transmit {
    if trace::sends() {
        trace::xmit(dev, skb.seen());
    }
    let Some(counters) = dev.port().tx().counters.get(skb.queue_index()) else {
        return lose_skb(dev, skb, DropReason::NoWire);
    };
    let frame = match skb.into_frame() {
        Ok(frame) => frame,
        Err(skb) => return lose_headless(dev, skb),
    };
    let wishes = frame.wishes();
    if !wishes.is_empty() || frame.is_for_a_group() {
        return send_unusual(dev, counters, frame, wishes, softirq);
    }
    carry(dev, counters, frame, |_| (), softirq)
}

/// Sends a frame. Once it is on the wire, `note` counts what is particular
/// about it.
#[inline(always)]
fn carry(
    dev: &PortDevice<Port>,
    counters: &TxCounters,
    frame: Frame,
    note: impl FnOnce(&TxCounters),
    softirq: &Softirq,
) -> Transmit {
    let len = frame.len();
    let sender = Sender::new(dev, &counters.stops);
    match dev.port().carry(dev, frame, sender, softirq) {
        Arrival::Arrived => {
            counters.sizes.count(len);
            counters.bytes.add(len.into());
            note(counters);
            Transmit::Done
        }
        other => account(dev, other, counters, note),
    }
}

/// Accounts for what became of a frame that did not go as it is.
#[cold]
fn account(
    dev: &PortDevice<Port>,
    arrival: Arrival,
    counters: &TxCounters,
    note: impl FnOnce(&TxCounters),
) -> Transmit {
    match arrival {
        Arrival::Arrived => {}
        Arrival::ArrivedAs {
            frames,
            bytes,
            first,
        } => {
            // All frames of a bundle but the last are as long as the first.
            let others = frames.saturating_sub(1);
            let last = bytes.saturating_sub(first.saturating_mul(others));
            counters.sizes.count_many(first, others.into());
            counters.sizes.count(last);
            counters.bytes.add(bytes.into());
            note(counters);
        }
        Arrival::Busy(frame) => {
            counters.busy.add(1);
            return Transmit::Busy(frame);
        }
        Arrival::Refused(frame, reason) => return lose(dev, frame, reason),
    }
    Transmit::Done
}

/// Sends a frame of which more is wanted, or more counted: one with its
/// sender's pages, a bundle, one to many.
#[inline(never)]
fn send_unusual(
    dev: &PortDevice<Port>,
    counters: &TxCounters,
    frame: Frame,
    wishes: Wishes,
    softirq: &Softirq,
) -> Transmit {
    if wishes.pages() && !frame.own_fragments() {
        return lose(dev, frame, DropReason::NoMemory);
    }
    let (to, len) = (Mac::from_prefix(frame.first_bytes()), frame.len());
    let note = |counters: &TxCounters| {
        match (to.is_broadcast(), to.is_multicast()) {
            (true, _) => counters.broadcast.add(1),
            (false, true) => counters.multicast.add(1),
            (false, false) => {}
        }
        if let Some(segments) = wishes.segments() {
            counters.bundles.add(1);
            counters.bundle_bytes.add(len.into());
            counters.segments.add(segments.into());
        }
    };
    carry(dev, counters, frame, note, softirq)
}

/// Loses a frame whose Ethernet header cannot be read.
#[cold]
#[inline(never)]
fn lose_headless(dev: &PortDevice<Port>, skb: TxSkb) -> Transmit {
    let reason = match skb.is_truncated() {
        true => DropReason::Truncated,
        false => DropReason::NoMemory,
    };
    lose_skb(dev, skb, reason)
}

#[cold]
#[inline(never)]
fn lose_skb(dev: &PortDevice<Port>, skb: TxSkb, reason: DropReason) -> Transmit {
    drops::note(dev, skb.seen(), reason);
    skb.drop_for(reason.skb_reason());
    Transmit::Done
}

#[cold]
#[inline(never)]
fn lose(dev: &PortDevice<Port>, frame: Frame, reason: DropReason) -> Transmit {
    drops::note(dev, frame.seen(), reason);
    frame.drop_for(reason.skb_reason());
    Transmit::Done
}
