// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The VLANs that a trunk is on, and their form in a netlink attribute: ranges
//! of VLAN ids, each the first and the last of it as two 16-bit numbers of the
//! machine's byte order.
//!
//! Id 0 stands for untagged frames. 4095 is reserved (IEEE 802.1Q, table 9-2).

use super::vlan::Ids;

/// The highest VLAN id.
pub(crate) const LAST_ID: u16 = 4094;
/// The most ids that a set may have.
pub(crate) const MAX_LEN: u16 = 256;
/// The longest attribute: no id of it is next to another one.
pub(crate) const MAX_BYTES: usize = MAX_LEN as usize * RANGE_BYTES;

/// How many bytes a range takes.
const RANGE_BYTES: usize = 4;

/// Why bytes are no set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// They end inside a range: so many bytes.
    Length(usize),
    /// An id above [`LAST_ID`].
    Id(u16),
    /// A range whose first id is behind its last one.
    Order(Range),
    /// An id that is there twice.
    Twice(u16),
    /// More than [`MAX_LEN`] ids.
    TooMany,
}

/// A range of VLAN ids, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// Its first one.
    pub(crate) first: u16,
    /// Its last one.
    pub(crate) last: u16,
}

impl Range {
    fn from_bytes(bytes: [u8; RANGE_BYTES]) -> Self {
        let [a, b, c, d] = bytes;
        Self {
            first: u16::from_ne_bytes([a, b]),
            last: u16::from_ne_bytes([c, d]),
        }
    }

    fn to_bytes(self) -> [u8; RANGE_BYTES] {
        let ([a, b], [c, d]) = (self.first.to_ne_bytes(), self.last.to_ne_bytes());
        [a, b, c, d]
    }
}

/// A set of at most [`MAX_LEN`] VLAN ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VlanSet {
    ids: Ids,
    len: u16,
}

impl VlanSet {
    /// No VLAN.
    pub(crate) const fn none() -> Self {
        Self {
            ids: Ids::none(),
            len: 0,
        }
    }

