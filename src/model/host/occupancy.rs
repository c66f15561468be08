// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Sums over time against rings that are played through frame by frame.

use crate::model::occupancy::*;
use proptest::prelude::*;

/// What the sums of a queue are in truth: each frame's time in it, and the time
/// that any was there. Frames are (came, went).
fn truth(frames: &[(u64, u64)]) -> Share {
    let mut frames = frames.to_vec();
    frames.sort_unstable();
    let length_time = frames.iter().map(|(came, went)| went - came).sum();
    let (mut time, mut until) = (0, 0);
    for (came, went) in frames {
        time += went.saturating_sub(came.max(until));
        until = until.max(went);
    }
    Share { time, length_time }
}

fn add(sum: &mut Share, more: Share) {
    sum.time += more.time;
    sum.length_time += more.length_time;
}

/// Arrivals of which the last one's time is known, or is not.
fn arrivals(came: &[u64], known: bool) -> Arrivals {
    let latest = if known { came[came.len() - 1] } else { 0 };
    Arrivals {
        since: came[0],
        latest,
    }
}

proptest! {
    #[test]
    fn one_frame_at_a_time_is_exact(
        spans in prop::collection::vec((0u64..1 << 40, 0u64..1 << 40, 0u64..1 << 40), 1..50),
    ) {
        let (mut now, mut running) = (1u64, Running::none());
        let (mut waited, mut ran) = (Share::NONE, Share::NONE);
        let (mut waits, mut runs) = (Vec::new(), Vec::new());
        for (idle, waits_for, runs_for) in spans {
            let came = now + idle;
            let taken = came + waits_for;
            now = taken + runs_for;
            add(&mut waited, Arrivals { since: came, latest: 0 }.waiting(taken, 1));
            add(&mut ran, running.delivered(taken, 0));
            running.taken(1);
            add(&mut ran, running.delivered(now, 1));
            waits.push((came, taken));
            runs.push((taken, now));
        }
        prop_assert_eq!(waited, truth(&waits));
        prop_assert_eq!(ran, truth(&runs));
    }

    #[test]
    fn frames_that_come_evenly_are_exact(
        since in 0u64..1 << 50, gap in 1u64..1 << 30, more in 1u32..300, rest in 0u64..1 << 40,
    ) {
        let came: Vec<u64> = (0..=u64::from(more)).map(|n| since + n * gap).collect();
        let taken = came[came.len() - 1] + rest;
        let frames: Vec<_> = came.iter().map(|came| (*came, taken)).collect();
        let known = arrivals(&came, true).waiting(taken, more + 1);
        prop_assert_eq!(known, truth(&frames));
        // If it is not known when the last one came, the wait for the poll must
        // be as long as that for a frame, on the mean half as long.
        if rest <= gap {
            let unknown = arrivals(&came, false).waiting(taken, more + 1);
            prop_assert_eq!(unknown.time, known.time);
            let off = unknown.length_time.abs_diff(known.length_time);
            prop_assert!(off <= gap.div_ceil(2) * u64::from(more + 1), "{off}");
        }
    }

    #[test]
    fn a_burst_that_waits_long_is_exact(
        since in 0u64..1 << 50, burst in 1u64..1 << 10, frames in 2u32..5000, rest in 0u64..1 << 40,
    ) {
        let taken = since + burst + rest;
        let share = Arrivals { since, latest: since + burst }.waiting(taken, frames);
        let full = u64::from(frames) * (taken - since);
        prop_assert_eq!(share.time, taken - since);
        prop_assert!(share.length_time <= full);
        prop_assert!(share.length_time >= full - u64::from(frames) * burst);
    }

    #[test]
    fn however_frames_come_the_bounds_hold(
        since in any::<u64>(), latest in any::<u64>(), now in any::<u64>(), frames in any::<u32>(),
    ) {
        let share = Arrivals { since, latest }.waiting(now, frames);
        let whole = now.saturating_sub(since);
        prop_assert_eq!(share.time, if frames == 0 { 0 } else { whole });
        prop_assert!(share.length_time >= share.time);
        let most = u128::from(frames) * u128::from(whole);
        prop_assert!(u128::from(share.length_time) <= most);
    }

    #[test]
    fn batches_are_delivered_evenly(
        batches in prop::collection::vec((1u32..300, 1u64..1 << 20, 0u64..1 << 20), 1..30),
        budget in 1u32..100,
    ) {
        let (mut now, mut running) = (5u64, Running::none());
        let (mut ran, mut frames) = (Share::NONE, Vec::new());
        for (count, each, pause) in batches {
            add(&mut ran, running.delivered(now, 0));
            running.taken(count);
            let (begin, mut left) = (now, count);
            while left > 0 {
                let done = left.min(budget);
                for _ in 0..done {
                    now += each;
                    frames.push((begin, now));
                }
                left -= done;
                add(&mut ran, running.delivered(now, done));
                prop_assert_eq!(running.length(), left);
                // The rest waits for the next poll.
                now += pause;
                add(&mut ran, running.delivered(now, 0));
            }
        }
        prop_assert_eq!(ran, truth(&frames));
    }

    #[test]
    fn delivery_is_never_longer_than_it_was(
        steps in prop::collection::vec((any::<u64>(), any::<u32>(), any::<u32>()), 1..50),
    ) {
        let mut running = Running::none();
        let mut at = 0u64;
        for (now, done, more) in steps {
            let before = running.length();
            let share = running.delivered(now, done);
            let whole = now.saturating_sub(at);
            prop_assert_eq!(share.time, if before == 0 { 0 } else { whole });
            prop_assert!(share.length_time >= share.time);
            prop_assert!(u128::from(share.length_time) <= u128::from(before) * u128::from(whole));
            running.taken(more);
            at = now;
        }
    }

    #[test]
    fn more_stamps_are_never_fewer_nanoseconds(
        stamps in any::<u64>(), more in any::<u64>(), per_ms in any::<u32>(),
    ) {
        // What fits into 64 bits as nanoseconds, too.
        let most = u64::MAX / 1_000_000 / PART;
        let (one, other) = (stamps % most, more % most);
        let (few, many) = (one.min(other), one.max(other));
        prop_assert!(nanoseconds(few, per_ms) <= nanoseconds(many, per_ms));
        prop_assert!(parts_in_nanoseconds(few, per_ms) <= parts_in_nanoseconds(many, per_ms));
        if per_ms != 0 {
            let exact = u128::from(many) * 1_000_000 / u128::from(per_ms);
            prop_assert_eq!(u128::from(nanoseconds(many, per_ms)), exact);
        }
    }
}

