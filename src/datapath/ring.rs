// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Receive rings: bounded queues between senders and a NAPI poll.
//!
//! A ring is a list of frames under a lock that senders take once a frame and
//! the poll once a batch. Its bound is a number, so it costs no memory while
//! it is empty. Only the frame that makes the list non-empty asks for a poll.
//!
//! A full ring pushes back: the sender stops its transmit queue, says that it
//! waits, and then looks for room once more; the poll publishes the room and
//! then looks for who waits. Between the two steps each side has a full
//! barrier, so at least one of them sees the other: no wake-up is lost.

use super::drops::{DropReason, Drops};
use crate::net::context::{with_bh_disabled, Softirq};
use crate::net::counter::{Counter, Shared};
use crate::net::device::{Device, Driver};
use crate::net::napi::{Napi, Poll, PollContext};
use crate::net::rtnl::Rtnl;
use crate::net::skb::{Frame, FrameQueue};
use crate::net::txq::TxQueue;
use core::marker::PhantomData;
use kernel::new_spinlock;
use kernel::prelude::*;
use kernel::sync::barrier::{smp_mb, smp_wmb};
use kernel::sync::SpinLock;

/// How many frames a ring holds by default.
pub(crate) const DEFAULT_CAPACITY: u32 = 256;

/// A driver whose devices have rings.
pub(crate) trait RingOwner: Driver {
    /// Wakes the transmit queues of all who may send to `dev`'s rings.
    fn wake_senders(dev: &Device<Self>, softirq: &Softirq);
    /// Where the device's losses are counted.
    fn drops(dev: &Device<Self>) -> &Drops;
}

/// What became of a frame that was offered to a ring.
pub(crate) enum Offer {
    /// It waits in the ring.
    Queued,
    /// The ring is full; the transmit queue is stopped until there is room.
    Busy(Frame),
    /// It cannot be taken, now or soon.
    Refused(Frame, DropReason),
}

/// What senders and the poll share, under the lock.
struct Queue {
    frames: FrameQueue,
    open: bool,
}

/// A ring's counters; all but `full` are the poll's to write.
pub(crate) struct RingCounters {
    /// Frames delivered to the stack.
    pub(crate) packets: Counter,
    /// Their bytes.
    pub(crate) bytes: Counter,
    /// How many of them were multicasts.
    pub(crate) multicast: Counter,
    /// Polls that found at least one frame.
    pub(crate) polls: Counter,
    /// Times that a sender found the ring full; written under the lock.
    pub(crate) full: Counter,
}

/// A receive ring, for [`Napi`] to poll.
#[pin_data]
pub(crate) struct Ring<D: RingOwner> {
    /// Number in its device, as in `ethtool -l`.
    index: u16,
    /// How many frames it holds at most.
    capacity: Shared<u32>,
    /// Frames ever queued, modulo 2^32; written under the lock.
    produced: Shared<u32>,
    #[pin]
    queue: SpinLock<Queue>,
    /// Frames ever taken out for good, modulo 2^32; written by the poll.
    consumed: Shared<u32>,
    /// A sender has stopped its queue and waits for room.
    waiting: Shared<bool>,
    counters: RingCounters,
    _owner: PhantomData<fn(D)>,
}

/// What only the poll touches: frames taken from the queue in one go.
pub(crate) struct Pending(FrameQueue);

impl<D: RingOwner> Ring<D> {
    /// Makes a closed ring with its NAPI instance. Process context; `ENOMEM`.
    pub(crate) fn new(index: u16) -> Result<Pin<KBox<Napi<Self>>>> {
        let ring = try_pin_init!(Self {
            index,
            capacity: Shared::new(DEFAULT_CAPACITY),
            produced: Shared::new(0),
            queue <- new_spinlock!(
                Queue {
                    frames: FrameQueue::new(),
                    open: false,
                },
                "softnic ring"
            ),
            consumed: Shared::new(0),
            waiting: Shared::new(false),
            counters: RingCounters {
                packets: Counter::new(),
                bytes: Counter::new(),
                multicast: Counter::new(),
                polls: Counter::new(),
                full: Counter::new(),
            },
            _owner: PhantomData,
        });
        KBox::pin_init(Napi::new(ring, Pending(FrameQueue::new())), GFP_KERNEL)
    }

    /// The ring's counters.
    pub(crate) fn counters(&self) -> &RingCounters {
        &self.counters
    }

    #[inline]
    fn occupancy(&self) -> u32 {
        self.produced.get().wrapping_sub(self.consumed.get())
    }

