// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Telling of what happens to ports, to whom the layers above have named.

use super::port::Port;
use super::ring::Ring;
use crate::model::moderation::Mode;
use crate::net::context::Softirq;
use crate::net::device::{Netdev, PortDevice};
use crate::net::napi::Napi;
use crate::net::once::OnceRef;
use crate::net::rtnl::Rtnl;
use crate::net::trace;

/// Who is told.
pub(crate) struct Sink {
    /// There is another port.
    pub(crate) port_added: fn(&PortDevice<Port>, &Rtnl),
    /// A VNIC's placement has changed.
    pub(crate) placement_changed: fn(&PortDevice<Port>, &Rtnl),
    /// A NIC's wire or carrier has changed.
    pub(crate) wire_changed: fn(&PortDevice<Port>, &Rtnl),
    /// What a NIC has for its VNICs has changed, or how many those are.
    pub(crate) stock_changed: fn(&PortDevice<Port>, &Rtnl),
    /// The core has begun to poll a ring of the device by itself, or has ended
    /// to, if `false`.
    pub(crate) ring_mode_changed: fn(&PortDevice<Port>, &Napi<Ring>, bool, &Softirq),
}

static SINK: OnceRef<Sink> = OnceRef::empty();

/// Has `sink` told from now on. Only the first call counts.
pub(crate) fn tell(sink: &'static Sink) {
    SINK.fill(sink);
}

/// The device is made whole: it is told of, and so is what happens to it.
pub(crate) fn announce(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    dev.port().uplink().share().announce(rtnl);
    trace::port_add(dev, nic(dev, rtnl));
    if let Some(sink) = SINK.get() {
        (sink.port_added)(dev, rtnl);
    }
}

/// The device goes, and has been told of for the last time.
pub(crate) fn retract(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    if dev.port().uplink().share().retract(rtnl) {
        trace::port_del(dev, nic(dev, rtnl));
    }
}

/// The NIC that `dev` is a port of, if it is none.
fn nic<'r>(dev: &'r PortDevice<Port>, rtnl: &'r Rtnl) -> Option<&'r Netdev> {
    dev.port().uplink().nic_rtnl(rtnl).map(|nic| &**nic)
}

/// The device is up.
pub(super) fn opened(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    trace::port_open(dev, nic(dev, rtnl));
}

/// It goes down.
pub(super) fn stopping(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    trace::port_stop(dev, nic(dev, rtnl));
}

/// The placement of `dev` has changed.
pub(super) fn placement_changed(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    if let Some(sink) = SINK.get() {
        (sink.placement_changed)(dev, rtnl);
    }
}

/// The wire or carrier of the NIC `dev` has changed.
pub(crate) fn wire_changed(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    let peer = dev.port().wire().peer_rtnl(rtnl).map(|peer| &**peer);
    trace::wire(dev, peer, dev.has_carrier());
    let announced = dev.port().uplink().share().is_announced(rtnl);
    if let Some(sink) = SINK.get().filter(|_| announced) {
        (sink.wire_changed)(dev, rtnl);
    }
}

/// What `nic` has for its VNICs has changed, or how many those are. One that is
/// going takes them along, which is told of it alone.
pub(super) fn stock_changed(nic: &PortDevice<Port>, rtnl: &Rtnl) {
    let announced = nic.port().uplink().share().is_announced(rtnl);
    let stays = announced && !nic.is_leaving(rtnl);
    if let Some(sink) = SINK.get().filter(|_| stays) {
        (sink.stock_changed)(nic, rtnl);
    }
}

/// The core has begun to poll a ring of `dev` by itself, or has ended to.
#[cold]
pub(super) fn ring_mode_changed(
    dev: &PortDevice<Port>,
    ring: &Napi<Ring>,
    polls: bool,
    softirq: &Softirq,
) {
    let mode = match polls {
        true => Mode::Polling,
        false => Mode::Interrupt,
    };
    trace::ring_mode(dev, ring.index(), mode.to_bits());
    if let Some(sink) = SINK.get() {
        (sink.ring_mode_changed)(dev, ring, polls, softirq);
    }
}
