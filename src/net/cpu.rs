// SPDX-License-Identifier: GPL-2.0

//! The machine's CPUs.

use crate::bindings;

/// How many CPUs are online now.
pub(crate) fn online() -> u32 {
    // SAFETY: Reads a number; no requirements.
    unsafe { bindings::num_online_cpus() }
}
