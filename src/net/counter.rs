// SPDX-License-Identifier: GPL-2.0

//! Counters and flags shared between CPUs.

use super::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// A statistics counter: it never decreases, and wraps after 2^64.
pub(crate) trait Tally {
    /// A counter at zero.
    fn zero() -> Self;
    /// Adds `n`.
    fn add(&self, n: u64);
    /// The present value. Any context.
    fn get(&self) -> u64;
}

/// A statistics counter with one writer at a time and any number of readers.
///
/// The writer is serialised by what owns the counter, such as a NAPI instance.
/// A second writer at the same time would lose counts, never corrupt memory.
/// It never decreases; it wraps after 2^64.
#[repr(transparent)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// A counter at zero.
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds `n`, without a locked instruction. Only the one writer calls this.
    #[inline]
    pub(crate) fn add(&self, n: u64) {
        let sum = self.0.load(Ordering::Relaxed).wrapping_add(n);
        self.0.store(sum, Ordering::Relaxed);
    }

    /// The present value. Any context.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Tally for Counter {
    fn zero() -> Self {
        Self::new()
    }

    #[inline]
    fn add(&self, n: u64) {
        Self::add(self, n);
    }

    fn get(&self) -> u64 {
        Self::get(self)
    }
}

/// A statistics counter that any CPU may add to.
#[repr(transparent)]
pub(crate) struct SharedCounter(AtomicU64);

impl SharedCounter {
    /// A counter at zero.
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds `n`. Any context.
    #[inline]
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The present value. Any context.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Tally for SharedCounter {
    fn zero() -> Self {
        Self::new()
    }

    #[inline]
    fn add(&self, n: u64) {
        Self::add(self, n);
    }

    fn get(&self) -> u64 {
        Self::get(self)
    }
}

/// The highest of the values that readers were told, for what is reckoned anew
/// each time and may come out lower.
#[repr(transparent)]
pub(crate) struct Highest(AtomicU64);

impl Highest {
    /// None was told.
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// The value to tell in place of `value`. Any context.
    pub(crate) fn at_least(&self, value: u64) -> u64 {
        self.0.fetch_max(value, Ordering::Relaxed).max(value)
    }
}

/// A state that is on or off, and how often it was put on and off. Any
/// context; of several who change it at once the first is counted.
pub(crate) struct Toggle {
    on: AtomicBool,
    times_on: SharedCounter,
    times_off: SharedCounter,
}

impl Toggle {
    /// One that is off and never was on.
    pub(crate) const fn new() -> Self {
        Self {
            on: AtomicBool::new(false),
            times_on: SharedCounter::new(),
            times_off: SharedCounter::new(),
        }
    }

    /// Puts it on.
    pub(crate) fn put_on(&self) {
        if !self.on.swap(true, Ordering::Relaxed) {
            self.times_on.add(1);
        }
    }

    /// Puts it off.
    pub(crate) fn put_off(&self) {
        if self.on.load(Ordering::Relaxed) && self.on.swap(false, Ordering::Relaxed) {
            self.times_off.add(1);
        }
    }

    /// Whether it is on.
    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// How often it was put on.
    pub(crate) fn times_on(&self) -> u64 {
        self.times_on.get()
    }

    /// How often it was put off.
    pub(crate) fn times_off(&self) -> u64 {
        self.times_off.get()
    }
}

/// A number read on the packet's way and written rarely.
#[repr(transparent)]
pub(crate) struct Shared(AtomicU64);

impl Shared {
    /// Holds `value`.
    pub(crate) const fn new(value: u64) -> Self {
        Self(AtomicU64::new(value))
    }

    /// The value.
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Puts `value` in place.
    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }
}

/// A small state that any CPU changes by what it was. All operations are
/// sequentially consistent with one another and with those of
/// [`Inbox`](super::skb::Inbox).
#[repr(transparent)]
pub(crate) struct StateWord(AtomicU32);

impl StateWord {
    /// Holds `value`.
    pub(crate) const fn new(value: u32) -> Self {
        Self(AtomicU32::new(value))
    }

    /// The value.
    #[inline]
    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    /// Puts `value` in place, whatever was there, which it returns.
    pub(crate) fn set(&self, value: u32) -> u32 {
        self.0.swap(value, Ordering::SeqCst)
    }

    /// Puts `new` in place of `old`; false if something else was there.
    pub(crate) fn change(&self, old: u32, new: u32) -> bool {
        self.0
            .compare_exchange(old, new, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }
}
