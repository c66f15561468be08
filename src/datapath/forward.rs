// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Where a frame goes in a NIC's switch: to ports of the NIC, to the NIC's own
//! port, and on to the wire.
//!
//! A frame to one station goes to the port that has the address on the frame's
//! VLAN, or to the wire. A frame to a group goes to all ports that want it
//! (`flood.rs`), and to the wire. A frame never goes back to where it came from.

use super::drops::DropReason;
use super::flood::{with_copies, Source};
use super::port::{lose, Arrival, Port};
use super::treat::tag_beside;
use crate::model::mac::Mac;
use crate::model::mode::Mode;
use crate::model::place::Place;
use crate::model::port_key::{PortKey, Vlan};
use crate::model::vlan::Tag;
use crate::net::context::Softirq;
use crate::net::device::PortDevice;
use crate::net::skb::Frame;
use crate::net::txq::Sender;

fn mode_of(dev: &PortDevice<Port>) -> Mode {
    dev.port().uplink().place().mode()
}

/// The VLAN of a frame, by the tag beside it or in it.
#[inline(always)]
pub(super) fn vlan_of(frame: &Frame) -> Vlan {
    match frame.is_tagged() {
        false => Vlan::NONE,
        true => vlan_of_tagged(frame),
    }
}

/// As above. A frame with a tag behind another that bears only a priority is of
/// a VLAN that nobody is on: who takes the first off sees the second.
#[inline(never)]
fn vlan_of_tagged(frame: &Frame) -> Vlan {
    let (beside, inside) = (tag_beside(frame), Tag::in_frame(frame.linear()));
    match (beside, inside) {
        (None, None) => Vlan::NONE,
        (Some(tag), _) if tag.id != 0 => Vlan::of(beside),
        (None, Some(tag)) if tag.id != 0 => Vlan::of(inside),
        (Some(_), Some(_)) => Vlan::NOBODY,
        (Some(_), None) => Vlan::NONE,
        (None, Some(_)) => match Tag::behind_first(frame.linear()) {
            Some(_) => Vlan::NOBODY,
            None => Vlan::NONE,
        },
    }
}

/// Takes a frame off the wire of `nic` that is not for the NIC's own stack
/// alone.
#[inline(always)]
pub(super) fn from_wire(
    nic: &PortDevice<Port>,
    frame: Frame,
    to: Mac,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let vlan = vlan_of(&frame);
    if !to.is_multicast() {
        let switch = nic.port().switch();
        if let Some(target) = switch.find(PortKey::of(to, vlan), softirq) {
            return deliver(nic, target, frame, vlan, sender, softirq);
        }
    }
    from_wire_to_others(nic, frame, to, vlan, sender, softirq)
}

/// Takes a frame off the wire that is not for one of the ports.
#[inline(never)]
fn from_wire_to_others(
    nic: &PortDevice<Port>,
    frame: Frame,
    to: Mac,
    vlan: Vlan,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let port = nic.port();
    if let Some(target) = port.switch().passthru(softirq) {
        return to_passthru(nic, target, frame, to, sender, softirq);
    }
    if port.is_own(to) {
        return port.take(nic, nic, frame, sender, softirq);
    }
    let source = Source::behind_wire(nic, &frame, vlan, softirq);
    let take = |frame| match port.takes(to, softirq) {
        true => port.take(nic, nic, frame, sender, softirq),
        false => lose(nic, frame, DropReason::Filtered),
    };
    with_copies(nic, (source, vlan), frame, false, softirq, take)
}

/// Takes a frame off the wire of `nic` for the VNIC that has the NIC for itself.
#[inline(never)]
fn to_passthru(
    nic: &PortDevice<Port>,
    target: &PortDevice<Port>,
    frame: Frame,
    to: Mac,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let port = target.port();
    if !port.is_own(to) && !port.takes(to, softirq) {
        return lose(target, frame, DropReason::Filtered);
    }
    deliver_one(nic, target, frame, Vlan::NONE, sender, softirq)
}

