// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]
// Used by the module; here only by tests.
#![allow(dead_code)]

//! The host's root of src/model.

#[path = "../mod.rs"]
mod model;

// Tests that walk through too much to stand beside what they test.
#[cfg(test)]
mod moderation;
#[cfg(test)]
mod occupancy;
#[cfg(test)]
mod pace;
#[cfg(test)]
mod slots;
