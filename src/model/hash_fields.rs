// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Which header fields go into a packet's hash: ethtool's rx-flow-hash, in the
//! numbers of `include/uapi/linux/ethtool.h`.
//!
//! Each field has a fixed place in the input; one that is left out counts as
//! zero, so that leaving out the ports gives the hash that Microsoft's document
//! has for addresses alone. The IPv6 flow label, which that document does not
//! know, stands behind the ports. For AH and ESP the SPI stands in the ports'
//! place.

use super::flow::Kind;

/// A set of header fields, in ethtool's bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fields(pub(crate) u32);

impl Fields {
    /// The source address.
    pub(crate) const IP_SRC: Self = Self(1 << 4);
    /// The destination address.
    pub(crate) const IP_DST: Self = Self(1 << 5);
    /// The source port, or the first half of the SPI.
    pub(crate) const L4_B_0_1: Self = Self(1 << 6);
    /// The destination port, or the second half of the SPI.
    pub(crate) const L4_B_2_3: Self = Self(1 << 7);
    /// The IPv6 flow label.
    pub(crate) const IP6_FL: Self = Self(1 << 9);

    /// Both addresses.
    pub(super) const IP: Self = Self(Self::IP_SRC.0 | Self::IP_DST.0);
    /// Both ports.
    pub(super) const L4: Self = Self(Self::L4_B_0_1.0 | Self::L4_B_2_3.0);

    /// The fields of either.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are among them.
    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the fields are the same seen from either end.
    pub(super) const fn is_symmetric(self) -> bool {
        self.has(Self::IP_SRC) == self.has(Self::IP_DST)
            && self.has(Self::L4_B_0_1) == self.has(Self::L4_B_2_3)
            && !self.has(Self::IP6_FL)
    }

    /// All fields that packets of a kind have.
    pub(super) const fn of_kind(kind: Kind) -> Self {
        let ip = match kind {
            Kind::Ether => return Self(0),
            _ if kind.is_v6() => Self::IP.and(Self::IP6_FL),
            _ => Self::IP,
        };
        match kind {
            Kind::Ipv4 | Kind::Ipv6 => ip,
            _ => ip.and(Self::L4),
        }
    }

    /// What packets of a kind are hashed by unless told otherwise: TCP, UDP and
    /// SCTP by addresses and ports, the rest of IP by addresses.
    pub(super) const fn default_of(kind: Kind) -> Self {
        match kind {
            Kind::Ether => Self(0),
            Kind::Ipv4 | Kind::Ipv6 | Kind::IpsecV4 | Kind::IpsecV6 => Self::IP,
            _ => Self::IP.and(Self::L4),
        }
    }
}

/// The kind of packet behind ethtool's number of a hashable flow type; none if
/// this type has no settings of its own.
pub(crate) const fn kind_of_flow_type(flow_type: u32) -> Option<Kind> {
    Some(match flow_type {
        0x01 => Kind::TcpV4,
        0x02 => Kind::UdpV4,
        0x03 => Kind::SctpV4,
        0x04 => Kind::IpsecV4,
        0x05 => Kind::TcpV6,
        0x06 => Kind::UdpV6,
        0x07 => Kind::SctpV6,
        0x08 => Kind::IpsecV6,
        0x10 => Kind::Ipv4,
        0x11 => Kind::Ipv6,
        _ => return None,
    })
}

/// Every kind that has settings.
pub(super) const KINDS: [Kind; 10] = [
    Kind::Ipv4,
    Kind::TcpV4,
    Kind::UdpV4,
    Kind::SctpV4,
    Kind::IpsecV4,
    Kind::Ipv6,
    Kind::TcpV6,
    Kind::UdpV6,
    Kind::SctpV6,
    Kind::IpsecV6,
];

/// How deep into a packet its hash looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashType {
    /// Addresses alone.
    L3,
    /// Ports or SPI too.
    L4,
}

/// Which bits of a packet's words go in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Masks {
    pub(super) source: u32,
    pub(super) destination: u32,
    pub(super) l4: u32,
    pub(super) label: u32,
}

/// Masks of the first and second half of the word of ports.
pub(super) const L4_HALVES: [u32; 2] = [0x0000_ffff, 0xffff_0000];

impl Masks {
    /// The masks that let `fields` through.
    pub(super) const fn new(fields: Fields) -> Self {
        const fn bits(fields: Fields, field: Fields, bits: u32) -> u32 {
            if fields.has(field) {
                bits
            } else {
                0
            }
        }
        Self {
            source: bits(fields, Fields::IP_SRC, u32::MAX),
            destination: bits(fields, Fields::IP_DST, u32::MAX),
            l4: bits(fields, Fields::L4_B_0_1, L4_HALVES[0])
                | bits(fields, Fields::L4_B_2_3, L4_HALVES[1]),
            label: bits(fields, Fields::IP6_FL, u32::MAX),
        }
    }

    /// What [`Self::new`] was given.
    pub(super) fn fields(&self) -> Fields {
        [
            (self.source, Fields::IP_SRC),
            (self.destination, Fields::IP_DST),
            (self.l4 & L4_HALVES[0], Fields::L4_B_0_1),
            (self.l4 & L4_HALVES[1], Fields::L4_B_2_3),
            (self.label, Fields::IP6_FL),
        ]
        .into_iter()
        .filter(|(mask, _)| *mask != 0)
        .fold(Fields(0), |fields, (_, field)| fields.and(field))
    }

    /// How deep the hash looks; none if nothing goes in.
    #[inline]
    pub(super) fn hash_type(&self) -> Option<HashType> {
        if self.l4 != 0 {
            Some(HashType::L4)
        } else if self.source | self.destination | self.label != 0 {
            Some(HashType::L3)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn defaults_of_every_flow_type() {
        let fields = |flow_type| kind_of_flow_type(flow_type).map(Fields::default_of);
        for flow_type in [1, 2, 3, 5, 6, 7] {
            assert_eq!(fields(flow_type), Some(Fields(0xf0)));
        }
        for flow_type in [4, 8, 0x10, 0x11] {
            assert_eq!(fields(flow_type), Some(Fields(0x30)));
        }
        for flow_type in [0, 9, 0xa, 0xb, 0xc, 0xd, 0xe, 0x12, 0x13] {
            assert_eq!(fields(flow_type), None);
        }
    }

    #[test]
    fn symmetry_takes_both_ends_and_no_label() {
        for bits in [0, 0x30, 0xc0, 0xf0] {
            assert!(Fields(bits).is_symmetric(), "{bits:#x}");
        }
        for bits in [0x10, 0x20, 0x40, 0x80, 0xb0, 0x70, 0x2f0] {
            assert!(!Fields(bits).is_symmetric(), "{bits:#x}");
        }
    }

    #[test]
    fn hash_type_is_the_deepest_field() {
        let hash_type = |bits| Masks::new(Fields(bits)).hash_type();
        assert_eq!(hash_type(0), None);
        for bits in [0x10, 0x20, 0x30, 0x200] {
            assert_eq!(hash_type(bits), Some(HashType::L3));
        }
        for bits in [0x40, 0x80, 0xf0] {
            assert_eq!(hash_type(bits), Some(HashType::L4));
        }
    }

    proptest! {
        #[test]
        fn masks_give_their_fields_back(bits: u32) {
            let fields = Fields(bits & Fields::of_kind(Kind::TcpV6).0);
            prop_assert_eq!(Masks::new(fields).fields(), fields);
        }
    }
}
