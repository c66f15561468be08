// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The `peer` wire: two NICs back to back, also across namespaces.

use super::attributes::WireKind;
use super::Nic;
use crate::datapath::events;
use crate::datapath::uplink;
use crate::datapath::wire::{self, PathReservation, WireReservation};
use crate::net::device::{Device, PortDevice};
use crate::net::rcu;
use crate::net::rtnl::{Rtnl, RtnlCell};

/// A NIC's wire, apart from the link itself, which its port has.
pub(super) struct PeerWire {
    kind: RtnlCell<WireKind>,
    /// Made as a pair, so that both ends go together.
    paired: RtnlCell<bool>,
}

impl PeerWire {
    /// A wire of that kind, with no peer yet.
    pub(super) fn new(kind: WireKind) -> Self {
        Self {
            kind: RtnlCell::new(kind),
            paired: RtnlCell::new(false),
        }
    }

    /// What kind of wire there is.
    pub(super) fn kind(&self, rtnl: &Rtnl) -> WireKind {
        self.kind.get(rtnl)
    }
}

/// The NIC at the other end of `dev`'s wire.
pub(super) fn peer<'r>(dev: &'r Device<Nic>, rtnl: &'r Rtnl) -> Option<&'r Device<Nic>> {
    dev.port().wire().peer_rtnl(rtnl)?.as_device()
}

/// The other end, if it was made together with `dev`.
pub(super) fn twin<'r>(dev: &'r Device<Nic>, rtnl: &'r Rtnl) -> Option<&'r Device<Nic>> {
    peer(dev, rtnl).filter(|_| dev.data().wire.paired.get(rtnl))
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
    wire::connect(one, other, memory, rtnl);
    for end in [one, other] {
        let nic = end.data();
        nic.wire.kind.set(WireKind::Peer, rtnl);
        nic.wire.paired.set(paired, rtnl);
    }
    for end in [one, other] {
        set_carrier(end, rtnl);
    }
    other.notify_change(rtnl);
    for end in [one, other] {
        events::wire_changed(end, rtnl);
    }
}

/// Takes the peer off `dev`'s wire, if there is one; both ends hang loose.
pub(super) fn disconnect(dev: &Device<Nic>, rtnl: &Rtnl) {
    let Some(peer) = peer(dev, rtnl) else {
        return;
    };
    wire::disconnect(dev, peer, rtnl);
    for end in [dev, peer] {
        end.data().wire.paired.set(false, rtnl);
    }
    leave_old_ways();
    for end in [dev, peer] {
        set_carrier(end, rtnl);
        uplink::wake_all(end, rtnl);
    }
    peer.notify_change(rtnl);
    for end in [dev, peer] {
        events::wire_changed(end, rtnl);
    }
}

/// Has what `dev` sends come back from now on, or go by its wire again.
pub(super) fn set_loopback(dev: &Device<Nic>, on: bool, memory: PathReservation, rtnl: &Rtnl) {
    wire::set_loops(dev, on, memory, rtnl);
    leave_old_ways();
    update_carrier(dev, rtnl);
    for end in [Some(dev), peer(dev, rtnl)].into_iter().flatten() {
        uplink::wake_all(end, rtnl);
    }
}

/// Lets go of all that `dev` sends to; before it goes.
pub(super) fn let_go(dev: &Device<Nic>, rtnl: &Rtnl) {
    events::retract(dev, rtnl);
    disconnect(dev, rtnl);
    wire::unloop(dev, rtnl);
}

/// Waits until nobody sends by ways that were changed. A sender that still
/// follows the old one may yet stop its queue, and no poll would find it to wake
/// it.
fn leave_old_ways() {
    rcu::synchronize_net();
}

/// Sets the carrier of `dev` and of its peer, and tells of a change: a wire
/// carries when both ends are up and neither is in loopback. In loopback, or
/// without a wire, a NIC is its own network, which is up when it is.
pub(super) fn update_carrier(dev: &Device<Nic>, rtnl: &Rtnl) {
    for end in [Some(dev), peer(dev, rtnl)].into_iter().flatten() {
        if set_carrier(end, rtnl) {
            events::wire_changed(end, rtnl);
        }
    }
}

/// Sets the carrier of `dev` and of its VNICs; whether it was another.
fn set_carrier(dev: &Device<Nic>, rtnl: &Rtnl) -> bool {
    let carries = has_carrier(dev, rtnl);
    let changes = carries != dev.has_carrier();
    dev.set_carrier(carries);
    uplink::update_carriers(dev, rtnl);
    changes
}

fn has_carrier(dev: &Device<Nic>, rtnl: &Rtnl) -> bool {
    let port = dev.port();
    let reaches = match port.wire().peer_rtnl(rtnl).map(PortDevice::port) {
        _ if port.wire().loops(rtnl) => true,
        Some(peer) => peer.is_running(rtnl) && !peer.wire().loops(rtnl),
        None => dev.data().wire.kind(rtnl) == WireKind::None,
    };
    port.is_running(rtnl) && reaches
}
