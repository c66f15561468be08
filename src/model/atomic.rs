// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The atomics of what several CPUs use at once, under one name, for which the
//! models of src/model/host/loom put others that are explored in every order.

pub(crate) use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
