// SPDX-License-Identifier: GPL-2.0
//! What is to be there after a reboot: a file of this tool's own commands.
//!
//! [`Book`] is the file's text, and how a command changes it; [`Store`] reads
//! and replaces the file.

mod book;
mod store;

pub use book::{Book, Outcome};
pub use store::{Locked, Store};
