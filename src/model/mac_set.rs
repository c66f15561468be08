// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A set of MAC addresses with constant-time lookup.
//!
//! Open addressing with linear probing in memory that the caller brings, never
//! more than half full. A set is built once and replaced whole.

use super::mac::Mac;

/// What an empty slot holds; no address has bits above 2^48.
const EMPTY: u64 = u64::MAX;

/// How many slots a set of `len` addresses needs; `None` if that is more than
/// memory can have.
pub(crate) fn slots_for(len: usize) -> Option<usize> {
    len.checked_mul(2)?.max(1).checked_next_power_of_two()
}

/// A set in the slots `S`.
pub(crate) struct MacSet<S> {
    slots: S,
    seed: u64,
}

impl<S: AsRef<[u64]> + AsMut<[u64]>> MacSet<S> {
    /// Builds the set of `macs` in `slots`, whose number must be a power of
    /// two and at least [`slots_for`] as many as there are addresses. Without
    /// room for all, `None`. `seed` is a random number that nobody else knows:
    /// who chooses the addresses cannot choose them to collide.
    pub(crate) fn build(mut slots: S, seed: u64, macs: impl Iterator<Item = Mac>) -> Option<Self> {
        let table = slots.as_mut();
        if !table.len().is_power_of_two() {
            return None;
        }
        table.fill(EMPTY);
        let mut room = table.len() / 2;
        for mac in macs {
            let slot = find(table, seed, mac)?;
            let entry = table.get_mut(slot)?;
            if *entry == EMPTY {
                room = room.checked_sub(1)?;
                *entry = mac.to_bits();
            }
        }
        Some(Self { slots, seed })
    }

    /// Whether `mac` is in the set.
    #[inline]
    pub(crate) fn contains(&self, mac: Mac) -> bool {
        let table = self.slots.as_ref();
        find(table, self.seed, mac).and_then(|slot| table.get(slot)) == Some(&mac.to_bits())
    }
}

/// The slot that holds `mac`, or the empty one where it would go.
#[inline]
fn find(table: &[u64], seed: u64, mac: Mac) -> Option<usize> {
    let mask = table.len().checked_sub(1)?;
    let mut slot = hash(seed, mac, table.len()) & mask;
    for _ in 0..table.len() {
        let entry = *table.get(slot)?;
        if entry == mac.to_bits() || entry == EMPTY {
            return Some(slot);
        }
        slot = slot.wrapping_add(1) & mask;
    }
    None
}

/// Multiply-shift hashing by a secret odd factor: two addresses collide with
/// about the chance of two random numbers (Dietzfelbinger and others, 1997).
/// The slot is the product's highest bits, to which all others contribute.
#[inline]
fn hash(seed: u64, mac: Mac, slots: usize) -> usize {
    let product = mac.to_bits().wrapping_mul(seed | 1);
    product.rotate_left(slots.trailing_zeros()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

    fn set(macs: &[Mac]) -> Option<MacSet<Vec<u64>>> {
        let slots = vec![0; slots_for(macs.len()).unwrap()];
        MacSet::build(slots, SEED, macs.iter().copied())
    }

    #[test]
    fn empty_set_holds_nothing() {
        let set = set(&[]).unwrap();
        assert!(!set.contains(Mac::from_bits(0)));
        assert!(!set.contains(Mac::from_bytes([0xff; 6])));
    }

    #[test]
    fn refuses_too_few_slots_and_odd_sizes() {
        let macs = [1, 2, 3].map(Mac::from_bits);
        assert!(MacSet::build(vec![0; 4], SEED, macs.into_iter()).is_none());
        assert!(MacSet::build(vec![0; 12], SEED, macs.into_iter()).is_none());
        assert!(MacSet::build(Vec::new(), SEED, macs.into_iter()).is_none());
        assert!(MacSet::build(vec![0; 8], SEED, macs.into_iter()).is_some());
    }

    #[test]
    fn same_address_twice_takes_one_slot() {
        let macs = [7, 7, 7, 7].map(Mac::from_bits);
        assert!(MacSet::build(vec![0; 2], SEED, macs.into_iter()).is_some());
    }

    #[test]
    fn slots_for_overflows_to_none() {
        assert_eq!(slots_for(0), Some(1));
        assert_eq!(slots_for(3), Some(8));
        assert_eq!(slots_for(usize::MAX), None);
    }

    /// The longest run of slots in use, which bounds every lookup.
    fn longest_run(set: &MacSet<Vec<u64>>) -> usize {
        set.slots
            .split(|slot| *slot == EMPTY)
            .map(<[u64]>::len)
            .max()
            .unwrap()
    }

    #[test]
    fn groups_that_differ_in_the_last_octet_spread() {
        let groups: Vec<Mac> = (0..128)
            .map(|n| Mac::from_bytes([1, 0, 0x5e, 0, 0, n]))
            .collect();
        let long = (0..1000u64)
            .map(|n| n.wrapping_mul(0xd129_0d3b_3f5b_9d4d) ^ 0x5851_f42d_4c95_7f2d)
            .map(|seed| MacSet::build(vec![0; 256], seed, groups.iter().copied()).unwrap())
            .filter(|set| longest_run(set) > 32)
            .count();
        assert!(long < 50, "{long} of 1000 seeds make long runs");
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_set(
            members in proptest::collection::vec(0u64..1 << 48, 0..200),
            others in proptest::collection::vec(0u64..1 << 48, 0..200),
            seed: u64,
        ) {
            let macs: Vec<Mac> = members.iter().copied().map(Mac::from_bits).collect();
            let model: HashSet<u64> = members.iter().copied().collect();
            let slots = vec![0; slots_for(macs.len()).unwrap()];
            let set = MacSet::build(slots, seed, macs.iter().copied()).unwrap();
            for bits in members.iter().chain(&others) {
                prop_assert_eq!(set.contains(Mac::from_bits(*bits)), model.contains(bits));
            }
        }

        #[test]
        fn neighbours_agree_with_a_plain_set(base in 0u64..1 << 40, n in 1usize..300) {
            let macs: Vec<Mac> = (0..n as u64).map(|i| Mac::from_bits(base + i)).collect();
            let set = set(&macs).unwrap();
            prop_assert!(macs.iter().all(|mac| set.contains(*mac)));
            prop_assert!(!set.contains(Mac::from_bits(base + n as u64)));
        }
    }
}
