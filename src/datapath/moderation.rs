// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! When a ring asks to be polled.
//!
//! By default the frame that finds the ring's inbox empty asks at once, and
//! nothing more is known of the ring. A ring is *managed* while frames may
//! have to wait, or while the core may start polls by itself: then each sender
//! follows the ring's [`Mode`], and each poll that ends sets it. That no frame
//! waits for ever is shown in src/model/host/moderation.rs, whose steps are
//! those of this file.
//!
//! With adaptive moderation frames have to wait while there is a stream of
//! them. The poll tells when one begins and ends (src/model/pace.rs). A sender
//! sees by itself when it has paused, since there is no poll then to tell.

use crate::model::moderation::{Action, Limits, Mode, Settings};
use crate::net::clock::ticks;
use crate::net::counter::{Counter, Shared, SharedCounter, StateWord};
use crate::net::dim::{Choice, Dim};

/// Free places at which the sender that takes one looks further: the last one.
const LAST: u32 = 1;
/// However many are free.
const ANY: u32 = u32::MAX;

/// For how many ticks without a poll a stream is still one.
const PAUSE: u64 = 2;

/// The moderation of a ring.
pub(crate) struct Moderation {
    /// [`ANY`] while the ring is managed, else [`LAST`].
    heed: StateWord,
    mode: StateWord,
    /// The [`Limits::lot`] of whoever started the timer, who sets it before.
    lot: Shared,
    settings: Shared,
    /// The tick at which the stream has paused; 0 without one.
    stream: Shared,
    /// The least that its frames wait, in microseconds.
    least: Shared,
    /// Whether a worker begins its polls.
    leaves: StateWord,
    /// Streams that began, and that ended; the poll's to write.
    streams: Counter,
    /// Whether the core kept the ring at the end of the last poll.
    kept: StateWord,
    /// Times that the timer asked for a poll; the timer's to write.
    timer_ends: Counter,
    /// Times that the core began to poll by itself, or ended to.
    switches: SharedCounter,
}

impl Moderation {
    /// As a ring begins.
    pub(super) fn new() -> Self {
        Self {
            heed: StateWord::new(LAST),
            mode: StateWord::new(Mode::Interrupt.to_bits()),
            lot: Shared::new(0),
            settings: Shared::new(Settings::DEFAULT.to_bits()),
            stream: Shared::new(0),
            least: Shared::new(0),
            leaves: StateWord::new(0),
            streams: Counter::new(),
            kept: StateWord::new(0),
            timer_ends: Counter::new(),
            switches: SharedCounter::new(),
        }
    }

    /// Whether the sender that took one of `free` places is to look further
    /// than whether its frame is the first. To be asked after the frame was
    /// pushed.
    #[inline]
    pub(super) fn heeds(&self, free: u32) -> bool {
        free <= self.heed.get()
    }

    /// Whether senders follow the mode.
    #[inline]
    pub(super) fn is_managed(&self) -> bool {
        self.heed.get() == ANY
    }

    /// How often the timer asked for a poll.
    pub(crate) fn timer_ends(&self) -> u64 {
        self.timer_ends.get()
    }

    /// How often the core began to poll by itself, or ended to.
    pub(crate) fn switches(&self) -> u64 {
        self.switches.get()
    }

    /// How often a stream began, or ended.
    pub(crate) fn streams(&self) -> u64 {
        self.streams.get()
    }

    /// The settings.
    pub(super) fn settings(&self) -> Settings {
        Settings::from_bits(self.settings.get())
    }

    /// Puts settings in place; true if they are others. Then a poll of an open
    /// ring is to be asked for, at whose end the ring is in order again.
    pub(super) fn set(&self, settings: Settings) -> bool {
        let changes = settings != self.settings();
        self.settings.set(settings.to_bits());
        if changes && settings.always_moderates() {
            self.heed.set(ANY);
        }
        changes
    }

    /// Begins anew, with no poll under way and no sender there.
    pub(super) fn open(&self) {
        self.mode.set(Mode::Interrupt.to_bits());
        self.kept.set(0);
        self.stream.set(0);
        self.manage(false);
    }

    /// A poll that is under way found that a stream begins, whose frames are worth
    /// waiting for so many microseconds.
    pub(super) fn begin_stream(&self, least: u64) {
        self.least.set(least);
        self.keep_stream();
        self.streams.add(1);
        self.heed.set(ANY);
    }

