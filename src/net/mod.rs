// SPDX-License-Identifier: GPL-2.0

//! The safe layer over the kernel's network core.
//!
//! One file a concept, and only what the driver uses. All `unsafe` of the
//! module stands here and in `src/bindings`. What a callback may do is told
//! by the tokens it gets: [`rtnl::Rtnl`] proves that the RTNL mutex is held,
//! [`context::Softirq`] that bottom halves are off (and so that RCU readers
//! may read), [`napi::PollContext`] that this NAPI instance is being polled.

mod atomic;
mod batch;
mod chain;
pub(crate) mod clock;
pub(crate) mod context;
pub(crate) mod counter;
pub(crate) mod cpu;
pub(crate) mod device;
pub(crate) mod dim;
pub(crate) mod errno;
pub(crate) mod ethtool;
pub(crate) mod family;
pub(crate) mod genl;
pub(crate) mod genl_ops;
pub(crate) mod link;
pub(crate) mod napi;
mod napi_schedule;
mod napi_timer;
pub(crate) mod napi_worker;
pub(crate) mod netlink;
pub(crate) mod netns;
pub(crate) mod notifier;
pub(crate) mod once;
pub(crate) mod ops;
pub(crate) mod peer_link;
pub(crate) mod places;
mod private;
pub(crate) mod queue_stats;
pub(crate) mod random;
pub(crate) mod rcu;
pub(crate) mod rcu_array;
pub(crate) mod receive;
mod registration;
pub(crate) mod rtnl;
pub(crate) mod setup;
pub(crate) mod skb;
pub(crate) mod stats;
pub(crate) mod trace;
pub(crate) mod txq;
mod upper;
mod wishes;
