// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Opening, changing and closing rings.

use super::super::drops::{self, DropReason};
use super::super::port::Port;
use super::super::replicate;
use super::poll::Polled;
use super::{told, Ring};
use crate::model::moderation::Settings;
use crate::net::context::with_bh_disabled;
use crate::net::device::PortDevice;
use crate::net::napi::Napi;
use crate::net::rtnl::Rtnl;
use crate::net::skb::{FrameQueue, RxFrame};
use crate::net::trace::Cause;
use kernel::prelude::*;

/// Opens a ring of `dev` that holds `capacity` frames. Process context, in
/// `open`.
pub(crate) fn open(
    ring: Pin<&Napi<Ring>>,
    dev: &PortDevice<Port>,
    capacity: u32,
    rtnl: &Rtnl,
) -> Result {
    ring.enable(dev, ring.index.into(), rtnl)?;
    ring.moderation.open();
    ring.places.set_limit(capacity);
    Ok(())
}

/// Has a ring, which may be `open`, follow other settings. Process context.
pub(crate) fn moderate(ring: &Napi<Ring>, settings: Settings, open: bool) {
    if ring.moderation.set(settings) && open {
        // At the end of this poll all is as it should be.
        with_bh_disabled(|softirq| ring.schedule_for(Cause::Change, softirq));
    }
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
    let polled = ring.replace_local(Polled::new(), rtnl);
    let mut left = [
        polled.map_or(FrameQueue::new(), |polled| polled.pending),
        ring.inbox.take(),
    ];
    let [_, waiting] = &left;
    ring.times.ended(&ring.inbox, waiting.len());
    for frames in &mut left {
        match heir {
            Some(heir) => inherit(heir, frames),
            None => purge(ring, frames, dev),
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
            if told::push(heir, frame, softirq) {
                // Later than they should be as it is: they wait no longer.
                heir.schedule_for(Cause::Change, softirq);
            }
        }
    });
}

/// Frees frames of a ring that waited for `dev`, or in its ring, each a loss of the
/// port, or ports, that it was for.
fn purge(ring: &Napi<Ring>, frames: &mut FrameQueue, dev: &PortDevice<Port>) {
    let reason = DropReason::Purged;
    while let Some(frame) = frames.pop() {
        let lost = match frame.device::<Port>() {
            Some(receiver) => {
                drops::note(receiver, frame.seen(), reason);
                frame.drop_for(reason.skb_reason());
                1
            }
            None => replicate::lose(dev, frame, reason),
        };
        ring.counters.lose(reason, lost);
    }
}

/// Takes the frames of `guest`, which shares a ring of another device and goes
/// down, out of the ring. No sender may put more of them there. Process context.
pub(crate) fn evict(ring: &Napi<Ring>, guest: &PortDevice<Port>, rtnl: &Rtnl) {
    ring.pause(
        |polled, softirq| {
            let is_guests = |frame: &RxFrame| frame.is_for(guest);
            let waiting = ring.inbox.take();
            ring.times
                .taken(&mut polled.running, &ring.inbox, waiting.len());
            polled.pending.append(waiting);
            let mut frames = polled.pending.take_if(is_guests);
            let count = frames.len();
            ring.times.delivered(&mut polled.running, count);
            purge(ring, &mut frames, guest);
            if ring.places.give_back(count) {
                ring.wake(guest, softirq);
            }
        },
        rtnl,
    );
}
