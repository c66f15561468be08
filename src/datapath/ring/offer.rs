// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The senders' side of a ring.

use super::super::drops::DropReason;
use super::super::port::Port;
use super::{told, Ring};
use crate::model::moderation::Action;
use crate::net::context::Softirq;
use crate::net::device::PortDevice;
use crate::net::napi::Napi;
use crate::net::skb::Frame;
use crate::net::trace::{self, Cause};
use crate::net::txq::Sender;

/// What became of a frame that was offered to a ring.
pub(crate) enum Offer {
    /// It waits in the ring.
    Queued,
    /// The ring is full; the transmit queue is stopped until there is room.
    Busy(Frame),
    /// It cannot be taken, now or soon.
    Refused(Frame, DropReason),
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
    if trace::arrivals() {
        return told::offer(ring, dev, frame, sender, softirq);
    }
    let free = ring.places.take();
    if free == 0 {
        return refuse(ring, frame, sender, softirq);
    }
    // Only now is it certain that the frame goes.
    frame.tx_timestamp();
    let first = ring.inbox.push(frame.hand_over(dev));
    if ring.moderation.heeds(free) {
        if first || free == 1 || !rests(ring) {
            attend(ring, first, free, sender, softirq);
        } else {
            ring.inbox.note_latest();
        }
    } else if first {
        ring.schedule(softirq);
    }
    Offer::Queued
}

/// Whether all is done for a frame that was pushed into a managed ring: most of
/// those of a stream are among many that wait for a timer.
#[inline(always)]
fn rests(ring: &Napi<Ring>) -> bool {
    // Unless a poll runs, the places taken are those of frames that wait.
    ring.moderation.is_managed() && ring.moderation.rests(ring.places.in_use())
}

/// Goes on after a frame was pushed into a ring that is full now, or managed.
#[cold]
#[inline(never)]
pub(super) fn attend(
    ring: &Napi<Ring>,
    first: bool,
    free: u32,
    sender: Sender<'_>,
    softirq: &Softirq,
) {
    ask(ring, first, softirq);
    if free == 1 {
        let stops = sender.has_qdisc(softirq);
        told::full(ring, sender, stops, false, softirq);
        if stops {
            ring.hold_back(sender);
        }
    }
}

/// Has a frame that was pushed polled in time.
fn ask(ring: &Napi<Ring>, first: bool, softirq: &Softirq) {
    if !first {
        ring.inbox.note_latest();
    }
    if ring.moderation.is_managed() {
        follow(ring, softirq);
    } else if first {
        ring.schedule_for(Cause::Frame, softirq);
    }
}

/// Has the frames that wait in a managed ring polled in time.
pub(super) fn follow(ring: &Napi<Ring>, softirq: &Softirq) {
    let limits = ring.moderation.limits(ring.dim(), ring.places.limit());
    // Unless a poll runs, the places taken are those of frames that wait.
    match ring.moderation.arrived(limits, ring.places.in_use()) {
        Action::None => {}
        Action::StartTimer => {
            let early = ring.moderation.early(limits);
            ring.start_timer(limits.usecs, early, softirq);
        }
        Action::Schedule if limits.usecs == 0 => ring.schedule_for(Cause::Frame, softirq),
        Action::Schedule => ring.schedule_for(Cause::Frames, softirq),
    }
}

#[cold]
#[inline(never)]
pub(super) fn refuse(
    ring: &Napi<Ring>,
    frame: Frame,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Offer {
    if ring.places.limit() == 0 {
        return Offer::Refused(frame, DropReason::ReceiverDown);
    }
    ring.counters.full.add(1);
    let stops = sender.has_qdisc(softirq);
    told::full(ring, sender, stops, true, softirq);
    if !stops {
        ring.counters.lose(DropReason::RingFull, 1);
        return Offer::Refused(frame, DropReason::RingFull);
    }
    ring.hold_back(sender);
    Offer::Busy(frame)
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
    if trace::arrivals() {
        told::classify(ring, dev, frame.seen(), softirq);
    }
    frame.tx_timestamp();
    let first = told::push(ring, frame.hand_over(dev), softirq);
    ask(ring, first, softirq);
    None
}

/// Puts a frame to many into a ring of a NIC, for the poll to copy; or gives it
/// back, with the reason. `note` goes with it.
pub(crate) fn offer_to_many(
    ring: &Napi<Ring>,
    frame: Frame,
    note: u64,
    softirq: &Softirq,
) -> Result<(), (Frame, DropReason)> {
    if ring.places.take() == 0 {
        let reason = match ring.places.limit() {
            0 => DropReason::Purged,
            _ => DropReason::Overrun,
        };
        return Err((frame, reason));
    }
    let first = told::push(ring, frame.hand_over_to_many(note), softirq);
    ask(ring, first, softirq);
    Ok(())
}
