// SPDX-License-Identifier: GPL-2.0

//! The time.
//!
//! C headers: `include/linux/timekeeping.h`, `include/linux/jiffies.h`.

use crate::bindings;

/// Nanoseconds since the machine started, without those that it slept. Any
/// context.
pub(crate) fn now() -> u64 {
    // SAFETY: May be called from anywhere.
    let now = unsafe { bindings::ktime_get() };
    u64::try_from(now).unwrap_or(0)
}

/// Ticks of the kernel's clock, of 1 to 10 ms each, at almost no cost. Any
/// context.
#[inline]
pub(crate) fn ticks() -> u64 {
    // SAFETY: The kernel's variable; one word does not tear.
    unsafe { (&raw const bindings::jiffies_64).read_volatile() }
}
