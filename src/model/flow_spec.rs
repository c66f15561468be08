// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Steering rules as ethtool writes them, made into matches and actions.
//!
//! The layouts are those of `struct ethtool_rx_flow_spec` and the parts of
//! `union ethtool_flow_union` (`include/uapi/linux/ethtool.h`), as bytes. What
//! a rule asks for and cannot have is refused; nothing of it is left out.

use super::flow::{Tag, AH, ESP, SCTP, TCP, UDP};
use super::flow_match::Match;
use super::mac::Mac;
use super::steering::Action;

/// Bytes of the fields of a flow type.
const FIELDS_LEN: usize = 52;
/// Bytes of the fields that every flow type may have besides.
const EXT_LEN: usize = 20;

/// The flow type's flag for a VLAN tag or user data.
const EXT: u32 = 0x8000_0000;
/// The flow type's flag for a destination station.
const MAC_EXT: u32 = 0x4000_0000;
/// The flow type's flag for an RSS context.
const RSS: u32 = 0x2000_0000;

/// The ring number that stands for dropping.
const DROP: u64 = u64::MAX;
/// What a rule for IPv4 says of IP's version.
const IP_V4: u8 = 1;

/// Header fields: of the flow type, and of every flow type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Headers {
    /// `h_u` or `m_u`.
    pub(crate) fields: [u8; FIELDS_LEN],
    /// `h_ext` or `m_ext`.
    pub(crate) ext: [u8; EXT_LEN],
}

/// A rule, but for its location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Which flow type, with flags.
    pub(crate) flow_type: u32,
    /// What the fields must have.
    pub(crate) value: Headers,
    /// Where they must have it.
    pub(crate) mask: Headers,
    /// The ring, or how much to add to the context's, or [`DROP`].
    pub(crate) ring: u64,
    /// The RSS context, with the flag [`RSS`].
    pub(crate) context: u32,
}

/// Why a rule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No flow type that can be told.
    FlowType,
    /// A mask covers what cannot be matched.
    Field,
    /// Neither a ring's number, nor dropping.
    Ring,
}

/// A flow type's fields.
enum Layout {
    Ether,
    /// IPv4 with a protocol; the word behind is ports or an SPI.
    V4(u8),
    AnyV4,
    /// IPv6, likewise.
    V6(u8),
    AnyV6,
}

impl Layout {
    fn of(flow_type: u32) -> Option<Self> {
        Some(match flow_type & !(EXT | MAC_EXT | RSS) {
            0x01 => Self::V4(TCP),
            0x02 => Self::V4(UDP),
            0x03 => Self::V4(SCTP),
            0x05 => Self::V6(TCP),
            0x06 => Self::V6(UDP),
            0x07 => Self::V6(SCTP),
            0x09 => Self::V4(AH),
            0x0a => Self::V4(ESP),
            0x0b => Self::V6(AH),
            0x0c => Self::V6(ESP),
            0x0d => Self::AnyV4,
            0x0e => Self::AnyV6,
            0x12 => Self::Ether,
            _ => return None,
        })
    }

    /// How many bytes it has.
    fn len(&self) -> usize {
        match self {
            Self::Ether => 14,
            Self::V4(_) => 13,
            Self::AnyV4 => 15,
            Self::V6(_) => 37,
            Self::AnyV6 => 38,
        }
    }
}

impl Spec {
    /// The flows that the rule is for.
    pub(crate) fn flows(&self) -> Result<Match, Refusal> {
        let layout = Layout::of(self.flow_type).ok_or(Refusal::FlowType)?;
        let [value, mask] = [&self.value.fields, &self.mask.fields];
        if !mask.iter().skip(layout.len()).all(|byte| *byte == 0) {
            return Err(Refusal::Field);
        }
        let words4 = |at| [value, mask].map(|from| [word(from, at), 0, 0, 0]);
        let words6 = |at| [value, mask].map(|from| words(from, at));
        let all = Match::default();
        let flows = match layout {
            Layout::Ether => ether(value, mask),
            Layout::V4(_) | Layout::AnyV4 => ip(all.v4(), words4(0), words4(4))
                .l4(word(value, 8), word(mask, 8))
                .tos(byte(value, 12), byte(mask, 12)),
            Layout::V6(_) | Layout::AnyV6 => ip(all.v6(), words6(0), words6(16))
                .l4(word(value, 32), word(mask, 32))
                .tos(byte(value, 36), byte(mask, 36)),
        };
        let flows = match layout {
            Layout::Ether => flows,
            Layout::V4(protocol) | Layout::V6(protocol) => flows.protocol(protocol, u8::MAX),
            Layout::AnyV4 if byte(value, 13) != IP_V4 || byte(mask, 13) != 0 => {
                return Err(Refusal::Field)
            }
            Layout::AnyV4 => flows.protocol(byte(value, 14), byte(mask, 14)),
            Layout::AnyV6 => flows.protocol(byte(value, 37), byte(mask, 37)),
        };
        self.narrow_by_ext(flows)
    }

