// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Whether a flow's header fields have given values under masks: the match of a
//! steering rule.

use super::flow::{Flow, Kind, Tag};
use super::mac::Mac;

/// A flow's header fields, packed for comparison under a mask:
/// destination station and Ethernet type; source station and outer tag's
/// type; source address; destination address; the word behind IP, the outer
/// tag's control information, type of service and protocol; what is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Key([u64; 8]);

/// In the last word of a key: there is an outer tag.
const TAGGED: u64 = 1;
/// In the last word of a key: there is a word behind IP.
const HAS_L4: u64 = 1 << 1;
/// In the last word of a key: the packet is IPv4.
const V4: u64 = 1 << 2;
/// In the last word of a key: the packet is IPv6.
const V6: u64 = 1 << 3;

impl Kind {
    /// Whether the packet is IPv4.
    #[inline]
    pub(crate) const fn is_v4(self) -> bool {
        !matches!(self, Self::Ether) && !self.is_v6()
    }
}

impl Flow {
    /// Adds a tag that came beside the frame: the outermost. Of three tags the
    /// innermost is forgotten.
    pub(crate) fn add_tag(&mut self, tag: Tag) {
        self.tags = [Some(tag), self.tags[0]];
    }
}

fn pair([low, high]: [u32; 2]) -> u64 {
    (u64::from(high) << 32) | u64::from(low)
}

fn station(mac: Mac, number: u16) -> u64 {
    (u64::from(number) << 48) | mac.to_bits()
}

fn rest(l4: u32, tci: u16, tos: u8, protocol: u8) -> u64 {
    (u64::from(protocol) << 56) | (u64::from(tos) << 48) | (u64::from(tci) << 32) | u64::from(l4)
}

impl Key {
    /// The key of a flow.
    pub(super) fn of(flow: &Flow) -> Self {
        let [destination, source] = flow.macs;
        let tag = flow.tags[0].unwrap_or(Tag {
            protocol: 0,
            tci: 0,
        });
        let [s0, s1, s2, s3] = flow.source;
        let [d0, d1, d2, d3] = flow.destination;
        let present = [
            (flow.tags[0].is_some(), TAGGED),
            (flow.l4.is_some(), HAS_L4),
            (flow.kind.is_v4(), V4),
            (flow.kind.is_v6(), V6),
        ];
        Self([
            station(destination, flow.ethertype),
            station(source, tag.protocol),
            pair([s0, s1]),
            pair([s2, s3]),
            pair([d0, d1]),
            pair([d2, d3]),
            rest(flow.l4.unwrap_or(0), tag.tci, flow.tos, flow.protocol),
            present
                .into_iter()
                .filter(|(is_there, _)| *is_there)
                .fold(0, |bits, (_, bit)| bits | bit),
        ])
    }
}

/// Which flows a rule is for. Begins with all; each method narrows it down to
/// those whose field, under a mask, has a value. An empty mask says nothing.
/// Words are as [`Flow`] has them, numbers are the host's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Match {
    value: Key,
    mask: Key,
}

impl Match {
    fn narrow(mut self, at: usize, value: u64, mask: u64) -> Self {
        if let (Some(v), Some(m)) = (self.value.0.get_mut(at), self.mask.0.get_mut(at)) {
            *v = *v & !mask | value & mask;
            *m |= mask;
        }
        self
    }

    /// The same, where the field must be there for that.
    fn narrow_present(self, at: usize, [value, mask]: [u64; 2], present: u64) -> Self {
        if mask == 0 {
            return self;
        }
        self.narrow(at, value, mask).narrow(7, present, present)
    }

    /// The destination station.
    pub(crate) fn destination_mac(self, mac: Mac, mask: Mac) -> Self {
        self.narrow(0, mac.to_bits(), mask.to_bits())
    }

    /// The source station.
    pub(crate) fn source_mac(self, mac: Mac, mask: Mac) -> Self {
        self.narrow(1, mac.to_bits(), mask.to_bits())
    }

    /// The Ethernet type behind the tags.
    pub(crate) fn ethertype(self, value: u16, mask: u16) -> Self {
        let none = Mac::from_bits(0);
        self.narrow(0, station(none, value), station(none, mask))
    }

    /// The outer tag. Tagged frames alone match.
    pub(crate) fn tag(self, value: Tag, mask: Tag) -> Self {
        let none = Mac::from_bits(0);
        let types = [value, mask].map(|tag| station(none, tag.protocol));
        let tcis = [value, mask].map(|tag| rest(0, tag.tci, 0, 0));
        self.narrow_present(1, types, TAGGED)
            .narrow_present(6, tcis, TAGGED)
    }

    /// IPv4 packets.
    pub(crate) fn v4(self) -> Self {
        self.narrow(7, V4, V4)
    }

    /// IPv6 packets.
    pub(crate) fn v6(self) -> Self {
        self.narrow(7, V6, V6)
    }

