// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The `softnic` link kind: a NIC.

mod attributes;
mod ethtool;
mod kind;
mod peer;

use crate::datapath::drops::Drops;
use crate::datapath::port::Port;
use crate::datapath::ring::RingOwner;
use crate::datapath::tx::TxQueues;
use crate::model::mac::Mac;
use crate::net::context::{RcuRead, Softirq};
use crate::net::device::{Device, Driver, Netdev, RxMode, Transmit};
use crate::net::ethtool::Channels;
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::skb::TxSkb;
use crate::net::stats::LinkStats;
use attributes::WireKind;
use kernel::prelude::*;
use peer::PeerWire;

/// A NIC's private data.
#[pin_data]
pub(crate) struct Nic {
    port: Port<Nic>,
    tx: TxQueues,
    wire: PeerWire,
    running: RtnlCell<bool>,
    /// How the user last put the queues into channels.
    channels: RtnlCell<Channels>,
}

impl Nic {
    /// Makes the private data of `dev`, whose wire will be as told. Process context; `ENOMEM`.
    fn new(dev: &Netdev, wire: WireKind, rtnl: &Rtnl) -> impl PinInit<Self, Error> {
        let mac = Mac::from_bytes(dev.mac(rtnl));
        let (rx, tx_queues) = (dev.num_rx_queues(), dev.num_tx_queues());
        try_pin_init!(Self {
            port: Port::new(mac, rx)?,
            tx: TxQueues::new(tx_queues)?,
            wire: PeerWire::new(wire),
            running: RtnlCell::new(false),
            channels: RtnlCell::new(Channels::of(rx as u32, tx_queues as u32)),
        })
    }
}

impl Driver for Nic {
    fn open(dev: &Device<Self>, rtnl: &Rtnl) -> Result {
        let nic = dev.data();
        nic.port.group().open(dev, rtnl)?;
        dev.start_tx_queues();
        nic.running.set(true, rtnl);
        peer::update_carrier(dev, rtnl);
        Ok(())
    }

    fn stop(dev: &Device<Self>, rtnl: &Rtnl) {
        let nic = dev.data();
        nic.running.set(false, rtnl);
        peer::update_carrier(dev, rtnl);
        dev.stop_tx_queues();
        nic.port.group().close(dev, rtnl);
    }

    #[inline]
    fn xmit(dev: &Device<Self>, skb: TxSkb, softirq: &Softirq) -> Transmit {
        let nic = dev.data().get_ref();
        nic.tx.send(dev, skb, &nic.wire, nic.port.drops(), softirq)
    }

    fn set_rx_mode(dev: &Device<Self>, mode: &RxMode<'_>, rtnl: &Rtnl) -> Result {
        dev.data().port.set_rx_mode(mode, rtnl)
    }

    fn set_mac(dev: &Device<Self>, mac: [u8; 6], _: &Rtnl) {
        dev.data().port.set_mac(Mac::from_bytes(mac));
    }

    fn stats(dev: &Device<Self>, stats: &mut LinkStats<'_>) {
        let nic = dev.data();
        nic.port.add_stats(stats);
        nic.tx.add_stats(stats);
    }

    fn lower<'r>(dev: &'r Device<Self>, rcu: &'r impl RcuRead) -> Option<&'r Netdev> {
        let nic = dev.data().get_ref();
        nic.wire.peer(rcu).map(|peer| &**peer)
    }

    fn uninit(dev: &Device<Self>, rtnl: &Rtnl) {
        peer::disconnect(dev, rtnl);
    }
}

impl RingOwner for Nic {
    fn wake_senders(dev: &Device<Self>, softirq: &Softirq) {
        if let Some(peer) = dev.data().wire.peer(softirq) {
            peer.wake_tx_queues();
        }
    }

    fn drops(dev: &Device<Self>) -> &Drops {
        dev.data().get_ref().port.drops()
    }
}
