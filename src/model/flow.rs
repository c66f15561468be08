// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a frame's headers say about its flow.
//!
//! Reads VLAN tags (IEEE 802.1Q and 802.1ad), IPv4 (RFC 791), IPv6 and its
//! extension headers (RFC 8200), and the first bytes of the header behind. Of a
//! tunnel the outer headers count; what it carries is payload.
//!
//! A frame may be cut anywhere: what isn't there is not read, and the flow is
//! told by what is. Length fields are not looked at, since they say nothing
//! about a frame of segments; a sender who lies in them chooses its own hash.
//!
//! Words (`u32`) hold bytes as they stand in the frame, the first one lowest.

use super::mac::Mac;

/// What kind of packet, as far as hashing tells kinds apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Not IP, or an IP header that is cut or malformed.
    Ether,
    /// IPv4 that is none of the following, fragments of these included.
    Ipv4,
    /// TCP over IPv4.
    TcpV4,
    /// UDP over IPv4.
    UdpV4,
    /// SCTP over IPv4.
    SctpV4,
    /// AH or ESP over IPv4.
    IpsecV4,
    /// IPv6 that is none of the following, fragments of these included.
    Ipv6,
    /// TCP over IPv6.
    TcpV6,
    /// UDP over IPv6.
    UdpV6,
    /// SCTP over IPv6.
    SctpV6,
    /// AH or ESP over IPv6.
    IpsecV6,
}

impl Kind {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = 11;

    /// Whether the packet is IPv6.
    #[inline]
    pub(crate) const fn is_v6(self) -> bool {
        self as u8 >= Self::Ipv6 as u8
    }
}

/// A VLAN tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// The tag's Ethernet type.
    pub(crate) protocol: u16,
    /// Priority, drop eligibility and VLAN id.
    pub(crate) tci: u16,
}

/// A frame's flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    /// What kind of packet.
    pub(crate) kind: Kind,
    /// Destination and source station.
    pub(crate) macs: [Mac; 2],
    /// The tags, the outermost first.
    pub(crate) tags: [Option<Tag>; 2],
    /// The Ethernet type behind the tags.
    pub(crate) ethertype: u16,
    /// The source address; an IPv4 address is the first word.
    pub(crate) source: [u32; 4],
    /// The destination address, likewise.
    pub(crate) destination: [u32; 4],
    /// The type of service or traffic class.
    pub(crate) tos: u8,
    /// The protocol behind IP and its extension headers.
    pub(crate) protocol: u8,
    /// The word that tells flows apart behind IP: source and destination port,
    /// or the SPI; with protocols that have neither, their first four bytes.
    /// None in fragments, and where it is cut.
    pub(crate) l4: Option<u32>,
    /// The IPv6 flow label, the first of the four bytes empty.
    pub(crate) label: u32,
}

const ETHER_LEN: usize = 14;
const IPV4_LEN: usize = 20;
const IPV6_LEN: usize = 40;

const ETH_IPV4: u16 = 0x0800;
const ETH_IPV6: u16 = 0x86dd;
const ETH_VLAN: u16 = 0x8100;
const ETH_SERVICE_VLAN: u16 = 0x88a8;

const HOP_BY_HOP: u8 = 0;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
pub(super) const ESP: u8 = 50;
pub(super) const AH: u8 = 51;
const DESTINATION_OPTIONS: u8 = 60;
pub(super) const SCTP: u8 = 132;

/// Most extension headers that are followed: each of those that RFC 8200 has
/// before the payload, and as many again. A packet with more is plain IPv6.
const MAX_EXTENSIONS: usize = 8;

