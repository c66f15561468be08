// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Frames to many ports of a NIC's switch: each that wants one gets a frame of
//! its own, which shares the contents.

use super::drops::DropReason;
use super::forward::deliver_one;
use super::port::{Arrival, Port};
use super::ring;
use crate::model::mac::Mac;
use crate::model::mode::Mode;
use crate::model::place::Place;
use crate::model::port_key::{PortKey, Vlan};
use crate::net::clock;
use crate::net::context::Softirq;
use crate::net::device::PortDevice;
use crate::net::skb::Frame;
use crate::net::txq::Sender;
use kernel::prelude::*;

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

/// Copies a frame to all ports that it may reach and that want it, although it
/// is not theirs alone. What one cannot take is its loss: the sender is not held
/// back for it.
pub(super) fn copy_to(
    nic: &PortDevice<Port>,
    source: Source,
    to: Mac,
    frame: &Frame,
    vlan: Vlan,
    softirq: &Softirq,
) {
    let switch = nic.port().switch();
    if lists_of(to, vlan).all(|list| !switch.has_members(list, softirq)) {
        return;
    }
    if switch.storm().rate() != 0 && !switch.storm().admits(clock::now()) {
        nic.port().drops().add(DropReason::Storm, 1);
        return;
    }
    let mut guest = None;
    for list in lists_of(to, vlan) {
        for target in switch.members(list, softirq) {
            let place = target.port().uplink().place();
            match (source.reaches(place), place.shares()) {
                (false, _) => {}
                (true, true) => guest = guest.or(Some(target)),
                (true, false) => copy(target, frame, |copy, sender| {
                    deliver_one(nic, target, copy, vlan, sender, softirq)
                }),
            }
        }
    }
    if let Some(guest) = guest {
        if share_out(nic, guest, source, frame, softirq).is_err() {
            lose_guests(nic, source, to, vlan, softirq);
        }
    }
}

/// Counts a frame as lost by each VNIC that shares the rings of `nic` and was to
/// get it.
#[cold]
fn lose_guests(nic: &PortDevice<Port>, source: Source, to: Mac, vlan: Vlan, softirq: &Softirq) {
    for list in lists_of(to, vlan) {
        for target in nic.port().switch().members(list, softirq) {
            let place = target.port().uplink().place();
            if place.shares() && source.reaches(place) {
                target.port().drops().add(DropReason::Overrun, 1);
            }
        }
    }
}

/// Has the VNICs that share the rings of `nic`, of which `first` is one, get a
/// frame. `ENOSPC` or `ENOMEM`: none of them gets it.
fn share_out(
    nic: &PortDevice<Port>,
    first: &PortDevice<Port>,
    source: Source,
    frame: &Frame,
    softirq: &Softirq,
) -> Result {
    let mut copy = frame.share().ok_or(ENOMEM)?;
    let group = nic.port().group();
    let ring = group.select(first, &mut copy, false, softirq);
    let ring = ring.ok_or(ENOSPC)?;
    match ring::offer_to_many(ring, copy, source.to_bits(), softirq) {
        None => Ok(()),
        Some(copy) => {
            copy.drop_for(DropReason::Overrun.skb_reason());
            Err(ENOSPC)
        }
    }
}

/// Copies a frame to the NIC's own stack.
pub(super) fn copy_to_host(nic: &PortDevice<Port>, frame: &Frame, softirq: &Softirq) {
    copy(nic, frame, |copy, sender| {
        nic.port().take(nic, nic, copy, sender, softirq)
    });
}

/// Gives `target` a copy of a frame.
fn copy<'t>(
    target: &'t PortDevice<Port>,
    frame: &Frame,
    give: impl FnOnce(Frame, Sender<'t>) -> Arrival,
) {
    let port = target.port();
    let Some(copy) = frame.share() else {
        port.drops().add(DropReason::NoMemoryReceived, 1);
        return;
    };
    match give(copy, Sender::nobody(target)) {
        Arrival::Arrived | Arrival::ArrivedAs { .. } => {}
        Arrival::Busy(copy) | Arrival::Refused(copy, _) => {
            port.lose(copy, DropReason::Overrun);
        }
    }
}
