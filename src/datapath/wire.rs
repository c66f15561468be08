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
use crate::net::rtnl::Rtnl;
use crate::net::skb::Frame;
use crate::net::txq::Sender;
use kernel::prelude::*;

/// One end of a wire between two ports. Both ends point at one another, or
/// both at nothing.
pub(crate) struct Wire {
    peer: DeviceLink<Port>,
}

impl Wire {
    /// A loose wire.
    pub(super) fn new() -> Self {
        Self {
            peer: DeviceLink::new(),
        }
    }

    /// The device at the other end.
    #[inline]
    pub(crate) fn peer<'r>(&'r self, rcu: &'r impl RcuRead) -> Option<&'r PortDevice<Port>> {
        self.peer.get(rcu)
    }

    /// The device at the other end, under RTNL.
    pub(crate) fn peer_rtnl<'r>(&'r self, rtnl: &'r Rtnl) -> Option<&'r PortDevice<Port>> {
        self.peer.get_rtnl(rtnl)
    }

    /// Carries a frame to the other end, on behalf of the transmit queue
    /// `sender`.
    #[inline(always)]
    pub(super) fn carry(&self, frame: Frame, sender: Sender<'_>, softirq: &Softirq) -> Arrival {
        match self.peer.get(softirq) {
            Some(peer) => peer.port().arrive(peer, frame, sender, softirq),
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
pub(crate) struct WireReservation(LinkReservation, LinkReservation);

impl WireReservation {
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
    one.port().wire().peer.set(other, memory.0, rtnl);
    other.port().wire().peer.set(one, memory.1, rtnl);
}

/// Takes the wire between two ports away. Senders may follow it for a grace
/// period.
pub(crate) fn disconnect(one: &PortDevice<Port>, other: &PortDevice<Port>, rtnl: &Rtnl) {
    for end in [one, other] {
        end.port().wire().peer.clear(rtnl);
    }
}
