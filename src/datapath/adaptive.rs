// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Adaptive moderation of a ring, as its poll sees it: whether there is a
//! stream ([`Pace`]), and how long its frames wait, which the kernel's library
//! is asked for.

use super::moderation::Moderation;
use super::port::Port;
use super::ring::RingCounters;
use crate::model::moderation::Limits;
use crate::model::pace::{Pace, WINDOW};
use crate::net::clock;
use crate::net::device::PortDevice;
use crate::net::dim::{Choice, Sampler};
use crate::net::trace::{self, Why};
use core::mem;

/// The poll's state of adaptive moderation.
pub(super) struct Adaptive {
    pace: Pace,
    /// At how many polls of one frame the pace is to be looked at.
    look_at: u64,
    /// Of which stream, and which choice, was told.
    told: (u64, u32),
}

impl Adaptive {
    /// No stream.
    pub(super) fn new() -> Self {
        Self {
            pace: Pace::new(),
            look_at: 0,
            told: (0, 0),
        }
    }

    /// Whether it is time for [`Self::look`], after so many polls of one frame.
    #[inline]
    pub(super) fn is_due(&self, lone: u64) -> bool {
        lone >= self.look_at
    }

    /// Looks whether a stream begins, in a poll of a ring of `dev`.
    #[cold]
    pub(super) fn look(
        &mut self,
        lone: u64,
        bytes: u64,
        moderation: &Moderation,
        dev: &PortDevice<Port>,
    ) {
        let mut rest = WINDOW;
        if moderation.settings().adaptive() {
            let was = self.pace.is_stream();
            rest = self.pace.look(clock::now(), bytes, || sent(dev));
            if self.pace.is_stream() && !was {
                moderation.begin_stream(self.pace.gathers_in());
            }
        }
        self.look_at = lone.wrapping_add(rest.into());
    }

    /// Looks whether the stream goes on, if there is one, at the end of a poll
    /// that found `done` frames.
    pub(super) fn follow(
        &mut self,
        moderation: &Moderation,
        counters: &RingCounters,
        dev: &PortDevice<Port>,
        done: u32,
        sampler: Sampler<'_>,
    ) {
        if !self.pace.is_stream() {
            return;
        }
        if let Some(rest) = self.ended(moderation, dev, done, counters.bytes.get()) {
            moderation.end_stream();
            self.look_at = counters.lanes.single.get().wrapping_add(rest.into());
            sampler.forget();
            return;
        }
        moderation.keep_stream();
        let (interrupts, frames) = (counters.interrupts.get(), counters.sizes.frames());
        sampler.sample(interrupts, frames, counters.bytes.get());
    }

    /// Tells those who look on of a stream that began or ended, and of another
    /// choice, in ring `ring` of `dev`, which holds `capacity` frames.
    pub(super) fn tell(
        &mut self,
        moderation: &Moderation,
        dev: &PortDevice<Port>,
        (ring, capacity): (u16, u32),
        (choice, changes): (Choice, u32),
    ) {
        let now = (moderation.streams(), changes);
        let before = mem::replace(&mut self.told, now);
        if before == now {
            return;
        }
        let stream = moderation.of_stream(choice, capacity);
        let (limits, why) = match (self.pace.is_stream(), before.0 == now.0) {
            (false, _) => (Limits::OFF, Why::Pause),
            (true, true) => (stream, Why::Choice),
            (true, false) => (stream, Why::Stream),
        };
        trace::moderation(dev, ring, limits.usecs, limits.frames, true, why);
    }

    /// If the stream ends, after how many polls of one frame to look again.
    fn ended(
        &mut self,
        moderation: &Moderation,
        dev: &PortDevice<Port>,
        done: u32,
        bytes: u64,
    ) -> Option<u32> {
        if !moderation.settings().adaptive() {
            self.pace = Pace::new();
            return Some(WINDOW);
        }
        let paused = moderation.pauses();
        self.pace
            .polled(done, paused, bytes, clock::now, || sent(dev))
    }
}

/// How many frames the device has sent that received those polled: the answers.
fn sent(dev: &PortDevice<Port>) -> u64 {
    dev.port().tx().frames()
}
