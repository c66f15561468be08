// SPDX-License-Identifier: GPL-2.0
//! Whether what is there is what a command would make. What the command does
//! not say fits.

use std::fmt::Display;

use crate::cli::vnic::{CreateVnic, MacChoice, SetVnic, VnicSettings};
use crate::cli::{CreateNic, NicLimits, SetNic};
use crate::model::{MacAddr, Nic, Vnic};

/// What does not fit.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    /// Compares something with what is wanted, if anything is.
    fn compare<T: PartialEq + Display>(&mut self, what: &str, wanted: Option<T>, is: Option<T>) {
        let Some(wanted) = wanted else { return };
        match is {
            Some(is) if is == wanted => {}
            Some(is) => self.0.push(format!("its {what} is {is}, not {wanted}")),
            None => self.0.push(format!("it has no {what} {wanted}")),
        }
    }

    fn limits(&mut self, wanted: &NicLimits, nic: &Nic) {
        self.compare("slots", wanted.slots, nic.slots);
        self.compare("pool", wanted.pool, nic.pool);
        self.compare("storm", wanted.storm, nic.storm);
    }

    fn settings(&mut self, wanted: &VnicSettings, vnic: &Vnic) {
        self.compare("mtu", wanted.mtu, Some(vnic.link.mtu));
        // On none is 0 here and nothing there.
        self.compare("vlan", wanted.vlan, Some(vnic.vlan.unwrap_or(0)));
        self.compare("vlan protocol", wanted.vlan_protocol, vnic.vlan_protocol);
        let vlans = wanted.vlans.as_ref().map(|list| list.sorted().to_string());
        self.compare("vlans", vlans, Some(vnic.vlans.to_string()));
        self.compare("mode", wanted.mode, vnic.mode);
        self.compare("rings", wanted.rings, vnic.rings);
    }
}

/// What is otherwise about a NIC, apart from its wire.
pub fn nic(wanted: &CreateNic, nic: &Nic) -> Vec<String> {
    let mut wrong = Wrong::default();
    wrong.compare("mac", wanted.mac, nic.link.mac);
    wrong.compare("mtu", wanted.mtu, Some(nic.link.mtu));
    wrong.compare("rx-queues", wanted.rx_queues, Some(nic.link.rx_rings));
    wrong.compare("tx-queues", wanted.tx_queues, Some(nic.link.tx_queues));
    wrong.compare("finish", wanted.finish.then_some(true), Some(nic.finish));
    wrong.limits(&wanted.limits, nic);
    wrong.0
}

/// What is otherwise about the other end of a pair.
pub fn peer(wanted: &CreateNic, peer: &Nic) -> Vec<String> {
    let mut wrong = Wrong::default();
    wrong.compare("peer's mac", wanted.peer_mac, peer.link.mac);
    wrong.compare("peer's mtu", wanted.peer_mtu, Some(peer.link.mtu));
    let (rx, tx) = (peer.link.rx_rings, peer.link.tx_queues);
    wrong.compare("peer's rx-queues", wanted.peer_rx_queues, Some(rx));
    wrong.compare("peer's tx-queues", wanted.peer_tx_queues, Some(tx));
    wrong.0
}

/// What is otherwise about a NIC that was changed.
pub fn changed_nic(wanted: &SetNic, nic: &Nic) -> Vec<String> {
    let mut wrong = Wrong::default();
    wrong.compare("finish", wanted.finish, Some(nic.finish));
    wrong.limits(&wanted.limits, nic);
    wrong.0
}

/// What is otherwise about a VNIC, apart from what it is over.
pub fn vnic(wanted: &CreateVnic, vnic: &Vnic) -> Vec<String> {
    let mut wrong = Wrong::default();
    wrong.compare("mac", given(wanted.mac), vnic.link.mac);
    let (rx, tx) = (vnic.link.rx_rings, vnic.link.tx_queues);
    wrong.compare("rx-queues", wanted.rx_queues.or(wanted.queues), Some(rx));
    wrong.compare("tx-queues", wanted.tx_queues.or(wanted.queues), Some(tx));
    wrong.settings(&wanted.settings, vnic);
    wrong.0
}

fn given(mac: Option<MacChoice>) -> Option<MacAddr> {
    match mac {
        Some(MacChoice::Given(mac)) => Some(mac),
        _ => None,
    }
}

/// What is otherwise about a VNIC that was changed.
pub fn changed_vnic(wanted: &SetVnic, vnic: &Vnic) -> Vec<String> {
    let mut wrong = Wrong::default();
    wrong.compare("mac", wanted.mac, vnic.link.mac);
    wrong.settings(&wanted.settings, vnic);
    wrong.0
}
