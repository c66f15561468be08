// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Keys by which a switch finds ports: a MAC address on a VLAN, or one of the
//! VLAN's lists.

use super::mac::Mac;
use super::vlan::{Tag, TagKind};

/// The VLAN that a frame belongs to: none, or the kind and id of its tag. A tag
/// of id 0 tells a priority only (IEEE 802.1Q, clause 9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Vlan(u16);

/// Set for service tags.
const SERVICE: u16 = 1 << 12;

impl Vlan {
    /// No VLAN.
    pub(crate) const NONE: Self = Self(0);

    /// One that no port can be on: its id is reserved (IEEE 802.1Q, table 9-2).
    pub(crate) const NOBODY: Self = Self(4095);

    /// Of a frame with that tag, or none.
    #[inline]
    pub(crate) fn of(tag: Option<Tag>) -> Self {
        match tag {
            None | Some(Tag { id: 0, .. }) => Self::NONE,
            Some(Tag { kind, id }) => match kind {
                TagKind::Customer => Self(id),
                TagKind::Service => Self(id | SERVICE),
            },
        }
    }

    /// The tag of its frames.
    #[inline]
    pub(crate) fn tag(self) -> Option<Tag> {
        let kind = match self.0 & SERVICE {
            0 => TagKind::Customer,
            _ => TagKind::Service,
        };
        let id = self.0 & !SERVICE;
        (id != 0).then_some(Tag { kind, id })
    }

    /// As a number.
    #[inline]
    pub(crate) fn to_bits(self) -> u64 {
        self.0.into()
    }

    /// From [`Self::to_bits`].
    #[inline]
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits as u16)
    }
}

/// What a switch looks up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PortKey(u64);

const VLAN_SHIFT: u32 = 48;
const ALL_MULTICAST: u64 = 1 << 61;
const PROMISCUOUS: u64 = 1 << 62;

impl PortKey {
    /// The ports that take frames to `mac` on `vlan`.
    #[inline]
    pub(crate) const fn of(mac: Mac, vlan: Vlan) -> Self {
        Self(mac.to_bits() | ((vlan.0 as u64) << VLAN_SHIFT))
    }

    /// The ports that take every broadcast of `vlan`: all that are on it.
    pub(crate) const fn broadcast(vlan: Vlan) -> Self {
        Self::of(Mac::from_bytes([0xff; 6]), vlan)
    }

    /// The ports that take every multicast of `vlan`.
    #[inline]
    pub(crate) const fn all_multicast(vlan: Vlan) -> Self {
        Self(ALL_MULTICAST | ((vlan.0 as u64) << VLAN_SHIFT))
    }

    /// The ports that take the frames of `vlan` which no port has the address
    /// of.
    #[inline]
    pub(crate) const fn promiscuous(vlan: Vlan) -> Self {
        Self(PROMISCUOUS | ((vlan.0 as u64) << VLAN_SHIFT))
    }

    /// From [`Self::to_bits`].
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Whether it is of this address, on whatever VLAN.
    pub(crate) const fn is_of(self, mac: Mac) -> bool {
        self.0 & (ALL_MULTICAST | PROMISCUOUS) == 0 && self.mac().to_bits() == mac.to_bits()
    }

    /// The VLAN that it is on.
    pub(crate) const fn vlan(self) -> Vlan {
        const BITS: u64 = 0x1fff;

        Vlan(((self.0 >> VLAN_SHIFT) & BITS) as u16)
    }

    /// The address of the key of one.
    pub(crate) const fn mac(self) -> Mac {
        Mac::from_bits(self.0)
    }

    /// As a number, which is never `u64::MAX`.
    #[inline]
    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn a_priority_tag_is_of_no_vlan() {
        let tag = Tag::new(0x8100, 0xe000);
        assert_eq!(Vlan::of(tag), Vlan::NONE);
        assert_eq!(Vlan::of(None), Vlan::NONE);
        assert_eq!(Vlan::NONE.tag(), None);
    }

    fn vlan() -> impl Strategy<Value = Vlan> {
        (any::<bool>(), 0u16..4096).prop_map(|(service, id)| {
            let ethertype = if service { 0x88a8 } else { 0x8100 };
            Vlan::of(Tag::new(ethertype, id))
        })
    }

    proptest! {
        #[test]
        fn keys_keep_address_and_vlan(mac in 0u64..1 << 48, vlan in vlan()) {
            let key = PortKey::of(Mac::from_bits(mac), vlan);
            prop_assert_eq!(key.mac(), Mac::from_bits(mac));
            prop_assert_eq!(key.vlan(), vlan);
        }

        #[test]
        fn vlans_keep_their_tag(vlan in vlan()) {
            prop_assert_eq!(Vlan::of(vlan.tag()), vlan);
            prop_assert_eq!(Vlan::from_bits(vlan.to_bits()), vlan);
        }

        #[test]
        fn keys_differ(mac in 0u64..1 << 48, other in 0u64..1 << 48, a in vlan(), b in vlan()) {
            let keys: HashSet<u64> = [(mac, a), (mac, b), (other, a), (other, b)]
                .iter()
                .map(|(mac, vlan)| PortKey::of(Mac::from_bits(*mac), *vlan))
                .chain([a, b].map(PortKey::all_multicast))
                .chain([a, b].map(PortKey::promiscuous))
                .map(PortKey::to_bits)
                .collect();
            let vlans = if a == b { 1 } else { 2 };
            let macs = if mac == other { 1 } else { 2 };
            prop_assert_eq!(keys.len(), vlans * (macs + 2));
            prop_assert!(!keys.contains(&u64::MAX));
        }
    }
}