    /// The source address; an IPv4 address is the first word.
    pub(crate) fn source(self, [v0, v1, v2, v3]: [u32; 4], [m0, m1, m2, m3]: [u32; 4]) -> Self {
        self.narrow(2, pair([v0, v1]), pair([m0, m1]))
            .narrow(3, pair([v2, v3]), pair([m2, m3]))
    }

    /// The destination address, likewise.
    pub(crate) fn destination(
        self,
        [v0, v1, v2, v3]: [u32; 4],
        [m0, m1, m2, m3]: [u32; 4],
    ) -> Self {
        self.narrow(4, pair([v0, v1]), pair([m0, m1]))
            .narrow(5, pair([v2, v3]), pair([m2, m3]))
    }

    /// The type of service or traffic class.
    pub(crate) fn tos(self, value: u8, mask: u8) -> Self {
        self.narrow(6, rest(0, 0, value, 0), rest(0, 0, mask, 0))
    }

    /// The protocol behind IP.
    pub(crate) fn protocol(self, value: u8, mask: u8) -> Self {
        self.narrow(6, rest(0, 0, 0, value), rest(0, 0, 0, mask))
    }

    /// The word behind IP: ports, SPI, or the first four bytes of another
    /// protocol. Fragments do not match.
    pub(crate) fn l4(self, value: u32, mask: u32) -> Self {
        let words = [value, mask].map(|word| rest(word, 0, 0, 0));
        self.narrow_present(6, words, HAS_L4)
    }

