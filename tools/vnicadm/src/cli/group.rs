// SPDX-License-Identifier: GPL-2.0
//! The arguments of commands about rings, groups, filters, RSS and moderation.

use std::str::FromStr;

use clap::Args;

use super::{changes, on_off};
use crate::model::ethtool::HashFunction;
use crate::model::{IfName, MacAddr};

/// The VNIC that gets a group of rings of its own, or another size of it.
#[derive(Debug, Args)]
pub struct CreateGroup {
    /// Name of the VNIC
    pub vnic: IfName,
    /// Number of rings to reserve for it
    #[arg(long, value_name = "COUNT")]
    pub rings: u32,
}

/// Arguments of `set-group`.
#[derive(Debug, Args)]
pub struct SetGroup {
    /// Name of the NIC or VNIC
    pub name: IfName,
    /// Number of its rings that are in use
    #[arg(long, value_name = "COUNT")]
    pub rings: u32,
}

/// Arguments of `set-ring`.
#[derive(Debug, Args)]
pub struct SetRing {
    /// Name of the NIC or VNIC
    pub name: IfName,
    /// Number of frames that each of its rings holds
    #[arg(long, value_name = "FRAMES")]
    pub size: u32,
}

/// A further address of a NIC or VNIC.
#[derive(Debug, Args)]
pub struct FilterArg {
    /// Name of the NIC or VNIC
    pub name: IfName,
    /// MAC address
    pub mac: MacAddr,
}

/// Arguments of `set-rss`.
#[derive(Debug, Args)]
#[command(group = changes(&["key", "function", "equal", "weights", "default"]))]
pub struct SetRss {
    /// Name of the NIC or VNIC
    pub name: IfName,
    /// Key of the hash, as hexadecimal bytes
    #[arg(long, value_name = "BYTE:...")]
    pub key: Option<Key>,
    /// Hash function
    #[arg(long, value_name = "toeplitz|xor")]
    pub function: Option<HashFunction>,
    /// Spread flows evenly over so many rings
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["weights", "default"])]
    pub equal: Option<u32>,
    /// Spread flows over the rings by these weights
    #[arg(
        long,
        value_name = "WEIGHT,...",
        value_delimiter = ',',
        conflicts_with = "default"
    )]
    pub weights: Option<Vec<u32>>,
    /// Spread flows evenly over all rings in use, however many there are
    #[arg(long)]
    pub default: bool,
}

/// Arguments of `set-coalesce`.
#[derive(Debug, Args)]
#[command(group = changes(&["adaptive_rx", "rx_usecs", "rx_frames"]))]
pub struct SetCoalesce {
    /// Name of the NIC or VNIC
    pub name: IfName,
    /// Have load decide
    #[arg(long, value_name = "on|off", value_parser = on_off)]
    pub adaptive_rx: Option<bool>,
    /// Poll so many microseconds after the first frame that waits
    #[arg(long, value_name = "USECS")]
    pub rx_usecs: Option<u32>,
    /// Or as soon as so many frames wait
    #[arg(long, value_name = "FRAMES")]
    pub rx_frames: Option<u32>,
}

/// A key of a hash. The kernel says how long it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(pub Vec<u8>);

impl FromStr for Key {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a key is hexadecimal bytes with ':' between them, at most 255";
        let byte = |part: &str| match part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit())
        {
            true => u8::from_str_radix(part, 16).ok(),
            false => None,
        };
        let bytes: Option<Vec<u8>> = text.split(':').map(byte).collect();
        bytes
            .filter(|bytes| bytes.len() < 256)
            .map(Self)
            .ok_or(wrong)
    }
}