#[test]
fn nanoseconds_of_known_rates() {
    assert_eq!(nanoseconds(2_500_000, 2_500_000), 1_000_000);
    assert_eq!(nanoseconds(5, 2_500_000), 2);
    assert_eq!(parts_in_nanoseconds(10, 1_600_000), 100);
    assert_eq!(nanoseconds(u64::MAX, 0), 0);
    // A sum that has grown beyond 64 bits of nanoseconds goes on from 0.
    let day = 86_400_000 * 1_000_000;
    let before = u64::MAX / PART - 5;
    let (then, now) = (before, before.wrapping_add(day / PART));
    let grown =
        parts_in_nanoseconds(now, 1_000_000).wrapping_sub(parts_in_nanoseconds(then, 1_000_000));
    assert_eq!(grown / PART, day / PART);
}

#[test]
fn parts_are_rounded() {
    assert_eq!([0, 7, 8, 23, 24].map(parts), [0, 0, 1, 1, 2]);
    assert_eq!(parts(u64::MAX), u64::MAX / PART + 1);
}

#[test]
fn a_clock_that_goes_back_adds_nothing() {
    assert_eq!(span(7, 5), 0);
    let behind = Arrivals {
        since: 100,
        latest: 200,
    };
    assert_eq!(behind.waiting(90, 8), Share::NONE);
    let mut running = Running::none();
    running.delivered(100, 0);
    running.taken(3);
    assert_eq!(running.delivered(90, 1), Share::NONE);
    assert_eq!(running.length(), 2);
}
