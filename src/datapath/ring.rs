// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Receive rings: bounded queues between senders and a NAPI poll.
//!
//! A ring is an inbox that senders push frames into without a lock, and that
//! the poll empties whole. Its bound is a count of places: a sender takes one
//! before it pushes, the poll gives back those of the frames it delivered. So
//! a ring costs no memory while it is empty. Only the frame that finds the
//! inbox empty asks for a poll.
//!
//! A ring pushes back: the sender that takes the last place stops its transmit
//! queue, and the poll wakes it when half of the places are free again. No
//! wake-up is lost ([`Places`]).

use super::drops::DropReason;
use super::port::Port;
use super::sizes::Sizes;
use crate::net::context::{with_bh_disabled, Softirq};
use crate::net::counter::{Counter, Places, SharedCounter};
use crate::net::device::PortDevice;
use crate::net::napi::{Napi, Poll, PollContext};
use crate::net::receive::{Delivery, PacketType};
use crate::net::rtnl::Rtnl;
use crate::net::skb::{Frame, FrameQueue, Inbox, RxFrame};
use crate::net::txq::Sender;
use kernel::prelude::*;

/// How many frames a ring holds by default.
pub(crate) const DEFAULT_CAPACITY: u32 = 256;

/// What became of a frame that was offered to a ring.
pub(crate) enum Offer {
    /// It waits in the ring.
    Queued,
    /// The ring is full; the transmit queue is stopped until there is room.
    Busy(Frame),
    /// It cannot be taken, now or soon.
    Refused(Frame, DropReason),
}

/// A ring's counters; all but `full` are the poll's to write.
pub(crate) struct RingCounters {
    /// Frames delivered to the stack, by size.
    pub(crate) sizes: Sizes<Counter>,
    /// Their bytes.
    pub(crate) bytes: Counter,
    /// How many of them were multicasts.
    pub(crate) multicast: Counter,
    /// How many of them were broadcasts.
    pub(crate) broadcast: Counter,
    /// Polls that found at least one frame.
    pub(crate) polls: Counter,
    /// Times that a sender found the ring full.
    pub(crate) full: SharedCounter,
}

/// A receive ring, for [`Napi`] to poll.
#[pin_data]
pub(crate) struct Ring {
    /// Number in its device, as in `ethtool -l`.
    index: u16,
    /// How many frames fit: none while senders may not push.
    places: Places,
    inbox: Inbox,
    counters: RingCounters,
}

/// What only the poll touches: frames taken from the queue in one go.
pub(crate) struct Pending(FrameQueue);

impl Ring {
    /// Makes a closed ring with its NAPI instance. Process context; `ENOMEM`.
    pub(crate) fn new(index: u16) -> Result<Pin<KBox<Napi<Self>>>> {
        let ring = try_pin_init!(Self {
            index,
            places: Places::none(),
            inbox: Inbox::new(),
            counters: RingCounters {
                sizes: Sizes::new(),
                bytes: Counter::new(),
                multicast: Counter::new(),
                broadcast: Counter::new(),
                polls: Counter::new(),
                full: SharedCounter::new(),
            },
        });
        KBox::pin_init(Napi::new(ring, Pending(FrameQueue::new())), GFP_KERNEL)
    }

    /// The ring's counters.
    pub(crate) fn counters(&self) -> &RingCounters {
        &self.counters
    }

    /// Stops a sender until there is room, unless there is some after all.
    #[cold]
    fn hold_back(&self, sender: Sender<'_>) {
        sender.stop();
        if self.places.wait() {
            sender.wake();
        }
    }

    #[inline]
    fn count(&self, delivery: Delivery, len: u32, dev: &PortDevice<Port>) {
        let Delivery::Taken(kind) = delivery else {
            dev.port().drops().add(DropReason::NoMemoryReceived, 1);
            return;
        };
        self.counters.sizes.count(len);
        self.counters.bytes.add(len.into());
        if kind != PacketType::HOST {
            self.count_kind(kind);
        }
    }

    #[inline(never)]
    fn count_kind(&self, kind: PacketType) {
        match kind {
            PacketType::MULTICAST => self.counters.multicast.add(1),
            PacketType::BROADCAST => self.counters.broadcast.add(1),
            _ => {}
        }
    }

    #[cold]
    fn wake(&self, dev: &PortDevice<Port>, softirq: &Softirq) {
        self.places.unmark();
        dev.port().wake_senders(softirq);
    }
}

