// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What carries a port's frames away and brings others: the port at the other
//! end, or nothing.

use super::drops::DropReason;
use super::port::{Arrival, Port};
use crate::model::mac::Mac;
use crate::net::context::{RcuRead, Softirq};
use crate::net::device::PortDevice;
use crate::net::link::{DeviceLink, LinkReservation};
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::skb::Frame;
use crate::net::txq::Sender;
use kernel::prelude::*;

/// One end of a wire between two ports. Both ends point at one another, or
/// both at nothing.
pub(crate) struct Wire {
    /// Where frames go: to the peer, or back in loopback. Who gets a port's
    /// frames sends to it, too.
    path: DeviceLink<Port>,
    peer: DeviceLink<Port>,
    /// Whether the wire finishes what is sent.
    finishes: RtnlCell<bool>,
    /// Whether what is sent comes back.
    loops: RtnlCell<bool>,
}

impl Wire {
    /// A loose wire.
    pub(super) fn new() -> Self {
        Self {
            path: DeviceLink::new(),
            peer: DeviceLink::new(),
            finishes: RtnlCell::new(false),
            loops: RtnlCell::new(false),
        }
    }

    /// The device at the other end.
    pub(crate) fn peer<'r>(&'r self, rcu: &'r impl RcuRead) -> Option<&'r PortDevice<Port>> {
        self.peer.get(rcu)
    }

    /// The device at the other end, under RTNL.
    pub(crate) fn peer_rtnl<'r>(&'r self, rtnl: &'r Rtnl) -> Option<&'r PortDevice<Port>> {
        self.peer.get_rtnl(rtnl)
    }

    /// The device whose frames come by the wire.
    pub(super) fn sender<'r>(&'r self, rcu: &'r impl RcuRead) -> Option<&'r PortDevice<Port>> {
        self.path.get(rcu).or_else(|| self.path.get_aside(rcu))
    }

    /// Whether the wire finishes what is sent.
    pub(crate) fn finishes(&self, rtnl: &Rtnl) -> bool {
        self.finishes.get(rtnl)
    }

    /// Whether what is sent comes back.
    pub(crate) fn loops(&self, rtnl: &Rtnl) -> bool {
        self.loops.get(rtnl)
    }

    /// Where all frames go, if that does not depend on them: a port with a
    /// switch, or in one, looks at each.
    #[inline]
    pub(super) fn direct<'r>(&'r self, softirq: &'r Softirq) -> Option<&'r PortDevice<Port>> {
        self.path.get(softirq)
    }

    /// Says whether frames go through a switch before the wire.
    pub(super) fn set_switched(&self, switched: bool, rtnl: &Rtnl) {
        self.path.set_aside(switched, rtnl);
    }

    /// Carries a frame that was through the switch.
    #[inline(never)]
    pub(super) fn carry(&self, frame: Frame, sender: Sender<'_>, softirq: &Softirq) -> Arrival {
        match self.sender(softirq) {
            Some(device) => device.port().receive(device, frame, sender, softirq),
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
pub(crate) struct WireReservation {
    peers: [LinkReservation; 2],
    paths: PathReservation,
}

impl WireReservation {
    /// Process context; `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            peers: [LinkReservation::new()?, LinkReservation::new()?],
            paths: PathReservation::new()?,
        })
    }
}

/// Memory for the ways of two ports' frames.
pub(crate) struct PathReservation(LinkReservation, LinkReservation);

impl PathReservation {
    /// Process context; `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(LinkReservation::new()?, LinkReservation::new()?))
    }
}

/// Puts a wire between two ports whose wires are loose.
pub(crate) fn connect(
    one: &PortDevice<Port>,
    other: &PortDevice<Port>,
    memory: WireReservation,
    rtnl: &Rtnl,
) {
    let [first, second] = memory.peers;
    one.port().wire().peer.set(other, first, rtnl);
    other.port().wire().peer.set(one, second, rtnl);
    lay_paths(one, memory.paths, rtnl);
}

/// Takes the wire between two ports away. Senders may follow it for a grace
/// period.
pub(crate) fn disconnect(one: &PortDevice<Port>, other: &PortDevice<Port>, rtnl: &Rtnl) {
    for end in [one, other] {
        let wire = end.port().wire();
        wire.peer.clear(rtnl);
        if !wire.loops(rtnl) {
            wire.path.clear(rtnl);
        }
        note_finishing(end, rtnl);
    }
}

/// Has what `dev` sends come back from now on, or go by its wire again; the
/// wire's other end then hangs loose, or no longer. Senders may follow the old
/// way for a grace period.
pub(crate) fn set_loops(dev: &PortDevice<Port>, loops: bool, memory: PathReservation, rtnl: &Rtnl) {
    dev.port().wire().loops.set(loops, rtnl);
    lay_paths(dev, memory, rtnl);
}

/// Ends loopback of a device that goes.
pub(crate) fn unloop(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    let wire = dev.port().wire();
    if wire.loops.set(false, rtnl) {
        wire.path.clear(rtnl);
    }
}

/// Has the wire of `dev` finish what is sent from now on, or no longer.
pub(crate) fn set_finishes(dev: &PortDevice<Port>, finishes: bool, rtnl: &Rtnl) {
    let wire = dev.port().wire();
    wire.finishes.set(finishes, rtnl);
    if let Some(receiver) = wire.path.get_rtnl(rtnl) {
        note_finishing(receiver, rtnl);
    }
}

/// Leads the frames of `dev` and of its peer where they are to go.
fn lay_paths(dev: &PortDevice<Port>, memory: PathReservation, rtnl: &Rtnl) {
    lay_path(dev, memory.0, rtnl);
    if let Some(peer) = dev.port().wire().peer_rtnl(rtnl) {
        lay_path(peer, memory.1, rtnl);
        note_finishing(peer, rtnl);
    }
    note_finishing(dev, rtnl);
}

fn lay_path(dev: &PortDevice<Port>, memory: LinkReservation, rtnl: &Rtnl) {
    let wire = dev.port().wire();
    let to = match wire.loops(rtnl) {
        true => Some(dev),
        false => wire
            .peer_rtnl(rtnl)
            .filter(|peer| !peer.port().wire().loops(rtnl)),
    };
    match to {
        Some(to) if dev.port().switch().is_empty() => wire.path.set(to, memory, rtnl),
        Some(to) => wire.path.put_aside(to, memory, rtnl),
        None => wire.path.clear(rtnl),
    }
}

/// Tells a port whether what comes to it was finished by the wire.
fn note_finishing(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    let sender = dev.port().wire().path.get_rtnl(rtnl);
    let finishes = sender.is_some_and(|sender| sender.port().wire().finishes(rtnl));
    dev.port().set_finished(finishes);
}
