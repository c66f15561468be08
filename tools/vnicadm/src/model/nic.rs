// SPDX-License-Identifier: GPL-2.0
//! A NIC as the kernel describes it.

use std::fmt;

use netlink_bindings::rt_link::{IfinfoFlags, Ifinfomsg, LinkAttrs, OpGetlinkDo};
use netlink_bindings::rt_link::{IterableLinkinfoAttrs, RtnlLinkStats64};
use netlink_bindings::utils::{IterableChunks, find_attr, parse_i32, parse_u32};
use serde::{Serialize, Serializer};

use super::MacAddr;
use super::uapi::{
    IFINFOMSG_LEN, IFLA_INFO_DATA, KIND, SOFTNIC_FINISH, SOFTNIC_PEER_IFINDEX,
    SOFTNIC_PEER_NETNSID, SOFTNIC_WIRE,
};
use crate::error::Error;

/// A NIC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nic {
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
    /// What it is connected by.
    pub wire: Wire,
    /// Whether the wire finishes what offloads put off.
    pub finish: bool,
    /// The other end.
    pub peer: Option<Peer>,
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

/// What carries a NIC's frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Nothing.
    None,
    /// Another NIC is at the other end.
    Peer,
    /// A kind of wire that this tool doesn't know.
    Other(u32),
}

/// The NIC at the other end of a wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Peer {
    /// Index in the peer's own namespace.
    pub ifindex: u32,
    /// Name, where it could be found out.
    pub name: Option<String>,
    /// Number of the peer's namespace, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netnsid: Option<i32>,
    /// Name of that namespace, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netns: Option<String>,
}

/// The counters of a NIC.
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

/// A device: a NIC, or something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A NIC.
    Nic(Box<Nic>),
    /// Another device.
    Other {
        /// Its name.
        name: String,
        /// Its link kind, where it has one.
        kind: Option<String>,
    },
}

impl Found {
    /// Reads the description of a device.
    pub fn read(payload: &[u8]) -> Result<Self, Error> {
        if payload.len() < IFINFOMSG_LEN {
            return Err(Error::Malformed("a device without a header"));
        }
        let (header, attributes) = OpGetlinkDo::decode_request(payload);
        let mut nic = Nic::empty(&header);
        let mut kind = None;
        for attribute in attributes.flatten() {
            match attribute {
                LinkAttrs::Linkinfo(info) => kind = nic.read_info(&info),
                other => nic.read_attribute(&other),
            }
        }
        if nic.name.is_empty() || nic.ifindex == 0 {
            return Err(Error::Malformed("a device without a name"));
        }
        if kind.as_deref().map(str::as_bytes) == Some(KIND.to_bytes()) {
            return Ok(Self::Nic(Box::new(nic)));
        }
        let name = nic.name;
        Ok(Self::Other { name, kind })
    }

    /// The device's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Nic(nic) => &nic.name,
            Self::Other { name, .. } => name,
        }
    }

    /// The NIC, or an error that says what else it is.
    pub fn nic(self) -> Result<Nic, Error> {
        match self {
            Self::Nic(nic) => Ok(*nic),
            Self::Other { name, kind } => Err(Error::NotNic { name, kind }),
        }
    }
}

impl Nic {
    fn empty(header: &Ifinfomsg) -> Self {
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
            wire: Wire::None,
            finish: false,
            peer: None,
            rx_rings: 0,
            tx_queues: 0,
            statistics: None,
        }
    }

    fn read_attribute(&mut self, attribute: &LinkAttrs<'_>) {
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

    /// Reads what is particular to the kind, and returns the kind.
    fn read_info(&mut self, info: &IterableLinkinfoAttrs<'_>) -> Option<String> {
        let kind = info.get_kind().ok()?;
        if kind == KIND {
            if let Some(data) = find_attr(info.get_buf(), IFLA_INFO_DATA) {
                self.read_data(data);
            }
        }
        Some(kind.to_string_lossy().into_owned())
    }

    fn read_data(&mut self, data: &[u8]) {
        let (mut ifindex, mut netnsid) = (None, None);
        for (header, value) in IterableChunks::new(data) {
            match header.r#type {
                SOFTNIC_WIRE => self.wire = parse_u32(value).map_or(Wire::None, Wire::from_raw),
                SOFTNIC_FINISH => self.finish = parse_u32(value) == Some(1),
                SOFTNIC_PEER_IFINDEX => ifindex = parse_u32(value),
                SOFTNIC_PEER_NETNSID => netnsid = parse_i32(value),
                _ => {}
            }
        }
        self.peer = ifindex.filter(|index| *index != 0).map(|ifindex| Peer {
            ifindex,
            name: None,
            netnsid: netnsid.filter(|id| *id >= 0),
            netns: None,
        });
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

impl Wire {
    fn from_raw(raw: u32) -> Self {
        match raw {
            0 => Self::None,
            1 => Self::Peer,
            other => Self::Other(other),
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

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Peer => f.write_str("peer"),
            Self::Other(raw) => raw.fmt(f),
        }
    }
}

impl Serialize for Wire {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `nic1`, `if5`, `nic1@blue` or `if5@nsid:0`.
impl fmt::Display for Peer {
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

#[cfg(test)]
pub(crate) mod tests;
