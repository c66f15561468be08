// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Spreading flows over rings by hash.

/// Maps a hash that is even over all 32-bit numbers to `0..count`, evenly and
/// without a division; 0 when `count` is 0.
#[inline]
pub(crate) fn scale(hash: u32, count: usize) -> usize {
    let count = u64::from(u32::try_from(count).unwrap_or(u32::MAX));
    // Both factors are below 2^32, so the product fits.
    (u64::from(hash).wrapping_mul(count) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_of_the_range() {
        assert_eq!(scale(0, 8), 0);
        assert_eq!(scale(u32::MAX, 8), 7);
        assert_eq!(scale(u32::MAX, 1), 0);
        assert_eq!(scale(u32::MAX, 0), 0);
    }

    #[test]
    fn even_hashes_spread_evenly() {
        let mut seen = [0u32; 7];
        (0..7_000u32).for_each(|i| seen[scale(i.wrapping_mul(0x9e37_79b9), 7)] += 1);
        assert!(seen.iter().all(|n| (950..=1050).contains(n)), "{seen:?}");
    }

    proptest! {
        #[test]
        fn stays_in_range(hash: u32, count in 1usize..5000) {
            prop_assert!(scale(hash, count) < count);
        }
    }
}
