// SPDX-License-Identifier: GPL-2.0
//! What a ring's sums over time tell of an interval: how many frames there were
//! in a queue, for how long each, and how much of the time any.

/// So many for each of so many; none for each of none.
pub fn ratio(many: u64, each: u64) -> Option<f64> {
    (each > 0).then(|| many as f64 / each as f64)
}

/// The sums of a queue, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Time in which there were frames.
    pub time: Option<u64>,
    /// The same, each as often as there were frames.
    pub length_time: Option<u64>,
}

/// A ring's two queues over an interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// Frames that polls took.
    pub frames: Option<u64>,
    /// The interval in nanoseconds.
    pub age: Option<u64>,
    /// Frames that wait for a poll.
    pub wait: Sums,
    /// Frames that a poll delivers.
    pub run: Sums,
}

impl Occupancy {
    /// How many frames there were in one of the queues, on the mean.
    pub fn length(&self, queue: Sums) -> Option<f64> {
        ratio(queue.length_time?, self.age?)
    }

    /// How many microseconds a frame was there, on the mean: Little's law.
    pub fn microseconds(&self, queue: Sums) -> Option<f64> {
        Some(ratio(queue.length_time?, self.frames?)? / 1e3)
    }

    /// In how much of the time, in per cent, there was a frame.
    pub fn percent(&self, queue: Sums) -> Option<f64> {
        Some(ratio(queue.time?, self.age?)? * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_SECONDS: Occupancy = Occupancy {
        frames: Some(1000),
        age: Some(2_000_000_000),
        wait: Sums {
            time: Some(500_000_000),
            length_time: Some(3_000_000_000),
        },
        run: Sums {
            time: None,
            length_time: None,
        },
    };

    #[test]
    fn means_of_an_interval() {
        let wait = TWO_SECONDS.wait;
        assert_eq!(TWO_SECONDS.length(wait), Some(1.5));
        assert_eq!(TWO_SECONDS.microseconds(wait), Some(3000.0));
        assert_eq!(TWO_SECONDS.percent(wait), Some(25.0));
    }

    #[test]
    fn what_is_not_known_has_no_mean() {
        let run = TWO_SECONDS.run;
        assert_eq!(TWO_SECONDS.length(run), None);
        assert_eq!(TWO_SECONDS.percent(run), None);
        let idle = Occupancy {
            frames: Some(0),
            age: Some(0),
            ..TWO_SECONDS
        };
        assert_eq!(idle.microseconds(idle.wait), None);
        assert_eq!(idle.length(idle.wait), None);
    }
}
