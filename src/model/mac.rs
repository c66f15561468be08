// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! MAC addresses as numbers (IEEE 802-2014, section 8).

/// A MAC address. The first byte on the wire is the lowest of the number, so
/// that reading one from a frame takes no byte swap on the machines at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mac(u64);

const GROUP_BIT: u64 = 1;
const ALL_BITS: u64 = 0xffff_ffff_ffff;

impl Mac {
    /// From the six bytes as they stand on the wire.
    #[inline]
    pub(crate) const fn from_bytes(bytes: [u8; 6]) -> Self {
        let [a, b, c, d, e, f] = bytes;
        Self(u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
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
