// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What is taken for a stream, by a ring that is played through.

use crate::model::pace::*;
use proptest::prelude::*;

/// Nanoseconds between frames: of a fast stream, and of the slowest.
const FAST: u64 = 1_000;
const SLOWEST: u64 = 64_000;

/// A ring's poller, its clock, what has come, and what its device has sent.
struct Ring {
    pace: Pace,
    now: u64,
    bytes: u64,
    /// Of each frame.
    size: u64,
    sent: u64,
    received: u64,
    /// Whether there are other CPUs.
    others: bool,
    /// Polls of one frame, and at how many to look.
    lone: u64,
    look_at: u64,
}

impl Ring {
    fn new() -> Self {
        Self {
            pace: Pace::new(),
            now: 1 << 40,
            bytes: 0,
            size: 60,
            sent: 0,
            received: 0,
            others: false,
            lone: 0,
            look_at: 0,
        }
    }

    /// A poll, `gap` after the last one, that finds so many frames. Returns
    /// whether there is a stream.
    fn poll(&mut self, gap: u64, found: u32) -> bool {
        self.now += gap;
        self.bytes = self.bytes.wrapping_add(self.size * u64::from(found));
        self.received = self.received.wrapping_add(found.into());
        let (now, bytes) = (self.now, self.bytes);
        let exchange = Exchange {
            received: self.received,
            sent: self.sent,
        };
        self.lone += u64::from(found == 1);
        if found == 1 && self.lone >= self.look_at {
            let was = self.pace.is_stream();
            self.look_at = self.lone + u64::from(self.pace.look(now, bytes, || exchange));
            if self.others && !was && self.pace.is_stream() {
                self.pace.leave();
            }
        }
        if self.pace.is_stream() {
            if let Some(rest) = self.pace.polled(found, false, bytes, || now, || exchange) {
                self.look_at = self.lone + u64::from(rest);
            }
        }
        self.pace.is_stream()
    }

    /// Frames that come one by one, of which each `answered`th is answered,
    /// until they are a stream; returns how many it took, `most` if more.
    fn until_stream(&mut self, gap: u64, answered: u64, most: u64) -> u64 {
        for n in 1..most {
            self.sent += u64::from(n % answered == 0);
            if self.poll(gap, 1) {
                return n;
            }
        }
        most
    }
}

const NEVER: u64 = u64::MAX;

#[test]
fn a_stream_is_seen_within_three_windows() {
    for gap in [0, FAST, SLOWEST] {
        let took = Ring::new().until_stream(gap, NEVER, 1000);
        assert!(took <= 3 * u64::from(WINDOW), "{took} frames at {gap} ns");
    }
}

#[test]
fn what_is_slow_is_no_stream() {
    assert_eq!(Ring::new().until_stream(SLOWEST + 1, NEVER, 10_000), 10_000);
}

#[test]
fn what_is_answered_is_no_stream() {
    let took = Ring::new().until_stream(FAST, 1, 100_000);
    assert_eq!(took, 100_000, "each is answered");
    // TCP that has much to send gets an answer for some two of five.
    assert!(Ring::new().until_stream(FAST, 2, 1000) < 1000);
}

#[test]
fn one_receiver_of_several_tells_whether_there_are_answers() {
    // It gets one frame of eight that come, and answers each of them, or none.
    for (answers, streams) in [(true, false), (false, true)] {
        let (mut pace, mut exchange, mut seen) = (Pace::new(), Exchange::default(), false);
        for n in 0..u64::from(3 * WINDOW) {
            exchange.received += u64::from(n % 8 == 0);
            exchange.sent += u64::from(n % 8 == 0 && answers);
            if n % u64::from(WINDOW) == 0 {
                pace.look((1 << 40) + n * FAST, 60 * n, || exchange);
                seen |= pace.is_stream();
            }
        }
        assert_eq!(seen, streams);
    }
}

#[test]
fn lone_frames_end_a_stream() {
    let mut ring = Ring::new();
    ring.until_stream(FAST, NEVER, 1000);
    // The frame that began it counts.
    assert!(ring.poll(FAST, 1));
    assert!(!ring.poll(FAST, 1));
}

#[test]
fn batches_keep_a_stream_and_answers_end_it() {
    let mut ring = Ring::new();
    ring.until_stream(FAST, NEVER, 1000);
    for _ in 0..1000 {
        assert!(ring.poll(FAST, 1) && ring.poll(FAST, 2));
    }
    let mut polls = 0;
    while ring.poll(FAST, 8) {
        ring.sent += 5;
        polls += 1;
        assert!(polls <= 200, "answers do not end the stream");
    }
}

/// Plays batches of 8 in `gap` ns per frame; returns after how many frames the
/// stream ended, `most` if later.
fn until_end(ring: &mut Ring, gap: u64, most: u64) -> u64 {
    (8..most)
        .step_by(8)
        .find(|_| !ring.poll(8 * gap, 8))
        .unwrap_or(most)
}

#[test]
fn frames_that_come_slower_end_a_stream() {
    let mut ring = Ring::new();
    ring.until_stream(8_000, NEVER, 1000);
    assert_eq!(until_end(&mut ring, 8_500, 100_000), 100_000);
    assert!(until_end(&mut ring, 8_600, 100_000) <= 2048);

    // Not if it is by chance.
    ring = Ring::new();
    ring.until_stream(8_000, NEVER, 1000);
    for _ in 0..10 {
        assert_eq!(until_end(&mut ring, 8_000, 1024), 1024);
        assert!(ring.poll(10_000_000, 8));
    }
}

