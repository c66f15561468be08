// SPDX-License-Identifier: GPL-2.0

//! Counters and flags shared between CPUs.
//!
//! The kernel crate's atomics are calls into C helpers where the kernel is
//! built by GCC, which is too dear on the way of every packet. `core`'s are
//! used in their place, which compile to the same instructions on x86-64, the
//! only machine that this module is built for. What is said of their order
//! holds in both memory models.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

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

/// Places of which many CPUs take one each and one CPU gives many back, with a
/// mark for those who wait for one.
///
/// Both numbers count modulo 2^32. Who waits sets the mark and then looks for
/// room; who gives back does so and then looks for the mark. All four are
/// sequentially consistent, so at least one of the two sees the other.
pub(crate) struct Places {
    limit: AtomicU32,
    taken: AtomicU32,
    given_back: AtomicU32,
    waited_for: AtomicBool,
}

impl Places {
    /// No places.
    pub(crate) const fn none() -> Self {
        Self {
            limit: AtomicU32::new(0),
            taken: AtomicU32::new(0),
            given_back: AtomicU32::new(0),
            waited_for: AtomicBool::new(false),
        }
    }

    /// Sets how many there are. Places above a lower limit that are taken stay
    /// so until they are given back.
    pub(crate) fn set_limit(&self, limit: u32) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// How many there are.
    #[inline]
    pub(crate) fn limit(&self) -> u32 {
        self.limit.load(Ordering::Relaxed)
    }

    /// How many are taken.
    #[inline]
    pub(crate) fn in_use(&self) -> u32 {
        let taken = self.taken.load(Ordering::SeqCst);
        let given_back = self.given_back.load(Ordering::SeqCst);
        // Places that were taken and given back between the two loads make
        // the difference negative.
        (taken.wrapping_sub(given_back) as i32).max(0) as u32
    }

    /// Takes a place; returns how many there were before, 0 if none was taken.
    #[inline]
    pub(crate) fn take(&self) -> u32 {
        let mut taken = self.taken.load(Ordering::Relaxed);
        loop {
            let in_use = taken.wrapping_sub(self.given_back.load(Ordering::Relaxed));
            let limit = self.limit();
            if in_use >= limit {
                // The number may be older than the places given back, which
                // then look like more than all.
                let now = self.taken.load(Ordering::Relaxed);
                if now == taken {
                    return 0;
                }
                taken = now;
                continue;
            }
            let next = taken.wrapping_add(1);
            match self.taken.compare_exchange_weak(
                taken,
                next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return limit.wrapping_sub(in_use),
                Err(now) => taken = now,
            }
        }
    }

    /// Takes a place even if there is none free: for what came from elsewhere.
    pub(crate) fn take_beyond(&self) {
        self.taken.fetch_add(1, Ordering::Relaxed);
    }

    /// Marks that somebody waits; true if there is a place after all.
    pub(crate) fn wait(&self) -> bool {
        self.waited_for.store(true, Ordering::SeqCst);
        self.in_use() < self.limit()
    }

    /// Gives `count` places back; true if somebody waits and half of them are
    /// free: the caller then wakes all who wait, after [`Self::unmark`].
    #[inline]
    pub(crate) fn give_back(&self, count: u32) -> bool {
        self.given_back.fetch_add(count, Ordering::SeqCst);
        self.waited_for.load(Ordering::SeqCst) && self.in_use() <= self.limit() / 2
    }

    /// Gives all places back, when nobody can take one meanwhile; true if
    /// somebody waits.
    pub(crate) fn give_back_all(&self) -> bool {
        let taken = self.taken.load(Ordering::Relaxed);
        self.given_back.store(taken, Ordering::SeqCst);
        self.waited_for.load(Ordering::SeqCst)
    }

    /// Takes the mark off. Whoever sets it from now on is to be woken anew.
    pub(crate) fn unmark(&self) {
        self.waited_for.swap(false, Ordering::SeqCst);
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
