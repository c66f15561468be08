// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! MAC addresses as numbers (IEEE 802-2014, section 8).

/// A MAC address. The first byte on the wire is the lowest of the number, so
/// that reading one from a frame takes no byte swap on the machines at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mac(u64);

const GROUP_BIT: u64 = 1;
const LOCAL_BIT: u64 = 1 << 1;
const ALL_BITS: u64 = 0xffff_ffff_ffff;

impl Mac {
    /// From the six bytes as they stand on the wire.
    #[inline]
    pub(crate) const fn from_bytes(bytes: [u8; 6]) -> Self {
        let [a, b, c, d, e, f] = bytes;
        Self(u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
    }

    /// The six bytes as they stand on the wire.
    pub(crate) const fn to_bytes(self) -> [u8; 6] {
        let [a, b, c, d, e, f, ..] = self.0.to_le_bytes();
        [a, b, c, d, e, f]
    }

    /// From the first six of eight bytes, such as those that a frame begins
    /// with: one load.
    #[inline]
    pub(crate) const fn from_prefix(bytes: [u8; 8]) -> Self {
        Self::from_bits(u64::from_le_bytes(bytes))
    }

    /// What [`prefix_key`] gives for a frame to this address.
    pub(crate) const fn key(self) -> u64 {
        self.0 << 16
    }

    /// From what [`Self::to_bits`] gave; higher bits do not count.
    #[inline]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits & ALL_BITS)
    }

    /// An address for something of that name over a station with the address
    /// `base`: locally administered, and the same each time. Two of them are
    /// the same with about the chance of two random numbers of 46 bits.
    ///
    /// The bytes are hashed by FNV-1a (RFC 9923) and then mixed by the
    /// finaliser of MurmurHash3 (Appleby), as names often differ in their last
    /// byte only, which FNV-1a alone does not spread to all bits.
    pub(crate) fn derived(base: Self, name: &[u8]) -> Self {
        let [bytes @ .., _, _] = base.0.to_le_bytes();
        let hash = fnv1a(bytes.iter().chain(name));
        Self((mix(hash) | LOCAL_BIT) & ALL_BITS & !GROUP_BIT)
    }

    /// As a number below 2^48.
    #[inline]
    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    /// Whether the address stands for a group of stations, broadcast included.
    #[inline]
    pub(crate) const fn is_multicast(self) -> bool {
        self.0 & GROUP_BIT != 0
    }

    /// Whether the address stands for all stations.
    #[inline]
    pub(crate) const fn is_broadcast(self) -> bool {
        self.0 == ALL_BITS
    }

    /// Whether a station can have the address as its own.
    pub(crate) const fn is_valid_station(self) -> bool {
        !self.is_multicast() && self.0 != 0
    }
}

fn fnv1a<'b>(bytes: impl Iterator<Item = &'b u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// Each bit of the result hangs on each of `bits`; a bijection.
fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}

/// Of eight bytes of which the first six are an address, what tells that
/// address from others, at the least cost: for the one comparison that is made
/// for every frame.
#[inline]
pub(crate) const fn prefix_key(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes) << 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    const BASE: Mac = Mac::from_bytes([0x52, 0x54, 0, 0x12, 0x34, 0x56]);

    #[test]
    fn hashes_are_the_published_ones() {
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(fnv1a(text.as_bytes().iter()), hash, "{text}");
        }
        assert_eq!(mix(0), 0);
        assert_eq!(mix(1), 0xb456_bcfc_34c2_cb2c);
    }

    /// An address that was given once is given for ever.
    #[test]
    fn derived_addresses_stay() {
        let expected = Mac::from_bytes([0xca, 0x17, 0x34, 0xb0, 0xe5, 0xa4]);
        assert_eq!(Mac::derived(BASE, b"vnic0"), expected);
    }

    #[test]
    fn many_names_have_as_many_addresses() {
        let names = (0..100_000).map(|number| format!("vnic{number}"));
        let macs = names.map(|name| Mac::derived(BASE, name.as_bytes()).to_bits());
        assert_eq!(macs.collect::<HashSet<_>>().len(), 100_000);
    }

    #[test]
    fn derived_addresses_use_all_bits() {
        // Names and bases that differ little; each free bit is set half the time.
        let macs: Vec<u64> = (0..4096u64)
            .map(|n| {
                let name = format!("v{}", n % 64);
                let base = Mac::from_bits(BASE.to_bits() ^ ((n / 64) << 40));
                Mac::derived(base, name.as_bytes()).to_bits()
            })
            .collect();
        for bit in 2..48 {
            let set = macs.iter().filter(|mac| (**mac >> bit) & 1 == 1).count();
            // Five standard deviations of a fair coin.
            assert!(set.abs_diff(2048) < 160, "bit {bit}: {set}");
        }
    }

    proptest! {
        #[test]
        fn derived_addresses_are_local_stations(base in 0u64..1 << 48, name: Vec<u8>) {
            let base = Mac::from_bits(base);
            let mac = Mac::derived(base, &name);
            prop_assert!(mac.is_valid_station());
            prop_assert_eq!(mac.to_bits() & 3, 2);
            prop_assert!(mac.to_bits() < 1 << 48);
            prop_assert_eq!(mac, Mac::derived(base, &name));
        }

        #[test]
        fn each_bit_of_base_and_name_counts(
            base in 0u64..1 << 48,
            name in proptest::collection::vec(any::<u8>(), 1..16),
            flipped: proptest::sample::Index,
        ) {
            let mac = Mac::derived(Mac::from_bits(base), &name).to_bits();
            let bit = flipped.index(48 + 8 * name.len());
            let (mut other_base, mut other_name) = (base, name);
            match bit.checked_sub(48) {
                None => other_base ^= 1 << bit,
                Some(bit) => other_name[bit / 8] ^= 1 << (bit % 8),
            }
            let other = Mac::derived(Mac::from_bits(other_base), &other_name).to_bits();
            // Of 46 bits, some 23 change.
            prop_assert!((mac ^ other).count_ones() >= 3);
        }
    }

    #[test]
    fn first_byte_carries_the_group_bit() {
        assert!(Mac::from_bytes([0x01, 0, 0x5e, 0, 0, 1]).is_multicast());
        assert!(!Mac::from_bytes([0x02, 1, 1, 1, 1, 1]).is_multicast());
        assert!(Mac::from_bytes([0xff; 6]).is_broadcast());
        assert!(Mac::from_bytes([0xff; 6]).is_multicast());
        assert!(!Mac::from_bytes([0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]).is_broadcast());
    }

    #[test]
    fn stations_are_neither_zero_nor_groups() {
        assert!(!Mac::from_bytes([0; 6]).is_valid_station());
        assert!(!Mac::from_bytes([1, 0, 0, 0, 0, 0]).is_valid_station());
        assert!(Mac::from_bytes([0, 0, 0, 0, 0, 1]).is_valid_station());
    }

    #[test]
    fn bits_round_trip() {
        let mac = Mac::from_bytes([0x52, 0x54, 0, 0x12, 0x34, 0x56]);
        assert_eq!(Mac::from_bits(mac.to_bits()), mac);
        assert!(mac.to_bits() < 1 << 48);
        let prefix = [0x52, 0x54, 0, 0x12, 0x34, 0x56, 0xaa, 0xbb];
        assert_eq!(Mac::from_prefix(prefix), mac);
        assert_eq!(prefix_key(prefix), mac.key());
        let other = [0x52, 0x54, 0, 0x12, 0x34, 0x57, 0xaa, 0xbb];
        assert_ne!(prefix_key(other), mac.key());
    }
}
