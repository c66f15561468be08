// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Frames counted by size. The frames in all are the sum of the sizes, so that
//! a frame is counted once for both.

use crate::model::sizes::{ranges, slot, RANGES, SLOTS};
use crate::net::counter::Tally;

/// A count of frames for each of the sizes that [`slot`] tells apart.
pub(crate) struct Sizes<C>([C; SLOTS]);

impl<C: Tally> Sizes<C> {
    /// No frames.
    pub(crate) fn new() -> Self {
        Self(core::array::from_fn(|_| C::zero()))
    }

    /// Counts a frame of `len` bytes.
    #[inline]
    pub(crate) fn count(&self, len: u32) {
        self.count_many(len, 1);
    }

    /// Counts `count` frames of `len` bytes each.
    #[inline]
    pub(crate) fn count_many(&self, len: u32, count: u64) {
        if let Some(counter) = self.0.get(slot(len)) {
            counter.add(count);
        }
    }

    /// How many frames there were.
    pub(crate) fn frames(&self) -> u64 {
        self.values().fold(0, u64::wrapping_add)
    }

    /// How many there were of each range of sizes.
    pub(crate) fn by_range(&self) -> [u64; RANGES] {
        ranges(self.values())
    }

    fn values(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().map(C::get)
    }
}
