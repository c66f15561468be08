// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The `peer` wire: two NICs back to back, also across namespaces.

use super::attributes::WireKind;
use super::Nic;
use crate::datapath::drops::DropReason;
use crate::datapath::port::Arrival;
use crate::datapath::tx::Wire;
use crate::model::mac::Mac;
use crate::net::context::{RcuRead, Softirq};
use crate::net::device::Device;
use crate::net::link::{DeviceLink, LinkReservation};
use crate::net::rcu;
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::skb::Frame;
use crate::net::txq::Sender;
use kernel::prelude::*;

/// One end of a wire between two NICs. Both ends point at one another, or
/// both at nothing.
pub(super) struct PeerWire {
    kind: RtnlCell<WireKind>,
    /// Made as a pair, so that both ends go together.
    paired: RtnlCell<bool>,
    peer: DeviceLink<Nic>,
}

impl PeerWire {
    /// A wire of that kind, with no peer yet.
    pub(super) fn new(kind: WireKind) -> Self {
        Self {
            kind: RtnlCell::new(kind),
            paired: RtnlCell::new(false),
            peer: DeviceLink::new(),
        }
    }

    /// What kind of wire there is.
    pub(super) fn kind(&self, rtnl: &Rtnl) -> WireKind {
        self.kind.get(rtnl)
    }

    /// The NIC at the other end.
    #[inline]
    pub(super) fn peer<'r>(&'r self, rcu: &'r impl RcuRead) -> Option<&'r Device<Nic>> {
        self.peer.get(rcu)
    }

    /// The NIC at the other end, under RTNL.
    pub(super) fn peer_rtnl<'r>(&'r self, rtnl: &'r Rtnl) -> Option<&'r Device<Nic>> {
        self.peer.get_rtnl(rtnl)
    }

    /// The other end, if it was made together with this one.
    pub(super) fn twin<'r>(&'r self, rtnl: &'r Rtnl) -> Option<&'r Device<Nic>> {
        self.peer_rtnl(rtnl).filter(|_| self.paired.get(rtnl))
    }
}

impl Wire for PeerWire {
    #[inline]
    fn carry(&self, frame: Frame, sender: Sender<'_>, softirq: &Softirq) -> Arrival {
        match self.peer.get(softirq) {
            Some(peer) => peer.data().port.arrive(peer, frame, sender, softirq),
            None => carry_nowhere(frame),
        }
    }
}

/// A group's frame has reached all of nobody; one to a station is lost.
#[cold]
fn carry_nowhere(frame: Frame) -> Arrival {
    if Mac::from_prefix(frame.first_bytes()).is_multicast() {
        frame.consume();
        return Arrival::Arrived;
    }
    Arrival::Refused(frame, DropReason::NoWire)
}

/// Memory for both directions of a wire, so that connecting cannot fail
/// half-way.
pub(super) struct WireReservation(LinkReservation, LinkReservation);

impl WireReservation {
    /// Process context; `ENOMEM`.
    pub(super) fn new() -> Result<Self> {
        Ok(Self(LinkReservation::new()?, LinkReservation::new()?))
    }
}

/// Connects two NICs that have no peer. `paired` says that they were made
/// together.
pub(super) fn connect(
    one: &Device<Nic>,
    other: &Device<Nic>,
    memory: WireReservation,
    paired: bool,
    rtnl: &Rtnl,
) {
    for (dev, target, memory) in [(one, other, memory.0), (other, one, memory.1)] {
        let nic = dev.data();
        nic.wire.peer.set(target, memory, rtnl);
        nic.wire.kind.set(WireKind::Peer, rtnl);
        nic.wire.paired.set(paired, rtnl);
    }
    update_carrier(one, rtnl);
    other.notify_change(rtnl);
}

/// Takes the peer off `dev`'s wire, if there is one; both ends hang loose.
pub(super) fn disconnect(dev: &Device<Nic>, rtnl: &Rtnl) {
    let nic = dev.data();
    let Some(peer) = nic.wire.peer_rtnl(rtnl) else {
        return;
    };
    for end in [dev, peer] {
        let wire = &end.data().get_ref().wire;
        wire.peer.clear(rtnl);
        wire.paired.set(false, rtnl);
    }
    // A sender that still follows the old link may yet stop its queue, and no
    // poll would find it to wake it: first let all such senders leave.
    rcu::synchronize_net();
    for end in [dev, peer] {
        update_carrier(end, rtnl);
        if end.data().running.get(rtnl) {
            end.wake_tx_queues();
        }
    }
    peer.notify_change(rtnl);
}

/// Sets the carrier of `dev` and of its peer: a wire carries when both ends
/// are up. A NIC without a wire is its own network, which is up when it is.
pub(super) fn update_carrier(dev: &Device<Nic>, rtnl: &Rtnl) {
    let nic = dev.data();
    let running = nic.running.get(rtnl);
    match nic.wire.peer_rtnl(rtnl) {
        Some(peer) => {
            let on = running && peer.data().running.get(rtnl);
            dev.set_carrier(on);
            peer.set_carrier(on);
        }
        None => dev.set_carrier(running && nic.wire.kind(rtnl) == WireKind::None),
    }
}
