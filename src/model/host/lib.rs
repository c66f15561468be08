// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]
// Used by the module; here only by tests.
#![allow(dead_code)]

//! The host's root of src/model.

#[path = "../mod.rs"]
mod model;
