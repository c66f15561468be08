// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The NIC's logic without a kernel: `core` alone.
//!
//! The module compiles these files, and so does the host crate in `host/`,
//! which runs their tests.

mod atomic;
pub(crate) mod exchange;
pub(crate) mod flow;
pub(crate) mod flow_match;
pub(crate) mod flow_plain;
pub(crate) mod flow_spec;
pub(crate) mod hash_fields;
pub(crate) mod indirection;
pub(crate) mod key_map;
pub(crate) mod mac;
pub(crate) mod mac_set;
pub(crate) mod members;
pub(crate) mod mode;
pub(crate) mod moderation;
pub(crate) mod occupancy;
pub(crate) mod pace;
pub(crate) mod place;
pub(crate) mod pool;
pub(crate) mod port_key;
pub(crate) mod rss;
pub(crate) mod rx_filter;
pub(crate) mod sizes;
pub(crate) mod slots;
pub(crate) mod spread;
pub(crate) mod steering;
pub(crate) mod storm;
pub(crate) mod toeplitz;
pub(crate) mod treatment;
pub(crate) mod vlan;
pub(crate) mod vlan_set;
