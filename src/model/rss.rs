// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Receive-side scaling: the hash that chooses a packet's ring.
//!
//! Settings are ethtool's: fields for each kind of packet, hash function, input
//! transformation, and a key in the form of its table.

use super::flow::{Flow, Kind};
use super::flow_plain::{PlainV4, PlainV6};
use super::hash_fields::{Fields, HashType, Masks, KINDS, L4_HALVES};
use super::toeplitz::{self, Table};

/// How the input becomes a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// ethtool's `toeplitz`.
    Toeplitz,
    /// ethtool's `xor`.
    Xor,
}

/// What happens to the input before, so that both directions of a flow have
/// one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transform {
    /// Nothing.
    None,
    /// Source and destination both become their XOR.
    SymmetricXor,
    /// Source becomes their OR, destination their XOR.
    SymmetricOrXor,
}

impl Transform {
    /// From ethtool's `input_xfrm`; none if it is unknown.
    pub(crate) const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::None),
            1 => Some(Self::SymmetricXor),
            2 => Some(Self::SymmetricOrXor),
            _ => None,
        }
    }

    /// As ethtool's `input_xfrm`.
    pub(crate) const fn to_bits(self) -> u8 {
        self as u8
    }
}

/// Why settings are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The kind of packet has no such field.
    NoSuchField,
    /// With a symmetric transformation, source and destination go together and
    /// the flow label does not go in.
    NotSymmetric,
    /// XORing both halves of what [`Transform::SymmetricXor`] makes gives zero
    /// for every flow.
    AlwaysZero,
}

/// The settings of one RSS context, but for key and indirection table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    masks: [Masks; Kind::COUNT],
    function: Function,
    transform: Transform,
}

impl Default for Config {
    fn default() -> Self {
        let mut masks = [Masks::new(Fields(0)); Kind::COUNT];
        for kind in KINDS {
            masks[kind as usize] = Masks::new(Fields::default_of(kind));
        }
        Self {
            masks,
            function: Function::Toeplitz,
            transform: Transform::None,
        }
    }
}

impl Config {
    /// What packets of a kind are hashed by.
    pub(crate) fn fields(&self, kind: Kind) -> Fields {
        self.masks[kind as usize].fields()
    }

    /// Sets what packets of a kind are hashed by. Without any field they have
    /// no hash.
    pub(crate) fn set_fields(&mut self, kind: Kind, fields: Fields) -> Result<(), Refusal> {
        if !Fields::of_kind(kind).has(fields) {
            return Err(Refusal::NoSuchField);
        }
        if self.transform != Transform::None && !fields.is_symmetric() {
            return Err(Refusal::NotSymmetric);
        }
        self.masks[kind as usize] = Masks::new(fields);
        Ok(())
    }

    /// The hash function.
    pub(crate) fn function(&self) -> Function {
        self.function
    }

    /// The input transformation.
    pub(crate) fn transform(&self) -> Transform {
        self.transform
    }

    /// Sets hash function and input transformation, since not all go together.
    pub(crate) fn set_function(
        &mut self,
        function: Function,
        transform: Transform,
    ) -> Result<(), Refusal> {
        if function == Function::Xor && transform == Transform::SymmetricXor {
            return Err(Refusal::AlwaysZero);
        }
        let is_symmetric = KINDS.iter().all(|kind| self.fields(*kind).is_symmetric());
        if transform != Transform::None && !is_symmetric {
            return Err(Refusal::NotSymmetric);
        }
        self.function = function;
        self.transform = transform;
        Ok(())
    }

    /// The hash of a frame; none if nothing of the frame goes in.
    pub(crate) fn hash_frame(&self, table: &Table, frame: &[u8]) -> Option<(u32, HashType)> {
        match PlainV4::of(frame) {
            Some(flow) => self.hash_plain(table, flow),
            None => match PlainV6::of(frame) {
                Some(PlainV6 { kind, words }) => self.hash_v6(table, kind, words),
                None => self.hash_flow(table, &Flow::of(frame)?),
            },
        }
    }

    /// The same, of the plain flow that the frame is of.
    #[inline(always)]
    pub(crate) fn hash_plain(&self, table: &Table, flow: PlainV4) -> Option<(u32, HashType)> {
        self.hash_v4(table, flow.kind, flow.words)
    }

