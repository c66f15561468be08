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

use crate::model::moderation::{Action, Limits, Mode, Settings};
use crate::net::counter::{Counter, Shared, SharedCounter, StateWord};
use crate::net::dim::{Choice, Dim};

/// Free places at which the sender that takes one looks further: the last one.
const LAST: u32 = 1;
/// However many are free.
const ANY: u32 = u32::MAX;

/// The moderation of a ring.
pub(crate) struct Moderation {
    /// [`ANY`] while the ring is managed, else [`LAST`].
    heed: StateWord,
    mode: StateWord,
    settings: Shared,
    /// Whether the core kept the ring at the end of the last poll.
    kept: StateWord,
    /// Times that the timer asked for a poll; the timer's to write.
    timer_ends: Counter,
    /// Times that the core began to poll by itself, or ended to.
    switches: SharedCounter,
}

impl Moderation {
    /// None.
    pub(super) const fn new() -> Self {
        Self {
            heed: StateWord::new(LAST),
            mode: StateWord::new(Mode::Interrupt.to_bits()),
            settings: Shared::new(0),
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

    /// The settings.
    pub(super) fn settings(&self) -> Settings {
        Settings::from_bits(self.settings.get())
    }

    /// Puts settings in place; true if they are others. Then a poll of an open
    /// ring is to be asked for, at whose end the ring is in order again.
    pub(super) fn set(&self, settings: Settings) -> bool {
        let changes = settings != self.settings();
        self.settings.set(settings.to_bits());
        if changes && settings.moderates() {
            self.heed.set(ANY);
        }
        changes
    }

    /// Begins anew, with no poll under way and no sender there.
    pub(super) fn open(&self) {
        self.mode.set(Mode::Interrupt.to_bits());
        self.kept.set(0);
        self.manage(false);
    }

    fn manage(&self, defers: bool) {
        self.heed.set(match defers || self.settings().moderates() {
            true => ANY,
            false => LAST,
        });
    }

    /// How long frames wait at present.
    pub(super) fn limits(&self, dim: &Dim) -> Limits {
        let settings = self.settings();
        if !settings.adaptive() {
            return settings.limits();
        }
        let Choice { usecs, frames } = dim.choice();
        // The lowest choice, 1 us, is less than a timer takes.
        let usecs = if usecs > 1 { usecs } else { 0 };
        Limits { usecs, frames }
    }

    /// Follows the mode after a frame was left as one of `waiting`; returns
    /// what is to be done.
    pub(super) fn arrived(&self, limits: Limits, waiting: u32) -> Action {
        self.change(|mode| mode.arrived(limits, waiting))
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

    /// A poll has ended, and the core `keeps` the ring or does not. If not,
    /// frames that came meanwhile are to be looked for.
    pub(super) fn completed(&self, keeps: bool) {
        if !keeps {
            self.mode.set(Mode::Interrupt.to_bits());
        }
        if self.kept.set(keeps.into()) != u32::from(keeps) {
            self.switches.add(1);
        }
    }
}
