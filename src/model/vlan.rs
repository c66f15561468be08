// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! VLAN tags, and the filter of VLANs that a receiver asked for.
//!
//! IEEE 802.1Q: a tag is its type (the EtherType that announces it), three bits
//! of priority, one of drop eligibility and twelve of VLAN id.

/// Length of a MAC header up to its type, where a tag stands.
const TYPE_OFFSET: usize = 12;
/// The bits of a tag's control information that are the VLAN id.
const ID_MASK: u16 = 0x0fff;
/// How many VLAN ids there are.
const IDS: usize = 4096;
const WORDS: usize = IDS / 64;

/// The two kinds of tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TagKind {
    /// A customer's, 802.1Q.
    Customer,
    /// A service provider's, 802.1ad.
    Service,
}

impl TagKind {
    /// The EtherType that announces it.
    pub(crate) fn ethertype(self) -> u16 {
        match self {
            Self::Customer => 0x8100,
            Self::Service => 0x88a8,
        }
    }

    /// The kind that an EtherType announces, if it announces a tag.
    pub(crate) fn of_type(ethertype: u16) -> Option<Self> {
        match ethertype {
            0x8100 => Some(Self::Customer),
            0x88a8 => Some(Self::Service),
            _ => None,
        }
    }
}

/// A frame's outermost tag, as far as a filter looks at it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tag {
    /// Its kind.
    pub(crate) kind: TagKind,
    /// VLAN id; 0 says that the tag only bears a priority.
    pub(crate) id: u16,
}

impl Tag {
    /// The tag of that type and control information; none for other types.
    pub(crate) fn new(ethertype: u16, control: u16) -> Option<Self> {
        Some(Self {
            kind: TagKind::of_type(ethertype)?,
            id: control & ID_MASK,
        })
    }

    /// The tag that stands in a frame behind the first one.
    pub(crate) fn behind_first(frame: &[u8]) -> Option<Self> {
        const TAG_LEN: usize = 4;
        Self::in_frame(frame.get(TAG_LEN..)?)
    }

    /// The tag that stands in a frame, of which at least the beginning is
    /// given; none in one that is cut short.
    pub(crate) fn in_frame(frame: &[u8]) -> Option<Self> {
        let [type_high, type_low, high, low] = frame.get(TYPE_OFFSET..)?.first_chunk()?;
        Self::new(
            u16::from_be_bytes([*type_high, *type_low]),
            u16::from_be_bytes([*high, *low]),
        )
    }
}

/// A set of VLAN ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ids([u64; WORDS]);

impl Ids {
    /// The empty one.
    pub(super) const fn none() -> Self {
        Self([0; WORDS])
    }

    fn place(id: u16) -> (usize, u64) {
        let id = id & ID_MASK;
        (usize::from(id / 64), 1 << (id % 64))
    }

    /// Whether an id is there. Only the lower twelve bits count.
    pub(super) fn contains(&self, id: u16) -> bool {
        let (word, bit) = Self::place(id);
        self.0.get(word).is_some_and(|ids| ids & bit != 0)
    }

    /// Adds an id or removes it. Only the lower twelve bits count.
    pub(super) fn put(&mut self, id: u16, present: bool) {
        let (word, bit) = Self::place(id);
        if let Some(ids) = self.0.get_mut(word) {
            match present {
                true => *ids |= bit,
                false => *ids &= !bit,
            }
        }
    }
}

/// The VLANs that a receiver asked for, of each kind of tag.
#[derive(Clone)]
pub(crate) struct VlanFilter {
    customer: Ids,
    service: Ids,
}

impl VlanFilter {
    /// No VLAN.
    pub(crate) const fn none() -> Self {
        Self {
            customer: Ids::none(),
            service: Ids::none(),
        }
    }

    /// Whether a frame with this tag is let in: its VLAN was asked for, or the
    /// tag names none.
    pub(crate) fn takes(&self, tag: Tag) -> bool {
        tag.id == 0
            || match tag.kind {
                TagKind::Customer => self.customer.contains(tag.id),
                TagKind::Service => self.service.contains(tag.id),
            }
    }

    /// Lets a VLAN in from now on, or no longer.
    pub(crate) fn put(&mut self, tag: Tag, present: bool) {
        match tag.kind {
            TagKind::Customer => self.customer.put(tag.id, present),
            TagKind::Service => self.service.put(tag.id, present),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn tag(kind: TagKind, id: u16) -> Tag {
        Tag { kind, id }
    }

    #[test]
    fn tags_are_found_where_they_stand() {
        let mut frame = [0u8; 18];
        frame[12..16].copy_from_slice(&[0x81, 0, 0x6f, 0xfe]);
        assert_eq!(Tag::in_frame(&frame), Some(tag(TagKind::Customer, 0xffe)));
        frame[12..16].copy_from_slice(&[0x88, 0xa8, 0, 7]);
        assert_eq!(Tag::in_frame(&frame), Some(tag(TagKind::Service, 7)));
        frame[12..16].copy_from_slice(&[8, 0, 0, 7]);
        assert_eq!(Tag::in_frame(&frame), None);
    }

    #[test]
    fn short_frames_have_no_tag() {
        let frame = [0x81; 16];
        for len in 0..16 {
            assert_eq!(Tag::in_frame(&frame[..len]), None);
        }
    }

    #[test]
    fn priority_tags_are_always_let_in() {
        let filter = VlanFilter::none();
        assert!(filter.takes(tag(TagKind::Customer, 0)));
        assert!(filter.takes(tag(TagKind::Service, 0)));
        assert!(!filter.takes(tag(TagKind::Customer, 1)));
    }

    #[test]
    fn kinds_stay_apart() {
        let mut filter = VlanFilter::none();
        filter.put(tag(TagKind::Customer, 100), true);
        assert!(filter.takes(tag(TagKind::Customer, 100)));
        assert!(!filter.takes(tag(TagKind::Service, 100)));
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_set(
            changes in proptest::collection::vec((any::<bool>(), 1u16..4096, any::<bool>()), 0..300),
        ) {
            let mut filter = VlanFilter::none();
            let mut plain = HashSet::new();
            for (service, id, present) in changes {
                let kind = if service { TagKind::Service } else { TagKind::Customer };
                filter.put(tag(kind, id), present);
                match present {
                    true => plain.insert((service, id)),
                    false => plain.remove(&(service, id)),
                };
            }
            for id in 1..4096 {
                prop_assert_eq!(filter.takes(tag(TagKind::Customer, id)), plain.contains(&(false, id)));
                prop_assert_eq!(filter.takes(tag(TagKind::Service, id)), plain.contains(&(true, id)));
            }
        }

        #[test]
        fn any_bytes_are_read(frame: Vec<u8>) {
            let _ = Tag::in_frame(&frame);
        }
    }
}
