// SPDX-License-Identifier: GPL-2.0
//! The live view of `top`.
//!
//! [`screen`] has what is shown and what keys do to it, [`draw`] puts it on a
//! terminal, and [`terminal`] is the one that the user sits at.

pub mod draw;
pub mod history;
pub mod screen;
pub mod terminal;
pub mod units;

pub use screen::{Command, Screen};
