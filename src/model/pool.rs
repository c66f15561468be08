// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The rings of a NIC that its VNICs may reserve.
//!
//! The pool knows how many are reserved, not by whom: each owner keeps the
//! number that it has.

/// So many rings, some of them reserved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool {
    capacity: u32,
    /// At most `capacity`.
    used: u32,
}

/// A reservation that there are too few rings for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short {
    /// How many were asked for.
    pub(crate) wanted: u32,
    /// How many could be had: those that nobody else has reserved.
    pub(crate) free: u32,
    /// How many the pool has in all.
    pub(crate) capacity: u32,
}

/// A pool cannot be made smaller than what is reserved: so many rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InUse(pub(crate) u32);

impl Pool {
    /// A pool of `capacity` rings, none of them reserved.
    pub(crate) const fn new(capacity: u32) -> Self {
        Self { capacity, used: 0 }
    }

    /// How many rings there are.
    pub(crate) fn capacity(&self) -> u32 {
        self.capacity
    }

    /// How many are reserved.
    pub(crate) fn used(&self) -> u32 {
        self.used
    }

    /// Makes one owner's reservation of `from` rings one of `to`; 0 is none.
    /// When there are too few, all stays as it was.
    pub(crate) fn change(&mut self, from: u32, to: u32) -> Result<(), Short> {
        let others = self.used.saturating_sub(from);
        let free = self.capacity.saturating_sub(others);
        if to > free {
            return Err(Short {
                wanted: to,
                free,
                capacity: self.capacity,
            });
        }
        // At most the capacity, by the above.
        self.used = others.saturating_add(to);
        Ok(())
    }

    /// Changes how many rings there are.
    pub(crate) fn resize(&mut self, capacity: u32) -> Result<(), InUse> {
        if capacity < self.used {
            return Err(InUse(self.used));
        }
        self.capacity = capacity;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_refusal_tells_what_could_be_had() {
        let mut pool = Pool::new(8);
        assert_eq!(pool.change(0, 3), Ok(()));
        assert_eq!(pool.change(0, 4), Ok(()));
        // One ring is free, and the owner's three are its own to keep.
        let short = Short {
            wanted: 5,
            free: 4,
            capacity: 8,
        };
        assert_eq!(pool.change(3, 5), Err(short));
        assert_eq!(pool.used(), 7);
        assert_eq!(pool.change(3, 4), Ok(()));
        assert_eq!(pool.resize(7), Err(InUse(8)));
        assert_eq!(pool.capacity(), 8);
    }

    #[test]
    fn the_largest_numbers_are_refused_like_others() {
        let mut pool = Pool::new(u32::MAX);
        assert_eq!(pool.change(0, u32::MAX), Ok(()));
        assert_eq!(pool.change(0, 1).map_err(|short| short.free), Err(0));
        assert_eq!(pool.change(1, u32::MAX).map_err(|short| short.free), Err(1));
        assert_eq!(pool.used(), u32::MAX);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Change(u8, u32),
        Resize(u32),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (0u8..6, prop_oneof![0u32..12, any::<u32>()])
                .prop_map(|(owner, to)| Step::Change(owner, to)),
            1 => (0u32..40).prop_map(Step::Resize),
        ]
    }

    proptest! {
        #[test]
        fn agrees_with_a_map_of_owners(
            start in 0u32..30,
            steps in proptest::collection::vec(step(), 0..200),
        ) {
            let (mut pool, mut capacity) = (Pool::new(start), start);
            let mut owners: BTreeMap<u8, u32> = BTreeMap::new();
            for step in steps {
                let used: u32 = owners.values().sum();
                match step {
                    Step::Change(owner, to) => {
                        let from = owners.get(&owner).copied().unwrap_or(0);
                        let others = owners.iter().filter(|(other, _)| **other != owner);
                        let free = capacity - others.map(|(_, rings)| rings).sum::<u32>();
                        let result = pool.change(from, to);
                        if to <= free {
                            prop_assert_eq!(result, Ok(()));
                            owners.insert(owner, to);
                        } else {
                            prop_assert_eq!(result, Err(Short { wanted: to, free, capacity }));
                        }
                    }
                    Step::Resize(to) if to < used => {
                        prop_assert_eq!(pool.resize(to), Err(InUse(used)));
                    }
                    Step::Resize(to) => {
                        prop_assert_eq!(pool.resize(to), Ok(()));
                        capacity = to;
                    }
                }
                prop_assert_eq!(pool.used(), owners.values().sum::<u32>());
                prop_assert_eq!(pool.capacity(), capacity);
                prop_assert!(pool.used() <= capacity);
            }
        }
    }
}
