// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Frames to many ports of a NIC's switch: each that wants one gets a frame of
//! its own, which shares the contents.

use super::drops::{self, DropReason};
use super::forward::{deliver_one, vlan_of};
use super::port::{lose, Arrival, Port};
use super::ring;
use crate::model::mac::Mac;
use crate::model::mode::Mode;
use crate::model::place::Place;
use crate::model::port_key::{PortKey, Vlan};
use crate::net::clock;
use crate::net::context::{RcuRead, Softirq};
use crate::net::device::PortDevice;
use crate::net::skb::Frame;
use crate::net::trace::{self, Purpose};
use crate::net::txq::Sender;

/// Where a frame to many comes from.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// The wire, or a port behind it.
    Wire,
    /// The NIC's own stack.
    Host,
    /// A VNIC that may talk to others of its NIC, by its number.
    Port(u32),
    /// A VNIC, by way of the wire, which brought the frame back.
    Back(u32),
}

impl Source {
    /// Of a frame off the wire of `nic`, which may be a port's own.
    pub(super) fn behind_wire(
        nic: &PortDevice<Port>,
        frame: &Frame,
        vlan: Vlan,
        softirq: &Softirq,
    ) -> Self {
        let from = Mac::from_bytes(frame.source());
        match nic.port().switch().find(PortKey::of(from, vlan), softirq) {
            Some(port) => Self::Back(port.port().uplink().place().number()),
            None => Self::Wire,
        }
    }

    /// Whether a frame to many from here goes to the port that has `place`.
    pub(super) fn reaches(self, place: Place) -> bool {
        match self {
            Self::Wire => true,
            Self::Host => place.mode().talks_to_host(),
            Self::Port(number) => {
                Mode::may_talk_locally(Mode::Bridge, place.mode()) && place.number() != number
            }
            Self::Back(number) => place.number() != number,
        }
    }

    /// As a number.
    fn to_bits(self) -> u64 {
        let (kind, number) = match self {
            Self::Wire => (0, 0),
            Self::Host => (1, 0),
            Self::Port(number) => (2, number),
            Self::Back(number) => (3, number),
        };
        kind | (u64::from(number) << 2)
    }

    /// From [`Self::to_bits`].
    pub(super) fn from_bits(bits: u64) -> Self {
        let number = (bits >> 2) as u32;
        match bits & 3 {
            0 => Self::Wire,
            1 => Self::Host,
            2 => Self::Port(number),
            _ => Self::Back(number),
        }
    }
}

/// The lists of the ports that want frames to `to` which are not theirs alone.
pub(super) fn lists_of(to: Mac, vlan: Vlan) -> impl Iterator<Item = PortKey> + Clone {
    let lists = match (to.is_multicast(), to.is_broadcast()) {
        (false, _) => [Some(PortKey::promiscuous(vlan)), None],
        (true, true) => [Some(PortKey::broadcast(vlan)), None],
        (true, false) => [
            Some(PortKey::of(to, vlan)),
            Some(PortKey::all_multicast(vlan)),
        ],
    };
    lists.into_iter().flatten()
}

/// Sends a frame on by `send`, and copies it to all ports that it may reach and
/// that want it, although it is not theirs alone; and to the NIC's own stack, if
/// that is `for_host`. What one cannot take of the copies is its loss: the sender
/// is not held back for it.
pub(super) fn with_copies(
    nic: &PortDevice<Port>,
    (source, vlan): (Source, Vlan),
    frame: Frame,
    for_host: bool,
    softirq: &Softirq,
    send: impl FnOnce(Frame) -> Arrival,
) -> Arrival {
    let to = Mac::from_prefix(frame.first_bytes());
    let switch = nic.port().switch();
    let for_ports = lists_of(to, vlan).any(|list| switch.has_members(list, softirq));
    if !for_ports && !for_host {
        return send(frame);
    }
    let Some(spare) = frame.share() else {
        let arrival = send(frame);
        if !matches!(arrival, Arrival::Busy(_)) {
            lose_copies(nic, source, to, vlan, for_host, softirq);
        }
        return arrival;
    };
    trace::replicate(nic, spare.seen(), nic, frame.seen(), Purpose::Guests);
    // What somebody else still holds must not be written to once it has clones.
    let held = frame.is_held();
    let order = |one, other| if held { (other, one) } else { (one, other) };
    let (first, rest) = order(frame, spare);
    // The copies come last: a frame that the sender is to keep comes again.
    match send(first) {
        Arrival::Busy(first) => {
            let (frame, spare) = order(first, rest);
            spare.consume();
            Arrival::Busy(frame)
        }
        arrival => {
            if for_host {
                copy_to_host(nic, &rest, softirq);
            }
            match for_ports {
                true => copy_to(nic, source, to, rest, vlan, softirq),
                false => rest.consume(),
            }
            arrival
        }
    }
}

