// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! From one set of things to another, by single steps of which each may fail.
//! Sets are slices in order, with each thing once.

/// Does `step` for each of `these` that `others` lack, in order.
pub(crate) fn for_each_lacking<K: Copy + Ord>(these: &[K], others: &[K], step: impl FnMut(K)) {
    let lacking = |key: &&K| others.binary_search(key).is_err();
    these.iter().filter(lacking).copied().for_each(step);
}

/// Does `add` for each of `new` that `old` lacks. When one fails, those before
/// it are taken back with `remove`, and its error is returned.
pub(crate) fn add_lacking<K: Copy + Ord, E>(
    new: &[K],
    old: &[K],
    mut add: impl FnMut(K) -> Result<(), E>,
    remove: impl FnMut(K),
) -> Result<(), E> {
    let mut failure = None;
    let failed_at = new.iter().position(|key| {
        failure = match old.binary_search(key) {
            Ok(_) => None,
            Err(_) => add(*key).err(),
        };
        failure.is_some()
    });
    let Some(error) = failure else {
        return Ok(());
    };
    let added = failed_at.and_then(|index| new.get(..index));
    for_each_lacking(added.unwrap_or(&[]), old, remove);
    Err(error)
}

/// Puts things in order: by a heap, so that it takes no memory, and no longer
/// for things in an order of somebody's choice.
pub(crate) fn sort<K: Copy + Ord>(things: &mut [K]) {
    for start in (0..things.len() / 2).rev() {
        sift(things, start);
    }
    let mut heap = things;
    while let Some(last) = heap.len().checked_sub(1).filter(|last| *last != 0) {
        heap.swap(0, last);
        heap = heap.split_at_mut(last).0;
        sift(heap, 0);
    }
}

/// Lets the thing at `place` sink to where none below it is greater.
fn sift<K: Copy + Ord>(heap: &mut [K], mut place: usize) {
    loop {
        let first = place.saturating_mul(2).saturating_add(1);
        let below = (first..heap.len()).take(2);
        let Some(greatest) = below.max_by_key(|index| heap.get(*index).copied()) else {
            return;
        };
        if heap.get(place) >= heap.get(greatest) {
            return;
        }
        heap.swap(place, greatest);
        place = greatest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn sorts(mut things: Vec<u16>) {
            let mut sorted = things.clone();
            sorted.sort();
            sort(&mut things);
            prop_assert_eq!(things, sorted);
        }

        #[test]
        fn all_or_nothing(
            old: BTreeSet<u8>,
            new: BTreeSet<u8>,
            refused: Option<u8>,
        ) {
            let there = RefCell::new(old.clone());
            let slices = |set: &BTreeSet<u8>| set.iter().copied().collect::<Vec<_>>();
            let (olds, news) = (slices(&old), slices(&new));
            let add = |key| {
                if Some(key) == refused {
                    return Err(key);
                }
                assert!(there.borrow_mut().insert(key), "added twice");
                Ok(())
            };
            let remove = |key| assert!(there.borrow_mut().remove(&key), "removed twice");
            let result = add_lacking(&news, &olds, add, remove);
            match refused.filter(|key| new.contains(key) && !old.contains(key)) {
                Some(key) => {
                    prop_assert_eq!(result, Err(key));
                    prop_assert_eq!(&*there.borrow(), &old);
                }
                None => {
                    prop_assert_eq!(result, Ok(()));
                    for_each_lacking(&olds, &news, remove);
                    prop_assert_eq!(&*there.borrow(), &new);
                }
            }
        }
    }
}
