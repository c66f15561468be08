// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The atomics of the packet's way, under one name, for which the models of
//! src/model/host/loom put others that are explored in every order.
//!
//! The kernel crate's atomics are calls into C helpers where the kernel is
//! built by GCC, which is too dear on the way of every packet. `core`'s are
//! used in their place, which compile to the same instructions on x86-64, the
//! only machine that this module is built for. What is said of their order
//! holds in both memory models.

pub(super) use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};
