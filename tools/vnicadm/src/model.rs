// SPDX-License-Identifier: GPL-2.0
//! The kernel's objects, and how they are spelt in netlink messages.
//!
//! Nothing here talks to the kernel: [`request`] makes what is to be sent,
//! [`Found`] reads what was received, and [`refusal`] puts a refusal into
//! words.

pub mod counters;
pub mod ethtool;
pub mod explain;
pub mod family;
pub mod fdb;
mod found;
pub mod generic;
mod ifname;
pub mod link;
mod losses;
mod mac;
pub mod named;
pub mod netnsid;
pub mod nic;
pub mod occupancy;
pub mod property;
pub mod queues;
pub mod refusal;
pub mod request;
pub mod statistics;
pub mod uapi;
pub mod vlans;
pub mod vnic;

pub use found::Found;
pub use ifname::IfName;
pub use mac::MacAddr;
pub use nic::Nic;
pub use vnic::Vnic;
