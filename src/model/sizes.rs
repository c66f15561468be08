// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Frames by size, in the ranges of RMON (RFC 2819, `etherStatsPkts64Octets`
//! and on), as `ethtool -S --groups rmon` shows them.
//!
//! RFC 2819 ends at 1518 octets; from 1024 on the ranges here go on by powers
//! of two, so that a range is found without a search.

/// What a wire adds to each frame: the frame check sequence, which lengths in
/// the kernel leave out and RMON's octets do not.
pub(crate) const FCS_LEN: u32 = 4;

/// How many slots to count in.
pub(crate) const SLOTS: usize = 32;

/// The first slot behind that of the shortest frames.
const SECOND_SLOT: usize = 6;

/// How many ranges are told.
pub(crate) const RANGES: usize = 9;

/// The shortest and the longest frame of each range, in octets. The last one is
/// for all that no generator of frames makes and so no test can tell apart; in
/// it count longer frames, too: segmentation bundles of more than 64 KiB.
pub(crate) const BOUNDS: [(u16, u16); RANGES] = [
    (0, 64),
    (65, 127),
    (128, 255),
    (256, 511),
    (512, 1023),
    (1024, 2047),
    (2048, 4095),
    (4096, 8191),
    (8192, 65535),
];

/// The slot, below [`SLOTS`], of a frame of `len` bytes without its frame
/// check sequence: the length's logarithm, save that 64 octets, the shortest
/// frame of a real wire, count as shorter.
#[inline]
pub(crate) fn slot(len: u32) -> usize {
    let octets = len.wrapping_add(FCS_LEN);
    let octets = octets.wrapping_sub(u32::from(octets < 128));
    // The lowest bit changes no logarithm but that of 0, which has none.
    ((octets | 1).leading_zeros() ^ 31) as usize
}

/// The sums of the slots that make up each range.
pub(crate) fn ranges(slots: impl Iterator<Item = u64>) -> [u64; RANGES] {
    let mut sums = [0u64; RANGES];
    for (slot, count) in slots.enumerate() {
        let range = (slot + 1).saturating_sub(SECOND_SLOT).min(RANGES - 1);
        if let Some(sum) = sums.get_mut(range) {
            *sum = sum.wrapping_add(count);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The range that a frame of so many octets is told in.
    fn range_of(octets: u32) -> usize {
        let at = slot(octets - FCS_LEN);
        let sums = ranges((0..SLOTS).map(|slot| u64::from(slot == at)));
        assert_eq!(sums.iter().sum::<u64>(), 1);
        sums.iter().position(|sum| *sum == 1).unwrap()
    }

    #[test]
    fn each_bound_is_in_its_range() {
        for (range, (low, high)) in BOUNDS.into_iter().enumerate() {
            assert_eq!(range_of(u32::from(low).max(FCS_LEN)), range, "{low}");
            assert_eq!(range_of(u32::from(high)), range, "{high}");
        }
    }

    #[test]
    fn the_ranges_meet() {
        for pair in BOUNDS.windows(2) {
            assert_eq!(u32::from(pair[0].1) + 1, u32::from(pair[1].0));
        }
    }

    #[test]
    fn slots_in_sum_are_the_ranges_in_sum() {
        let slots = (0..SLOTS as u64).map(|n| 1 << n);
        assert_eq!(ranges(slots).iter().sum::<u64>(), u64::from(u32::MAX));
    }

    proptest! {
        #[test]
        fn every_length_has_a_slot(len: u32) {
            prop_assert!(slot(len) < SLOTS);
        }

        #[test]
        fn every_frame_is_in_the_range_that_holds_it(octets in FCS_LEN..70_000u32) {
            let (low, high) = BOUNDS[range_of(octets)];
            prop_assert!(octets >= low.into());
            prop_assert!(octets <= high.into() || high == u16::MAX);
        }
    }
}
