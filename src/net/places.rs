// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The bound of a ring, and those who wait for room in it.

use super::atomic::{AtomicBool, AtomicU32, Ordering};

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
    pub(crate) fn none() -> Self {
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

    /// Stops who sends until there is a place, unless there is one after all:
    /// between its last look and the mark all may have been given back.
    pub(crate) fn hold_back(&self, stop: impl FnOnce(), wake: impl FnOnce()) {
        stop();
        self.waited_for.store(true, Ordering::SeqCst);
        if self.in_use() < self.limit() {
            wake();
        }
    }

    /// Gives `count` places back; true if somebody waits and half of them are
    /// free: then [`Self::wake`] is to be called.
    #[inline]
    pub(crate) fn give_back(&self, count: u32) -> bool {
        self.given_back.fetch_add(count, Ordering::SeqCst);
        self.waited_for.load(Ordering::SeqCst) && self.in_use() <= self.limit() / 2
    }

    /// Gives all places back, when nobody can take one meanwhile; true if
    /// somebody waits, for whom [`Self::wake`] is to be called.
    pub(crate) fn give_back_all(&self) -> bool {
        let taken = self.taken.load(Ordering::Relaxed);
        self.given_back.store(taken, Ordering::SeqCst);
        self.waited_for.load(Ordering::SeqCst)
    }

    /// Wakes all who wait: for whom it was said that somebody does. Whoever sets
    /// the mark from now on is to be woken anew.
    pub(crate) fn wake(&self, wake: impl FnOnce()) {
        self.waited_for.swap(false, Ordering::SeqCst);
        wake();
    }
}
