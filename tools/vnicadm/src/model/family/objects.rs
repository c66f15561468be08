// SPDX-License-Identifier: GPL-2.0
//! What the family tells of, as this tool shows it. What an older module does
//! not tell is none.

use serde::Serialize;

use super::numbers::{command, drop, drops, filter, group, nic, port, ring};
use super::{Attributes, Object};
use crate::model::MacAddr;
use crate::model::link::Related;
use crate::model::named::{
    DropReason, Mode, Placement, PlacementReason, PortKind, RingMode, VlanProtocol, Wire,
};
use crate::model::occupancy::{Occupancy, Sums};

/// A NIC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Nic {
    pub name: String,
    pub ifindex: u32,
    pub wire: Option<Wire>,
    pub peer: Option<Related>,
    pub carrier: bool,
    /// VNICs over it, in whatever namespaces.
    pub vnics: Option<u32>,
    pub slots: Option<u32>,
    pub slots_used: Option<u32>,
    pub slots_waiting: Option<u32>,
    pub pool: Option<u32>,
    pub pool_used: Option<u32>,
    pub storm: Option<u32>,
}

impl Object for Nic {
    const GET: u8 = command::NIC_GET;

    fn attribute(number: u16) -> Option<&'static str> {
        nic::name(number)
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        Some(Self {
            name: found.text(nic::IFNAME)?,
            ifindex: found.u32(nic::IFINDEX)?,
            wire: found.u32(nic::WIRE).map(Wire),
            peer: Related::new(
                found.u32(nic::PEER_IFINDEX),
                found.netnsid(nic::PEER_NETNSID),
            ),
            carrier: found.u32(nic::CARRIER) == Some(1),
            vnics: found.u32(nic::VNICS),
            slots: found.u32(nic::SLOTS),
            slots_used: found.u32(nic::SLOTS_USED),
            slots_waiting: found.u32(nic::SLOTS_WAITING),
            pool: found.u32(nic::POOL),
            pool_used: found.u32(nic::POOL_USED),
            storm: found.u32(nic::STORM),
        })
    }
}

/// A port of a NIC's switch: the NIC itself, or a VNIC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Port {
    pub name: String,
    pub ifindex: u32,
    pub kind: Option<PortKind>,
    /// The NIC whose switch it is.
    pub nic: Option<Related>,
    /// What a VNIC was made over.
    pub lower: Option<Related>,
    pub mode: Option<Mode>,
    pub placement: Option<Placement>,
    pub placement_reason: Option<PlacementReason>,
    pub placement_changes: Option<u32>,
    pub slots_wanted: Option<u32>,
    pub rings_reserved: Option<u32>,
    /// Frames that transmit queues gave back.
    pub tx_busy: Option<u64>,
}

impl Object for Port {
    const GET: u8 = command::PORT_GET;

    fn attribute(number: u16) -> Option<&'static str> {
        port::name(number)
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        Some(Self {
            name: found.text(port::IFNAME)?,
            ifindex: found.u32(port::IFINDEX)?,
            kind: found.u32(port::KIND).map(PortKind),
            nic: Related::new(
                found.u32(port::NIC_IFINDEX),
                found.netnsid(port::NIC_NETNSID),
            ),
            lower: Related::new(
                found.u32(port::LOWER_IFINDEX),
                found.netnsid(port::LOWER_NETNSID),
            ),
            mode: found.u32(port::MODE).map(Mode),
            placement: found.u32(port::PLACEMENT).map(Placement),
            placement_reason: found.u32(port::PLACEMENT_REASON).map(PlacementReason),
            placement_changes: found.u32(port::PLACEMENT_CHANGES),
            slots_wanted: found.u32(port::SLOTS_WANTED),
            rings_reserved: found.u32(port::RINGS_RESERVED),
            tx_busy: found.known_counter(port::TX_BUSY),
        })
    }
}

/// A ring group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Group {
    /// The port that it belongs to.
    pub name: String,
    pub ifindex: u32,
    /// The NIC whose switch the port is in.
    pub nic: Option<Related>,
    /// Whether it is the NIC's own, which VNICs without rings share.
    pub default: bool,
    pub rings: Option<u32>,
    pub rings_max: Option<u32>,
    /// Frames that each ring holds.
    pub capacity: Option<u32>,
    /// Ports that it serves.
    pub ports: Option<u32>,
}

impl Object for Group {
    const GET: u8 = command::GROUP_GET;

    fn attribute(number: u16) -> Option<&'static str> {
        group::name(number)
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        Some(Self {
            name: found.text(group::IFNAME)?,
            ifindex: found.u32(group::IFINDEX)?,
            nic: Related::new(
                found.u32(group::NIC_IFINDEX),
                found.netnsid(group::NIC_NETNSID),
            ),
            default: found.flag(group::DEFAULT),
            rings: found.u32(group::RINGS),
            rings_max: found.u32(group::RINGS_MAX),
            capacity: found.u32(group::CAPACITY),
            ports: found.u32(group::PORTS),
        })
    }
}

