// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A limit to frames per second, for any number of callers at once.
//!
//! It is the Generic Cell Rate Algorithm (ITU-T I.371, annex A), with time
//! counted in frames: the theoretical arrival time is the number that a frame
//! would have if frames had come at the limit's rate since time 0. So all is
//! exact at every rate, and nothing is divided by a number that is not known
//! beforehand.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

const NANOS_PER_SEC: u64 = 1_000_000_000;
/// The least number of frames that may come at once.
const MIN_BURST: u32 = 32;
/// The part of a second whose frames may come at once.
const BURSTS_PER_SEC: u32 = 10;

/// A limit.
pub(crate) struct Storm {
    /// Frames a second; 0: no limit.
    rate: AtomicU32,
    /// Theoretical arrival time of the next frame, in frames at `rate`.
    arrival: AtomicU64,
}

impl Storm {
    /// No limit.
    pub(crate) const fn new() -> Self {
        Self {
            rate: AtomicU32::new(0),
            arrival: AtomicU64::new(0),
        }
    }

    /// Admits so many frames in a second from now on; 0: all. After it a burst
    /// is admitted anew.
    pub(crate) fn set_rate(&self, frames_per_second: u32) {
        self.rate.store(frames_per_second, Relaxed);
        // Counted at another rate, the old time says nothing. A caller that
        // still has the old rate may yet write one; see `admits`.
        self.arrival.store(0, Relaxed);
    }

    /// How many frames are admitted in a second; 0: all.
    pub(crate) fn rate(&self) -> u32 {
        self.rate.load(Relaxed)
    }

    /// Whether a frame that comes at `now_ns`, in nanoseconds since any fixed
    /// moment, is within the limit. A frame that is not counts for nothing, and
    /// nothing is written for it.
    ///
    /// Callers' clocks may differ: within a second that lets no more frames
    /// through. One that is set back further lets a burst through.
    #[inline]
    pub(crate) fn admits(&self, now_ns: u64) -> bool {
        let rate = self.rate();
        rate == 0 || self.count(rate, frames_at(rate, now_ns))
    }

    fn count(&self, rate: u32, now: u64) -> bool {
        let burst = u64::from(burst(rate));
        let furthest = burst.saturating_add(rate.into());
        let next = |arrival: u64| {
            // Below 0, which is far above here, if it has been quiet for a
            // while. Times further ahead than clocks may differ come of a clock
            // that was set back or of a change of the rate.
            let ahead = arrival.wrapping_sub(now);
            let ahead = if ahead > furthest { 0 } else { ahead };
            (ahead < burst).then(|| now.wrapping_add(ahead).wrapping_add(1))
        };
        self.arrival.fetch_update(Relaxed, Relaxed, next).is_ok()
    }
}

/// How many frames may come at once.
fn burst(rate: u32) -> u32 {
    MIN_BURST.max(rate / BURSTS_PER_SEC)
}