    /// Says that a sender, whose queue is stopped, waits for room; returns
    /// whether there is some after all.
    #[cold]
    fn wait_for_room(&self) -> bool {
        // Who sees the mark must see the queue stopped.
        smp_wmb();
        self.waiting.set(true);
        // Pairs with the barrier in `release`.
        smp_mb();
        self.occupancy() < self.capacity.get()
    }

    /// Publishes that `done` frames have left, and wakes who waited for it
    /// once half of the ring is free.
    #[inline]
    fn release(&self, done: u32, dev: &Device<D>, softirq: &Softirq) {
        self.consumed.set(self.consumed.get().wrapping_add(done));
        // Pairs with the barrier in `wait_for_room`.
        smp_mb();
        if self.waiting.get() && self.occupancy() <= self.capacity.get() / 2 {
            self.wake(dev, softirq);
        }
    }

    #[cold]
    fn wake(&self, dev: &Device<D>, softirq: &Softirq) {
        self.waiting.set(false);
        D::wake_senders(dev, softirq);
    }
}

/// Offers a frame to a ring on behalf of the transmit queue `sender`, whose
/// lock is held.
#[inline]
pub(crate) fn offer<D: RingOwner>(
    ring: &Napi<Ring<D>>,
    frame: Frame,
    sender: &TxQueue,
    softirq: &Softirq,
) -> Offer {
    let mut queue = ring.queue.lock();
    if !queue.open {
        return Offer::Refused(frame, DropReason::ReceiverDown);
    }
    if ring.occupancy() >= ring.capacity.get() {
        ring.counters.full.add(1);
        drop(queue);
        return push_back(ring, frame, sender);
    }
    // Only now is it certain that the frame goes, so that a frame which is
    // offered twice tells its time once.
    frame.tx_timestamp();
    let was_empty = queue.frames.is_empty();
    queue.frames.push(frame);
    ring.produced.set(ring.produced.get().wrapping_add(1));
    drop(queue);
    if was_empty {
        ring.schedule(softirq);
    }
    Offer::Queued
}

#[cold]
fn push_back<D: RingOwner>(ring: &Napi<Ring<D>>, frame: Frame, sender: &TxQueue) -> Offer {
    if sender.has_no_qdisc() {
        return Offer::Refused(frame, DropReason::RingFull);
    }
    sender.stop();
    if ring.wait_for_room() {
        sender.start();
    }
    Offer::Busy(frame)
}

impl<D: RingOwner> Poll for Ring<D> {
    type Driver = D;
    type Local = Pending;

    fn poll(&self, pending: &mut Pending, context: &mut PollContext<'_, D>) -> u32 {
        let dev = context.device();
        let mut done: u32 = 0;
        let mut bytes: u64 = 0;
        let mut multicast: u64 = 0;

        if pending.0.is_empty() {
            pending.0 = self.queue.lock().frames.take();
        }
        let lone = pending.0.is_single();
        while done < context.budget() {
            let Some(frame) = pending.0.pop() else { break };
            let received = context.receive(frame, dev, self.index, lone);
            bytes = bytes.wrapping_add(received.len.into());
            multicast = multicast.wrapping_add(received.multicast.into());
            done = done.wrapping_add(1);
        }
        if done != 0 {
            self.counters.packets.add(done.into());
            self.counters.bytes.add(bytes);
            self.counters.multicast.add(multicast);
            self.counters.polls.add(1);
            self.release(done, dev, context.softirq());
        }
        done
    }
}

/// Opens a ring of `dev`. Process context, in `open`.
pub(crate) fn open<D: RingOwner>(ring: Pin<&Napi<Ring<D>>>, dev: &Device<D>, rtnl: &Rtnl) {
    ring.enable(dev, ring.index.into(), rtnl);
    with_bh_disabled(|_| ring.queue.lock().open = true);
}

/// Closes a ring of `dev` and frees what waits in it. Process context, in
/// `stop`.
pub(crate) fn close<D: RingOwner>(ring: &Napi<Ring<D>>, dev: &Device<D>, rtnl: &Rtnl) {
    let mut left = with_bh_disabled(|_| {
        let mut queue = ring.queue.lock();
        queue.open = false;
        queue.frames.take()
    });
    ring.disable(rtnl);
    let reason = DropReason::Purged;
    let mut purged = left.purge(reason.skb_reason());
    ring.with_local(rtnl, |_, pending| {
        purged = purged.wrapping_add(pending.0.purge(reason.skb_reason()));
    });
    if purged != 0 {
        D::drops(dev).add(reason, purged);
    }
    with_bh_disabled(|softirq| {
        ring.consumed.set(ring.produced.get());
        if ring.waiting.get() {
            ring.wake(dev, softirq);
        }
    });
}