/// Carries a frame that `dev` sends, whose wire is not all there is.
#[inline(never)]
pub(super) fn from(
    dev: &PortDevice<Port>,
    frame: Frame,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    match dev.port().uplink().nic(softirq) {
        Some(nic) => from_port(nic, dev, frame, sender, softirq),
        None => from_nic(dev, frame, sender, softirq),
    }
}

/// Sends a frame of `nic` itself.
#[inline(never)]
fn from_nic(
    nic: &PortDevice<Port>,
    frame: Frame,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let switch = nic.port().switch();
    if switch.is_empty() || switch.passthru(softirq).is_some() {
        return to_wire(nic, frame, sender, softirq);
    }
    let to = Mac::from_prefix(frame.first_bytes());
    let vlan = vlan_of(&frame);
    let station = match to.is_multicast() {
        true => None,
        false => switch.find(PortKey::of(to, vlan), softirq),
    };
    match station {
        Some(target) if mode_of(target).talks_to_host() => {
            deliver_one(nic, target, frame, vlan, sender, softirq)
        }
        Some(_) => to_wire(nic, frame, sender, softirq),
        None => with_copies(nic, (Source::Host, vlan), frame, false, softirq, |frame| {
            to_wire(nic, frame, sender, softirq)
        }),
    }
}

/// Sends a frame of `dev`, a port of `nic`. One that is on a VLAN sends without
/// tags, and its frames get the VLAN's.
#[inline(always)]
fn from_port(
    nic: &PortDevice<Port>,
    dev: &PortDevice<Port>,
    frame: Frame,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let place = dev.port().uplink().place();
    let vlan = vlan_of(&frame);
    if place.is_trunk() || vlan != Vlan::NONE {
        return from_trunk(nic, dev, frame, place, vlan, sender, softirq);
    }
    match place.vlan() {
        Vlan::NONE => pass_on(nic, dev, frame, place, vlan, sender, softirq),
        vlan => from_untagged(nic, dev, frame, place, vlan, sender, softirq),
    }
}

/// Sends a frame of a port that sends tags, if it may send that one.
#[inline(never)]
fn from_trunk(
    nic: &PortDevice<Port>,
    dev: &PortDevice<Port>,
    frame: Frame,
    place: Place,
    vlan: Vlan,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let may = match place.mode() {
        Mode::Passthru => true,
        _ => {
            let trunk = dev.port().uplink().trunk(softirq);
            place.is_trunk() && trunk.is_some_and(|trunk| trunk.has(vlan))
        }
    };
    match may {
        true => from_tagged(nic, dev, frame, place, vlan, sender, softirq),
        false => Arrival::Refused(frame, DropReason::VlanForbidden),
    }
}

/// Tags a frame, and sends it on.
#[inline(never)]
fn from_untagged(
    nic: &PortDevice<Port>,
    dev: &PortDevice<Port>,
    mut frame: Frame,
    place: Place,
    vlan: Vlan,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    /// What a tag that bears only a priority says of it.
    const PRIORITY: u16 = 0xf000;

    let Some(tag) = vlan.tag() else {
        return Arrival::Refused(frame, DropReason::VlanForbidden);
    };
    let before = frame.outer_tag();
    if before.is_some() && frame.take_tag_off().is_err() {
        return Arrival::Refused(frame, DropReason::NoMemory);
    }
    let priority = before.map_or(0, |(_, control)| control & PRIORITY);
    frame.put_tag_beside(tag.kind.ethertype(), tag.id | priority);
    match from_tagged(nic, dev, frame, place, vlan, sender, softirq) {
        Arrival::Busy(mut frame) => {
            // The sender keeps it as it was.
            let (ethertype, control) = before.unwrap_or((0, 0));
            frame.put_tag_beside(ethertype, control);
            Arrival::Busy(frame)
        }
        other => other,
    }
}

/// As [`pass_on`], for frames that are not the usual ones.
#[inline(never)]
fn from_tagged(
    nic: &PortDevice<Port>,
    dev: &PortDevice<Port>,
    frame: Frame,
    place: Place,
    vlan: Vlan,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    pass_on(nic, dev, frame, place, vlan, sender, softirq)
}

