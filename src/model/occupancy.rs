// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! How long frames wait in a ring, and how long their delivery takes: the sums
//! over time of two queues' lengths, and of the times when they are not empty.
//!
//! The queues are those of `kstat_io`: frames that wait for a poll, and frames
//! that a poll has taken and not delivered. From a sum of length by time and
//! the length of an interval follows the mean length, and with the number of
//! frames, by Little's law, the mean time that one was there.
//!
//! The clock is read for batches and not for frames: what happens between two
//! readings is taken to be even. For one frame at a time that is exact. Time is
//! in *stamps*, of whatever length, by a clock that may go back, or differ
//! between CPUs, a little: a span that ends before it begins is none.

/// What a span of time adds to a queue's sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    /// Time in which the queue was not empty.
    pub(crate) time: u64,
    /// Its length, multiplied by the time.
    pub(crate) length_time: u64,
}

impl Share {
    /// Nothing.
    pub(crate) const NONE: Self = Self {
        time: 0,
        length_time: 0,
    };

    /// A span in which the mean length was half of `twice`, and at least 1.
    fn of(time: u64, twice: u64) -> Self {
        let length_time = match time.checked_mul(twice) {
            Some(product) => product / 2,
            None => (time / 2).saturating_mul(twice),
        };
        Self {
            time,
            length_time: length_time.max(time),
        }
    }
}

/// The time from one reading to another.
#[inline]
pub(crate) fn span(from: u64, to: u64) -> u64 {
    to.saturating_sub(from)
}

/// When frames came that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrivals {
    /// The first of them.
    pub(crate) since: u64,
    /// The last of them as far as is known; not after `since`: it is not.
    pub(crate) latest: u64,
}

impl Arrivals {
    /// What `frames` of them add that are all there at `now`. Where the last
    /// one's time is known, the others came evenly before it, and nothing
    /// happened since; where not, they came evenly up to now.
    pub(crate) fn waiting(self, now: u64, frames: u32) -> Share {
        let (frames, whole) = (u64::from(frames), span(self.since, now));
        match frames {
            0 => Share::NONE,
            1 => Share::of(whole, 2),
            _ if self.latest <= self.since || self.latest > now => Share::of(whole, frames + 1),
            _ => {
                let filling = Share::of(span(self.since, self.latest), frames);
                let full = Share::of(span(self.latest, now), frames * 2);
                Share {
                    time: whole,
                    length_time: filling.length_time.saturating_add(full.length_time),
                }
            }
        }
    }
}

/// The frames that a poll has taken and not delivered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Running {
    /// Up to when they are accounted for.
    at: u64,
    length: u32,
}

impl Running {
    /// None.
    pub(crate) const fn none() -> Self {
        Self { at: 0, length: 0 }
    }

    /// How many there are.
    pub(crate) fn length(&self) -> u32 {
        self.length
    }

    /// Accounts for the time up to `now`, in which `done` of them were
    /// delivered evenly, each there until it was.
    pub(crate) fn delivered(&mut self, now: u64, done: u32) -> Share {
        let (before, time) = (self.length, span(self.at, now));
        self.length = before.saturating_sub(done);
        self.at = now;
        if before == 0 {
            return Share::NONE;
        }
        let ends = u64::from(before) + u64::from(self.length);
        Share::of(time, ends + u64::from(before != self.length))
    }

    /// More are there from the time on that is accounted for.
    pub(crate) fn taken(&mut self, frames: u32) {
        self.length = self.length.saturating_add(frames);
    }
}

/// In how large parts sums are kept that grow by more than the time that
/// passes: so they wrap no earlier than the same in nanoseconds.
pub(crate) const PART: u64 = 16;

/// A sum's growth in such parts, rounded.
#[inline]
pub(crate) fn parts(stamps: u64) -> u64 {
    stamps / PART + u64::from(stamps % PART >= PART / 2)
}

/// So many stamps, of which `per_ms` are a millisecond, in nanoseconds; with
/// `per_ms` 0, none. Of a larger number of stamps never less, until that wraps.
pub(crate) fn nanoseconds(stamps: u64, per_ms: u32) -> u64 {
    of_units(stamps, 1, per_ms)
}

/// The same of parts.
pub(crate) fn parts_in_nanoseconds(parts: u64, per_ms: u32) -> u64 {
    of_units(parts, PART, per_ms)
}

fn of_units(units: u64, stamps: u64, per_ms: u32) -> u64 {
    const NS_PER_MS: u64 = 1_000_000;
    let per_ms = u64::from(per_ms);
    let (Some(whole), Some(rest)) = (units.checked_div(per_ms), units.checked_rem(per_ms)) else {
        return 0;
    };
    let scale = stamps * NS_PER_MS;
    // The rest is below 2^32, and so its product below 2^56.
    whole
        .wrapping_mul(scale)
        .wrapping_add(rest * scale / per_ms)
}
