// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The indirection table of receive-side scaling: from a hash to a ring.
//!
//! Its size is a power of two and the low bits of the hash choose the entry, as
//! Microsoft's RSS document has it. A table is made whole and replaced whole; a
//! change of one entry moves the flows of that entry and no others.

/// Least entries of a table, as hardware has them.
const MIN_ENTRIES: usize = 128;

/// Entries for each ring: with four, no ring of an equal spread has more than a
/// quarter above another.
const ENTRIES_PER_RING: usize = 4;

/// Most entries of a table: enough for 256 rings.
pub(crate) const MAX_ENTRIES: usize = 1024;

/// How many entries a table for `rings` rings has; `None` if that is more than
/// [`MAX_ENTRIES`].
pub(crate) fn entries_for(rings: usize) -> Option<usize> {
    rings
        .checked_mul(ENTRIES_PER_RING)?
        .max(MIN_ENTRIES)
        .checked_next_power_of_two()
        .filter(|entries| *entries <= MAX_ENTRIES)
}

/// Why a table is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The number of entries is not a power of two, or differs from the ring
    /// numbers given.
    Size,
    /// There is no ring.
    NoRing,
    /// An entry names a ring that there isn't.
    NoSuchRing {
        /// The entry.
        entry: usize,
        /// The ring it names.
        ring: u32,
    },
}

/// A table in the memory `S`.
pub(crate) struct Indirection<S> {
    entries: S,
}

impl<S: AsRef<[u16]> + AsMut<[u16]>> Indirection<S> {
    /// The default: rings `0..rings` in turn.
    pub(crate) fn equal(mut entries: S, rings: u16) -> Result<Self, Refusal> {
        if rings == 0 {
            return Err(Refusal::NoRing);
        }
        let in_turn = (0..rings).cycle();
        let table = entries.as_mut();
        check_size(table)?;
        table
            .iter_mut()
            .zip(in_turn)
            .for_each(|(entry, ring)| *entry = ring);
        Ok(Self { entries })
    }

    /// A table with an entry for each number of `wanted`, all below `rings`.
    pub(crate) fn of(mut entries: S, wanted: &[u32], rings: u16) -> Result<Self, Refusal> {
        let table = entries.as_mut();
        check_size(table)?;
        if table.len() != wanted.len() {
            return Err(Refusal::Size);
        }
        for (index, (entry, ring)) in table.iter_mut().zip(wanted).enumerate() {
            *entry = match u16::try_from(*ring) {
                Ok(ring) if ring < rings => ring,
                _ => {
                    return Err(Refusal::NoSuchRing {
                        entry: index,
                        ring: *ring,
                    })
                }
            };
        }
        Ok(Self { entries })
    }

    /// The table in memory of another size: cut, or repeated as often as there
    /// is room. Whoever cuts makes sure that what is cut off says nothing new.
    pub(crate) fn refit(mut entries: S, from: &[u16]) -> Result<Self, Refusal> {
        let table = entries.as_mut();
        check_size(table)?;
        check_size(from)?;
        let again = from.iter().cycle();
        table
            .iter_mut()
            .zip(again)
            .for_each(|(entry, ring)| *entry = *ring);
        Ok(Self { entries })
    }

    /// The ring of a hash.
    #[inline]
    pub(crate) fn ring(&self, hash: u32) -> u16 {
        let table = self.entries.as_ref();
        let entry = hash as usize & table.len().wrapping_sub(1);
        table.get(entry).copied().unwrap_or(0)
    }

    /// The entries.
    pub(crate) fn entries(&self) -> &[u16] {
        self.entries.as_ref()
    }

    /// The highest ring that is named. Without it, a table that the user set
    /// stands against a change; one that they did not is made anew by
    /// [`Self::equal`].
    pub(crate) fn last_ring(&self) -> u16 {
        self.entries().iter().copied().max().unwrap_or(0)
    }
}

