// SPDX-License-Identifier: GPL-2.0
//! Netlink messages to and from the kernel, whatever they are about.
//!
//! [`frame`] puts messages into bytes and takes them out again, [`client`]
//! conducts requests and dumps over a [`Transport`], and [`socket`] is the
//! transport that leads to the kernel.

pub mod client;
pub mod frame;
pub mod listener;
pub mod socket;

pub use client::{Client, Transport};
pub use frame::Request;
pub use socket::Protocol;