    fn narrow_by_ext(&self, mut flows: Match) -> Result<Match, Refusal> {
        const MAC_AT: usize = 2;
        const TAG_AT: usize = 8;
        const DATA_AT: usize = 12;

        let [value, mask] = [&self.value.ext, &self.mask.ext];
        if self.flow_type & MAC_EXT != 0 {
            flows = flows.destination_mac(mac(value, MAC_AT), mac(mask, MAC_AT));
        }
        if self.flow_type & EXT != 0 {
            if !mask.iter().skip(DATA_AT).all(|byte| *byte == 0) {
                return Err(Refusal::Field);
            }
            let [value, mask] = [value, mask].map(|from| Tag {
                protocol: half(from, TAG_AT),
                tci: half(from, TAG_AT + 2),
            });
            flows = flows.tag(value, mask);
        }
        Ok(flows)
    }

    /// What happens to them.
    pub(crate) fn action(&self) -> Result<Action, Refusal> {
        let to_context = self.flow_type & RSS != 0;
        match self.ring {
            DROP if !to_context => Ok(Action::Drop),
            ring => {
                let ring = u16::try_from(ring).map_err(|_| Refusal::Ring)?;
                Ok(match to_context {
                    true => Action::Context {
                        id: self.context,
                        add: ring,
                    },
                    false => Action::Ring(ring),
                })
            }
        }
    }
}

fn ether(value: &[u8], mask: &[u8]) -> Match {
    Match::default()
        .destination_mac(mac(value, 0), mac(mask, 0))
        .source_mac(mac(value, 6), mac(mask, 6))
        .ethertype(half(value, 12), half(mask, 12))
}

fn ip(flows: Match, [source, source_mask]: [[u32; 4]; 2], [to, to_mask]: [[u32; 4]; 2]) -> Match {
    flows.source(source, source_mask).destination(to, to_mask)
}

fn byte(from: &[u8], at: usize) -> u8 {
    from.get(at).copied().unwrap_or(0)
}

/// Two bytes as they stand in a frame, as a number.
fn half(from: &[u8], at: usize) -> u16 {
    let bytes = from.get(at..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u16::from_be_bytes(*bytes))
}

