// SPDX-License-Identifier: GPL-2.0

//! What a frame's sender wants of it, beside that it be sent.
//!
//! C header: `include/linux/skbuff.h` (struct skb_shared_info).

use crate::bindings;
use core::mem;

/// What the sender of a frame wants of it, as the first eight bytes of the
/// frame's shared info tell it. Most frames want nothing, which is one test.
#[derive(Clone, Copy)]
pub(crate) struct Wishes(u64);

impl Wishes {
    const PAGES: u64 = (bindings::SOFTNIC_SKB_ZEROCOPY_ENABLE as u64)
        << (8 * mem::offset_of!(bindings::skb_shared_info, flags));
    const SIZE_AT: usize = 8 * mem::offset_of!(bindings::skb_shared_info, gso_size);
    const SEGMENTS_AT: usize = 8 * mem::offset_of!(bindings::skb_shared_info, gso_segs);

    /// From the first eight bytes of a frame's shared info.
    #[inline]
    pub(super) fn from_shared_info(start: u64) -> Self {
        Self(start)
    }

    /// Whether the frame is just to be sent.
    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        self.0 & (Self::PAGES | 0xffff << Self::SIZE_AT) == 0
    }

    /// Whether the frame's pages stay its sender's.
    pub(crate) fn pages(self) -> bool {
        self.0 & Self::PAGES != 0
    }

    /// How many segments the frame stands for, if it is a segmentation bundle.
    pub(crate) fn segments(self) -> Option<u16> {
        let size = (self.0 >> Self::SIZE_AT) as u16;
        (size != 0).then_some(((self.0 >> Self::SEGMENTS_AT) as u16).max(1))
    }
}
