// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a ring counts.

use super::super::drops::DropReason;
use super::super::sizes::Sizes;
use crate::model::moderation::Lane;
use crate::net::counter::{Counter, SharedCounter};
use crate::net::receive::PacketType;

/// A ring's counters; `interrupts`, and those behind it, are others' to write, all
/// else the poll's.
pub(crate) struct RingCounters {
    /// Frames delivered to the stack, by size.
    pub(crate) sizes: Sizes<Counter>,
    /// Their bytes.
    pub(crate) bytes: Counter,
    /// How many of them were multicasts.
    pub(crate) multicast: Counter,
    /// How many of them were broadcasts.
    pub(crate) broadcast: Counter,
    /// Polls that found frames, by how many.
    pub(crate) lanes: Lanes,
    /// Polls that a sender or the timer asked for; theirs to write.
    pub(crate) interrupts: Counter,
    /// Those of them that a worker began.
    pub(crate) away: Counter,
    /// Times that a sender found the ring full.
    pub(crate) full: SharedCounter,
    /// Frames, and copies, that found no room and that nobody kept.
    pub(crate) lost_full: SharedCounter,
    /// Frames, and copies, that were in the ring when it, or their port, was closed,
    /// or came later.
    pub(crate) lost_purged: SharedCounter,
}

impl RingCounters {
    pub(super) fn new() -> Self {
        Self {
            sizes: Sizes::new(),
            bytes: Counter::new(),
            multicast: Counter::new(),
            broadcast: Counter::new(),
            lanes: Lanes::new(),
            interrupts: Counter::new(),
            away: Counter::new(),
            full: SharedCounter::new(),
            lost_full: SharedCounter::new(),
            lost_purged: SharedCounter::new(),
        }
    }

    /// Counts `count` frames that a port has lost, or several, at this ring, if it
    /// was for a reason that is the ring's. Any context.
    #[cold]
    pub(crate) fn lose(&self, reason: DropReason, count: u32) {
        match reason {
            DropReason::RingFull | DropReason::Overrun => self.lost_full.add(count.into()),
            DropReason::Purged => self.lost_purged.add(count.into()),
            _ => {}
        }
    }

    /// Counts a frame that was delivered.
    #[inline(always)]
    pub(super) fn count(&self, kind: PacketType, len: u32) {
        self.sizes.count(len);
        self.bytes.add(len.into());
        if kind != PacketType::HOST {
            self.count_kind(kind);
        }
    }

    #[inline(never)]
    fn count_kind(&self, kind: PacketType) {
        match kind {
            PacketType::MULTICAST => self.multicast.add(1),
            PacketType::BROADCAST => self.broadcast.add(1),
            _ => {}
        }
    }
}

/// Counters of polls by the number of frames that they found.
pub(crate) struct Lanes {
    /// 1 frame.
    pub(crate) single: Counter,
    /// 2 to 9.
    pub(crate) few: Counter,
    /// 10 to 49.
    pub(crate) many: Counter,
    /// 50 and more.
    pub(crate) full: Counter,
    /// The frames of all polls that did not find one.
    frames: Counter,
}

impl Lanes {
    const fn new() -> Self {
        Self {
            single: Counter::new(),
            few: Counter::new(),
            many: Counter::new(),
            full: Counter::new(),
            frames: Counter::new(),
        }
    }

    pub(super) fn count(&self, frames: u32) {
        let lane = match Lane::of(frames) {
            Lane::Single => &self.single,
            Lane::Few => &self.few,
            Lane::Many => &self.many,
            Lane::Full => &self.full,
        };
        lane.add(1);
        if frames != 1 {
            self.frames.add(frames.into());
        }
    }

    /// All frames that polls found.
    pub(crate) fn frames(&self) -> u64 {
        self.single.get().wrapping_add(self.frames.get())
    }

    /// All polls that found frames.
    pub(crate) fn polls(&self) -> u64 {
        [&self.single, &self.few, &self.many, &self.full]
            .iter()
            .fold(0u64, |sum, lane| sum.wrapping_add(lane.get()))
    }
}
