// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a switch knows of a port of its, in one word, so that it is read and
//! changed whole.

use super::mode::Mode;
use super::port_key::Vlan;

/// The VLAN that a port is on, whom it may talk to, and whose rings take its
/// frames. All zero for what is most usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u64);

const VLAN: u64 = 0xffff;
const TRUNK: u64 = 1 << 16;
const SHARES: u64 = 1 << 17;
const CLOSED: u64 = 1 << 18;
const MODE_SHIFT: u32 = 20;
const NUMBER_SHIFT: u32 = 32;

impl Place {
    /// A port with rings of its own, on no VLAN, that talks to all.
    pub(crate) const USUAL: Self = Self(0);

    /// A port of this VLAN and mode.
    pub(crate) fn new(vlan: Vlan, mode: Mode) -> Self {
        Self(vlan.to_bits() | ((mode as u64) << MODE_SHIFT))
    }

    /// From [`Self::to_bits`].
    #[inline]
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// As a number.
    #[inline]
    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }

    /// The one VLAN that the port is on. A trunk's tells the kind of its tags.
    #[inline]
    pub(crate) fn vlan(self) -> Vlan {
        Vlan::from_bits(self.0 & VLAN)
    }

    /// Whether the port is on several VLANs, and sees their tags.
    #[inline]
    pub(crate) fn is_trunk(self) -> bool {
        self.0 & TRUNK != 0
    }

    /// Whether the port's frames go to the rings of its NIC.
    #[inline]
    pub(crate) fn shares(self) -> bool {
        self.0 & SHARES != 0
    }

    /// Whether the port takes no frames, although its NIC's rings may be open.
    #[inline]
    pub(crate) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    /// Whom the port may talk to.
    #[inline]
    pub(crate) fn mode(self) -> Mode {
        Mode::from_number((self.0 >> MODE_SHIFT) as u32 & 0xff).unwrap_or(Mode::Private)
    }

    /// The port's number in the switch.
    pub(crate) fn number(self) -> u32 {
        (self.0 >> NUMBER_SHIFT) as u32
    }

    /// The same of port `number`.
    pub(crate) fn with_number(self, number: u32) -> Self {
        let rest = self.0 & !(u64::MAX << NUMBER_SHIFT);
        Self(rest | (u64::from(number) << NUMBER_SHIFT))
    }

    /// The same with another VLAN and mode.
    pub(crate) fn with(self, vlan: Vlan, trunk: bool, mode: Mode) -> Self {
        let kept = self.0 & (SHARES | CLOSED | (u64::MAX << NUMBER_SHIFT));
        Self(kept | Self::new(vlan, mode).0).put(TRUNK, trunk)
    }

    /// The same in rings of its own or of its NIC.
    pub(crate) fn with_sharing(self, shares: bool) -> Self {
        self.put(SHARES, shares)
    }

    /// The same, closed or open.
    pub(crate) fn with_closed(self, closed: bool) -> Self {
        self.put(CLOSED, closed)
    }

    fn put(self, bit: u64, on: bool) -> Self {
        match on {
            true => Self(self.0 | bit),
            false => Self(self.0 & !bit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::vlan::Tag;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_part_is_kept(
            id in 0u16..4095,
            service: bool,
            trunk: bool,
            shares: bool,
            closed: bool,
            number in 0..Mode::COUNT,
            port: u32,
        ) {
            let vlan = Vlan::of(Tag::new(if service { 0x88a8 } else { 0x8100 }, id));
            let mode = Mode::from_number(number).unwrap();
            let place = Place::USUAL
                .with_sharing(shares)
                .with_closed(closed)
                .with_number(port)
                .with(vlan, trunk, mode);
            let place = Place::from_bits(place.to_bits());
            prop_assert_eq!(place.vlan(), vlan);
            prop_assert_eq!(place.is_trunk(), trunk);
            prop_assert_eq!(place.shares(), shares);
            prop_assert_eq!(place.is_closed(), closed);
            prop_assert_eq!(place.mode(), mode);
            prop_assert_eq!(place.number(), port);
            prop_assert_eq!(place.with_number(7).mode(), mode);
            prop_assert_eq!(place.with_sharing(false).with_closed(false).shares(), false);
        }
    }

    #[test]
    fn the_usual_place_is_that_of_a_bridge_port_without_vlan() {
        assert_eq!(Place::new(Vlan::NONE, Mode::Bridge), Place::USUAL);
    }
}
