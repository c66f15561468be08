// SPDX-License-Identifier: GPL-2.0

//! Counters and flags shared between CPUs without a locked instruction.
//!
//! The kernel crate's atomics are calls into C helpers; on the path of every
//! packet a plain load or store is wanted. These are the equivalents of
//! READ_ONCE() and WRITE_ONCE() (Documentation: tools/memory-model).

use core::cell::UnsafeCell;
use kernel::sync::atomic::{Atomic, Relaxed};

/// A statistics counter with one writer at a time and any number of readers.
///
/// The writer is serialised by what owns the counter: a transmit queue's lock
/// or a NAPI instance. A second writer at the same time would lose counts,
/// never corrupt memory. It never decreases; it wraps after 2^64.
#[repr(transparent)]
pub(crate) struct Counter(UnsafeCell<u64>);

// SAFETY: All access is by volatile loads and stores of an aligned u64, which
// are single instructions on the 64-bit machines this module builds for.
unsafe impl Sync for Counter {}

const _: () = assert!(cfg!(target_pointer_width = "64"));

impl Counter {
    /// A counter at zero.
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    /// Adds `n`. Only the one writer calls this.
    #[inline]
    pub(crate) fn add(&self, n: u64) {
        let sum = self.get().wrapping_add(n);
        // SAFETY: The pointer comes from a live reference; see `Sync` above
        // for why a concurrent reader is fine.
        unsafe { self.0.get().write_volatile(sum) };
    }

    /// The present value. Any context.
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        // SAFETY: As in `add`.
        unsafe { self.0.get().read_volatile() }
    }
}

/// A statistics counter that any CPU may add to. For what is rare.
pub(crate) struct SharedCounter(Atomic<i64>);

impl SharedCounter {
    /// A counter at zero.
    pub(crate) const fn new() -> Self {
        Self(Atomic::new(0))
    }

    /// Adds `n`. Any context.
    pub(crate) fn add(&self, n: i64) {
        self.0.add(n, Relaxed);
    }

    /// The present value. Any context.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed) as u64
    }
}

/// A word read on the packet's way and written under a lock or rarely.
#[repr(transparent)]
pub(crate) struct Shared<T: Word>(UnsafeCell<T>);

/// Types that one load or store moves.
///
/// # Safety
///
/// The type must be an integer or `bool` no wider than the machine's word.
pub(crate) unsafe trait Word: Copy + Send {}

// SAFETY: A machine word.
unsafe impl Word for u64 {}
// SAFETY: Narrower than a machine word.
unsafe impl Word for u32 {}
// SAFETY: One byte.
unsafe impl Word for bool {}

// SAFETY: As for `Counter`; `Word` guarantees single loads and stores.
unsafe impl<T: Word> Sync for Shared<T> {}

impl<T: Word> Shared<T> {
    /// Holds `value`.
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// READ_ONCE().
    #[inline]
    pub(crate) fn get(&self) -> T {
        // SAFETY: The pointer comes from a live reference; see `Sync`.
        unsafe { self.0.get().read_volatile() }
    }

    /// WRITE_ONCE().
    #[inline]
    pub(crate) fn set(&self, value: T) {
        // SAFETY: As in `get`.
        unsafe { self.0.get().write_volatile(value) };
    }
}