    /// The hash of a flow; none if nothing of the flow goes in.
    #[inline(never)]
    pub(crate) fn hash_flow(&self, table: &Table, flow: &Flow) -> Option<(u32, HashType)> {
        let l4 = flow.l4.unwrap_or(0);
        let [s0, s1, s2, s3] = flow.source;
        let [d0, d1, d2, d3] = flow.destination;
        if flow.kind.is_v6() {
            let words = [s0, s1, s2, s3, d0, d1, d2, d3, l4, flow.label];
            self.hash_v6(table, flow.kind, words)
        } else {
            self.hash_v4(table, flow.kind, [s0, d0, l4])
        }
    }

    #[inline(always)]
    fn hash_v4(&self, table: &Table, kind: Kind, words: [u32; 3]) -> Option<(u32, HashType)> {
        let masks = &self.masks[kind as usize];
        let hash_type = masks.hash_type()?;
        let [source, destination, l4] = words;
        let [source, destination] = self
            .transform
            .addresses(source & masks.source, destination & masks.destination);
        let words = [source, destination, self.transform.ports(l4 & masks.l4)];
        let hash = match self.function {
            Function::Toeplitz => toeplitz::hash3(table, words),
            Function::Xor => toeplitz::xor(&words),
        };
        Some((hash, hash_type))
    }

    #[inline]
    fn hash_v6(&self, table: &Table, kind: Kind, words: [u32; 10]) -> Option<(u32, HashType)> {
        let masks = &self.masks[kind as usize];
        let hash_type = masks.hash_type()?;
        let [s0, s1, s2, s3, d0, d1, d2, d3, l4, label] = words;
        let mask = |source, destination| {
            self.transform
                .addresses(source & masks.source, destination & masks.destination)
        };
        let [s0, d0] = mask(s0, d0);
        let [s1, d1] = mask(s1, d1);
        let [s2, d2] = mask(s2, d2);
        let [s3, d3] = mask(s3, d3);
        let l4 = self.transform.ports(l4 & masks.l4);
        let words = [s0, s1, s2, s3, d0, d1, d2, d3, l4, label & masks.label];
        let hash = match self.function {
            Function::Toeplitz => toeplitz::hash(table, &words),
            Function::Xor => toeplitz::xor(&words),
        };
        Some((hash, hash_type))
    }
}

impl Transform {
    /// Makes one of the other.
    #[inline]
    fn addresses(self, source: u32, destination: u32) -> [u32; 2] {
        match self {
            Self::None => [source, destination],
            Self::SymmetricXor => [source ^ destination; 2],
            Self::SymmetricOrXor => [source | destination, source ^ destination],
        }
    }