fn check_size(table: &[u16]) -> Result<(), Refusal> {
    if table.len().is_power_of_two() {
        Ok(())
    } else {
        Err(Refusal::Size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn equal(entries: usize, rings: u16) -> Indirection<Vec<u16>> {
        Indirection::equal(vec![0; entries], rings).unwrap()
    }

    #[test]
    fn equal_gives_rings_in_turn() {
        assert_eq!(equal(8, 3).entries(), [0, 1, 2, 0, 1, 2, 0, 1]);
        assert_eq!(equal(4, 1).entries(), [0; 4]);
        assert_eq!(equal(2, 5).entries(), [0, 1]);
        assert_eq!(Indirection::equal([0; 4], 0).err(), Some(Refusal::NoRing));
    }

    #[test]
    fn sizes_are_powers_of_two() {
        for len in [0, 3, 12, 100] {
            let refused = Indirection::equal(vec![0; len], 1).err();
            assert_eq!(refused, Some(Refusal::Size));
            let refused = Indirection::of(vec![0; len], &vec![0; len], 1).err();
            assert_eq!(refused, Some(Refusal::Size));
        }
        assert_eq!(
            Indirection::of([0; 4], &[0; 2], 1).err(),
            Some(Refusal::Size)
        );
        assert_eq!(entries_for(1), Some(128));
        assert_eq!(entries_for(32), Some(128));
        assert_eq!(entries_for(33), Some(256));
        assert_eq!(entries_for(256), Some(MAX_ENTRIES));
        for rings in [257, usize::MAX] {
            assert_eq!(entries_for(rings), None);
        }
    }

    #[test]
    fn entries_name_rings() {
        let refused = Indirection::of([0; 4], &[0, 1, 2, 1], 2).err();
        assert_eq!(refused, Some(Refusal::NoSuchRing { entry: 2, ring: 2 }));
        let refused = Indirection::of([0; 2], &[0, 0x1_0000], u16::MAX).err();
        assert_eq!(
            refused,
            Some(Refusal::NoSuchRing {
                entry: 1,
                ring: 0x1_0000
            })
        );
        assert!(Indirection::of([0; 2], &[0, 0], 0).is_err());
    }

    #[test]
    fn last_ring_is_found() {
        let table = Indirection::of([0; 4], &[0, 3, 1, 3], 4).unwrap();
        assert_eq!(table.last_ring(), 3);
        assert_eq!(equal(4, 1).last_ring(), 0);
    }

    #[test]
    fn tables_are_cut_and_repeated() {
        let refit = |len, from: &[u16]| {
            let table = Indirection::refit(vec![0; len], from);
            table.map(|table| table.entries().to_vec())
        };
        assert_eq!(refit(8, &[3, 2, 1, 0]).unwrap(), [3, 2, 1, 0, 3, 2, 1, 0]);
        assert_eq!(refit(2, &[3, 2, 1, 0]).unwrap(), [3, 2]);
        assert_eq!(refit(4, &[3, 2, 1, 0]).unwrap(), [3, 2, 1, 0]);
        assert_eq!(refit(3, &[1, 2]), Err(Refusal::Size));
        assert_eq!(refit(4, &[]), Err(Refusal::Size));
    }

    proptest! {
        #[test]
        fn rings_are_those_given(
            wanted in prop::collection::vec(0..9u32, 16),
            hash: u32,
        ) {
            let table = Indirection::of(vec![0; 16], &wanted, 9).unwrap();
            prop_assert_eq!(u32::from(table.ring(hash)), wanted[hash as usize % 16]);
        }

        #[test]
        fn a_change_moves_only_its_own_flows(
            wanted in prop::collection::vec(0..9u32, 16),
            entry in 0..16usize,
            ring in 0..9u32,
            hashes in prop::collection::vec(any::<u32>(), 64),
        ) {
            let before = Indirection::of(vec![0; 16], &wanted, 9).unwrap();
            let mut changed = wanted;
            changed[entry] = ring;
            let after = Indirection::of(vec![0; 16], &changed, 9).unwrap();
            for hash in hashes {
                if hash as usize % 16 == entry {
                    prop_assert_eq!(u32::from(after.ring(hash)), ring);
                } else {
                    prop_assert_eq!(before.ring(hash), after.ring(hash));
                }
            }
        }

        #[test]
        fn what_is_repeated_is_cut_again(
            from in prop::collection::vec(0..9u16, 16),
            hash: u32,
        ) {
            let grown = Indirection::refit(vec![0; 64], &from).unwrap();
            prop_assert_eq!(grown.ring(hash), from[hash as usize % 16]);
            let cut = Indirection::refit(vec![0; 16], grown.entries()).unwrap();
            prop_assert_eq!(cut.entries(), &from[..]);
        }

        #[test]
        fn equal_is_even(rings in 1..64u16) {
            let table = equal(entries_for(rings.into()).unwrap(), rings);
            let count = |ring| table.entries().iter().filter(|entry| **entry == ring).count();
            let counts: Vec<_> = (0..rings).map(count).collect();
            let [least, most] = [counts.iter().min().unwrap(), counts.iter().max().unwrap()];
            prop_assert!(*least >= ENTRIES_PER_RING && most - least <= 1, "{counts:?}");
        }
    }
}
