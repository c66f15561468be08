// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A short way to the flow of most frames: TCP or UDP right behind an IP header
//! without options, whole and without tags. It says of them what
//! [`Flow::of`](super::flow::Flow::of) says.

use super::flow::{Kind, TCP, UDP};

/// Ethernet, IPv4 and the ports.
const V4_LEN: usize = 38;
/// Ethernet, IPv6 and the ports.
const V6_LEN: usize = 58;

/// Such a flow over IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlainV4 {
    /// [`Kind::TcpV4`] or [`Kind::UdpV4`].
    pub(crate) kind: Kind,
    /// Source address, destination address, ports.
    pub(crate) words: [u32; 3],
}

impl PlainV4 {
    /// The flow of `frame`, if the frame is such a one.
    #[inline]
    pub(crate) fn of(frame: &[u8]) -> Option<Self> {
        let head = frame.first_chunk::<V4_LEN>()?;
        // The Ethernet type, and IP's version and header length.
        let is_plain = word(head, 12) & 0x00ff_ffff == 0x0045_0008;
        // More fragments, and the fragment's offset.
        let is_whole = word(head, 20) & 0xff3f == 0;
        let kind = match head[23] {
            TCP => Kind::TcpV4,
            UDP => Kind::UdpV4,
            _ => return None,
        };
        (is_plain && is_whole).then(|| Self {
            kind,
            words: [word(head, 26), word(head, 30), word(head, 34)],
        })
    }
}

/// Such a flow over IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlainV6 {
    /// [`Kind::TcpV6`] or [`Kind::UdpV6`].
    pub(crate) kind: Kind,
    /// Source address, destination address, ports, flow label.
    pub(crate) words: [u32; 10],
}

impl PlainV6 {
    /// The flow of `frame`, if the frame is such a one.
    #[inline]
    pub(crate) fn of(frame: &[u8]) -> Option<Self> {
        let head = frame.first_chunk::<V6_LEN>()?;
        // The Ethernet type and IP's version.
        if word(head, 12) & 0x00f0_ffff != 0x0060_dd86 {
            return None;
        }
        let kind = match head[20] {
            TCP => Kind::TcpV6,
            UDP => Kind::UdpV6,
            _ => return None,
        };
        let words = [
            word(head, 22),
            word(head, 26),
            word(head, 30),
            word(head, 34),
            word(head, 38),
            word(head, 42),
            word(head, 46),
            word(head, 50),
            word(head, 54),
            word(head, 14) & 0xffff_0f00,
        ];
        Some(Self { kind, words })
    }
}

/// The word at a place that is there for certain.
#[inline(always)]
fn word<const N: usize>(head: &[u8; N], at: usize) -> u32 {
    u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::super::flow::tests::{ether, frames, l4_frame};
    use super::super::flow::Flow;
    use super::*;
    use proptest::prelude::*;
    use std::net::SocketAddr;

    fn frame(source: &str, destination: &str) -> Vec<u8> {
        let [a, b] = [source, destination].map(|text| text.parse::<SocketAddr>().unwrap());
        l4_frame(TCP, a, b)
    }

    #[test]
    fn plain_v4() {
        let mut frame = frame("10.0.0.1:1", "10.0.0.2:2");
        let plain = PlainV4 {
            kind: Kind::TcpV4,
            words: [0x0100_000a, 0x0200_000a, 0x0200_0100],
        };
        assert_eq!(PlainV4::of(&frame), Some(plain));
        assert_eq!(PlainV4::of(&frame[..V4_LEN - 1]), None);
        frame[20] = 0x40;
        assert_eq!(PlainV4::of(&frame), Some(plain));
        frame[20] = 0x20;
        assert_eq!(PlainV4::of(&frame), None);
    }

    #[test]
    fn plain_v6() {
        let frame = frame("[2001:db8::1]:1", "[2001:db8::2]:2");
        let [source, destination] = [1, 2].map(|n| [0xb80d_0120, 0, 0, n << 24]);
        let [s0, s1, s2, s3] = source;
        let [d0, d1, d2, d3] = destination;
        let plain = PlainV6 {
            kind: Kind::TcpV6,
            words: [s0, s1, s2, s3, d0, d1, d2, d3, 0x0200_0100, 0xf0de_0c00],
        };
        assert_eq!(PlainV6::of(&frame), Some(plain));
        assert_eq!(PlainV6::of(&frame[..V6_LEN - 1]), None);
    }

    #[test]
    fn tagged_is_not_plain() {
        for (source, destination) in [
            ("10.0.0.1:1", "10.0.0.2:2"),
            ("[2001:db8::1]:1", "[2001:db8::2]:2"),
        ] {
            let frame = frame(source, destination);
            let ethertype = u16::from_be_bytes([frame[12], frame[13]]);
            let tagged = ether(&[(0x8100, 5)], ethertype, &frame[14..]);
            assert_eq!(PlainV4::of(&tagged), None);
            assert_eq!(PlainV6::of(&tagged), None);
        }
    }

    #[test]
    fn other_types_and_versions_are_not_plain() {
        let frames = [
            frame("10.0.0.1:1", "10.0.0.2:2"),
            frame("[2001:db8::1]:1", "[2001:db8::2]:2"),
        ];
        for frame in frames {
            for (at, bit) in [(12, 1), (13, 1), (14, 0x10), (14, 0x80)] {
                let mut other = frame.clone();
                other[at] ^= bit;
                assert_eq!(PlainV4::of(&other), None);
                assert_eq!(PlainV6::of(&other), None);
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_long_way(frame in frames()) {
            let flow = Flow::of(&frame).unwrap();
            let v4 = matches!(flow.kind, Kind::TcpV4 | Kind::UdpV4) && frame[14] == 0x45;
            let v6 = matches!(flow.kind, Kind::TcpV6 | Kind::UdpV6)
                && frame.get(20) == Some(&flow.protocol);
            let untagged = flow.tags == [None; 2];
            let kind = flow.kind;
            let [s0, s1, s2, s3] = flow.source;
            let [d0, d1, d2, d3] = flow.destination;
            let l4 = flow.l4.unwrap_or(0);
            let plain = PlainV4 { kind, words: [s0, d0, l4] };
            prop_assert_eq!(PlainV4::of(&frame), (v4 && untagged).then_some(plain));
            let words = [s0, s1, s2, s3, d0, d1, d2, d3, l4, flow.label];
            let plain = PlainV6 { kind, words };
            prop_assert_eq!(PlainV6::of(&frame), (v6 && untagged).then_some(plain));
        }
    }
}