impl Flow {
    /// The flow of `frame`; none without a whole Ethernet header.
    pub(crate) fn of(frame: &[u8]) -> Option<Self> {
        let head = frame.first_chunk::<ETHER_LEN>()?;
        let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = *head;
        let mut flow = Self {
            kind: Kind::Ether,
            macs: [[d0, d1, d2, d3, d4, d5], [s0, s1, s2, s3, s4, s5]].map(Mac::from_bytes),
            tags: [None; 2],
            ethertype: u16::from_be_bytes([t0, t1]),
            source: [0; 4],
            destination: [0; 4],
            tos: 0,
            protocol: 0,
            l4: None,
            label: 0,
        };
        let packet = flow.read_tags(frame.get(ETHER_LEN..)?);
        match flow.ethertype {
            ETH_IPV4 => flow.read_v4(packet),
            ETH_IPV6 => flow.read_v6(packet),
            _ => None,
        };
        Some(flow)
    }

    /// Reads the tags before the packet, and returns the packet.
    fn read_tags<'a>(&mut self, mut rest: &'a [u8]) -> &'a [u8] {
        for tag in &mut self.tags {
            if !matches!(self.ethertype, ETH_VLAN | ETH_SERVICE_VLAN) {
                break;
            }
            let Some(([t0, t1, e0, e1], behind)) = rest.split_first_chunk() else {
                break;
            };
            *tag = Some(Tag {
                protocol: self.ethertype,
                tci: u16::from_be_bytes([*t0, *t1]),
            });
            self.ethertype = u16::from_be_bytes([*e0, *e1]);
            rest = behind;
        }
        rest
    }

    /// Reads an IPv4 packet; none where it is cut or malformed.
    fn read_v4(&mut self, packet: &[u8]) -> Option<()> {
        let head = packet.first_chunk::<IPV4_LEN>()?;
        let header_len = usize::from(head[0] & 0xf) * 4;
        if head[0] >> 4 != 4 || header_len < IPV4_LEN {
            return None;
        }
        self.kind = Kind::Ipv4;
        self.tos = head[1];
        self.protocol = head[9];
        self.source[0] = word(packet, 12)?;
        self.destination[0] = word(packet, 16)?;
        let is_fragment = u16::from_be_bytes([head[6], head[7]]) & 0x3fff != 0;
        if !is_fragment {
            self.read_l4(packet.get(header_len..)?)?;
        }
        Some(())
    }

    /// Reads an IPv6 packet; none where it is cut or malformed.
    fn read_v6(&mut self, packet: &[u8]) -> Option<()> {
        let (head, mut rest) = packet.split_first_chunk::<IPV6_LEN>()?;
        if head[0] >> 4 != 6 {
            return None;
        }
        self.kind = Kind::Ipv6;
        self.tos = (head[0] << 4) | (head[1] >> 4);
        self.label = u32::from_le_bytes([0, head[1] & 0xf, head[2], head[3]]);
        self.protocol = head[6];
        let words = self.source.iter_mut().chain(&mut self.destination);
        for (word, bytes) in words.zip(head[8..].chunks_exact(4)) {
            *word = u32::from_le_bytes(*bytes.first_chunk()?);
        }
        for _ in 0..MAX_EXTENSIONS {
            let len = match self.protocol {
                HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS => (usize::from(*rest.get(1)?) + 1) * 8,
                FRAGMENT => 8,
                _ => return self.read_l4(rest),
            };
            let next = *rest.first()?;
            // More fragments, and the fragment's offset. One fragment that is
            // the whole packet has neither (RFC 6946).
            let is_fragment = self.protocol == FRAGMENT && word(rest, 0)? & 0xf9ff_0000 != 0;
            self.protocol = next;
            if is_fragment {
                return Some(());
            }
            rest = rest.get(len..)?;
        }
        Some(())
    }

    /// Reads the header behind IP; none where it is cut.
    fn read_l4(&mut self, header: &[u8]) -> Option<()> {
        let at = if self.protocol == AH { 4 } else { 0 };
        self.l4 = Some(word(header, at)?);
        let [v4, v6] = match self.protocol {
            TCP => [Kind::TcpV4, Kind::TcpV6],
            UDP => [Kind::UdpV4, Kind::UdpV6],
            SCTP => [Kind::SctpV4, Kind::SctpV6],
            AH | ESP => [Kind::IpsecV4, Kind::IpsecV6],
            _ => return Some(()),
        };
        self.kind = if self.kind.is_v6() { v6 } else { v4 };
        Some(())
    }
}

