// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]
// Used by the module; here only by tests.
#![allow(dead_code)]

//! The host's root of src/model.

#[path = "../mod.rs"]
mod model;

// What the module does not use yet, and so does not list in mod.rs.
#[path = "../flow_match.rs"]
mod flow_match;
#[path = "../steering.rs"]
mod steering;
use model::{flow, mac};