/// How many frames come at `rate` from 0 to `now_ns`, modulo 2^64.
fn frames_at(rate: u32, now_ns: u64) -> u64 {
    let rate = u64::from(rate);
    let (seconds, nanos) = (now_ns / NANOS_PER_SEC, now_ns % NANOS_PER_SEC);
    // The second product is below 2^62.
    let in_second = nanos.wrapping_mul(rate) / NANOS_PER_SEC;
    seconds.wrapping_mul(rate).wrapping_add(in_second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As long after time 0 as a machine may have been up.
    const START: u64 = 86_400 * NANOS_PER_SEC + 123_456_789;
    const MILLI: u64 = NANOS_PER_SEC / 1000;

    fn storm(rate: u32) -> Storm {
        let storm = Storm::new();
        storm.set_rate(rate);
        storm
    }

    fn admitted(storm: &Storm, calls: u32, now_ns: u64) -> u32 {
        (0..calls).map(|_| u32::from(storm.admits(now_ns))).sum()
    }

    #[test]
    fn without_a_limit_all_are_admitted() {
        let storm = Storm::new();
        assert_eq!(admitted(&storm, 10_000, START), 10_000);
        storm.set_rate(1);
        assert_eq!(admitted(&storm, 10_000, START), 32);
        storm.set_rate(0);
        assert_eq!(admitted(&storm, 10_000, START), 10_000);
    }

    #[test]
    fn a_burst_is_a_tenth_of_a_second() {
        for (rate, burst) in [(1, 32), (320, 32), (330, 33), (100_000, 10_000)] {
            let storm = storm(rate);
            assert_eq!(admitted(&storm, 20_000, START), burst, "{rate}");
            // Then one for each that the rate has come to.
            let later = START + 20 * MILLI;
            let come = frames_at(rate, later) - frames_at(rate, START);
            assert_eq!(u64::from(admitted(&storm, 20_000, later)), come, "{rate}");
        }
    }

    #[test]
    fn a_storm_gets_the_rate() {
        let storm = storm(1000);
        let first = admitted(&storm, 1000, START);
        let rest = (1..=2000).map(|ms| admitted(&storm, 5, START + ms * MILLI));
        assert_eq!((first, rest.sum()), (100, 2000));
    }

    #[test]
    fn a_new_rate_counts_from_its_beginning() {
        let storm = storm(1);
        assert_eq!(admitted(&storm, 100, START), 32);
        storm.set_rate(1_000_000);
        assert_eq!(admitted(&storm, 200_000, START), 100_000);
        storm.set_rate(999_999);
        assert_eq!(admitted(&storm, 200_000, START), 99_999);
        storm.set_rate(10);
        assert_eq!(admitted(&storm, 100, START), 32);
        assert_eq!(admitted(&storm, 100, START + NANOS_PER_SEC), 10);
        assert_eq!(storm.rate(), 10);
    }

    #[test]
    fn callers_at_once_get_one_burst() {
        let storm = storm(10_000);
        let count = |_| {
            let storm = &storm;
            move || admitted(storm, 5000, START)
        };
        let total: u32 = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|n| scope.spawn(count(n))).collect();
            threads.into_iter().map(|each| each.join().unwrap()).sum()
        });
        assert_eq!(total, 1000);
    }

    #[test]
    fn callers_whose_clocks_differ_get_no_more() {
        let storm = storm(2000);
        let count = |thread: u64| {
            let storm = &storm;
            // Each goes through the same second, at its own pace.
            let times = (0..20_000u64).map(move |n| START + n * NANOS_PER_SEC / 20_000 + thread);
            move || times.map(|now| u32::from(storm.admits(now))).sum::<u32>()
        };
        let total: u32 = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|n| scope.spawn(count(n))).collect();
            threads.into_iter().map(|each| each.join().unwrap()).sum()
        });
        assert!((2000..=2200).contains(&total), "{total}");
    }

    #[test]
    fn rates_that_change_meanwhile_leave_no_lasting_trace() {
        let storm = storm(1);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| admitted(&storm, 50_000, START)))
                .collect();
            for round in 0..5000 {
                storm.set_rate(if round % 2 == 0 { u32::MAX } else { 1 });
            }
            storm.set_rate(100);
            threads.into_iter().for_each(|each| drop(each.join()));
        });
        assert!(storm.admits(START + 2 * NANOS_PER_SEC));
    }

    fn any_rate() -> impl Strategy<Value = u32> {
        prop_oneof![1u32..2000, 1u32..=u32::MAX]
    }

    proptest! {
        #[test]
        fn no_second_has_more_than_rate_and_burst(
            rate in 1u32..2000,
            start: u32,
            steps in proptest::collection::vec((0u64..200 * MILLI, 1u32..300), 1..100),
        ) {
            let storm = storm(rate);
            let mut now = u64::from(start);
            let mut all: Vec<(u64, u32)> = Vec::new();
            for (pause, calls) in steps {
                now += pause;
                all.push((now, admitted(&storm, calls, now)));
                let recent = all.iter().rev();
                let second = recent.take_while(|(time, _)| now - time <= NANOS_PER_SEC);
                let sum: u32 = second.map(|(_, frames)| frames).sum();
                prop_assert!(sum <= rate + burst(rate), "{} in a second", sum);
            }
        }

        #[test]
        fn below_the_limit_none_is_refused(
            (rate, offered) in any_rate().prop_flat_map(|rate| (Just(rate), 1..=rate)),
            start: u32,
        ) {
            let storm = storm(rate);
            for frame in 0..2000u64 {
                let now = u64::from(start) + frame * NANOS_PER_SEC / u64::from(offered);
                prop_assert!(storm.admits(now), "frame {}", frame);
            }
        }

        #[test]
        fn a_clock_that_jumps_stops_nothing(
            rate in any_rate(),
            times: Vec<u64>,
            last in 0..u64::MAX - 2 * NANOS_PER_SEC,
        ) {
            let storm = storm(rate);
            for now in times {
                admitted(&storm, 40, now);
            }
            admitted(&storm, 40, last);
            prop_assert!(storm.admits(last + 2 * NANOS_PER_SEC));
        }

        #[test]
        fn a_clock_that_trembles_lets_no_more_through(
            rate in 1u32..2000,
            times in proptest::collection::vec((0..NANOS_PER_SEC, 1u32..100), 1..100),
        ) {
            let storm = storm(rate);
            let total = times.iter().map(|(after, calls)| admitted(&storm, *calls, START + after));
            prop_assert!(total.sum::<u32>() <= rate + burst(rate));
        }

        #[test]
        fn time_is_counted_exactly(rate: u32, now: u64) {
            let frames = u128::from(now) * u128::from(rate) / u128::from(NANOS_PER_SEC);
            prop_assert_eq!(frames_at(rate, now), frames as u64);
        }
    }
}