    /// The set that an attribute tells. The first range in it that cannot be is
    /// what it is refused for.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut set = Self::none();
        let ranges = bytes.chunks_exact(RANGE_BYTES);
        if !ranges.remainder().is_empty() {
            return Err(Refusal::Length(bytes.len()));
        }
        for range in ranges.filter_map(|range| range.first_chunk()) {
            set.add(Range::from_bytes(*range))?;
        }
        Ok(set)
    }

    /// Writes the set as the attribute that tells it in as few ranges as can
    /// be, in ascending order.
    pub(crate) fn to_bytes<'r>(&self, room: &'r mut [u8; MAX_BYTES]) -> &'r [u8] {
        let mut len: usize = 0;
        for (place, range) in room.chunks_exact_mut(RANGE_BYTES).zip(self.ranges()) {
            place.copy_from_slice(&range.to_bytes());
            len = len.saturating_add(RANGE_BYTES);
        }
        room.get(..len).unwrap_or(&[])
    }

    /// How many ids there are.
    pub(crate) fn len(&self) -> u16 {
        self.len
    }

    /// Whether an id is there; none above [`LAST_ID`] is.
    #[inline]
    pub(crate) fn contains(&self, id: u16) -> bool {
        id <= LAST_ID && self.ids.contains(id)
    }

    /// The ids, in ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        (0..=LAST_ID).filter(|id| self.contains(*id))
    }

    /// The ids as ranges that neither meet nor touch, in ascending order.
    fn ranges(&self) -> impl Iterator<Item = Range> + '_ {
        let firsts = self.iter().filter(|id| !self.contains(id.wrapping_sub(1)));
        firsts.map(|first| {
            let follows = |id: &u16| self.contains(*id);
            let last = (first..=LAST_ID).take_while(follows).last();
            Range {
                first,
                last: last.unwrap_or(first),
            }
        })
    }

    fn add(&mut self, range: Range) -> Result<(), Refusal> {
        let Range { first, last } = range;
        if first > LAST_ID || last > LAST_ID {
            return Err(Refusal::Id(first.max(last)));
        }
        let distance = last.checked_sub(first).ok_or(Refusal::Order(range))?;
        if let Some(id) = (first..=last).find(|id| self.contains(*id)) {
            return Err(Refusal::Twice(id));
        }
        let len = self.len.saturating_add(distance).saturating_add(1);
        if len > MAX_LEN {
            return Err(Refusal::TooMany);
        }
        (first..=last).for_each(|id| self.ids.put(id, true));
        self.len = len;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn bytes(ranges: &[(u16, u16)]) -> Vec<u8> {
        let range = |&(first, last): &(u16, u16)| Range { first, last }.to_bytes();
        ranges.iter().flat_map(range).collect()
    }

    fn set(ranges: &[(u16, u16)]) -> Result<VlanSet, Refusal> {
        VlanSet::from_bytes(&bytes(ranges))
    }

    #[test]
    fn numbers_have_the_order_of_the_machine() {
        let mut attribute = [0; 4];
        attribute[..2].copy_from_slice(&100u16.to_ne_bytes());
        attribute[2..].copy_from_slice(&102u16.to_ne_bytes());
        let set = VlanSet::from_bytes(&attribute).unwrap();
        assert_eq!(set.iter().collect::<Vec<_>>(), [100, 101, 102]);
        assert_eq!(set.to_bytes(&mut [0; MAX_BYTES]), attribute);
    }

    #[test]
    fn nothing_is_the_empty_set() {
        let set = VlanSet::from_bytes(&[]).unwrap();
        assert_eq!((set.len(), &set), (0, &VlanSet::none()));
        assert!((0..=u16::MAX).all(|id| !set.contains(id)));
        assert!(set.to_bytes(&mut [0; MAX_BYTES]).is_empty());
    }

    #[test]
    fn ranges_that_touch_become_one() {
        let set = set(&[(30, 39), (0, 0), (20, 29), (4094, 4094), (1, 1)]).unwrap();
        let told = bytes(&[(0, 1), (20, 39), (4094, 4094)]);
        assert_eq!(set.to_bytes(&mut [0; MAX_BYTES]), told);
        assert_eq!(set.len(), 23);
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for len in [1, 2, 3, 5, 1025] {
            let refusal = VlanSet::from_bytes(&vec![0; len]).unwrap_err();
            assert_eq!(refusal, Refusal::Length(len));
        }
        let order = Range { first: 9, last: 8 };
        assert_eq!(set(&[(9, 8)]), Err(Refusal::Order(order)));
        assert_eq!(set(&[(4094, 4095)]), Err(Refusal::Id(4095)));
        assert_eq!(set(&[(65535, 0)]), Err(Refusal::Id(65535)));
        assert_eq!(set(&[(0, 65535)]), Err(Refusal::Id(65535)));
        // 4101 and 5 have the same lower twelve bits.
        assert_eq!(set(&[(5, 5), (4101, 4101)]), Err(Refusal::Id(4101)));
        assert_eq!(set(&[(5, 9), (1, 5)]), Err(Refusal::Twice(5)));
        assert_eq!(set(&[(7, 7), (7, 7)]), Err(Refusal::Twice(7)));
    }

    #[test]
    fn there_is_an_end_to_their_number() {
        assert_eq!(set(&[(0, 255)]).map(|set| set.len()), Ok(256));
        assert_eq!(set(&[(0, 256)]), Err(Refusal::TooMany));
        assert_eq!(set(&[(0, 4094)]), Err(Refusal::TooMany));
        assert_eq!(set(&[(0, 254), (256, 257)]), Err(Refusal::TooMany));
    }

    #[test]
    fn the_longest_attribute_has_room() {
        let ranges: Vec<_> = (0..MAX_LEN).map(|n| (n * 16, n * 16)).collect();
        let set = set(&ranges).unwrap();
        assert_eq!(set.len(), MAX_LEN);
        let mut room = [0; MAX_BYTES];
        assert_eq!(set.to_bytes(&mut room), bytes(&ranges));
    }

    /// As [`VlanSet::from_bytes`], over a plain set; `Err` for any refusal.
    fn plain_set(ranges: &[(u16, u16)]) -> Result<BTreeSet<u16>, ()> {
        let mut ids = BTreeSet::new();
        for (first, last) in ranges {
            if first > last || *last > 4094 || !(*first..=*last).all(|id| ids.insert(id)) {
                return Err(());
            }
        }
        if ids.len() <= 256 {
            Ok(ids)
        } else {
            Err(())
        }
    }

    /// Ranges of which many are good, and some meet, touch or are too high.
    fn ranges() -> impl Strategy<Value = Vec<(u16, u16)>> {
        let short = (0u16..4200, 0u16..40).prop_map(|(first, more)| (first, first + more));
        let any_two = (0u16..5000, 0u16..5000);
        let range = prop_oneof![30 => short, 1 => any_two, 1 => any::<(u16, u16)>()];
        proptest::collection::vec(range, 0..20)
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_set(ranges in ranges()) {
            let result = set(&ranges);
            let plain = plain_set(&ranges);
            prop_assert_eq!(result.is_ok(), plain.is_ok());
            if let (Ok(set), Ok(plain)) = (result, plain) {
                prop_assert!((0..=u16::MAX).all(|id| set.contains(id) == plain.contains(&id)));
                prop_assert!(set.iter().eq(plain.iter().copied()));
                prop_assert_eq!(usize::from(set.len()), plain.len());
                let ranges: Vec<_> = set.ranges().collect();
                prop_assert!(ranges.windows(2).all(|pair| pair[0].last + 1 < pair[1].first));
                let mut room = [0; MAX_BYTES];
                prop_assert_eq!(VlanSet::from_bytes(set.to_bytes(&mut room)), Ok(set.clone()));
            }
        }

        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            let _ = VlanSet::from_bytes(&bytes);
        }
    }
}
