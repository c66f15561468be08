// SPDX-License-Identifier: GPL-2.0
//! Rates of the last minute.

use std::collections::VecDeque;
use std::time::Duration;

/// How long a rate is kept.
const KEPT: Duration = Duration::from_secs(60);

/// Rates with the times that they were seen at, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    rates: VecDeque<(Duration, f64)>,
}

impl History {
    /// Adds one, and forgets those that are too old.
    pub fn push(&mut self, at: Duration, rate: f64) {
        self.rates.push_back((at, rate));
        while let Some((oldest, _)) = self.rates.front() {
            if at.saturating_sub(*oldest) < KEPT {
                break;
            }
            self.rates.pop_front();
        }
    }

    /// The last minute in so many columns, the latest right: in each the
    /// highest rate of its share of the minute, rounded up, so that none above
    /// 0 looks like none at all.
    pub fn columns(&self, now: Duration, width: u16) -> Vec<u64> {
        let mut columns = vec![0; usize::from(width)];
        let share = KEPT.as_secs_f64() / f64::from(width.max(1));
        for (at, rate) in &self.rates {
            let age = (now.saturating_sub(*at).as_secs_f64() / share) as usize;
            let place = columns.len().checked_sub(age.saturating_add(1));
            if let Some(column) = place.and_then(|place| columns.get_mut(place)) {
                *column = (*column).max(rate.ceil() as u64);
            }
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_minute_is_kept() {
        let mut history = History::default();
        for second in 0..200 {
            history.push(seconds(second), second as f64);
        }
        assert_eq!(history.rates.len(), 60);
        assert_eq!(history.columns(seconds(199), 60)[0], 140);
        assert_eq!(history.columns(seconds(199), 60)[59], 199);
    }

    #[test]
    fn columns_have_the_highest() {
        let mut history = History::default();
        for (second, rate) in [(1, 5.0), (2, 0.2), (58, 7.0), (60, 3.0)] {
            history.push(seconds(second), rate);
        }
        assert_eq!(history.columns(seconds(60), 6), [5, 0, 0, 0, 0, 7]);
        assert_eq!(history.columns(seconds(60), 1), [7]);
        assert!(history.columns(seconds(60), 0).is_empty());
        assert_eq!(history.columns(seconds(200), 3), [0, 0, 0]);
    }
}
