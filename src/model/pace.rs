// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Whether a ring's frames come as a stream: the question before adaptive
//! moderation.
//!
//! A frame that somebody waits for, a request or a response, must be polled at
//! once. A stream is frames that come one by one, so that each pays for a poll
//! of its own, fast enough to be worth waiting for, and that the receiver
//! answers seldom. Speed alone does not tell: many a game of question and
//! answer is faster than some streams. Nor do answers alone, since a receiver may
//! answer by another device: but who waits for an answer sends slower when it
//! comes later, and a stream does not.
//!
//! Several devices may share a ring. Then the answers are those of one of them, to
//! which a frame went when it was first looked for a stream: a frame of a stream,
//! most likely, where there is one.
//!
//! While there is no stream, nothing is done but at each [`WINDOW`]th poll of
//! one frame, which is the caller's to count.

use super::moderation::STREAM_USECS;
use core::cmp::Ordering;

/// So many polls of one frame between two looks.
pub(crate) const WINDOW: u32 = 64;
/// So many times more time everything takes in a kernel that checks each access to
/// memory, so that a stream is one there, too.
const SLOWNESS: u64 = if cfg!(CONFIG_KASAN) { 16 } else { 1 };
/// The longest mean time between two polls of a stream, in nanoseconds: the
/// second of two comes while the first would wait.
const MAX_GAP: u64 = STREAM_USECS as u64 * 1000 * SLOWNESS;
/// Of so many frames of a stream at most one is answered. Of TCP that has much to
/// send some two of five are.
const ANSWERED: u64 = 2;

/// How many frames a receiver has got, and how many it has sent, in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) received: u64,
    pub(crate) sent: u64,
}
/// After so many polls in a row that found one frame, waiting brings nothing.
const MAX_LONE: u32 = 3;
/// So many frames are to share a poll, where that does not take too long.
const GATHERED: u64 = 8;
/// Then so many microseconds are enough, as the longest that DIM chooses.
const LONGEST: u64 = 256 * SLOWNESS;
/// So many frames of a stream between two looks at it.
const STREAM_WINDOW: u64 = 512;
/// By so much, of this, the bytes of a stream come notably slower than before, or
/// faster. Bytes and not frames: TCP puts more of them into a frame when it is answered
/// later.
const NOTABLY: (u64, u64) = (1, 16);
/// How many polls of one frame to rest after taking something else for a
/// stream, or almost; twice as many each time in a row that it was taken.
const REST: u32 = 1024;
/// How often in a row that is doubled, and how many streams stay.
const MAX_DOUBLINGS: u32 = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No stream.
    Calm,
    /// Fast for one window.
    Fast,
    /// Fast for two, without answers.
    Stream,
}

/// Whether a stream is polled on another CPU than where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Away {
    No,
    /// For less than a look's frames.
    Tried,
    /// It is faster by that.
    Proven,
}

/// What a ring's poller knows of the pace of its frames.
#[derive(Debug)]
pub(crate) struct Pace {
    phase: Phase,
    /// When the last look was, in nanoseconds.
    looked: u64,
    /// What the receiver had received and sent at the last look.
    exchange: Exchange,
    /// Frames of the stream since the last look.
    frames: u64,
    /// How many bytes had come at the last look.
    bytes: u64,
    /// What [`WINDOW`] frames took before the stream, in nanoseconds, and how many
    /// bytes they had.
    before: (u64, u64),
    /// Whether bytes came slower at the last look; once may be by chance.
    slower: bool,
    /// Whether the stream has lasted for a look.
    lasts: bool,
    /// Polls in a row that found one frame.
    lone: u32,
    /// Times in a row that something else was taken for a stream.
    mistakes: u32,
    /// Whether the stream is polled on another CPU, and since when.
    away: Away,
    /// Times in a row that this brought nothing.
    vain: u32,
    /// So many streams are polled where they come from, before one leaves again.
    stays: u32,
}

impl Pace {
    /// No stream.
    pub(crate) const fn new() -> Self {
        Self {
            phase: Phase::Calm,
            looked: 0,
            exchange: Exchange {
                received: 0,
                sent: 0,
            },
            frames: 0,
            bytes: 0,
            before: (0, 0),
            slower: false,
            lasts: false,
            lone: 0,
            mistakes: 0,
            away: Away::No,
            vain: 0,
            stays: 0,
        }
    }

    /// Whether there is a stream.
    pub(crate) fn is_stream(&self) -> bool {
        self.phase == Phase::Stream
    }

    /// Whether the next look is the first at another stream, and at a receiver of it.
    pub(crate) fn is_calm(&self) -> bool {
        self.phase == Phase::Calm
    }

    /// Whether the stream is polled on another CPU than where it comes from.
    pub(crate) fn is_away(&self) -> bool {
        self.is_stream() && self.away != Away::No
    }

    /// Has a stream that begins polled on another CPU, of which there is one, unless
    /// that brought nothing to the last ones.
    pub(crate) fn leave(&mut self) {
        match self.stays {
            0 => self.away = Away::Tried,
            _ => self.stays = self.stays.wrapping_sub(1),
        }
    }