#[test]
fn fewer_frames_of_more_bytes_are_not_slower() {
    let mut ring = Ring::new();
    ring.until_stream(8_000, NEVER, 1000);
    ring.size *= 4;
    assert_eq!(until_end(&mut ring, 4 * 8_000, 100_000), 100_000);
    assert!(until_end(&mut ring, 4 * 8_600, 100_000) <= 2048);
}

#[test]
fn frames_wait_until_a_poll_is_worth_it() {
    for (gap, waits) in [(0, 0), (FAST, 8), (8_000, 64), (SLOWEST, 256)] {
        let mut ring = Ring::new();
        ring.until_stream(gap, NEVER, 1000);
        assert_eq!(ring.pace.gathers_in(), waits, "{gap} ns");
    }
}

/// The poll of a stream's batches, each frame `gap` after the one before, until it was
/// looked at; returns whether it is polled on another CPU then.
fn away_after_a_look(ring: &mut Ring, gap: u64) -> bool {
    assert_eq!(until_end(ring, gap, 520), 520, "the stream ended");
    ring.pace.is_away()
}

/// Begins a stream with a frame each 8 us, after the end of the last one.
fn begin(ring: &mut Ring) {
    while ring.poll(SLOWEST + 1, 1) {}
    ring.until_stream(8_000, NEVER, 1 << 20);
}

#[test]
fn a_stream_is_polled_elsewhere_if_it_comes_faster_by_that() {
    let mut ring = Ring::new();
    ring.others = true;
    begin(&mut ring);
    assert!(ring.pace.is_away());
    assert!(away_after_a_look(&mut ring, 7_500));
    // That was it: as fast as before is enough from now on.
    assert!((0..20).all(|_| away_after_a_look(&mut ring, 8_000)));
    assert!(until_end(&mut ring, 9_000, 100_000) <= 2048);
    assert!(!ring.pace.is_away(), "there is no stream");
    begin(&mut ring);
    assert!(ring.pace.is_away(), "the next one does not leave");
}

#[test]
fn a_stream_comes_back_that_is_no_faster_elsewhere() {
    let mut ring = Ring::new();
    ring.others = true;
    // How many streams leave is halved each time that it was in vain.
    let mut left = Vec::new();
    for n in 0..300 {
        begin(&mut ring);
        if ring.pace.is_away() {
            left.push(n);
            assert!(!away_after_a_look(&mut ring, 7_600), "stream {n}");
        }
        assert!(ring.pace.is_stream() && !away_after_a_look(&mut ring, 7_600));
    }
    assert_eq!(left, [0, 2, 5, 10, 19, 36, 69, 134, 199, 264]);
    // Once it pays, the next one leaves, too.
    ring.others = true;
    while !ring.pace.is_away() {
        begin(&mut ring);
    }
    assert!(away_after_a_look(&mut ring, 7_000));
    begin(&mut ring);
    assert!(ring.pace.is_away());
}

#[test]
fn without_other_cpus_no_stream_leaves() {
    let mut ring = Ring::new();
    for _ in 0..10 {
        begin(&mut ring);
        assert!(!ring.pace.is_away() && !away_after_a_look(&mut ring, 1_000));
    }
}

#[test]
fn a_pause_ends_a_stream() {
    let mut ring = Ring::new();
    ring.until_stream(FAST, NEVER, 1000);
    assert_eq!(
        ring.pace.polled(1, true, 0, || 0, Exchange::default),
        Some(WINDOW)
    );
    assert!(!ring.pace.is_stream());
}

#[test]
fn mistakes_become_rare() {
    // Frames that nobody answers, and that yet come one by one however long
    // they wait.
    let mut ring = Ring::new();
    let mut delayed = 0u64;
    for _ in 0..1_000_000 {
        delayed += u64::from(ring.poll(FAST, 1));
    }
    assert!((1..100).contains(&delayed), "{delayed} of 1,000,000 waited");
    // A stream that lasts is believed again.
    while !ring.poll(FAST, 1) {}
    for _ in 0..100 {
        assert!(ring.poll(FAST, 16));
    }
    while ring.poll(FAST, 1) {}
    let took = ring.until_stream(FAST, NEVER, 10_000);
    assert!(took <= 3 * u64::from(WINDOW), "{took} frames");
}

proptest! {
    #[test]
    fn no_history_upsets_it(
        polls in prop::collection::vec((0u64..100_000, 0u32..70, 0u64..70), 0..3000)
    ) {
        let mut ring = Ring::new();
        for (gap, found, sent) in polls {
            ring.sent = ring.sent.wrapping_add(sent);
            ring.poll(gap, found);
        }
        let took = ring.until_stream(FAST, NEVER, 1 << 18);
        prop_assert!(took < 1 << 18, "no stream is seen any more");
    }

    #[test]
    fn clocks_and_counters_may_go_anywhere(
        looks in prop::collection::vec(
            (
                any::<u64>(),
                any::<u64>(),
                any::<(u64, u64)>(),
                any::<u32>(),
                any::<bool>(),
            ),
            0..100,
        )
    ) {
        let mut pace = Pace::new();
        for (now, bytes, (received, sent), found, paused) in looks {
            let exchange = || Exchange { received, sent };
            pace.look(now, bytes, exchange);
            if pace.is_stream() {
                pace.leave();
                pace.polled(found, paused, bytes, || now, exchange);
                assert!(pace.gathers_in() <= 256);
            }
        }
    }
}
