// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A list of numbers that is read while one writer changes it.
//!
//! A number stays in the place that it got until it is removed, and no other
//! number is moved, so that a reader that goes over the list meets each number
//! that is there all the while exactly once.

use super::atomic::{AtomicU32, Ordering::*};

/// What an empty place has.
const NOBODY: u32 = u32::MAX;

/// All places are taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// A list in the places `S`.
pub(crate) struct Members<S> {
    places: S,
    /// How many numbers there are. The writer's, as `used`.
    len: AtomicU32,
    /// How many places were ever taken: those behind are empty.
    used: AtomicU32,
}

/// An empty place.
pub(crate) fn empty_place() -> AtomicU32 {
    AtomicU32::new(NOBODY)
}

impl<S: AsRef<[AtomicU32]>> Members<S> {
    /// A list in `places`, all of which are empty.
    pub(crate) fn new(places: S) -> Self {
        Self {
            places,
            len: AtomicU32::new(0),
            used: AtomicU32::new(0),
        }
    }

    /// The numbers, in no particular order. Any number of readers, at any time.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let used = self.used.load(Acquire) as usize;
        let places = self.places.as_ref().get(..used).unwrap_or(&[]);
        places
            .iter()
            .map(|place| place.load(Acquire))
            .filter(|number| *number != NOBODY)
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.len.load(Relaxed) as usize
    }

    /// Adds a number that is not there. One writer at a time. A list that is
    /// full is as it was.
    pub(crate) fn add(&self, number: u32) -> Result<(), Full> {
        let (len, used) = (self.len.load(Relaxed), self.used.load(Relaxed));
        let free = match len == used {
            true => used,
            // There is a gap; places behind the last used one are gaps too.
            false => self.place_of(NOBODY).ok_or(Full)?,
        };
        let place = self.places.as_ref().get(free as usize).ok_or(Full)?;
        place.store(number, Release);
        self.used.store(used.max(free.saturating_add(1)), Release);
        self.len.store(len.saturating_add(1), Relaxed);
        Ok(())
    }

    /// Removes a number; whether it was there. One writer at a time.
    pub(crate) fn remove(&self, number: u32) -> bool {
        let place = self.place_of(number);
        let Some(place) = place.and_then(|index| self.places.as_ref().get(index as usize)) else {
            return false;
        };
        place.store(NOBODY, Release);
        let len = self.len.load(Relaxed);
        self.len.store(len.saturating_sub(1), Relaxed);
        true
    }

    fn place_of(&self, number: u32) -> Option<u32> {
        let mut places = self.places.as_ref().iter();
        let index = places.position(|place| place.load(Relaxed) == number)?;
        u32::try_from(index).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::sync::atomic::AtomicBool;

    /// Has readers end with the writer, also when it panics.
    struct Ends<'d>(&'d AtomicBool);

    impl Drop for Ends<'_> {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }

    fn members(places: usize) -> Members<Vec<AtomicU32>> {
        Members::new((0..places).map(|_| empty_place()).collect())
    }

    #[test]
    fn a_gap_is_filled_before_the_list_is_full() {
        let list = members(3);
        for number in [5, 6, 7] {
            assert_eq!(list.add(number), Ok(()));
        }
        assert_eq!(list.add(8), Err(Full));
        assert!(list.remove(6));
        assert!(!list.remove(6));
        assert_eq!(list.iter().collect::<Vec<_>>(), [5, 7]);
        assert_eq!(list.add(8), Ok(()));
        assert_eq!(list.iter().collect::<Vec<_>>(), [5, 8, 7]);
        assert_eq!(list.len(), 3);
    }

    #[test]
    fn a_reader_meets_who_stays_exactly_once() {
        let list = members(64);
        (0..16).for_each(|number| list.add(number).unwrap());
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let _ends = Ends(&done);
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    let stays = list.iter().filter(|number| *number < 16);
                    let mut met: Vec<u32> = stays.collect();
                    met.sort_unstable();
                    assert_eq!(met, (0..16).collect::<Vec<_>>());
                }
            });
            for round in 0..20_000u32 {
                let number = 16 + round % 30;
                if !list.remove(number) {
                    list.add(number).unwrap();
                }
            }
        });
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_set(steps in proptest::collection::vec(0u32..40, 0..300)) {
            let list = members(32);
            let mut model = BTreeSet::new();
            for number in steps {
                if model.remove(&number) {
                    prop_assert!(list.remove(number));
                } else if model.len() < 32 {
                    model.insert(number);
                    prop_assert_eq!(list.add(number), Ok(()));
                } else {
                    prop_assert_eq!(list.add(number), Err(Full));
                }
                prop_assert_eq!(list.len(), model.len());
                prop_assert_eq!(&list.iter().collect::<BTreeSet<_>>(), &model);
                prop_assert_eq!(list.iter().count(), model.len());
            }
        }
    }
}
