// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The `softnic` link kind: a NIC.

mod attributes;
mod kind;
mod peer;
mod settings;

use crate::datapath::port::Port;
use crate::datapath::uplink;
use crate::datapath::wire::PathReservation;
use crate::model::mac::Mac;
use crate::net::context::{RcuRead, Softirq};
use crate::net::device::{Device, Driver, Netdev, RxMode, Transmit};
use crate::net::rtnl::Rtnl;
use crate::net::setup::Features;
use crate::net::skb::TxSkb;
use crate::net::stats::LinkStats;
use attributes::WireKind;
use kernel::prelude::*;
use peer::PeerWire;

/// A NIC's private data.
#[pin_data]
pub(crate) struct Nic {
    wire: PeerWire,
}

impl Nic {
    /// Makes the private data of a NIC whose wire will be as told.
    fn new(wire: WireKind) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            wire: PeerWire::new(wire),
        })
    }

    /// What carries the NIC's frames, as the netlink family tells it.
    pub(crate) fn wire_kind(&self, rtnl: &Rtnl) -> u32 {
        self.wire.kind(rtnl) as u32
    }
}

impl Driver for Nic {
    type Port = Port;
    const DRIVER: &'static [u8] = b"softnic";

    fn open(dev: &Device<Self>, rtnl: &Rtnl) -> Result {
        dev.port().open(dev, rtnl)?;
        dev.port().set_running(true, rtnl);
        peer::update_carrier(dev, rtnl);
        Ok(())
    }

    fn stop(dev: &Device<Self>, rtnl: &Rtnl) {
        dev.port().set_running(false, rtnl);
        peer::update_carrier(dev, rtnl);
        dev.port().close(dev, rtnl);
    }

    #[inline]
    fn xmit(dev: &Device<Self>, skb: TxSkb, softirq: &Softirq) -> Transmit {
        dev.port().send(dev, skb, softirq)
    }

    fn set_rx_mode(dev: &Device<Self>, mode: &RxMode<'_>, rtnl: &Rtnl) -> Result {
        dev.port().set_rx_mode(mode, rtnl)
    }

    fn set_mac(dev: &Device<Self>, mac: [u8; 6], rtnl: &Rtnl) -> Result {
        dev.port().set_mac(Mac::from_bytes(mac), rtnl)
    }

    fn set_mtu(dev: &Device<Self>, mtu: u32, rtnl: &Rtnl) {
        uplink::limit_mtus(dev, mtu, rtnl);
    }

    fn set_features(dev: &Device<Self>, features: Features, rtnl: &Rtnl) -> Result {
        let memory = PathReservation::new()?;
        dev.port().set_features(dev, features, rtnl)?;
        let loopback = features.has(Features::LOOPBACK);
        if loopback != dev.port().wire().loops(rtnl) {
            peer::set_loopback(dev, loopback, memory, rtnl);
        }
        Ok(())
    }

    fn set_vlan(dev: &Device<Self>, ethertype: u16, id: u16, wanted: bool, rtnl: &Rtnl) -> Result {
        dev.port().set_vlan(ethertype, id, wanted, rtnl)
    }

    fn stats(dev: &Device<Self>, stats: &mut LinkStats<'_>) {
        dev.port().add_stats(stats);
    }

    fn lower<'r>(dev: &'r Device<Self>, rcu: &'r impl RcuRead) -> Option<&'r Netdev> {
        dev.port().wire().peer(rcu).map(|peer| &**peer)
    }

    fn uninit(dev: &Device<Self>, rtnl: &Rtnl) {
        peer::let_go(dev, rtnl);
    }
}
