// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]
// The module uses the rest.
#![allow(dead_code)]

//! What is fuzzed: each target takes any bytes, and fails by a panic.

#[path = "../src/model/mod.rs"]
mod model;
mod targets {
    pub mod bytes;
    pub mod frame;
    pub mod rules;
    pub mod tables;
    // Its corpora are played by vnicadm's own tests, which have built all that it needs.
    #[cfg(feature = "fuzzer")]
    pub mod tool;
    pub mod vlan_set;
}

#[cfg(feature = "fuzzer")]
pub use targets::tool;

/// The model's targets, by name.
pub const TARGETS: [(&str, fn(&[u8])); 4] = [
    ("frame", targets::frame::run),
    ("rules", targets::rules::run),
    ("tables", targets::tables::run),
    ("vlan_set", targets::vlan_set::run),
];
