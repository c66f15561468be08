// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What happens to every packet: transmit, classify, ring, poll.

pub(crate) mod drops;
pub(crate) mod group;
pub(crate) mod moderation;
pub(crate) mod port;
pub(crate) mod ring;
pub(crate) mod rss;
pub(crate) mod rules;
pub(crate) mod selector;
pub(crate) mod sizes;
mod statistics;
pub(crate) mod steering;
mod treat;
pub(crate) mod tx;
pub(crate) mod wire;
