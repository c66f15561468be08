// SPDX-License-Identifier: GPL-2.0
//! The kernel's objects, and how they are spelt in netlink messages.
//!
//! Nothing here talks to the kernel: [`request`] makes what is to be sent,
//! [`nic`] reads what was received, and [`refusal`] puts a refusal into words.

mod ifname;
mod mac;
pub mod netnsid;
pub mod nic;
pub mod refusal;
pub mod request;
pub mod uapi;

pub use ifname::IfName;
pub use mac::MacAddr;
pub use nic::{Found, Nic};
