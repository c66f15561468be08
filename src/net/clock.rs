// SPDX-License-Identifier: GPL-2.0

//! The time.
//!
//! C headers: `include/linux/timekeeping.h`, `include/linux/jiffies.h`,
//! `arch/x86/include/asm/tsc.h`.

use crate::bindings;
use core::sync::atomic::{AtomicU32, Ordering};

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

/// A moment by this CPU's time stamp counter, in three instructions. Those of
/// two CPUs may differ a little, so that a later moment may be the smaller
/// number. Any context.
#[inline(always)]
pub(crate) fn stamp() -> u64 {
    // SAFETY: Every CPU of this architecture has the counter, and the kernel may
    // read it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// How many stamps are a millisecond; 0 where the kernel does not know. Always
/// the same: the kernel may find out better once after it has started, and what
/// was told in nanoseconds must not shrink.
pub(crate) fn stamps_per_ms() -> u32 {
    static FIRST: AtomicU32 = AtomicU32::new(0);
    // SAFETY: The kernel's variable; one word does not tear.
    let now = unsafe { (&raw const bindings::tsc_khz).read_volatile() };
    match FIRST.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => now,
        Err(first) => first,
    }
}