/// Sends a frame, which has the tag of its VLAN, to where it is to go.
#[inline(always)]
fn pass_on(
    nic: &PortDevice<Port>,
    dev: &PortDevice<Port>,
    frame: Frame,
    place: Place,
    vlan: Vlan,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let to = Mac::from_prefix(frame.first_bytes());
    if place.mode() == Mode::Bridge && !to.is_multicast() {
        match nic.port().switch().find(PortKey::of(to, vlan), softirq) {
            Some(target) if !target.is(dev) && mode_of(target) == Mode::Bridge => {
                return deliver(nic, target, frame, vlan, sender, softirq);
            }
            Some(_) => {}
            None => return from_port_to_other(nic, dev, frame, to, vlan, sender, softirq),
        }
    } else if place.mode() == Mode::Bridge {
        return from_port_to_many(nic, dev, frame, to, vlan, sender, softirq);
    }
    to_wire(nic, frame, sender, softirq)
}

/// Sends a frame of a port to a group, or a station of which nothing is known.
#[inline(never)]
fn from_port_to_many(
    nic: &PortDevice<Port>,
    dev: &PortDevice<Port>,
    frame: Frame,
    to: Mac,
    vlan: Vlan,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let source = Source::Port(dev.port().uplink().place().number());
    let for_host = nic.port().takes(to, softirq);
    with_copies(nic, (source, vlan), frame, for_host, softirq, |frame| {
        to_wire(nic, frame, sender, softirq)
    })
}

/// Sends a frame of a port to a station that is no port.
#[inline(never)]
fn from_port_to_other(
    nic: &PortDevice<Port>,
    dev: &PortDevice<Port>,
    frame: Frame,
    to: Mac,
    vlan: Vlan,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let port = nic.port();
    if port.is_own(to) {
        return port.take(nic, nic, frame, sender, softirq);
    }
    from_port_to_many(nic, dev, frame, to, vlan, sender, softirq)
}

#[inline(never)]
fn to_wire(nic: &PortDevice<Port>, frame: Frame, sender: Sender<'_>, softirq: &Softirq) -> Arrival {
    nic.port().wire().carry(frame, sender, softirq)
}

/// Gives a frame of `vlan` to a port of the switch of `nic`. Inline always, as
/// all on the usual frame's way.
#[inline(always)]
fn deliver(
    nic: &PortDevice<Port>,
    target: &PortDevice<Port>,
    frame: Frame,
    vlan: Vlan,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let place = target.port().uplink().place();
    let home = match place.shares() {
        true if place.is_closed() => return Arrival::Refused(frame, DropReason::ReceiverDown),
        true => nic,
        false => target,
    };
    if place.vlan() == vlan && vlan == Vlan::NONE {
        return target.port().accept(target, home, frame, sender, softirq);
    }
    deliver_tagged(target, home, frame, vlan, sender, softirq)
}

/// As [`deliver`], for frames that are not the usual ones.
#[inline(never)]
pub(super) fn deliver_one(
    nic: &PortDevice<Port>,
    target: &PortDevice<Port>,
    frame: Frame,
    vlan: Vlan,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    deliver(nic, target, frame, vlan, sender, softirq)
}

/// Gives a frame of `vlan`, which has its tag, to a port, which sees it without.
#[inline(never)]
fn deliver_tagged(
    target: &PortDevice<Port>,
    home: &PortDevice<Port>,
    mut frame: Frame,
    vlan: Vlan,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Arrival {
    let port = target.port();
    let place = port.uplink().place();
    if place.is_trunk() {
        return port.take(target, home, frame, sender, softirq);
    }
    if place.vlan() != vlan {
        // It went to another VLAN meanwhile.
        return lose(target, frame, DropReason::VlanFiltered);
    }
    let Some(tag) = frame.outer_tag() else {
        return lose(target, frame, DropReason::VlanFiltered);
    };
    if frame.take_tag_off().is_err() {
        return lose(target, frame, DropReason::NoMemoryReceived);
    }
    match port.take(target, home, frame, sender, softirq) {
        // The sender keeps it as it was.
        Arrival::Busy(mut frame) => match frame.put_tag_on(tag) {
            Ok(()) => Arrival::Busy(frame),
            Err(_) => Arrival::Refused(frame, DropReason::NoMemory),
        },
        arrival => arrival,
    }
}
