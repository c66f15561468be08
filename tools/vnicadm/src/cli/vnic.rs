// SPDX-License-Identifier: GPL-2.0
//! The arguments of commands about VNICs.

use std::str::FromStr;

use clap::Args;

use super::changes;
use crate::model::named::{Mode, VlanProtocol};
use crate::model::vlans::VlanList;
use crate::model::{IfName, MacAddr};

/// Arguments of `create-vnic`.
#[derive(Debug, Args)]
pub struct CreateVnic {
    /// Name of the new VNIC
    pub name: IfName,
    /// The NIC, or VNIC, that it is made over
    #[arg(short = 'l', long, value_name = "NIC")]
    pub over: IfName,
    /// MAC address, or how it is found: derived is the same each time
    #[arg(long, value_name = "ADDRESS|random|derived")]
    pub mac: Option<MacChoice>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub settings: VnicSettings,
    /// Number of receive rings, and of transmit queues
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["rx_queues", "tx_queues"])]
    pub queues: Option<u32>,
    /// Number of receive rings
    #[arg(long, value_name = "COUNT")]
    pub rx_queues: Option<u32>,
    /// Number of transmit queues
    #[arg(long, value_name = "COUNT")]
    pub tx_queues: Option<u32>,
}

/// What a VNIC is created with and can be changed to.
#[derive(Debug, Args)]
pub struct VnicSettings {
    /// Largest packet in bytes
    #[arg(long, value_name = "BYTES")]
    pub mtu: Option<u32>,
    /// The VLAN that it is on, untagged; 0 for none
    #[arg(long, value_name = "ID")]
    pub vlan: Option<u32>,
    /// The kind of its VLANs' tags on the wire
    #[arg(long, value_name = "802.1q|802.1ad")]
    pub vlan_protocol: Option<VlanProtocol>,
    /// VLANs whose frames it sees with their tags, such as 0,10,20-30, where
    /// 0 is untagged
    #[arg(long, value_name = "LIST|none")]
    pub vlans: Option<VlanList>,
    /// Whom it may talk to
    #[arg(long, value_name = "bridge|private|vepa|passthru")]
    pub mode: Option<Mode>,
    /// Number of rings reserved for it, 0 for none
    #[arg(long, value_name = "COUNT")]
    pub rings: Option<u32>,
    /// Put it into this network namespace
    #[arg(long, value_name = "NS")]
    pub vnic_netns: Option<String>,
}

/// The VNIC that a command works on.
#[derive(Debug, Args)]
pub struct VnicArg {
    /// Name of the VNIC
    pub vnic: IfName,
}

/// Arguments of `set-vnic`.
#[derive(Debug, Args)]
#[command(group = changes(&[
    "mac", "mtu", "vlan", "vlan_protocol", "vlans", "mode", "rings", "vnic_netns",
]))]
pub struct SetVnic {
    /// Name of the VNIC
    pub vnic: IfName,
    /// MAC address
    #[arg(long, value_name = "ADDRESS")]
    pub mac: Option<MacAddr>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub settings: VnicSettings,
}

/// Where a new VNIC's MAC address comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacChoice {
    /// The user.
    Given(MacAddr),
    /// Chance.
    Random,
    /// The NIC's MAC address and the VNIC's name.
    Derived,
}

impl FromStr for MacChoice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "random" => Ok(Self::Random),
            "derived" => Ok(Self::Derived),
            _ => text.parse().map(Self::Given),
        }
    }
}