/// Offers a frame to a ring of `dev` on behalf of `sender`, which is stopped
/// when the frame takes the last place. On every frame's way, so inline always.
#[inline(always)]
pub(crate) fn offer(
    ring: &Napi<Ring>,
    dev: &PortDevice<Port>,
    frame: Frame,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Offer {
    let free = ring.places.take();
    if free == 0 {
        return refuse(ring, frame, sender, softirq);
    }
    push(ring, dev, frame, softirq);
    if free == 1 && sender.has_qdisc(softirq) {
        ring.hold_back(sender);
    }
    Offer::Queued
}

#[inline(always)]
fn push(ring: &Napi<Ring>, dev: &PortDevice<Port>, frame: Frame, softirq: &Softirq) {
    // Only now is it certain that the frame goes.
    frame.tx_timestamp();
    if ring.inbox.push(frame.hand_over(dev)) {
        ring.schedule(softirq);
    }
}

/// Puts a frame into a ring of `dev` that belongs to one which the ring has
/// taken already, so that it cannot be kept: also beyond what the ring holds.
/// Gives it back if the ring is closed.
pub(crate) fn add(
    ring: &Napi<Ring>,
    dev: &PortDevice<Port>,
    frame: Frame,
    softirq: &Softirq,
) -> Option<Frame> {
    if ring.places.limit() == 0 {
        return Some(frame);
    }
    ring.places.take_beyond();
    push(ring, dev, frame, softirq);
    None
}

#[cold]
fn refuse(ring: &Napi<Ring>, frame: Frame, sender: Sender<'_>, softirq: &Softirq) -> Offer {
    if ring.places.limit() == 0 {
        return Offer::Refused(frame, DropReason::ReceiverDown);
    }
    ring.counters.full.add(1);
    if !sender.has_qdisc(softirq) {
        return Offer::Refused(frame, DropReason::RingFull);
    }
    ring.hold_back(sender);
    Offer::Busy(frame)
}

impl Poll for Ring {
    type Port = Port;
    type Local = Pending;

    #[inline]
    fn poll(&self, pending: &mut Pending, context: &mut PollContext<'_, Port>) -> u32 {
        let done = self.deliver(pending, context);
        if done != 0 {
            self.counters.polls.add(1);
            if self.places.give_back(done) {
                self.wake(context.device(), context.softirq());
            }
        }
        done
    }
}

impl Ring {
    /// Delivers up to a budget of frames; returns how many. A lone frame has
    /// a way of its own, with less to ask.
    #[inline]
    fn deliver(&self, pending: &mut Pending, context: &mut PollContext<'_, Port>) -> u32 {
        let left_over = !pending.0.is_empty();
        let mut frames = match left_over {
            true => pending.0.take(),
            false => self.inbox.take(),
        };
        if !left_over && frames.is_single() && !context.merges_over_polls() {
            if let Some(frame) = frames.pop() {
                self.deliver_one(frame, true, context);
                return 1;
            }
        }
        let mut done: u32 = 0;
        while done < context.budget() {
            // A poll that ends below its budget must have looked everywhere:
            // who busy-polls does not ask again (net/core/dev.c).
            if left_over && frames.is_empty() {
                frames = self.inbox.take();
            }
            let Some(frame) = frames.pop() else { break };
            self.deliver_one(frame, false, context);
            done = done.wrapping_add(1);
        }
        if !frames.is_empty() {
            pending.0 = frames;
        }
        done
    }

    #[inline(always)]
    fn deliver_one(&self, frame: RxFrame, lone: bool, context: &mut PollContext<'_, Port>) {
        let len = frame.len();
        let delivery = context.receive(frame, self.index, lone);
        self.count(delivery, len, context.device());
    }
}

/// Opens a ring of `dev` that holds `capacity` frames. Process context, in
/// `open`.
pub(crate) fn open(
    ring: Pin<&Napi<Ring>>,
    dev: &PortDevice<Port>,
    capacity: u32,
    rtnl: &Rtnl,
) -> Result {
    ring.enable(dev, ring.index.into(), rtnl)?;
    ring.places.set_limit(capacity);
    Ok(())
}

/// Changes how many frames an open ring of `dev` holds. Process context.
pub(crate) fn resize(ring: &Napi<Ring>, dev: &PortDevice<Port>, capacity: u32) {
    ring.places.set_limit(capacity);
    // Who waited for a place of the old ring may find one in a larger one;
    // whoever does not waits again.
    with_bh_disabled(|softirq| ring.wake(dev, softirq));
}

/// Keeps new senders from a ring; those that are at it now are gone after a
/// grace period, and only then may it be closed.
pub(crate) fn shut(ring: &Napi<Ring>) {
    ring.places.set_limit(0);
}

/// Closes a ring of `dev` that is shut. What waits in it goes to the end of
/// the open ring `heir`, whatever that holds, or is freed. Process context,
/// in `stop` or when rings go out of use.
pub(crate) fn close(
    ring: &Napi<Ring>,
    heir: Option<&Napi<Ring>>,
    dev: &PortDevice<Port>,
    rtnl: &Rtnl,
) {
    ring.disable(rtnl);
    let pending = ring.replace_local(Pending(FrameQueue::new()), rtnl);
    let mut left = [
        pending.map_or(FrameQueue::new(), |pending| pending.0),
        ring.inbox.take(),
    ];
    for frames in &mut left {
        match heir {
            Some(heir) => inherit(heir, frames),
            None => purge(frames, dev),
        }
    }
    if ring.places.give_back_all() {
        with_bh_disabled(|softirq| ring.wake(dev, softirq));
    }
}

fn inherit(heir: &Napi<Ring>, frames: &mut FrameQueue) {
    with_bh_disabled(|softirq| {
        while let Some(frame) = frames.pop() {
            heir.places.take_beyond();
            if heir.inbox.push(frame) {
                heir.schedule(softirq);
            }
        }
    });
}

fn purge(frames: &mut FrameQueue, dev: &PortDevice<Port>) {
    let reason = DropReason::Purged;
    let purged = frames.purge(reason.skb_reason());
    if purged != 0 {
        dev.port().drops().add(reason, purged);
    }
}
