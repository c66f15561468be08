// SPDX-License-Identifier: GPL-2.0
//! A NIC as the kernel describes it.

use netlink_bindings::utils::{IterableChunks, parse_i32, parse_u32};
use serde::Serialize;

use super::link::{Link, Related};
use super::named::Wire;
use super::uapi::{
    SOFTNIC_FINISH, SOFTNIC_PEER_IFINDEX, SOFTNIC_PEER_NETNSID, SOFTNIC_POOL, SOFTNIC_POOL_USED,
    SOFTNIC_SLOTS, SOFTNIC_SLOTS_USED, SOFTNIC_SLOTS_WAITING, SOFTNIC_STORM, SOFTNIC_WIRE,
};

/// A NIC. What its module does not tell, because it is older, is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nic {
    /// What every device has.
    #[serde(flatten)]
    pub link: Link,
    /// What it is connected by.
    pub wire: Wire,
    /// Whether the wire finishes what offloads put off.
    pub finish: bool,
    /// The other end.
    pub peer: Option<Related>,
    /// Filter slots.
    pub slots: Option<u32>,
    /// How many of them are taken.
    pub slots_used: Option<u32>,
    /// How many VNICs wait for one.
    pub slots_waiting: Option<u32>,
    /// Rings that VNICs may reserve.
    pub pool: Option<u32>,
    /// How many of them are reserved.
    pub pool_used: Option<u32>,
    /// Broadcasts and multicasts a second that reach VNICs, 0 for no limit.
    pub storm: Option<u32>,
}

impl Nic {
    /// Reads what is particular to the kind.
    pub(super) fn read(link: Link, data: &[u8]) -> Self {
        let (mut ifindex, mut netnsid) = (None, None);
        let mut nic = Self {
            link,
            wire: Wire::default(),
            finish: false,
            peer: None,
            slots: None,
            slots_used: None,
            slots_waiting: None,
            pool: None,
            pool_used: None,
            storm: None,
        };
        for (header, value) in IterableChunks::new(data) {
            let number = parse_u32(value);
            match header.r#type {
                SOFTNIC_WIRE => nic.wire = number.map(Wire).unwrap_or_default(),
                SOFTNIC_FINISH => nic.finish = number == Some(1),
                SOFTNIC_PEER_IFINDEX => ifindex = number,
                SOFTNIC_PEER_NETNSID => netnsid = parse_i32(value),
                SOFTNIC_SLOTS => nic.slots = number,
                SOFTNIC_SLOTS_USED => nic.slots_used = number,
                SOFTNIC_SLOTS_WAITING => nic.slots_waiting = number,
                SOFTNIC_POOL => nic.pool = number,
                SOFTNIC_POOL_USED => nic.pool_used = number,
                SOFTNIC_STORM => nic.storm = number,
                _ => {}
            }
        }
        nic.peer = Related::new(ifindex, netnsid);
        nic
    }
}

#[cfg(test)]
pub(crate) mod tests;