    /// The same with the halves of a word.
    #[inline]
    fn ports(self, ports: u32) -> u32 {
        let swapped = ports.rotate_left(16);
        match self {
            Self::None => ports,
            Self::SymmetricXor => ports ^ swapped,
            Self::SymmetricOrXor => {
                (ports | swapped) & L4_HALVES[0] | (ports ^ swapped) & L4_HALVES[1]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::flow::tests::{frames, l4_frame};
    use super::super::toeplitz::tests::{table, vectors, MICROSOFT_KEY};
    use super::*;
    use proptest::prelude::*;
    use std::net::SocketAddr;
    use std::sync::LazyLock;

    const TCP: u8 = 6;
    const UDP: u8 = 17;
    const ALL: Fields = Fields::IP.and(Fields::L4);

    static TABLE: LazyLock<Box<Table>> = LazyLock::new(|| table(&MICROSOFT_KEY));

    fn hash(config: &Config, frame: &[u8]) -> Option<(u32, HashType)> {
        config.hash_frame(&TABLE, frame)
    }

    fn tcp_kind(address: &SocketAddr) -> Kind {
        if address.is_ipv4() {
            Kind::TcpV4
        } else {
            Kind::TcpV6
        }
    }

    /// Any settings that can be made.
    fn configs() -> impl Strategy<Value = Config> {
        let choices = prop::collection::vec(any::<u32>(), KINDS.len());
        (choices, any::<bool>(), 0..3u8).prop_map(|(choices, xor, transform)| {
            let mut config = Config::default();
            for (kind, choice) in KINDS.into_iter().zip(choices) {
                let fields = Fields(choice & Fields::of_kind(kind).0);
                config.set_fields(kind, fields).unwrap();
            }
            let function = if xor {
                Function::Xor
            } else {
                Function::Toeplitz
            };
            // Refused now and then: then the settings stay as they are.
            let _ = config.set_function(function, Transform::from_bits(transform).unwrap());
            config
        })
    }

    fn sockets() -> impl Strategy<Value = (SocketAddr, SocketAddr)> {
        let four = any::<([u8; 4], u16, [u8; 4], u16)>()
            .prop_map(|(s, sp, d, dp)| ((s, sp).into(), (d, dp).into()));
        let six = any::<([u8; 16], u16, [u8; 16], u16)>()
            .prop_map(|(s, sp, d, dp)| ((s, sp).into(), (d, dp).into()));
        prop_oneof![four, six]
    }

    #[test]
    fn microsoft_vectors() {
        for (source, destination, two, four) in vectors() {
            let mut config = Config::default();
            for protocol in [TCP, UDP] {
                let frame = l4_frame(protocol, source, destination);
                assert_eq!(hash(&config, &frame), Some((four, HashType::L4)));
            }
            let kind = tcp_kind(&source);
            config.set_fields(kind, Fields::IP).unwrap();
            let frame = l4_frame(TCP, source, destination);
            assert_eq!(hash(&config, &frame), Some((two, HashType::L3)));
            let frame = l4_frame(1, source, destination);
            assert_eq!(hash(&config, &frame), Some((two, HashType::L3)));
        }
    }

    #[test]
    fn fragments_hash_by_addresses() {
        let (source, destination, two, _) = vectors()[0];
        let mut first = l4_frame(UDP, source, destination);
        first[20] = 0x20;
        let mut later = l4_frame(UDP, destination, source);
        later[26..34].copy_from_slice(&first[26..34]);
        later[21] = 0xb9;
        let config = Config::default();
        assert_eq!(hash(&config, &first), Some((two, HashType::L3)));
        assert_eq!(hash(&config, &later), Some((two, HashType::L3)));
    }

    #[test]
    fn flow_label_goes_in_when_asked() {
        let (source, destination, _, four) = vectors()[6];
        let mut frame = l4_frame(UDP, source, destination);
        let mut config = Config::default();
        frame[17] ^= 1;
        assert_eq!(hash(&config, &frame), Some((four, HashType::L4)));
        config
            .set_fields(Kind::UdpV6, ALL.and(Fields::IP6_FL))
            .unwrap();
        let labelled = hash(&config, &frame);
        assert_ne!(labelled, Some((four, HashType::L4)));
        // The traffic class is no part of the label.
        frame[14] ^= 0x0f;
        frame[15] ^= 0xf0;
        assert_eq!(hash(&config, &frame), labelled);
        config.set_fields(Kind::UdpV6, Fields::IP6_FL).unwrap();
        assert_eq!(hash(&config, &frame).unwrap().1, HashType::L3);
    }

    #[test]
    fn refuses_fields_that_a_kind_lacks() {
        let mut config = Config::default();
        let refused = Err(Refusal::NoSuchField);
        assert_eq!(
            config.set_fields(Kind::TcpV4, ALL.and(Fields::IP6_FL)),
            refused
        );
        assert_eq!(config.set_fields(Kind::Ipv4, ALL), refused);
        assert_eq!(config.set_fields(Kind::TcpV4, Fields(1 << 1)), refused);
        assert_eq!(config.set_fields(Kind::Ether, Fields::IP_SRC), refused);
        assert_eq!(config, Config::default());
    }

    #[test]
    fn refuses_what_is_not_symmetric() {
        let mut config = Config::default();
        let symmetric = Transform::SymmetricOrXor;
        config.set_fields(Kind::TcpV4, Fields::IP_SRC).unwrap();
        let refused = Err(Refusal::NotSymmetric);
        assert_eq!(config.set_function(Function::Toeplitz, symmetric), refused);
        config.set_fields(Kind::TcpV4, Fields::IP).unwrap();
        config.set_function(Function::Toeplitz, symmetric).unwrap();
        for fields in [Fields::IP_DST, Fields::L4_B_0_1, ALL.and(Fields::IP6_FL)] {
            assert_eq!(config.set_fields(Kind::TcpV6, fields), refused);
        }
        let refused = Err(Refusal::AlwaysZero);
        assert_eq!(
            config.set_function(Function::Xor, Transform::SymmetricXor),
            refused
        );
        assert_eq!(config.transform(), symmetric);
        assert_eq!(config.function(), Function::Toeplitz);
    }

    #[test]
    fn nothing_in_is_no_hash() {
        let (source, destination, ..) = vectors()[0];
        let frame = l4_frame(TCP, source, destination);
        let mut config = Config::default();
        config.set_fields(Kind::TcpV4, Fields(0)).unwrap();
        assert_eq!(hash(&config, &frame), None);
        assert_eq!(hash(&config, &frame[..20]), None);
        assert_eq!(hash(&config, &[]), None);
    }

    proptest! {
        #[test]
        fn both_ways_through_give_one_hash(config in configs(), frame in frames()) {
            let flow = Flow::of(&frame);
            let of_flow = flow.and_then(|flow| config.hash_flow(&TABLE, &flow));
            prop_assert_eq!(hash(&config, &frame), of_flow);
        }

        #[test]
        fn transforms_are_symmetric(
            (a, b) in sockets(),
            or_xor: bool,
            protocol in prop::sample::select(vec![TCP, UDP, 132, 1]),
        ) {
            let mut config = Config::default();
            let transform = Transform::from_bits(1 + u8::from(or_xor)).unwrap();
            config.set_function(Function::Toeplitz, transform).unwrap();
            prop_assert_eq!(config.transform().to_bits(), transform.to_bits());
            let there = hash(&config, &l4_frame(protocol, a, b));
            let back = hash(&config, &l4_frame(protocol, b, a));
            prop_assert_eq!(there, back);
            // What goes in is what the kernel's documentation says.
            if let (SocketAddr::V4(a), SocketAddr::V4(b), TCP) = (a, b, protocol) {
                let mix = |a: u32, b: u32| if or_xor { a | b } else { a ^ b };
                let [x, y] = [a.ip(), b.ip()].map(|ip| u32::from(*ip));
                let [p, q] = [a.port(), b.port()].map(u32::from);
                let words = [mix(x, y), x ^ y, (mix(p, q) << 16) | (p ^ q)].map(u32::swap_bytes);
                let expected = toeplitz::hash3(&TABLE, words);
                prop_assert_eq!(there, Some((expected, HashType::L4)));
            }
        }

        #[test]
        fn symmetric_keys_are_symmetric((a, b) in sockets(), half: [u8; 2]) {
            // A key of two bytes over and over: swapping whole words is nothing.
            let mut key = MICROSOFT_KEY;
            key.iter_mut().zip(half.iter().cycle()).for_each(|(byte, part)| *byte = *part);
            let table = table(&key);
            let config = Config::default();
            let there = config.hash_frame(&table, &l4_frame(TCP, a, b));
            prop_assert_eq!(there, config.hash_frame(&table, &l4_frame(TCP, b, a)));
        }

        #[test]
        fn only_chosen_fields_matter(
            (a, b) in sockets(),
            (c, d) in sockets(),
            bits: u32,
            xor: bool,
        ) {
            prop_assume!(a.is_ipv4() == c.is_ipv4());
            let kind = tcp_kind(&a);
            let fields = Fields(bits & ALL.0);
            let mut config = Config::default();
            config.set_fields(kind, fields).unwrap();
            prop_assert_eq!(config.fields(kind), fields);
            let function = if xor { Function::Xor } else { Function::Toeplitz };
            config.set_function(function, Transform::None).unwrap();
            let pick = |field, kept: SocketAddr, other: SocketAddr| {
                if fields.has(field) { kept } else { other }
            };
            let source = SocketAddr::new(
                pick(Fields::IP_SRC, a, c).ip(),
                pick(Fields::L4_B_0_1, a, c).port(),
            );
            let destination = SocketAddr::new(
                pick(Fields::IP_DST, b, d).ip(),
                pick(Fields::L4_B_2_3, b, d).port(),
            );
            let mut other = l4_frame(TCP, source, destination);
            // Type of service, time to live, and the TCP header behind the ports.
            let [tos, ttl] = if a.is_ipv4() { [15, 22] } else { [14, 21] };
            other[tos] ^= 1;
            other[ttl] ^= 0x7f;
            other.extend([9; 20]);
            prop_assert_eq!(hash(&config, &l4_frame(TCP, a, b)), hash(&config, &other));
        }
    }
}
