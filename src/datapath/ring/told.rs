// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The senders' side of a ring for those who look on.

use super::super::placement::Placement;
use super::super::port::Port;
use super::offer::{attend, refuse, Offer};
use super::Ring;
use crate::net::context::Softirq;
use crate::net::device::PortDevice;
use crate::net::napi::Napi;
use crate::net::skb::{Frame, RxFrame, Seen};
use crate::net::trace::{self, Cause, Way};
use crate::net::txq::Sender;

/// As [`super::offer`], and tells of it.
#[cold]
#[inline(never)]
pub(super) fn offer(
    ring: &Napi<Ring>,
    dev: &PortDevice<Port>,
    frame: Frame,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Offer {
    classify(ring, dev, frame.seen(), softirq);
    let free = ring.places.take();
    if free == 0 {
        return refuse(ring, frame, sender, softirq);
    }
    frame.tx_timestamp();
    let first = push(ring, frame.hand_over(dev), softirq);
    if ring.moderation.heeds(free) {
        attend(ring, first, free, sender, softirq);
    } else if first {
        ring.schedule_for(Cause::Frame, softirq);
    }
    Offer::Queued
}

/// Leaves a frame; returns whether it is the first since the last poll.
pub(super) fn push(ring: &Napi<Ring>, frame: RxFrame, softirq: &Softirq) -> bool {
    if trace::arrivals() {
        tell_push(ring, frame.seen(), softirq);
    }
    ring.inbox.push(frame)
}

#[cold]
fn tell_push(ring: &Napi<Ring>, frame: Seen<'_>, softirq: &Softirq) {
    if let Some(home) = ring.device(softirq) {
        let (depth, capacity) = ring.depth();
        trace::ring_push(home, frame, ring.index, depth, capacity);
    }
}

/// A frame for `dev` has found the ring.
#[cold]
pub(super) fn classify(
    ring: &Napi<Ring>,
    dev: &PortDevice<Port>,
    frame: Seen<'_>,
    softirq: &Softirq,
) {
    let Some(home) = ring.device(softirq) else {
        return;
    };
    let uplink = dev.port().uplink();
    let (nic, placement) = match uplink.nic(softirq) {
        Some(nic) => (nic, uplink.share().shown()),
        None => (dev, Placement::Own),
    };
    // The tag is off a frame for a port that is on one VLAN.
    let of_port = || uplink.place().vlan().tag().map_or(0, |tag| tag.id);
    let way = Way {
        nic,
        port: dev,
        home,
        ring: ring.index,
        placement: placement as u32,
        vlan_tci: frame.vlan_tci().unwrap_or_else(of_port),
    };
    trace::classify(&way, frame);
}

/// `sender` has found the ring full, and its frame was `refused`; or it has filled
/// the ring. Perhaps it `stops`.
#[cold]
#[inline(never)]
pub(super) fn full(
    ring: &Napi<Ring>,
    sender: Sender<'_>,
    stops: bool,
    refused: bool,
    softirq: &Softirq,
) {
    if let Some(home) = ring.device(softirq) {
        let capacity = ring.places.limit();
        trace::ring_full(home, ring.index, capacity, stops, sender.device(), refused);
    }
}
