// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A map from keys to words that is read while one writer changes it.
//!
//! Open addressing with linear probing, never more than half full. Keys are
//! below `u64::MAX`, which stands for none. A key that was put into a slot stays
//! there for the map's life; when its word is taken away the slot's word is
//! zero. So a reader that found its key can read nothing but that key's word,
//! old or new, without a lock and without a second look. Keys without a word go
//! when the map is built anew.

use super::atomic::{AtomicU64, AtomicUsize, Ordering::*};

/// What an empty slot has for a key.
const EMPTY: u64 = u64::MAX;

/// One place of a map.
pub(crate) struct Slot {
    key: AtomicU64,
    word: AtomicUsize,
}

impl Slot {
    /// An empty one.
    pub(crate) fn empty() -> Self {
        Self {
            key: AtomicU64::new(EMPTY),
            word: AtomicUsize::new(0),
        }
    }
}

/// All slots that may hold a key do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// A map in the slots `S`.
pub(crate) struct KeyMap<S> {
    slots: S,
    /// An odd number that only this map knows.
    factor: u64,
    /// How far a hash is shifted to become a slot's number.
    shift: u32,
    /// How many slots have a key, with or without a word. The writer's.
    used: AtomicUsize,
}

/// The least number of slots of a map for keys: so many that a few keys seldom
/// meet, since one that is not in its first slot takes longer to find.
const LEAST: usize = 64;
/// That of a map that takes none.
const NONE: usize = 2;

/// How many slots a map for `len` keys needs, so that as many can come on top; for
/// none, one that takes none. `None` if that is more than memory can have.
pub(crate) fn slots_for(len: usize) -> Option<usize> {
    match len {
        0 => Some(NONE),
        _ => len.checked_mul(4)?.max(LEAST).checked_next_power_of_two(),
    }
}

impl<S: AsRef<[Slot]>> KeyMap<S> {
    /// A map in `slots`, which must be empty, a power of two in number, and at
    /// least two. `seed` is a random number that nobody else knows: who chooses the keys
    /// cannot choose them to collide.
    pub(crate) fn new(slots: S, seed: u64) -> Option<Self> {
        let len = slots.as_ref().len();
        let shift = u64::BITS.checked_sub(len.trailing_zeros())?;
        (len > 1 && len.is_power_of_two()).then_some(Self {
            slots,
            factor: seed | 1,
            shift,
            used: AtomicUsize::new(0),
        })
    }

    /// The word of `key`; 0 if it has none. Any number of readers, at any time.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> usize {
        // Most keys are in the first slot that is looked at.
        match self.slots.as_ref().get(self.first(key)) {
            Some(slot) if slot.key.load(Acquire) == key => slot.word.load(Acquire),
            _ => self.get_further(key),
        }
    }

    #[inline(never)]
    fn get_further(&self, key: u64) -> usize {
        self.find(key)
            .filter(|(_, found)| *found)
            .map_or(0, |(slot, _)| slot.word.load(Acquire))
    }

    /// The number of the first slot that may have a key.
    #[inline]
    fn first(&self, key: u64) -> usize {
        hash(self.factor, key).wrapping_shr(self.shift) as usize
    }

    /// Gives `key` the word `word`, or with 0 takes its word away. One writer
    /// at a time. A map that is full is as it was.
    pub(crate) fn set(&self, key: u64, word: usize) -> Result<(), Full> {
        let (slot, found) = self.find(key).ok_or(Full)?;
        if !found {
            if word == 0 {
                return Ok(());
            }
            let used = self.used.load(Relaxed);
            let len = self.slots.as_ref().len();
            if len == NONE || used >= len / 2 {
                return Err(Full);
            }
            self.used.store(used.wrapping_add(1), Relaxed);
        }
        slot.word.store(word, Release);
        if !found {
            slot.key.store(key, Release);
        }
        Ok(())
    }

    /// The keys that have a word, with it. For the writer.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, usize)> + '_ {
        let slots = self.slots.as_ref().iter();
        slots
            .map(|slot| (slot.key.load(Relaxed), slot.word.load(Relaxed)))
            .filter(|(_, word)| *word != 0)
    }

    /// The slot of `key` and true, or the empty one where it would go and
    /// false; none if all slots have other keys.
    fn find(&self, key: u64) -> Option<(&Slot, bool)> {
        let slots = self.slots.as_ref();
        let mask = slots.len().checked_sub(1)?;
        let mut index = self.first(key);
        for _ in 0..slots.len() {
            let slot = slots.get(index)?;
            let there = slot.key.load(Acquire);
            if there == key || there == EMPTY {
                return Some((slot, there == key));
            }
            index = index.wrapping_add(1) & mask;
        }
        None
    }
}