/// A ring with its counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Ring {
    /// The port's name, once it was found out.
    pub name: Option<String>,
    /// The port whose group it is in.
    pub ifindex: u32,
    /// Its number there.
    pub id: u32,
    pub napi_id: Option<u32>,
    pub mode: Option<RingMode>,
    /// Frames that wait.
    pub depth: u32,
    /// Frames that it holds.
    pub capacity: u32,
    pub packets: u64,
    pub bytes: u64,
    pub polls: u64,
    pub batch_1: u64,
    pub batch_2_9: u64,
    pub batch_10_49: u64,
    pub batch_50: u64,
    pub interrupts: u64,
    pub timer: u64,
    pub mode_switches: u64,
    pub adaptations: u64,
    /// Times that a sender found it full.
    pub full: u64,
    /// Frames that polls have taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<u64>,
    /// Nanoseconds since it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<u64>,
    /// Nanoseconds in which frames waited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_time: Option<u64>,
    /// The same, each as often as frames waited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_length_time: Option<u64>,
    /// Nanoseconds in which frames were being delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_time: Option<u64>,
    /// The same, each as often as there were such frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_length_time: Option<u64>,
    /// Frames that found no room and that nobody kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_full: Option<u64>,
    /// Frames that were in it when it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_purged: Option<u64>,
    /// Calls for a poll that was begun on a CPU which the scheduler chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away: Option<u64>,
}

impl Ring {
    /// Its sums over time, since it was made.
    pub fn occupancy(&self) -> Occupancy {
        Occupancy {
            frames: self.frames,
            age: self.age,
            wait: Sums {
                time: self.wait_time,
                length_time: self.wait_length_time,
            },
            run: Sums {
                time: self.run_time,
                length_time: self.run_length_time,
            },
        }
    }
}

impl Object for Ring {
    const GET: u8 = command::RING_GET;

    fn attribute(number: u16) -> Option<&'static str> {
        ring::name(number)
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        Some(Self {
            name: None,
            ifindex: found.u32(ring::IFINDEX)?,
            id: found.u32(ring::ID)?,
            napi_id: found.u32(ring::NAPI_ID),
            mode: found.u32(ring::MODE).map(RingMode),
            depth: found.u32(ring::DEPTH).unwrap_or(0),
            capacity: found.u32(ring::CAPACITY).unwrap_or(0),
            packets: found.counter(ring::PACKETS),
            bytes: found.counter(ring::BYTES),
            polls: found.counter(ring::POLLS),
            batch_1: found.counter(ring::BATCH_1),
            batch_2_9: found.counter(ring::BATCH_2_9),
            batch_10_49: found.counter(ring::BATCH_10_49),
            batch_50: found.counter(ring::BATCH_50),
            interrupts: found.counter(ring::INTERRUPTS),
            timer: found.counter(ring::TIMER),
            mode_switches: found.counter(ring::MODE_SWITCHES),
            adaptations: found.counter(ring::ADAPTATIONS),
            full: found.counter(ring::FULL),
            frames: found.known_counter(ring::FRAMES),
            age: found.known_counter(ring::AGE),
            wait_time: found.known_counter(ring::WAIT_TIME),
            wait_length_time: found.known_counter(ring::WAIT_LENGTH_TIME),
            run_time: found.known_counter(ring::RUN_TIME),
            run_length_time: found.known_counter(ring::RUN_LENGTH_TIME),
            lost_full: found.known_counter(ring::LOST_FULL),
            lost_purged: found.known_counter(ring::LOST_PURGED),
            away: found.known_counter(ring::AWAY),
        })
    }
}

/// An entry of a NIC's filter table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Filter {
    /// The NIC whose table it is.
    pub nic: Option<Related>,
    pub mac: MacAddr,
    /// None for frames without a tag.
    pub vlan: Option<u32>,
    pub vlan_protocol: Option<VlanProtocol>,
    /// The port that the address leads to.
    pub port: Option<Related>,
    /// Whether it has a filter slot; otherwise software classifies.
    pub in_slot: bool,
}

impl Object for Filter {
    const GET: u8 = command::FILTER_GET;

    fn attribute(number: u16) -> Option<&'static str> {
        filter::name(number)
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        Some(Self {
            nic: Related::new(found.u32(filter::NIC_IFINDEX), None),
            mac: found.mac(filter::MAC)?,
            vlan: found.u32(filter::VLAN_ID).filter(|id| *id != 0),
            vlan_protocol: found.u32(filter::VLAN_PROTOCOL).map(VlanProtocol),
            port: Related::new(found.u32(filter::IFINDEX), found.netnsid(filter::NETNSID)),
            in_slot: found.flag(filter::IN_SLOT),
        })
    }
}

/// A port's drops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Drops {
    pub name: String,
    pub ifindex: u32,
    pub drops: Vec<Drop>,
}

/// The drops for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Drop {
    pub reason: DropReason,
    pub packets: u64,
}

impl Object for Drops {
    const GET: u8 = command::DROPS_GET;

    fn attribute(number: u16) -> Option<&'static str> {
        drops::name(number)
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        let drop = |nest: Attributes<'_>| {
            Some(Drop {
                reason: DropReason(nest.u32(drop::REASON)?),
                packets: nest.counter(drop::PACKETS),
            })
        };
        Some(Self {
            name: found.text(drops::IFNAME)?,
            ifindex: found.u32(drops::IFINDEX)?,
            drops: found.nests(drops::DROP).filter_map(drop).collect(),
        })
    }
}
