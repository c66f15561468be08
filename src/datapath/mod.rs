// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What happens to every packet: transmit, classify, ring, poll.

mod adaptive;
pub(crate) mod changes;
pub(crate) mod drops;
mod ethtool;
pub(crate) mod events;
mod flood;
mod forward;
pub(crate) mod group;
pub(crate) mod link_request;
pub(crate) mod moderation;
pub(crate) mod placement;
pub(crate) mod port;
mod received;
mod replicate;
pub(crate) mod ring;
pub(crate) mod rss;
pub(crate) mod rules;
pub(crate) mod selector;
pub(crate) mod sizes;
mod statistics;
pub(crate) mod steering;
pub(crate) mod switch;
mod treat;
pub(crate) mod tx;
pub(crate) mod uplink;
pub(crate) mod wants;
pub(crate) mod wire;