/// Multiply-shift hashing by a secret odd factor (Dietzfelbinger and others,
/// 1997), twice: once alone lays keys that count up, as addresses and VLAN ids
/// do, out in even steps, and for one factor of some hundred in steps that make
/// long runs (Patrascu and Thorup, 2010). The slot is the second product's
/// highest bits, to which all others contribute.
#[inline]
fn hash(factor: u64, key: u64) -> u64 {
    /// 2^64 divided by the golden ratio (Knuth, TAOCP 3, 6.4).
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

    let product = key.wrapping_mul(factor);
    (product ^ (product >> 32)).wrapping_mul(GOLDEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::sync::atomic::AtomicBool;

    const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

    /// Has readers end with the writer, also when it panics.
    struct Ends<'d>(&'d AtomicBool);

    impl Drop for Ends<'_> {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }

    fn map(slots: usize) -> KeyMap<Vec<Slot>> {
        let slots = (0..slots).map(|_| Slot::empty()).collect();
        KeyMap::new(slots, SEED).unwrap()
    }

    #[test]
    fn an_odd_number_of_slots_is_refused() {
        assert!(KeyMap::new(Vec::new(), SEED).is_none());
        assert!(KeyMap::new((0..12).map(|_| Slot::empty()).collect::<Vec<_>>(), SEED).is_none());
    }

    #[test]
    fn a_key_without_a_word_is_not_there() {
        let map = map(16);
        assert_eq!(map.get(7), 0);
        assert_eq!(map.set(7, 0), Ok(()));
        assert_eq!(map.set(7, 70), Ok(()));
        assert_eq!(map.get(7), 70);
        assert_eq!(map.set(7, 0), Ok(()));
        assert_eq!(map.get(7), 0);
        assert_eq!(map.entries().count(), 0);
    }

    #[test]
    fn half_of_the_slots_are_for_keys_and_a_key_keeps_its_own() {
        let map = map(16);
        for key in 0..8 {
            assert_eq!(map.set(key, 1), Ok(()));
        }
        assert_eq!(map.set(8, 1), Err(Full));
        assert_eq!(map.get(8), 0);
        assert_eq!(map.set(3, 0), Ok(()));
        assert_eq!(map.set(8, 1), Err(Full));
        assert_eq!(map.set(3, 9), Ok(()));
        assert_eq!(map.get(3), 9);
    }

    #[test]
    fn room_for_as_many_again() {
        assert_eq!(slots_for(1), Some(64));
        assert_eq!(slots_for(17), Some(128));
        assert_eq!(slots_for(usize::MAX), None);
        let map = map(slots_for(100).unwrap());
        assert!((0..200).all(|key| map.set(key, 1).is_ok()));
    }

    #[test]
    fn a_map_for_none_takes_none() {
        let map = map(slots_for(0).unwrap());
        assert_eq!((map.set(7, 70), map.set(7, 0)), (Err(Full), Ok(())));
        assert_eq!((map.get(7), map.entries().count()), (0, 0));
    }

    #[test]
    fn a_reader_sees_only_words_of_its_key() {
        let map = map(256);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let _ends = Ends(&done);
            for key in 0..4u64 {
                let (map, done) = (&map, &done);
                scope.spawn(move || {
                    while !done.load(Relaxed) {
                        let word = map.get(key);
                        assert!(word == 0 || word as u64 % 128 == key, "key {key}: {word}");
                    }
                });
            }
            for round in 0..20_000u64 {
                let key = round * 7 % 100;
                let word = if round % 3 == 0 {
                    0
                } else {
                    128 * (round + 1) + key
                };
                map.set(key, word as usize).unwrap();
            }
        });
    }

    #[test]
    fn a_key_that_stays_is_found_all_the_while() {
        // Few slots, so that all keys cross one another's ways.
        let map = map(64);
        (0..8u64).for_each(|key| map.set(key, 1000 + key as usize).unwrap());
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let _ends = Ends(&done);
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(Relaxed) {
                        for key in 0..8u64 {
                            assert_eq!(map.get(key), 1000 + key as usize);
                        }
                        // What was never put is never there.
                        (100..140).for_each(|key| assert_eq!(map.get(key), 0));
                    }
                });
            }
            for round in 0..40_000u64 {
                let word = if round % 48 < 24 { 7 } else { 0 };
                map.set(8 + round % 24, word).unwrap();
            }
        });
    }

    /// The mean number of slots that are looked at for a key that is there.
    fn probes(map: &KeyMap<Vec<Slot>>) -> usize {
        let mask = map.slots.len() - 1;
        let (mut keys, mut sum) = (0, 0);
        for (index, slot) in map.slots.iter().enumerate() {
            let key = slot.key.load(Relaxed);
            if key != EMPTY {
                keys += 1;
                let first = map.first(key);
                sum += 1 + (index.wrapping_sub(first) & mask);
            }
        }
        sum / keys
    }

    #[test]
    fn keys_that_count_up_make_no_long_runs() {
        let stations = |n: u64| 0x02 | ((n >> 8) << 32) | ((n & 0xff) << 40);
        let vlans = |n: u64| 0x5634_1200_5452 | (n << 48);
        for (what, key) in [
            ("stations", &stations as &dyn Fn(u64) -> u64),
            ("vlans", &vlans),
        ] {
            let mut seed = SEED;
            for _ in 0..300 {
                // Any seeds, the same each time.
                seed = (seed ^ (seed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (seed >> 32);
                let slots: Vec<Slot> = (0..4096).map(|_| Slot::empty()).collect();
                let map = KeyMap::new(slots, seed).unwrap();
                (0..2048).for_each(|n| map.set(key(n), 1).unwrap());
                let probes = probes(&map);
                assert!(probes < 8, "{what}: {probes} with seed {seed:#x}");
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_map(
            steps in proptest::collection::vec((0u64..60, 0usize..5), 0..400),
            seed: u64,
        ) {
            let slots: Vec<Slot> = (0..128).map(|_| Slot::empty()).collect();
            let map = KeyMap::new(slots, seed).unwrap();
            let mut model = HashMap::new();
            for (key, word) in steps {
                prop_assert_eq!(map.set(key, word), Ok(()));
                model.insert(key, word);
            }
            for key in 0..80 {
                prop_assert_eq!(map.get(key), model.get(&key).copied().unwrap_or(0));
            }
            model.retain(|_, word| *word != 0);
            prop_assert_eq!(map.entries().collect::<HashMap<_, _>>(), model);
        }
    }
}
