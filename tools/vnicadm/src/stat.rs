// SPDX-License-Identifier: GPL-2.0
//! What devices did between two looks at their counters.
//!
//! A [`Look`] has the counters of some moment, a [`Report`] what became of them
//! since another. Nothing here talks to the kernel or knows how it is shown.

pub mod look;
pub mod report;

pub use look::{Device, Kind, Look, Ring};
pub use report::{Report, Row};