    /// For how many microseconds the frames of a stream are to wait at the least.
    pub(crate) fn gathers_in(&self) -> u64 {
        let gathers = self.before.0.saturating_mul(GATHERED) / (u64::from(WINDOW) * 1000);
        gathers.min(LONGEST)
    }

    /// Looks at time `now`, in nanoseconds, [`WINDOW`] polls of one frame after
    /// the last look or later; `bytes` tells how many have come in all, and `exchange`
    /// asks the receiver. Returns after how many such polls to look again.
    pub(crate) fn look(
        &mut self,
        now: u64,
        bytes: u64,
        exchange: impl FnOnce() -> Exchange,
    ) -> u32 {
        if self.is_stream() {
            return WINDOW;
        }
        let (took, came) = self.since_last(now, bytes);
        let fast = took <= u64::from(WINDOW).wrapping_mul(MAX_GAP);
        match (self.phase, fast) {
            (_, false) => {
                self.phase = Phase::Calm;
                WINDOW
            }
            (Phase::Calm, true) => {
                self.phase = Phase::Fast;
                self.exchange = exchange();
                WINDOW
            }
            (Phase::Fast | Phase::Stream, true) => {
                if self.answers(exchange()) {
                    self.phase = Phase::Calm;
                    return REST;
                }
                self.phase = Phase::Stream;
                self.frames = 0;
                self.before = (took, came);
                self.slower = false;
                self.lasts = false;
                self.lone = 0;
                self.away = Away::No;
                WINDOW
            }
        }
    }

    /// Notes a poll of the stream that `found` so many frames. `paused` says
    /// that it had paused; `bytes`, `now` and `exchange` are as for [`Self::look`]. If that
    /// was the end of it, returns after how many polls of one frame to look
    /// again.
    pub(crate) fn polled(
        &mut self,
        found: u32,
        paused: bool,
        bytes: u64,
        now: impl FnOnce() -> u64,
        exchange: impl FnOnce() -> Exchange,
    ) -> Option<u32> {
        if paused {
            return Some(self.end(false));
        }
        self.lone = match found {
            0 | 1 => self.lone.saturating_add(1),
            _ => 0,
        };
        if self.lone >= MAX_LONE {
            return Some(self.end(!self.lasts));
        }
        self.frames = self.frames.saturating_add(found.into());
        if self.frames < STREAM_WINDOW {
            return None;
        }
        self.frames = 0;
        if self.answers(exchange()) {
            return Some(self.end(true));
        }
        let pace = self.against_before(bytes, now());
        if self.away == Away::Tried {
            self.prove(pace == Ordering::Greater);
        }
        let slower = pace == Ordering::Less;
        let was_slower = core::mem::replace(&mut self.slower, slower);
        if !self.slower {
            self.lasts = true;
            self.mistakes = 0;
        } else if was_slower {
            return Some(self.end(!self.lasts));
        }
        None
    }

    /// Whether the bytes since the last look came slower, or faster, than before the
    /// stream.
    fn against_before(&mut self, bytes: u64, now: u64) -> Ordering {
        let (by, of) = NOTABLY;
        let (took, came) = self.since_last(now, bytes);
        let (before, had) = self.before;
        let (takes, would) = (took.saturating_mul(had), before.saturating_mul(came));
        let notably = of.wrapping_add(by);
        if takes.saturating_mul(of) > would.saturating_mul(notably) {
            Ordering::Less
        } else if takes.saturating_mul(notably) < would.saturating_mul(of) {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }

    /// Notes whether it `pays` that another CPU polls.
    fn prove(&mut self, pays: bool) {
        if pays {
            self.away = Away::Proven;
            self.vain = 0;
        } else {
            self.away = Away::No;
            self.stays = 1 << self.vain.min(MAX_DOUBLINGS);
            self.vain = self.vain.saturating_add(1);
        }
    }

    /// How long ago the last look was, which this is now, and how many bytes came.
    fn since_last(&mut self, now: u64, bytes: u64) -> (u64, u64) {
        let looked = core::mem::replace(&mut self.looked, now);
        let had = core::mem::replace(&mut self.bytes, bytes);
        (now.wrapping_sub(looked), bytes.wrapping_sub(had))
    }

    fn end(&mut self, mistaken: bool) -> u32 {
        self.phase = Phase::Calm;
        if !mistaken {
            return WINDOW;
        }
        let rest = REST << self.mistakes.min(MAX_DOUBLINGS);
        self.mistakes = self.mistakes.saturating_add(1);
        rest
    }

    /// Whether the receiver answers what it gets since the last look, which this is
    /// now.
    fn answers(&mut self, now: Exchange) -> bool {
        let before = core::mem::replace(&mut self.exchange, now);
        let answers = now.sent.wrapping_sub(before.sent);
        answers.saturating_mul(ANSWERED) > now.received.wrapping_sub(before.received)
    }
}
