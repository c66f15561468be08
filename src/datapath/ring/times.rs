// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! How long frames wait in a ring and are delivered, in sums over time
//! (src/model/occupancy.rs), kept by its poll as it reads the clock: when it
//! takes what waits, and when that is delivered. When the first frame came that
//! waits is the inbox's to know.

use crate::model::occupancy::{
    nanoseconds, parts, parts_in_nanoseconds, span, Arrivals, Running, Share,
};
use crate::net::clock::{stamp, stamps_per_ms};
use crate::net::counter::{Counter, Highest, Shared};
use crate::net::skb::Inbox;

/// The sums of a queue; the poll's to write.
struct Sums {
    /// Time with one frame, in stamps: the one is the other.
    lone: Counter,
    /// Time with frames that came or went together, in parts.
    time: Counter,
    /// The same, each time as often as there were frames.
    length_time: Counter,
}

impl Sums {
    const fn new() -> Self {
        Self {
            lone: Counter::new(),
            time: Counter::new(),
            length_time: Counter::new(),
        }
    }

    fn add(&self, share: Share) {
        self.time.add(parts(share.time));
        self.length_time.add(parts(share.length_time));
    }

    /// Both sums in nanoseconds, and `now` besides.
    fn told(&self, now: Share, rate: u32) -> Share {
        let lone = nanoseconds(self.lone.get(), rate);
        let sum = |counter: &Counter, now: u64| {
            let counted = parts_in_nanoseconds(counter.get(), rate).wrapping_add(lone);
            counted.wrapping_add(nanoseconds(now, rate))
        };
        Share {
            time: sum(&self.time, now.time),
            length_time: sum(&self.length_time, now.length_time),
        }
    }
}

/// What was told of a queue, which may not shrink.
struct Told(Highest, Highest);

impl Told {
    const fn new() -> Self {
        Self(Highest::new(), Highest::new())
    }

    fn at_least(&self, share: Share) -> Share {
        Share {
            time: self.0.at_least(share.time),
            length_time: self.1.at_least(share.length_time),
        }
    }
}

/// When the frames of `inbox` came.
fn arrivals(inbox: &Inbox) -> Arrivals {
    Arrivals {
        since: inbox.since(),
        latest: inbox.latest(),
    }
}

/// What there is to tell of a ring's time, in nanoseconds.
pub(crate) struct RingTimes {
    /// Since the ring was made, up to the moment of which all is told.
    pub(crate) age: u64,
    /// Of the frames that wait for a poll.
    pub(crate) wait: Share,
    /// Of those that a poll has taken.
    pub(crate) run: Share,
}

/// The sums of a ring's two queues.
pub(super) struct Times {
    wait: Sums,
    run: Sums,
    /// Frames that polls have taken and not delivered, but for a lone one.
    running: Shared,
    /// When the ring was made.
    made: u64,
    told_of_wait: Told,
    told_of_run: Told,
    told_age: Highest,
}

impl Times {
    pub(super) fn new() -> Self {
        Self {
            wait: Sums::new(),
            run: Sums::new(),
            running: Shared::new(0),
            made: stamp(),
            told_of_wait: Told::new(),
            told_of_run: Told::new(),
            told_age: Highest::new(),
        }
    }

    /// The poll has just taken one frame, with none left over; returns when.
    #[inline(always)]
    pub(super) fn lone_taken(&self, inbox: &Inbox) -> u64 {
        let now = stamp();
        self.wait.lone.add(span(inbox.since(), now));
        now
    }

    /// It was delivered.
    #[inline(always)]
    pub(super) fn lone_delivered(&self, taken: u64) {
        self.run.lone.add(span(taken, stamp()));
    }

    /// The poll has just taken `frames`, all that were in `inbox`.
    pub(super) fn taken(&self, running: &mut Running, inbox: &Inbox, frames: u32) {
        let now = stamp();
        self.wait.add(arrivals(inbox).waiting(now, frames));
        self.run.add(running.delivered(now, 0));
        running.taken(frames);
        self.running.set(running.length().into());
    }

    /// So many of those that were taken have been delivered since it was told
    /// last, or are no more.
    pub(super) fn delivered(&self, running: &mut Running, frames: u32) {
        self.run.add(running.delivered(stamp(), frames));
        self.running.set(running.length().into());
    }

    /// The ring was closed, with `frames` in its inbox.
    pub(super) fn ended(&self, inbox: &Inbox, frames: u32) {
        self.wait.add(arrivals(inbox).waiting(stamp(), frames));
        self.running.set(0);
    }

    /// The sums up to now, with what waits in `inbox`; `in_use` are the places
    /// of all frames that wait or are being delivered.
    pub(super) fn told(&self, inbox: &Inbox, in_use: u32) -> Option<RingTimes> {
        let rate = stamps_per_ms();
        if rate == 0 {
            return None;
        }
        let now = stamp();
        let waits = match inbox.is_empty() {
            true => 0,
            false => in_use.saturating_sub(self.running.get() as u32),
        };
        let waiting = arrivals(inbox).waiting(now, waits);
        let wait = self.wait.told(waiting, rate);
        let run = self.run.told(Share::NONE, rate);
        Some(RingTimes {
            age: self
                .told_age
                .at_least(nanoseconds(span(self.made, now), rate)),
            // What waits now is an estimate that may turn out smaller.
            wait: self.told_of_wait.at_least(wait),
            run: self.told_of_run.at_least(run),
        })
    }
}