/// Four bytes as they stand in a frame, the first one lowest.
fn word(from: &[u8], at: usize) -> u32 {
    let bytes = from.get(at..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn words(from: &[u8], at: usize) -> [u32; 4] {
    [0, 4, 8, 12].map(|offset| word(from, at.saturating_add(offset)))
}

fn mac(from: &[u8], at: usize) -> Mac {
    let bytes = from.get(at..).and_then(<[u8]>::first_chunk);
    Mac::from_bytes(bytes.copied().unwrap_or([0; 6]))
}

#[cfg(test)]
mod tests {
    use super::super::flow::tests::{ether, frames, l4_frame};
    use super::super::flow::Flow;
    use super::super::steering::{Place, Rule, Rules};
    use super::*;
    use proptest::prelude::*;
    use std::net::SocketAddr;

    const NONE: Headers = Headers {
        fields: [0; FIELDS_LEN],
        ext: [0; EXT_LEN],
    };

    fn spec(flow_type: u32) -> Spec {
        let mut spec = Spec {
            flow_type,
            value: NONE,
            mask: NONE,
            ring: 0,
            context: 0,
        };
        if flow_type & 0xff == 0x0d {
            spec.value.fields[13] = IP_V4;
        }
        spec
    }

    impl Spec {
        fn with(mut self, at: usize, value: &[u8]) -> Self {
            self.value.fields[at..at + value.len()].copy_from_slice(value);
            self.mask.fields[at..at + value.len()].fill(0xff);
            self
        }

        fn with_ext(mut self, at: usize, value: &[u8]) -> Self {
            self.value.ext[at..at + value.len()].copy_from_slice(value);
            self.mask.ext[at..at + value.len()].fill(0xff);
            self
        }

        fn takes(&self, frame: &[u8]) -> bool {
            let mut rules = Rules::new([Rule::default(); 1]);
            let flows = self.flows().unwrap();
            rules.insert(Place::At(0), flows, Action::Drop).unwrap();
            rules.action(&Flow::of(frame).unwrap()).is_some()
        }
    }

    fn packet(protocol: u8, a: &str, b: &str) -> Vec<u8> {
        let [a, b] = [a, b].map(|text| text.parse::<SocketAddr>().unwrap());
        l4_frame(protocol, a, b)
    }

    #[test]
    fn ipv4_fields_are_where_ethtool_has_them() {
        let frame = packet(TCP, "10.1.2.3:1000", "10.4.5.6:2000");
        assert!(spec(1).takes(&frame));
        assert!(!spec(2).takes(&frame));
        assert!(!spec(5).takes(&frame));
        for (at, right) in [
            (0, &[10, 1, 2, 3][..]),
            (4, &[10, 4, 5, 6]),
            (8, &1000u16.to_be_bytes()),
            (10, &2000u16.to_be_bytes()),
            (12, &[0x1c]),
        ] {
            assert!(spec(1).with(at, right).takes(&frame), "{at}");
            assert!(spec(0x0d).with(at, right).takes(&frame), "{at}");
            let mut wrong = right.to_vec();
            wrong[0] ^= 1;
            assert!(!spec(1).with(at, &wrong).takes(&frame), "{at}");
            assert!(!spec(0x0d).with(at, &wrong).takes(&frame), "{at}");
        }
        assert!(spec(0x0d).with(14, &[TCP]).takes(&frame));
        assert!(!spec(0x0d).with(14, &[UDP]).takes(&frame));
    }

    #[test]
    fn ipv6_fields_are_where_ethtool_has_them() {
        let frame = packet(UDP, "[2001:db8::1]:1000", "[2001:db8::2]:2000");
        let address = |last| [&[0x20, 1, 0x0d, 0xb8][..], &[0; 11], &[last]].concat();
        assert!(spec(6).takes(&frame));
        assert!(!spec(2).takes(&frame));
        for (at, right) in [
            (0, &address(1)[..]),
            (16, &address(2)),
            (32, &1000u16.to_be_bytes()),
            (34, &2000u16.to_be_bytes()),
            (36, &[0xab]),
        ] {
            for byte in 0..right.len() {
                assert!(spec(6).with(at, right).takes(&frame), "{at}");
                let mut wrong = right.to_vec();
                wrong[byte] ^= 1;
                assert!(!spec(6).with(at, &wrong).takes(&frame), "{at} {byte}");
                assert!(!spec(0x0e).with(at, &wrong).takes(&frame), "{at} {byte}");
            }
        }
        assert!(spec(0x0e).with(37, &[UDP]).takes(&frame));
        assert!(!spec(0x0e).with(37, &[TCP]).takes(&frame));
    }

    #[test]
    fn each_protocol_has_its_flow_types() {
        let ends4 = ("10.1.2.3:1000", "10.4.5.6:2000");
        let ends6 = ("[2001:db8::1]:1000", "[2001:db8::2]:2000");
        let protocols = [
            (TCP, 1, 5),
            (UDP, 2, 6),
            (SCTP, 3, 7),
            (AH, 9, 11),
            (ESP, 10, 12),
        ];
        for (protocol, four, six) in protocols {
            for (_, other_four, other_six) in protocols {
                let frame = packet(protocol, ends4.0, ends4.1);
                assert_eq!(spec(other_four).takes(&frame), four == other_four);
                assert!(!spec(other_six).takes(&frame));
                let frame = packet(protocol, ends6.0, ends6.1);
                assert_eq!(spec(other_six).takes(&frame), six == other_six);
                assert!(!spec(other_four).takes(&frame));
            }
        }
    }

    #[test]
    fn stations_types_and_tags() {
        let frame = ether(&[(0x88a8, 0x6005)], 0x0806, &[]);
        let one = [2, 0, 0, 0, 0, 1];
        let two = [2, 0, 0, 0, 0, 2];
        assert!(spec(0x12).with(0, &one).with(6, &two).takes(&frame));
        assert!(!spec(0x12).with(0, &two).takes(&frame));
        assert!(!spec(0x12).with(6, &one).takes(&frame));
        assert!(spec(0x12).with(12, &[8, 6]).takes(&frame));
        assert!(!spec(0x12).with(12, &[8, 0]).takes(&frame));
        assert!(spec(0x12 | MAC_EXT).with_ext(2, &one).takes(&frame));
        assert!(!spec(0x12 | MAC_EXT).with_ext(2, &two).takes(&frame));
        assert!(spec(0x12 | EXT).with_ext(8, &[0x88, 0xa8]).takes(&frame));
        assert!(!spec(0x12 | EXT).with_ext(8, &[0x81, 0]).takes(&frame));
        assert!(spec(0x12 | EXT).with_ext(10, &[0x60, 5]).takes(&frame));
        assert!(!spec(0x12 | EXT).with_ext(10, &[0, 5]).takes(&frame));
        let mut vid = spec(0x12 | EXT).with_ext(10, &[0, 5]);
        vid.mask.ext[10] = 0x0f;
        assert!(vid.takes(&frame));
        // Without their flags the fields say nothing.
        let silent = spec(0x12).with_ext(0, &[0xff; EXT_LEN]);
        assert!(silent.takes(&frame));
    }

    #[test]
    fn what_cannot_be_matched_is_refused() {
        for flow_type in [0, 4, 8, 0x0f, 0x10, 0x11, 0x13, 0x1e, 0x100, 0x1000_0001] {
            assert_eq!(spec(flow_type).flows().err(), Some(Refusal::FlowType));
        }
        let lens = [(0x12, 14), (1, 13), (0x0d, 15), (5, 37), (0x0e, 38)];
        for (flow_type, len) in lens {
            for at in len..FIELDS_LEN {
                let refused = spec(flow_type).with(at, &[0]).flows().err();
                assert_eq!(refused, Some(Refusal::Field), "{flow_type} {at}");
            }
        }
        let refused = spec(1 | EXT).with_ext(12, &[1]).flows().err();
        assert_eq!(refused, Some(Refusal::Field));
        let refused = spec(0x0d).with(13, &[IP_V4]).flows().err();
        assert_eq!(refused, Some(Refusal::Field));
        let mut other = spec(0x0d);
        other.value.fields[13] = 2;
        assert_eq!(other.flows().err(), Some(Refusal::Field));
    }

    #[test]
    fn actions() {
        let action = |flow_type, ring| {
            let mut spec = spec(flow_type);
            (spec.ring, spec.context) = (ring, 3);
            spec.action()
        };
        assert_eq!(action(1, 7), Ok(Action::Ring(7)));
        assert_eq!(action(1, DROP), Ok(Action::Drop));
        let to_context = Action::Context { id: 3, add: 2 };
        assert_eq!(action(1 | RSS, 2), Ok(to_context));
        // Waking, virtual functions, and a dropping context.
        for ring in [0x1_0000, DROP - 1, 1 << 32, 1 << 40] {
            assert_eq!(action(1, ring), Err(Refusal::Ring));
        }
        assert_eq!(action(1 | RSS, DROP), Err(Refusal::Ring));
    }

    proptest! {
        #[test]
        fn any_rule_is_taken_or_refused(
            flow_type: u8,
            flags in 0..8u32,
            value in prop::collection::vec(any::<u8>(), FIELDS_LEN + EXT_LEN),
            mask in prop::collection::vec(any::<u8>(), FIELDS_LEN + EXT_LEN),
            frame in frames(),
        ) {
            let headers = |bytes: &[u8]| Headers {
                fields: bytes[..FIELDS_LEN].try_into().unwrap(),
                ext: bytes[FIELDS_LEN..].try_into().unwrap(),
            };
            let mut spec = spec(u32::from(flow_type % 0x20) | (flags << 29));
            (spec.value, spec.mask) = (headers(&value), headers(&mask));
            if spec.flows().is_ok() {
                spec.takes(&frame);
                spec.mask = NONE;
                // Without masks nothing but the type counts.
                let bare = self::spec(spec.flow_type);
                prop_assert_eq!(spec.takes(&frame), bare.takes(&frame));
            }
        }
    }
}