    /// Whether a flow with this key is one.
    #[inline]
    pub(super) fn takes(&self, key: &Key) -> bool {
        let fields = key.0.iter().zip(&self.value.0).zip(&self.mask.0);
        // Without branches: most rules do not match, and few differ early.
        fields.fold(0, |differ, ((k, v), m)| differ | (k ^ v) & m) == 0
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::flow::tests::{ether, frames, l4_frame};
    use super::super::flow::Kind;
    use super::*;
    use proptest::prelude::*;
    use std::net::SocketAddr;

    const TCP: u8 = 6;

    fn takes(flows: Match, flow: &Flow) -> bool {
        flows.takes(&Key::of(flow))
    }

    /// A flow from 10.1.2.3:5 to 10.4.5.6:7.
    pub(crate) fn tcp4() -> Flow {
        let [a, b] = ["10.1.2.3:5", "10.4.5.6:7"].map(|text| text.parse::<SocketAddr>().unwrap());
        Flow::of(&l4_frame(TCP, a, b)).unwrap()
    }

    #[test]
    fn addresses_and_ports_match_under_masks() {
        let flow = tcp4();
        let all = Match::default().v4().protocol(TCP, 0xff);
        assert!(takes(all, &flow));
        assert!(!takes(all.v6(), &flow));
        assert!(!takes(all.protocol(17, 0xff), &flow));
        let word = |bytes| [u32::from_le_bytes(bytes), 0, 0, 0];
        let net = word([255, 255, 0, 0]);
        assert!(takes(all.source(word([10, 1, 9, 9]), net), &flow));
        assert!(!takes(all.source(word([10, 2, 2, 3]), net), &flow));
        assert!(takes(all.destination(word([10, 4, 9, 9]), net), &flow));
        assert!(!takes(all.destination(word([10, 1, 2, 3]), net), &flow));
        let l4 = u32::from_le_bytes([0, 5, 0, 7]);
        assert!(takes(all.l4(l4, u32::MAX), &flow));
        assert!(takes(all.l4(5 << 8, 0xffff), &flow));
        assert!(!takes(all.l4(7 << 8, 0xffff), &flow));
        assert!(takes(all.protocol(TCP | 1, 0xfe), &flow));
        assert!(takes(all.tos(0x1c, 0xff), &flow));
        assert!(takes(all.tos(0x10, 0xf0), &flow));
        assert!(!takes(all.tos(0x10, 0xff), &flow));
    }

    #[test]
    fn ports_match_where_there_are_some() {
        let mut flow = tcp4();
        flow.l4 = None;
        assert!(!takes(Match::default().l4(0, 0xffff), &flow));
        assert!(takes(Match::default().l4(0x1234, 0), &flow));
    }

    #[test]
    fn stations_and_tags_match() {
        let mut flow = Flow::of(&ether(&[(0x8100, 0x6005)], 0x0806, &[])).unwrap();
        let [one, two] = [1, 2].map(|n| Mac::from_bytes([2, 0, 0, 0, 0, n]));
        let all = Mac::from_bytes([0xff; 6]);
        let any = Match::default();
        assert!(takes(
            any.destination_mac(one, all).source_mac(two, all),
            &flow
        ));
        assert!(!takes(any.destination_mac(two, all), &flow));
        assert!(!takes(any.source_mac(one, all), &flow));
        assert!(takes(any.ethertype(0x0806, 0xffff), &flow));
        assert!(!takes(any.ethertype(0x0800, 0xffff), &flow));
        let tag = |protocol, tci| Tag { protocol, tci };
        let vid = tag(0, 0xfff);
        assert!(takes(any.tag(tag(0, 5), vid), &flow));
        assert!(takes(any.tag(tag(0x8100, 0), tag(0xffff, 0)), &flow));
        assert!(!takes(any.tag(tag(0x88a8, 0), tag(0xffff, 0)), &flow));
        assert!(!takes(any.tag(tag(0, 6), vid), &flow));
        flow.tags = [None; 2];
        assert!(!takes(any.tag(tag(0, 0), vid), &flow));
    }

    #[test]
    fn v6_addresses_match_in_all_words() {
        let [a, b] = ["[2001:db8::1]:5", "[2001:db8::2]:7"].map(|a| a.parse().unwrap());
        let flow = Flow::of(&l4_frame(TCP, a, b)).unwrap();
        for at in 0..4 {
            let mut mask = [0; 4];
            mask[at] = u32::MAX;
            let mut other = flow.source;
            other[at] ^= 1 << 31;
            let any = Match::default().v6();
            assert!(takes(any.source(flow.source, mask), &flow));
            assert!(!takes(any.source(other, mask), &flow));
            other = flow.destination;
            other[at] ^= 1;
            assert!(takes(any.destination(flow.destination, mask), &flow));
            assert!(!takes(any.destination(other, mask), &flow));
        }
    }

    /// A match in words of its own.
    #[derive(Clone, Debug)]
    pub(crate) struct Naive {
        v6: Option<bool>,
        ethertype: Option<u16>,
        protocol: Option<u8>,
        tci: Option<(u16, u16)>,
        source: Option<(u32, u32)>,
        l4: Option<(u32, u32)>,
    }

    impl Naive {
        pub(crate) fn compile(&self) -> Match {
            let mut flows = Match::default();
            flows = match self.v6 {
                Some(true) => flows.v6(),
                Some(false) => flows.v4(),
                None => flows,
            };
            let (value, mask) = self.ethertype.map_or((0, 0), |value| (value, u16::MAX));
            flows = flows.ethertype(value, mask);
            if let Some(protocol) = self.protocol {
                flows = flows.protocol(protocol, u8::MAX);
            }
            let (value, mask) = self.tci.unwrap_or((0, 0));
            let [value, mask] = [value, mask].map(|tci| Tag { protocol: 0, tci });
            flows = flows.tag(value, mask);
            let (value, mask) = self.source.unwrap_or((0, 0));
            flows = flows.source([0, value, 0, 0], [0, mask, 0, 0]);
            let (value, mask) = self.l4.unwrap_or((0, 0));
            flows.l4(value, mask)
        }

        pub(crate) fn takes(&self, flow: &Flow) -> bool {
            let masked = |have: u32, (value, mask): (u32, u32)| have & mask == value & mask;
            let v6 = match flow.kind {
                Kind::Ether => None,
                kind => Some(kind.is_v6()),
            };
            let tci = |(value, mask): (u16, u16)| {
                mask == 0 || flow.tags[0].is_some_and(|tag| (tag.tci ^ value) & mask == 0)
            };
            let l4 = |wanted: (u32, u32)| {
                wanted.1 == 0 || flow.l4.is_some_and(|have| masked(have, wanted))
            };
            (self.v6.is_none() || self.v6 == v6)
                && self.ethertype.is_none_or(|wanted| wanted == flow.ethertype)
                && self.protocol.is_none_or(|wanted| wanted == flow.protocol)
                && self.tci.is_none_or(tci)
                && self
                    .source
                    .is_none_or(|wanted| masked(flow.source[1], wanted))
                && self.l4.is_none_or(l4)
        }
    }

    /// Values and masks of few bits, so that rules match now and then.
    fn masked() -> impl Strategy<Value = Option<(u32, u32)>> {
        prop::option::weighted(0.3, (any::<u32>(), prop::sample::select(vec![0, 1, 0x101])))
    }

    /// Any rule.
    pub(crate) fn naive() -> impl Strategy<Value = Naive> {
        let types = prop::sample::select(vec![0x0800, 0x86dd, 0x0806]);
        let protocols = prop::sample::select(vec![TCP, 17, 132, 1, 50]);
        let tci = (any::<u16>(), prop::sample::select(vec![0, 1, 0x123]));
        (
            prop::option::weighted(0.3, any::<bool>()),
            prop::option::weighted(0.3, types),
            prop::option::weighted(0.3, protocols),
            prop::option::weighted(0.2, tci),
            masked(),
            masked(),
        )
            .prop_map(|(v6, ethertype, protocol, tci, source, l4)| Naive {
                v6,
                ethertype,
                protocol,
                tci,
                source,
                l4,
            })
    }

    proptest! {
        #[test]
        fn agrees_with_a_naive_model(naive in naive(), frame in frames()) {
            let flow = Flow::of(&frame).unwrap();
            prop_assert_eq!(takes(naive.compile(), &flow), naive.takes(&flow));
        }
    }
}