/// The word at `at`, if it is there.
#[inline]
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::toeplitz::tests::octets;
    use super::*;
    use proptest::prelude::*;
    use std::net::{IpAddr, SocketAddr};

    /// An Ethernet header of the given type, then `rest`.
    pub(crate) fn ether(tags: &[(u16, u16)], ethertype: u16, rest: &[u8]) -> Vec<u8> {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        for (protocol, tci) in tags {
            frame.extend(protocol.to_be_bytes());
            frame.extend(tci.to_be_bytes());
        }
        frame.extend(ethertype.to_be_bytes());
        frame.extend(rest);
        frame
    }

    /// An IPv4 packet with `options` and `fragment` as the fragment word.
    fn v4(protocol: u8, options: &[u8], fragment: u16, rest: &[u8]) -> Vec<u8> {
        let [f0, f1] = fragment.to_be_bytes();
        let first = 0x45 + u8::try_from(options.len() / 4).unwrap();
        let mut packet = vec![first, 0x1c, 0, 0, 0, 0, f0, f1, 64, protocol, 0, 0];
        packet.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        packet.extend(options);
        packet.extend(rest);
        packet
    }

    /// An IPv6 packet with traffic class 0xab and flow label 0xcdef0.
    fn v6(next: u8, rest: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x6a, 0xbc, 0xde, 0xf0, 0, 0, next, 64];
        packet.extend(1..=32);
        packet.extend(rest);
        packet
    }

    /// A TCP or UDP frame between two endpoints of one family.
    pub(crate) fn l4_frame(protocol: u8, source: SocketAddr, destination: SocketAddr) -> Vec<u8> {
        let addresses = [octets(source.ip()), octets(destination.ip())].concat();
        let mut ports = source.port().to_be_bytes().to_vec();
        ports.extend(destination.port().to_be_bytes());
        let (ethertype, mut packet, at) = match source.ip() {
            IpAddr::V4(_) => (ETH_IPV4, v4(protocol, &[], 0, &ports), 12),
            IpAddr::V6(_) => (ETH_IPV6, v6(protocol, &ports), 8),
        };
        packet[at..at + addresses.len()].copy_from_slice(&addresses);
        ether(&[], ethertype, &packet)
    }

    /// Frames that are noise but for the bytes that choose the parser's way.
    pub(crate) fn frames() -> impl Strategy<Value = Vec<u8>> {
        let types =
            prop::sample::select(vec![ETH_IPV4, ETH_IPV6, ETH_VLAN, ETH_SERVICE_VLAN, 0x0806]);
        let protocols = [
            HOP_BY_HOP,
            TCP,
            UDP,
            ROUTING,
            FRAGMENT,
            ESP,
            AH,
            DESTINATION_OPTIONS,
            SCTP,
            1,
        ];
        let tags =
            prop::collection::vec(prop::sample::select(vec![ETH_VLAN, ETH_SERVICE_VLAN]), 0..4);
        let rest = prop::collection::vec(
            prop_oneof![
                2 => any::<u8>(),
                2 => Just(0),
                1 => prop::sample::select(protocols.to_vec())
            ],
            0..160,
        );
        let first = prop_oneof![3 => Just(0x45u8), 3 => Just(0x60), 1 => any::<u8>()];
        (
            tags,
            types,
            first,
            prop::sample::select(protocols.to_vec()),
            rest,
        )
            .prop_map(|(tags, ethertype, first, protocol, mut rest)| {
                let at = if ethertype == ETH_IPV6 { 6 } else { 9 };
                rest.iter_mut().take(1).for_each(|byte| *byte = first);
                rest.iter_mut()
                    .skip(at)
                    .take(1)
                    .for_each(|byte| *byte = protocol);
                let tags: Vec<_> = tags.iter().map(|tag| (*tag, 0x6123)).collect();
                ether(&tags, ethertype, &rest)
            })
    }

    fn flow(ethertype: u16, packet: &[u8]) -> Flow {
        Flow::of(&ether(&[], ethertype, packet)).unwrap()
    }

    const PORTS: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
    const PORTS_WORD: u32 = 0x7856_3412;

    #[test]
    fn plain_v4() {
        let frame = ether(&[], ETH_IPV4, &v4(TCP, &[], 0x4000, &PORTS));
        let flow = Flow::of(&frame).unwrap();
        assert_eq!(flow.kind, Kind::TcpV4);
        assert_eq!(
            flow.macs.map(Mac::to_bits),
            [0x0100_0000_0002, 0x0200_0000_0002]
        );
        assert_eq!((flow.tos, flow.protocol), (0x1c, TCP));
        assert_eq!(flow.source, [0x0100_000a, 0, 0, 0]);
        assert_eq!(flow.destination, [0x0200_000a, 0, 0, 0]);
        assert_eq!(flow.l4, Some(PORTS_WORD));
    }

    #[test]
    fn options_are_stepped_over() {
        let packet = v4(UDP, &[1; 40], 0, &PORTS);
        assert_eq!(flow(ETH_IPV4, &packet).kind, Kind::UdpV4);
        assert_eq!(flow(ETH_IPV4, &packet).l4, Some(PORTS_WORD));
    }

    #[test]
    fn fragments_have_no_ports() {
        for fragment in [0x2000, 0x0001, 0x1fff] {
            let packet = v4(UDP, &[], fragment, &PORTS);
            let flow = flow(ETH_IPV4, &packet);
            assert_eq!((flow.kind, flow.protocol, flow.l4), (Kind::Ipv4, UDP, None));
        }
        for fragment in [[0, 1], [0, 8], [0xff, 0xf8]] {
            let mut header = [UDP, 0, fragment[0], fragment[1], 0, 0, 0, 1].to_vec();
            header.extend(PORTS);
            let flow = flow(ETH_IPV6, &v6(FRAGMENT, &header));
            assert_eq!((flow.kind, flow.protocol, flow.l4), (Kind::Ipv6, UDP, None));
        }
    }

    #[test]
    fn v6_extensions_are_followed() {
        let mut rest = vec![ROUTING, 0, 0, 0, 0, 0, 0, 0];
        rest.extend([DESTINATION_OPTIONS, 1].iter().chain(&[0; 14]));
        rest.extend([FRAGMENT, 0, 0, 0, 0, 0, 0, 0]);
        // An atomic fragment; its reserved bits say nothing.
        rest.extend([SCTP, 0xff, 0, 6, 9, 9, 9, 9]);
        rest.extend(PORTS);
        let flow = flow(ETH_IPV6, &v6(HOP_BY_HOP, &rest));
        assert_eq!((flow.kind, flow.protocol), (Kind::SctpV6, SCTP));
        assert_eq!((flow.tos, flow.label), (0xab, 0xf0de_0c00));
        assert_eq!(flow.source[0], 0x0403_0201);
        assert_eq!(flow.destination[3], 0x201f_1e1d);
        assert_eq!(flow.l4, Some(PORTS_WORD));
    }

    #[test]
    fn endless_extensions_are_plain_v6() {
        let headers = |n| [[DESTINATION_OPTIONS, 0, 0, 0, 0, 0, 0, 0]; 20][..n].concat();
        let tcp = |n| {
            let mut rest = headers(n);
            let last = rest.len() - 8;
            rest[last] = TCP;
            rest.extend(PORTS);
            flow(ETH_IPV6, &v6(DESTINATION_OPTIONS, &rest)).kind
        };
        assert_eq!(tcp(MAX_EXTENSIONS - 1), Kind::TcpV6);
        assert_eq!(tcp(MAX_EXTENSIONS), Kind::Ipv6);
    }

    #[test]
    fn ipsec_is_told_by_its_spi() {
        let ah = [TCP, 4, 0, 0, 0x12, 0x34, 0x56, 0x78];
        for (protocol, header) in [(ESP, &PORTS[..]), (AH, &ah[..])] {
            let four = flow(ETH_IPV4, &v4(protocol, &[], 0, header));
            assert_eq!((four.kind, four.l4), (Kind::IpsecV4, Some(PORTS_WORD)));
            let six = flow(ETH_IPV6, &v6(protocol, header));
            assert_eq!((six.kind, six.l4), (Kind::IpsecV6, Some(PORTS_WORD)));
        }
    }

    #[test]
    fn tunnels_and_icmp_are_plain_ip() {
        for protocol in [1, 4, 41, 47] {
            assert_eq!(
                flow(ETH_IPV4, &v4(protocol, &[], 0, &PORTS)).kind,
                Kind::Ipv4
            );
            assert_eq!(flow(ETH_IPV6, &v6(protocol, &PORTS)).kind, Kind::Ipv6);
        }
    }

    #[test]
    fn tags_are_read_and_added() {
        let packet = v4(TCP, &[], 0, &PORTS);
        let tags = [(ETH_SERVICE_VLAN, 0x6005), (ETH_VLAN, 7)];
        let mut flow = Flow::of(&ether(&tags, ETH_IPV4, &packet)).unwrap();
        assert_eq!((flow.kind, flow.ethertype), (Kind::TcpV4, ETH_IPV4));
        let [outer, inner] = tags.map(|(protocol, tci)| Some(Tag { protocol, tci }));
        assert_eq!(flow.tags, [outer, inner]);
        let tag = Tag {
            protocol: ETH_VLAN,
            tci: 9,
        };
        flow.add_tag(tag);
        assert_eq!(flow.tags, [Some(tag), outer]);
        let three = [tags[0], tags[1], tags[1]];
        let flow = Flow::of(&ether(&three, ETH_IPV4, &packet)).unwrap();
        assert_eq!((flow.kind, flow.ethertype), (Kind::Ether, ETH_VLAN));
    }

    #[test]
    fn malformed_ip_is_not_ip() {
        for first in [0x44, 0x40, 0x55, 0x65] {
            let mut packet = v4(TCP, &[], 0, &PORTS);
            packet[0] = first;
            assert_eq!(flow(ETH_IPV4, &packet).kind, Kind::Ether);
        }
        let mut packet = v6(TCP, &PORTS);
        packet[0] = 0x45;
        assert_eq!(flow(ETH_IPV6, &packet).kind, Kind::Ether);
        assert_eq!(Flow::of(&[0; 13]), None);
    }

    proptest! {
        #[test]
        fn noise_does_no_harm(frame in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(Flow::of(&frame).is_some(), frame.len() >= ETHER_LEN);
        }

        #[test]
        fn a_cut_frame_only_tells_less(frame in frames()) {
            let whole = Flow::of(&frame).unwrap();
            for len in ETHER_LEN..frame.len() {
                let cut = Flow::of(&frame[..len]).unwrap();
                let plain = if whole.kind.is_v6() { Kind::Ipv6 } else { Kind::Ipv4 };
                prop_assert!([Kind::Ether, plain, whole.kind].contains(&cut.kind));
                prop_assert!(cut.l4.is_none() || cut.l4 == whole.l4);
                if cut.kind == Kind::Ether {
                    prop_assert_eq!((cut.source, cut.destination), ([0; 4], [0; 4]));
                } else {
                    prop_assert_eq!(cut.source, whole.source);
                    prop_assert_eq!(cut.destination, whole.destination);
                    prop_assert_eq!(cut.label, whole.label);
                }
            }
        }

        #[test]
        fn what_follows_the_headers_is_not_read(frame in frames(), tail: [u8; 9]) {
            let flow = Flow::of(&frame).unwrap();
            let longer = [&frame[..], &tail[..]].concat();
            if flow.l4.is_some() || flow.ethertype == 0x0806 {
                prop_assert_eq!(Flow::of(&longer), Some(flow));
            }
        }

    }
}
