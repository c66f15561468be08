// SPDX-License-Identifier: GPL-2.0
//! What the kernel's description of a device has, whatever its kind.

use std::fmt;

use netlink_bindings::rt_link::{IfinfoFlags, Ifinfomsg, LinkAttrs, RtnlLinkStats64};
use serde::Serialize;

use super::MacAddr;

/// What every device has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Name.
    pub name: String,
    /// Index in its namespace.
    pub ifindex: u32,
    /// Whether the administrator wants it up.
    pub admin_state: AdminState,
    /// What it is fit for.
    pub oper_state: OperState,
    /// Whether there is somebody at the other end.
    pub carrier: bool,
    /// MAC address.
    pub mac: Option<MacAddr>,
    /// Largest packet.
    pub mtu: u32,
    /// Number of receive rings.
    pub rx_rings: u32,
    /// Number of transmit queues.
    pub tx_queues: u32,
    /// Counters, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistics: Option<Statistics>,
}

/// Whether a device is wanted up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum AdminState {
    Up,
    Down,
}

/// The operational states of RFC 2863.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum OperState {
    Unknown,
    NotPresent,
    Down,
    LowerLayerDown,
    Testing,
    Dormant,
    Up,
}

/// The counters of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Statistics {
    pub rx_packets: u64,
    pub rx_bytes: u64,
    pub rx_dropped: u64,
    pub tx_packets: u64,
    pub tx_bytes: u64,
    pub tx_dropped: u64,
}

/// A device that another one names: the other end of its wire, or what it was
/// made over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    /// Index in the device's own namespace.
    pub ifindex: u32,
    /// Name, where it could be found out.
    pub name: Option<String>,
    /// Number of the device's namespace, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netnsid: Option<i32>,
    /// Name of that namespace, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netns: Option<String>,
}

impl Link {
    /// What the message's header tells.
    pub(super) fn new(header: &Ifinfomsg) -> Self {
        let admin_state = match header.ifi_flags & IfinfoFlags::Up as u32 {
            0 => AdminState::Down,
            _ => AdminState::Up,
        };
        Self {
            name: String::new(),
            ifindex: header.ifi_index.try_into().unwrap_or(0),
            admin_state,
            oper_state: OperState::Unknown,
            carrier: false,
            mac: None,
            mtu: 0,
            rx_rings: 0,
            tx_queues: 0,
            statistics: None,
        }
    }

    /// Takes what an attribute tells.
    pub(super) fn read(&mut self, attribute: &LinkAttrs<'_>) {
        match attribute {
            LinkAttrs::Ifname(name) => self.name = name.to_string_lossy().into_owned(),
            LinkAttrs::Address(bytes) => self.mac = (*bytes).try_into().ok().map(MacAddr),
            LinkAttrs::Mtu(mtu) => self.mtu = *mtu,
            LinkAttrs::Operstate(state) => self.oper_state = OperState::from_raw(*state),
            LinkAttrs::Carrier(carrier) => self.carrier = *carrier != 0,
            LinkAttrs::NumRxQueues(count) => self.rx_rings = *count,
            LinkAttrs::NumTxQueues(count) => self.tx_queues = *count,
            LinkAttrs::Stats64(stats) => self.statistics = Some(Statistics::from_raw(stats)),
            _ => {}
        }
    }
}

impl Related {
    /// A device by its index, 0 for none, in the namespace of that number.
    pub(in crate::model) fn new(ifindex: Option<u32>, netnsid: Option<i32>) -> Option<Self> {
        let ifindex = ifindex.filter(|index| *index != 0)?;
        Some(Self {
            ifindex,
            name: None,
            netnsid: netnsid.filter(|id| *id >= 0),
            netns: None,
        })
    }
}

impl OperState {
    fn from_raw(raw: u8) -> Self {
        match raw {
            1 => Self::NotPresent,
            2 => Self::Down,
            3 => Self::LowerLayerDown,
            4 => Self::Testing,
            5 => Self::Dormant,
            6 => Self::Up,
            _ => Self::Unknown,
        }
    }
}

impl Statistics {
    fn from_raw(raw: &RtnlLinkStats64) -> Self {
        Self {
            rx_packets: raw.rx_packets,
            rx_bytes: raw.rx_bytes,
            rx_dropped: raw.rx_dropped,
            tx_packets: raw.tx_packets,
            tx_bytes: raw.tx_bytes,
            tx_dropped: raw.tx_dropped,
        }
    }
}

impl fmt::Display for AdminState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Up => "up",
            Self::Down => "down",
        })
    }
}

impl fmt::Display for OperState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::NotPresent => "notpresent",
            Self::Down => "down",
            Self::LowerLayerDown => "lowerlayerdown",
            Self::Testing => "testing",
            Self::Dormant => "dormant",
            Self::Up => "up",
        })
    }
}

/// `nic1`, `if5`, `nic1@blue` or `if5@nsid:0`.
impl fmt::Display for Related {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => f.write_str(name)?,
            None => write!(f, "if{}", self.ifindex)?,
        }
        match (&self.netns, self.netnsid) {
            (Some(netns), _) => write!(f, "@{netns}"),
            (None, Some(id)) => write!(f, "@nsid:{id}"),
            (None, None) => Ok(()),
        }
    }
}
