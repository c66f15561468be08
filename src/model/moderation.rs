// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! When a ring's waiting frames ask for a poll: the interrupt of a NIC that
//! has no wires to the CPU.
//!
//! As in hardware, the interrupt is masked from the moment that it is raised
//! until NAPI is done: the poll that ends lets it through again and then looks
//! for frames that came meanwhile. Whoever changes a [`Mode`] does so by an
//! atomic exchange of the one that it decided by, and acts if that succeeds.
//!
//! The limits are those of `ethtool -C` (`struct ethtool_coalesce` in
//! `include/uapi/linux/ethtool.h`): a frame waits until `usecs` have passed
//! since the first one that waits came, or until `frames` wait.

/// The longest that a frame may be told to wait, in microseconds.
pub(crate) const MAX_USECS: u32 = 10_000;
/// The most frames that may be told to wait: those of the largest ring.
pub(crate) const MAX_FRAMES: u32 = 8192;

/// The least that frames of a stream wait, in microseconds.
pub(super) const STREAM_USECS: u32 = 64;
/// The most frames of a stream that wait: what comes at once must fit in a
/// socket's buffer, where a large frame counts for much more than its bytes.
const STREAM_FRAMES: u32 = 32;

/// How long frames wait for more before they ask for a poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Limits {
    /// So many microseconds after the first one; 0: not at all.
    pub(crate) usecs: u32,
    /// At the latest when so many wait; 0: however many.
    pub(crate) frames: u32,
}

impl Limits {
    /// None.
    pub(crate) const OFF: Self = Self {
        usecs: 0,
        frames: 0,
    };

    /// Those of a stream, in a ring of `capacity` frames, of which `usecs` and
    /// `frames` were found to do best. The ring gets never full by waiting.
    pub(crate) fn of_stream(usecs: u32, frames: u32, capacity: u32) -> Self {
        Self {
            usecs: usecs.clamp(STREAM_USECS, MAX_USECS),
            frames: frames.min(STREAM_FRAMES).min(capacity / 2).max(1),
        }
    }

    /// With so many frames none of them waits for the timer.
    pub(crate) fn lot(self) -> u64 {
        match self.frames {
            0 => u64::MAX,
            frames => frames.into(),
        }
    }

    /// Whether a frame asks for a poll when `waiting` do, itself included.
    fn reached(self, waiting: u32) -> bool {
        self.usecs == 0 || (self.frames != 0 && waiting >= self.frames)
    }
}

/// The moderation of a ring, as `ethtool -C` sets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    limits: Limits,
    adaptive: bool,
}

/// Why settings cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `usecs` is above [`MAX_USECS`].
    Usecs,
    /// `frames` is above [`MAX_FRAMES`].
    Frames,
}

impl Settings {
    /// What a ring begins with: no limits, unless it has a stream.
    pub(crate) const DEFAULT: Self = Self {
        limits: Limits::OFF,
        adaptive: true,
    };

    /// Settings with these limits; `adaptive` has others chosen by load.
    pub(crate) fn new(limits: Limits, adaptive: bool) -> Result<Self, Refusal> {
        if limits.usecs > MAX_USECS {
            return Err(Refusal::Usecs);
        }
        if limits.frames > MAX_FRAMES {
            return Err(Refusal::Frames);
        }
        Ok(Self { limits, adaptive })
    }

    /// What these settings become when a user who sees them asks for `wanted`.
    /// Limits that he changes are to hold, and so none are chosen by load.
    pub(crate) fn changed_to(self, wanted: Self) -> Self {
        let by_hand = self.adaptive && self.limits != wanted.limits;
        Self {
            adaptive: wanted.adaptive && !by_hand,
            ..wanted
        }
    }

    /// The limits, if none are chosen by load.
    pub(crate) fn limits(self) -> Limits {
        self.limits
    }

    /// Whether limits are chosen by load.
    pub(crate) fn adaptive(self) -> bool {
        self.adaptive
    }

    /// Whether frames may have to wait without a stream.
    pub(crate) fn always_moderates(self) -> bool {
        !self.adaptive && self.limits.usecs != 0
    }

    /// The settings in one word, to be read whole.
    pub(crate) fn to_bits(self) -> u64 {
        // Both limits are below 2^16.
        u64::from(self.limits.usecs)
            | (u64::from(self.limits.frames) << 16)
            | (u64::from(self.adaptive) << 32)
    }

    /// What [`Self::to_bits`] told.
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self {
            limits: Limits {
                usecs: (bits & 0xffff) as u32,
                frames: ((bits >> 16) & 0xffff) as u32,
            },
            adaptive: (bits >> 32) & 1 != 0,
        }
    }
}

/// What stands between a frame and a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// Nothing: the interrupt is on.
    Interrupt,
    /// The timer that was started for the first frame that waits.
    Moderated,
    /// A poll is asked for, or runs, or the core will start one by itself:
    /// the interrupt is masked.
    Polling,
}

/// What is to be done by whoever changed a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Nothing.
    None,
    /// Have the timer end after the limits' `usecs`.
    StartTimer,
    /// Raise the interrupt: ask for a poll.
    Schedule,
}

impl Mode {
    /// Whether nothing is to be done for a frame that was left in the ring, as
    /// one of `waiting`, if that is known by `lot` alone: the [`Limits::lot`] of
    /// who started the timer.
    #[inline(always)]
    pub(crate) fn rests(self, lot: u64, waiting: u32) -> bool {
        match self {
            Self::Polling => true,
            Self::Moderated => u64::from(waiting) < lot,
            Self::Interrupt => false,
        }
    }

    /// After a frame was left in the ring, as one of `waiting`.
    pub(crate) fn arrived(self, limits: Limits, waiting: u32) -> (Self, Action) {
        match self {
            Self::Polling => (self, Action::None),
            _ if limits.reached(waiting) => (Self::Polling, Action::Schedule),
            Self::Interrupt => (Self::Moderated, Action::StartTimer),
            Self::Moderated => (self, Action::None),
        }
    }

    /// When the timer ends. One that another poll has overtaken does nothing.
    pub(crate) fn timer_ended(self) -> (Self, Action) {
        match self {
            Self::Moderated => (Self::Polling, Action::Schedule),
            Self::Interrupt | Self::Polling => (self, Action::None),
        }
    }

    /// The mode as a number.
    pub(crate) const fn to_bits(self) -> u32 {
        match self {
            Self::Interrupt => 0,
            Self::Moderated => 1,
            Self::Polling => 2,
        }
    }

    /// What [`Self::to_bits`] told.
    pub(crate) const fn from_bits(bits: u32) -> Self {
        match bits {
            0 => Self::Interrupt,
            1 => Self::Moderated,
            _ => Self::Polling,
        }
    }
}

/// How many frames a poll found, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// One.
    Single,
    /// 2 to 9.
    Few,
    /// 10 to 49.
    Many,
    /// 50 and more.
    Full,
}

impl Lane {
    /// The lane of a poll that found `frames`, one at the least.
    pub(crate) fn of(frames: u32) -> Self {
        match frames {
            0..=1 => Self::Single,
            2..=9 => Self::Few,
            10..=49 => Self::Many,
            _ => Self::Full,
        }
    }
}
