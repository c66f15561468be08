// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The `vnic` link kind: a NIC made over a NIC, in whose switch it has a port.

mod attributes;
mod kind;
mod request;

use crate::datapath::changes;
use crate::datapath::events;
use crate::datapath::port::Port;
use crate::datapath::uplink;
use crate::model::mac::Mac;
use crate::net::context::{RcuRead, Softirq};
use crate::net::device::{Device, Driver, Netdev, RxMode, Transmit};
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::setup::Features;
use crate::net::skb::TxSkb;
use crate::net::stats::LinkStats;
use core::marker::PhantomData;
use kernel::prelude::*;

/// A VNIC's private data, beside its port. `N` are the NICs that VNICs can be
/// made over.
#[pin_data]
pub(crate) struct Vnic<N> {
    /// Whether the core knows that the VNIC is on top of another device.
    stacked: RtnlCell<bool>,
    _over: PhantomData<fn(N)>,
}

impl<N> Vnic<N> {
    fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            stacked: RtnlCell::new(false),
            _over: PhantomData,
        })
    }
}

impl<N: Driver<Port = Port>> Driver for Vnic<N> {
    type Port = Port;
    const DRIVER: &'static [u8] = b"vnic";

    fn open(dev: &Device<Self>, rtnl: &Rtnl) -> Result {
        dev.port().open(dev, rtnl)?;
        dev.port().set_running(true, rtnl);
        uplink::open(dev);
        uplink::update_carriers_over(dev, rtnl);
        Ok(())
    }

    fn stop(dev: &Device<Self>, rtnl: &Rtnl) {
        dev.port().set_running(false, rtnl);
        uplink::update_carriers_over(dev, rtnl);
        changes::of_vnic(dev, || uplink::close(dev, rtnl), rtnl);
        dev.port().close(dev, rtnl);
    }

    #[inline]
    fn xmit(dev: &Device<Self>, skb: TxSkb, softirq: &Softirq) -> Transmit {
        dev.port().send(dev, skb, softirq)
    }

    fn set_rx_mode(dev: &Device<Self>, mode: &RxMode<'_>, rtnl: &Rtnl) -> Result {
        changes::of_vnic(dev, || uplink::set_rx_mode(dev, mode, rtnl), rtnl)
    }

    fn set_mac(dev: &Device<Self>, mac: [u8; 6], rtnl: &Rtnl) -> Result {
        let mac = Mac::from_bytes(mac);
        changes::of_vnic(dev, || uplink::set_mac(dev, mac, rtnl), rtnl)?;
        dev.port().set_mac(mac, rtnl)
    }

    fn set_mtu(dev: &Device<Self>, mtu: u32, rtnl: &Rtnl) {
        uplink::limit_mtus(dev, mtu, rtnl);
    }

    fn set_features(dev: &Device<Self>, features: Features, rtnl: &Rtnl) -> Result {
        dev.port().set_features(dev, features, rtnl)
    }

    fn set_vlan(dev: &Device<Self>, ethertype: u16, id: u16, wanted: bool, rtnl: &Rtnl) -> Result {
        dev.port().set_vlan(ethertype, id, wanted, rtnl)
    }

    fn stats(dev: &Device<Self>, stats: &mut LinkStats<'_>) {
        dev.port().add_stats(stats);
    }

    fn lower<'r>(dev: &'r Device<Self>, rcu: &'r impl RcuRead) -> Option<&'r Netdev> {
        dev.port().uplink().lower(rcu).map(|lower| &**lower)
    }

    fn uninit(dev: &Device<Self>, rtnl: &Rtnl) {
        let go = || {
            events::retract(dev, rtnl);
            uplink::detach(dev, rtnl);
        };
        changes::of_vnic(dev, go, rtnl);
    }
}
