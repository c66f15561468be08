// SPDX-License-Identifier: GPL-2.0
//! The generic netlink family of the module: what no standard interface can
//! tell. Its specification is Documentation/netlink/specs/softnic.yaml.

pub mod numbers;
mod objects;

pub use super::generic::{Attributes, Object};
pub use objects::{Drop, Drops, Filter, Group, Nic, Port, Ring};

/// The family's name.
pub const NAME: &str = "softnic";

#[cfg(test)]
mod tests;
