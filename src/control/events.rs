// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Events, for who listens in the namespace of the device that they are about.

use super::{nic, port, ring};
use crate::datapath::events::{self, Sink};
use crate::datapath::port::Port;
use crate::datapath::ring::Ring;
use crate::model::moderation::Mode;
use crate::net::context::Softirq;
use crate::net::device::PortDevice;
use crate::net::genl::Event;
use crate::net::napi::Napi;
use crate::net::notifier::Follow;
use crate::net::rtnl::Rtnl;

static SINK: Sink = Sink {
    port_added: |dev, rtnl| tell_port(Event::PORT_ADD, dev, rtnl),
    placement_changed: |dev, rtnl| tell_port(Event::PLACEMENT, dev, rtnl),
    wire_changed: |dev, rtnl| tell_nic(Event::WIRE, dev, rtnl),
    stock_changed: |dev, rtnl| tell_nic(Event::STOCK, dev, rtnl),
    ring_mode_changed: tell_ring,
};

/// Has what happens told from now on.
pub(super) fn begin() {
    events::tell(&SINK);
}

fn tell_port(event: Event, dev: &PortDevice<Port>, rtnl: &Rtnl) {
    dev.tell(event, |message| port::fill(dev, message, rtnl), rtnl);
}

fn tell_nic(event: Event, dev: &PortDevice<Port>, rtnl: &Rtnl) {
    dev.tell(event, |message| nic::fill(dev, message, rtnl), rtnl);
}

fn tell_ring(dev: &PortDevice<Port>, ring: &Napi<Ring>, polls: bool, softirq: &Softirq) {
    let mode = match polls {
        true => Mode::Polling,
        false => Mode::Interrupt,
    };
    dev.tell_atomic(
        Event::RING_MODE,
        |message| ring::fill_in(dev, ring, Some(mode), message),
        softirq,
    );
}

/// Follows ports from namespace to namespace, and to their end.
pub(super) struct Ports;

impl Follow for Ports {
    type Port = Port;

    fn came(dev: &PortDevice<Port>, rtnl: &Rtnl) {
        // What is being made is announced when it is whole.
        if !is_announced(dev, rtnl) {
            return;
        }
        tell_port(Event::PORT_ADD, dev, rtnl);
        if let Some(peer) = dev.port().wire().peer_rtnl(rtnl) {
            // Its wire leads to another namespace now.
            tell_nic(Event::WIRE, peer, rtnl);
        }
    }

    fn leaves(dev: &PortDevice<Port>, rtnl: &Rtnl) {
        if is_announced(dev, rtnl) {
            tell_port(Event::PORT_DEL, dev, rtnl);
        }
    }
}

fn is_announced(dev: &PortDevice<Port>, rtnl: &Rtnl) -> bool {
    dev.port().uplink().share().is_announced(rtnl)
}