    /// Has workers begin the polls of the stream, or not.
    pub(super) fn leave(&self, leaves: bool) {
        self.leaves.set(leaves.into());
    }

    /// Whether a worker is to begin polls.
    pub(super) fn leaves(&self) -> bool {
        self.leaves.get() != 0 && !self.pauses()
    }

    /// The stream goes on.
    pub(super) fn keep_stream(&self) {
        self.stream.set(ticks().wrapping_add(PAUSE));
    }

    /// There is no stream any more.
    pub(super) fn end_stream(&self) {
        self.stream.set(0);
        self.streams.add(1);
    }

    /// Whether there is no stream, or it has paused.
    pub(super) fn pauses(&self) -> bool {
        self.stream.get() <= ticks()
    }

    fn manage(&self, defers: bool) {
        let moderates = self.settings().always_moderates() || self.stream.get() != 0;
        self.heed.set(match defers || moderates {
            true => ANY,
            false => LAST,
        });
    }

    /// How long frames wait at present, in a ring of `capacity` frames.
    pub(super) fn limits(&self, dim: &Dim, capacity: u32) -> Limits {
        let settings = self.settings();
        if !settings.adaptive() {
            return settings.limits();
        }
        if self.pauses() {
            return Limits::OFF;
        }
        self.of_stream(dim.choice(), capacity)
    }

    /// By how many microseconds the timer may end early, where another ring's does:
    /// with many rings that have few frames each, one interrupt is for all of them.
    pub(super) fn early(&self, limits: Limits) -> u32 {
        match self.pauses() {
            true => 0,
            false => limits.usecs / 4 * 3,
        }
    }

    /// How long frames of a stream wait, of which `choice` was found to do best.
    pub(super) fn of_stream(&self, choice: Choice, capacity: u32) -> Limits {
        let least = self.least.get() as u32;
        Limits::of_stream(least.max(choice.usecs), choice.frames, capacity)
    }

    /// Whether nothing is to be done for a frame of a stream that was left as
    /// one of `waiting`: what [`Self::arrived`] would say, in few instructions,
    /// with the limits of the time when the timer was started.
    #[inline(always)]
    pub(super) fn rests(&self, waiting: u32) -> bool {
        !self.pauses() && self.mode().rests(self.lot.get(), waiting)
    }

    /// Follows the mode after a frame was left as one of `waiting`; returns
    /// what is to be done.
    pub(super) fn arrived(&self, limits: Limits, waiting: u32) -> Action {
        self.change(|mode| {
            let (new, action) = mode.arrived(limits, waiting);
            if action == Action::StartTimer {
                self.lot.set(limits.lot());
            }
            (new, action)
        })
    }

    /// Follows the mode when the timer ends; returns whether to ask for a
    /// poll.
    pub(super) fn timer_ended(&self) -> bool {
        let asks = self.change(Mode::timer_ended) == Action::Schedule;
        if asks {
            self.timer_ends.add(1);
        }
        asks
    }

    fn change(&self, next: impl Fn(Mode) -> (Mode, Action)) -> Action {
        loop {
            let mode = Mode::from_bits(self.mode.get());
            let (new, action) = next(mode);
            if new == mode || self.mode.change(mode.to_bits(), new.to_bits()) {
                return action;
            }
        }
    }

    /// A poll is about to end, and is still the only one; `defers` says that
    /// the core may start the next one by itself.
    pub(super) fn completing(&self, defers: bool) {
        self.manage(defers);
        self.mode.set(Mode::Polling.to_bits());
    }

    /// What stands between a frame and a poll, while the ring is managed.
    pub(super) fn mode(&self) -> Mode {
        Mode::from_bits(self.mode.get())
    }

    /// A poll has ended, and the core `keeps` the ring or does not. If not,
    /// frames that came meanwhile are to be looked for. Returns whether it did
    /// the same last time.
    pub(super) fn completed(&self, keeps: bool) -> bool {
        if !keeps {
            self.mode.set(Mode::Interrupt.to_bits());
        }
        let same = self.kept.set(keeps.into()) == u32::from(keeps);
        if !same {
            self.switches.add(1);
        }
        same
    }
}