/// Counts a frame as lost by all that were to get a copy, for want of memory.
#[cold]
fn lose_copies(
    nic: &PortDevice<Port>,
    source: Source,
    to: Mac,
    vlan: Vlan,
    for_host: bool,
    softirq: &Softirq,
) {
    let reason = DropReason::NoMemoryReceived;
    if for_host {
        drops::note(nic, None, reason);
    }
    for_receivers(nic, source, to, vlan, softirq, |port| {
        drops::note(port, None, reason);
    });
}

fn copy_to(
    nic: &PortDevice<Port>,
    source: Source,
    to: Mac,
    frame: Frame,
    vlan: Vlan,
    softirq: &Softirq,
) {
    let storm = nic.port().switch().storm();
    if storm.rate() != 0 && !storm.admits(clock::now()) {
        drops::note(nic, frame.seen(), DropReason::Storm);
        return frame.consume();
    }
    let mut guest = None;
    for_receivers(nic, source, to, vlan, softirq, |target| {
        match target.port().uplink().place().shares() {
            true => guest = guest.or(Some(target)),
            false => copy(nic, target, &frame, |copy, sender| {
                deliver_one(nic, target, copy, vlan, sender, softirq)
            }),
        }
    });
    match guest {
        Some(guest) => share_out(nic, guest, source, frame, softirq),
        None => frame.consume(),
    }
}

/// Visits the ports of `nic` that get a frame to `to` from a source as some of
/// many.
fn for_receivers<'r>(
    nic: &'r PortDevice<Port>,
    source: Source,
    to: Mac,
    vlan: Vlan,
    rcu: &'r impl RcuRead,
    mut visit: impl FnMut(&'r PortDevice<Port>),
) {
    for list in lists_of(to, vlan) {
        for port in nic.port().switch().members(list, rcu) {
            if source.reaches(port.port().uplink().place()) {
                visit(port);
            }
        }
    }
}

/// Visits those of them that share the rings of `nic`.
pub(super) fn for_guests<'r>(
    nic: &'r PortDevice<Port>,
    source: Source,
    to: Mac,
    vlan: Vlan,
    rcu: &'r impl RcuRead,
    mut visit: impl FnMut(&'r PortDevice<Port>),
) {
    for_receivers(nic, source, to, vlan, rcu, |guest| {
        let place = guest.port().uplink().place();
        if place.shares() && !place.is_closed() {
            visit(guest);
        }
    });
}

/// Counts a frame as lost by each VNIC that shares the rings of `nic` and was to
/// get it; returns how many those are.
#[cold]
pub(super) fn lose_guests(
    nic: &PortDevice<Port>,
    source: Source,
    frame: &Frame,
    reason: DropReason,
    rcu: &impl RcuRead,
) -> u32 {
    let (to, vlan) = (Mac::from_prefix(frame.first_bytes()), vlan_of(frame));
    let mut lost = 0u32;
    for_guests(nic, source, to, vlan, rcu, |guest| {
        drops::note(guest, frame.seen(), reason);
        lost = lost.wrapping_add(1);
    });
    lost
}

/// Has the VNICs that share the rings of `nic`, of which `first` is one, get a
/// frame; or none of them, if there is no room.
fn share_out(
    nic: &PortDevice<Port>,
    first: &PortDevice<Port>,
    source: Source,
    frame: Frame,
    softirq: &Softirq,
) {
    let (ring, (frame, reason)) = match nic.port().group().select(first, frame, false, softirq) {
        Ok((ring, frame)) => match ring::offer_to_many(ring, frame, source.to_bits(), softirq) {
            Ok(()) => return,
            Err(refused) => (Some(ring), refused),
        },
        // No rule of the NIC is for what its VNICs get: this does not happen.
        Err(frame) => (None, (frame, DropReason::Purged)),
    };
    let lost = lose_guests(nic, source, &frame, reason, softirq);
    if let Some(ring) = ring {
        ring.counters().lose(reason, lost);
    }
    frame.drop_for(reason.skb_reason());
}

/// Copies a frame to the NIC's own stack.
fn copy_to_host(nic: &PortDevice<Port>, frame: &Frame, softirq: &Softirq) {
    copy(nic, nic, frame, |copy, sender| {
        nic.port().take(nic, nic, copy, sender, softirq)
    });
}

/// Gives `target`, `nic` or a port of it, a copy of a frame.
fn copy<'t>(
    nic: &PortDevice<Port>,
    target: &'t PortDevice<Port>,
    frame: &Frame,
    give: impl FnOnce(Frame, Sender<'t>) -> Arrival,
) {
    let Some(copy) = frame.share() else {
        drops::note(target, frame.seen(), DropReason::NoMemoryReceived);
        return;
    };
    trace::replicate(nic, copy.seen(), target, frame.seen(), Purpose::Port);
    match give(copy, Sender::nobody(target)) {
        Arrival::Arrived | Arrival::ArrivedAs { .. } => {}
        Arrival::Busy(copy) => {
            lose(target, copy, DropReason::Overrun);
        }
        Arrival::Refused(copy, reason) => {
            lose(target, copy, reason.of_a_copy());
        }
    }
}
