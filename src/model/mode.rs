// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Whom a VNIC may talk to.

/// A VNIC's mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Mode {
    /// To all on its VLAN.
    Bridge = 0,
    /// To nobody on the same NIC.
    Private = 1,
    /// To all, by way of the wire.
    Vepa = 2,
    /// It has the NIC for itself.
    Passthru = 3,
}

impl Mode {
    /// How many there are.
    pub(crate) const COUNT: u32 = 4;

    /// From the number in a request.
    #[inline]
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        [Self::Bridge, Self::Private, Self::Vepa, Self::Passthru]
            .into_iter()
            .find(|mode| *mode as u32 == number)
    }

    /// Whether frames between two VNICs of one NIC stay on it.
    #[inline]
    pub(crate) fn may_talk_locally(from: Self, to: Self) -> bool {
        from == Self::Bridge && to == Self::Bridge
    }

    /// Whether a VNIC reaches the NIC's own stack, and is reached by it.
    #[inline]
    pub(crate) fn talks_to_host(self) -> bool {
        self == Self::Bridge
    }

    /// Whether a VNIC of mode `child` may be made over one of this mode: it may
    /// not be more open.
    pub(crate) fn allows_over(self, child: Self) -> bool {
        match self {
            Self::Bridge => child != Self::Passthru,
            Self::Passthru => false,
            _ => self == child,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mode::{self, *};

    const ALL: [Mode; 4] = [Bridge, Private, Vepa, Passthru];

    /// Checks a rule for each pair; `expected` has a line for the first and a
    /// column for the second of a pair.
    fn check(rule: impl Fn(Mode, Mode) -> bool, expected: [[u8; 4]; 4]) {
        for (first, line) in ALL.into_iter().zip(expected) {
            for (second, expected) in ALL.into_iter().zip(line) {
                let result = rule(first, second);
                assert_eq!(result, expected == 1, "{first:?}, {second:?}");
            }
        }
    }

    #[test]
    fn numbers_are_those_of_the_attribute() {
        for (number, mode) in (0..).zip(ALL) {
            assert_eq!(Mode::from_number(number), Some(mode));
            assert_eq!(mode as u32, number);
        }
        for number in [Mode::COUNT, Mode::COUNT + 1, 256, u32::MAX] {
            assert_eq!(Mode::from_number(number), None);
        }
        assert_eq!(Mode::COUNT as usize, ALL.len());
    }

    #[test]
    fn frames_stay_on_the_nic_between_bridge_vnics_only() {
        let expected = [
            [1, 0, 0, 0], // from bridge
            [0, 0, 0, 0],
            [0, 0, 0, 0],
            [0, 0, 0, 0],
        ];
        check(Mode::may_talk_locally, expected);
    }

    #[test]
    fn only_bridge_vnics_talk_to_the_host() {
        let talk = ALL.map(Mode::talks_to_host);
        assert_eq!(talk, [true, false, false, false]);
    }

    #[test]
    fn a_vnic_over_a_vnic_is_not_more_open() {
        let expected = [
            [1, 1, 1, 0], // over bridge
            [0, 1, 0, 0], // over private
            [0, 0, 1, 0], // over vepa
            [0, 0, 0, 0], // over passthru
        ];
        check(Mode::allows_over, expected);
        // And so it may talk to no more than the one below.
        for (below, above) in ALL.into_iter().flat_map(|a| ALL.map(|b| (a, b))) {
            if below.allows_over(above) {
                assert!(below.talks_to_host() || !above.talks_to_host());
                for other in ALL {
                    let may = |mode| Mode::may_talk_locally(mode, other);
                    assert!(may(below) || !may(above), "{below:?}, {above:?}");
                }
            }
        }
    }
}
