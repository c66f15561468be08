// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a port does with each frame that arrives, beyond filtering and queueing
//! it. By default nothing: then one test is all that a frame pays for it.

use super::vlan::TagKind;

/// A set of things to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Treatment(u32);

impl Treatment {
    /// Nothing.
    pub(crate) const NONE: Self = Self(0);
    /// Tell the stack the flow's hash.
    pub(crate) const REPORT_HASH: Self = Self(1);
    /// Tell the stack nothing of checksums, so that it verifies them.
    pub(crate) const UNVERIFIED: Self = Self(1 << 1);
    /// Leave customer tags in the frame.
    pub(crate) const KEEP_CUSTOMER_TAG: Self = Self(1 << 2);
    /// Leave service tags in the frame.
    pub(crate) const KEEP_SERVICE_TAG: Self = Self(1 << 3);
    /// Drop frames with customer tags of VLANs that nobody asked for.
    pub(crate) const FILTER_CUSTOMER: Self = Self(1 << 4);
    /// Drop frames with service tags of VLANs that nobody asked for.
    pub(crate) const FILTER_SERVICE: Self = Self(1 << 5);
    /// The wire finishes what its sender put off: bundles are cut into frames,
    /// and frames bear their checksums.
    pub(crate) const FINISH: Self = Self(1 << 6);

    /// Both sets.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set with `part` as in `now`, and all else as it is.
    pub(crate) fn with(self, part: Self, now: Self) -> Self {
        Self(self.0 & !part.0 | now.0 & part.0)
    }

    /// `self`, if `wanted`; else nothing.
    pub(crate) fn when(self, wanted: bool) -> Self {
        match wanted {
            true => self,
            false => Self::NONE,
        }
    }

    /// Whether anything of `other` is to be done.
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether anything is to be done about checksums.
    pub(crate) fn sums(self) -> bool {
        self.has(Self::FINISH.and(Self::UNVERIFIED))
    }

    /// Whether a bundle is to be cut. One may be `uncut`: the frames that it
    /// stands for, and their checksums, are yet to be made of it, so that there is
    /// nothing to verify; others are there, and are verified each for itself.
    pub(crate) fn cuts(self, uncut: bool) -> bool {
        self.has(Self::FINISH) || (self.has(Self::UNVERIFIED) && !uncut)
    }

    /// Whether a tag of that kind is to stand in the frame.
    pub(crate) fn keeps(self, kind: TagKind) -> bool {
        self.has(match kind {
            TagKind::Customer => Self::KEEP_CUSTOMER_TAG,
            TagKind::Service => Self::KEEP_SERVICE_TAG,
        })
    }

    /// Whether VLANs of that kind of tag are filtered.
    pub(crate) fn filters(self, kind: TagKind) -> bool {
        self.has(match kind {
            TagKind::Customer => Self::FILTER_CUSTOMER,
            TagKind::Service => Self::FILTER_SERVICE,
        })
    }

    /// As a number.
    pub(crate) fn to_bits(self) -> u64 {
        self.0.into()
    }

    /// From [`Self::to_bits`].
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: Treatment = Treatment::KEEP_CUSTOMER_TAG.and(Treatment::KEEP_SERVICE_TAG);

    #[test]
    fn parts_change_alone() {
        let both = Treatment::FINISH.and(Treatment::KEEP_CUSTOMER_TAG);
        assert_eq!(both.with(TAGS, Treatment::NONE), Treatment::FINISH);
        assert_eq!(
            both.with(TAGS, Treatment::KEEP_SERVICE_TAG),
            Treatment::FINISH.and(Treatment::KEEP_SERVICE_TAG)
        );
        assert_eq!(
            both.with(Treatment::FINISH, TAGS),
            Treatment::KEEP_CUSTOMER_TAG
        );
    }

    #[test]
    fn kinds_of_tag_are_apart() {
        assert!(Treatment::KEEP_CUSTOMER_TAG.keeps(TagKind::Customer));
        assert!(!Treatment::KEEP_CUSTOMER_TAG.keeps(TagKind::Service));
        assert!(Treatment::FILTER_SERVICE.filters(TagKind::Service));
        assert!(!Treatment::FILTER_SERVICE.filters(TagKind::Customer));
        assert!(!TAGS.filters(TagKind::Customer));
    }

    #[test]
    fn only_what_needs_whole_frames_cuts() {
        let others = TAGS.and(Treatment::REPORT_HASH);
        for uncut in [false, true] {
            assert!(Treatment::FINISH.cuts(uncut));
            assert!(Treatment::FINISH.and(Treatment::UNVERIFIED).cuts(uncut));
            assert!(!others.cuts(uncut));
            assert!(!Treatment::NONE.cuts(uncut));
        }
        assert!(Treatment::UNVERIFIED.cuts(false));
        assert!(!Treatment::UNVERIFIED.cuts(true));
        assert!(Treatment::UNVERIFIED.sums() && Treatment::FINISH.sums());
        assert!(!others.sums() && !Treatment::NONE.sums());
    }

    #[test]
    fn numbers_come_back() {
        for bits in 0..1 << 7 {
            assert_eq!(Treatment::from_bits(bits).to_bits(), bits);
        }
    }
}
