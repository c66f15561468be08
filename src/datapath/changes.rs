// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Telling of what changes in what a NIC has for its VNICs. A request may change
//! several of its numbers, in several steps, and is told of once.

use super::events;
use super::port::Port;
use crate::net::device::PortDevice;
use crate::net::rtnl::Rtnl;

/// What a NIC has for its VNICs, and how many those are.
#[derive(PartialEq, Eq)]
struct State {
    vnics: u64,
    slots: [u32; 3],
    pool: [u32; 2],
    storm: u32,
}

impl State {
    fn of(nic: &PortDevice<Port>, rtnl: &Rtnl) -> Self {
        let port = nic.port();
        let (slots, pool) = (port.stock().slots(rtnl), port.stock().pool(rtnl));
        Self {
            vnics: port.switch().count(),
            slots: [slots.capacity(), slots.used(), slots.waiting()],
            pool: [pool.capacity(), pool.used()],
            storm: port.switch().storm().rate(),
        }
    }
}

/// Has `change` change what `nic` has for its VNICs, and tells of it if that is
/// another thereafter. Process context.
pub(crate) fn of_nic<R>(nic: &PortDevice<Port>, change: impl FnOnce() -> R, rtnl: &Rtnl) -> R {
    let before = State::of(nic, rtnl);
    let done = change();
    if State::of(nic, rtnl) != before {
        events::stock_changed(nic, rtnl);
    }
    done
}

/// As [`of_nic`], for a change of a VNIC, of what its NIC has. Nothing is told
/// of a VNIC that is not made whole, or goes for that.
pub(crate) fn of_vnic<R>(dev: &PortDevice<Port>, change: impl FnOnce() -> R, rtnl: &Rtnl) -> R {
    let uplink = dev.port().uplink();
    match uplink.nic_rtnl(rtnl) {
        Some(nic) if uplink.share().is_announced(rtnl) => of_nic(nic, change, rtnl),
        _ => change(),
    }
}
