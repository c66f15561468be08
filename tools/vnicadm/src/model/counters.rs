// SPDX-License-Identifier: GPL-2.0
//! Sets of counters.

/// What is counted, of a device or of a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Field {
    RxPackets,
    RxBytes,
    RxDrops,
    RxErrors,
    Multicast,
    TxPackets,
    TxBytes,
    TxDrops,
    TxErrors,
    /// Times that a transmit queue was stopped.
    Stops,
    /// Times that one was let go again.
    Wakes,
    /// Frames that were given back to the stack.
    Busy,
    /// Frames that a ring delivered.
    Packets,
    Bytes,
    /// Times that a sender found a ring full.
    Full,
    Interrupts,
    Timer,
    /// Polls that found a frame.
    Polls,
    /// Those that found one.
    Single,
    Few,
    Many,
    Lots,
    Switches,
    Adaptations,
    /// Frames that polls took out of a ring, whoever's they are.
    Frames,
    /// Nanoseconds: those that the sums below are of.
    Age,
    WaitTime,
    WaitLengthTime,
    RunTime,
    RunLengthTime,
}

/// How many fields there are.
const FIELDS: usize = Field::RunLengthTime as usize + 1;

/// Some counters, of which each is known or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    values: [u64; FIELDS],
    known: u64,
}

impl Counters {
    /// A counter's value, if it is known.
    pub fn get(&self, field: Field) -> Option<u64> {
        let place = field as usize;
        (self.known & (1 << place) != 0).then(|| self.values[place])
    }

    /// Makes a counter known.
    pub fn set(&mut self, field: Field, value: u64) {
        let place = field as usize;
        self.values[place] = value;
        self.known |= 1 << place;
    }

    /// These, with more of them.
    pub fn with(mut self, counters: &[(Field, u64)]) -> Self {
        for (field, value) in counters {
            self.set(*field, *value);
        }
        self
    }

    /// What was counted since then. Counters never go back, so where one has
    /// these are of something else than those, and there is no answer. What was
    /// not known then is not known.
    pub fn since(&self, then: &Self) -> Option<Self> {
        let mut passed = Self {
            known: self.known & then.known,
            ..Self::default()
        };
        for (place, value) in passed.values.iter_mut().enumerate() {
            if passed.known & (1 << place) != 0 {
                *value = self.values[place].checked_sub(then.values[place])?;
            }
        }
        Some(passed)
    }

    /// Adds others to these.
    pub fn add(&mut self, others: &Self) {
        for (value, other) in self.values.iter_mut().zip(others.values) {
            *value = value.saturating_add(other);
        }
        self.known |= others.known;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known() {
        let counters = Counters::default().with(&[(Field::RxPackets, 5), (Field::Adaptations, 7)]);
        assert_eq!(counters.get(Field::RxPackets), Some(5));
        assert_eq!(counters.get(Field::Adaptations), Some(7));
        assert_eq!(counters.get(Field::RxBytes), None);
    }

    #[test]
    fn what_was_counted_since() {
        let then = Counters::default().with(&[(Field::RxPackets, 5)]);
        let now = then.with(&[(Field::RxPackets, 8), (Field::Full, 2)]);
        let passed = now.since(&then).unwrap();
        assert_eq!(passed.get(Field::RxPackets), Some(3));
        assert_eq!(passed.get(Field::Full), None);
        assert_eq!(then.since(&now), None);
    }

    #[test]
    fn sums() {
        let mut sum = Counters::default().with(&[(Field::Polls, u64::MAX)]);
        sum.add(&Counters::default().with(&[(Field::Polls, 1), (Field::Full, 2)]));
        assert_eq!(sum.get(Field::Polls), Some(u64::MAX));
        assert_eq!(sum.get(Field::Full), Some(2));
    }
}
