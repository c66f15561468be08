// SPDX-License-Identifier: GPL-2.0

//! What offloads put off, done to a frame after all: bundles cut, checksums
//! summed up, tags put in.
//!
//! C headers: `include/linux/skbuff.h` (checksums), `include/linux/if_vlan.h`,
//! `include/net/gso.h`.

use super::queue::{next, set_next};
use super::{Frame, Skb, TxSkb};
use crate::bindings;
use core::ptr::{self, NonNull};
use kernel::error::{from_err_ptr, to_result};
use kernel::prelude::*;

/// Where the control information of a tag that stands in a frame lies.
const TAG_CONTROL: usize = 14;

impl Frame {
    /// Whether the frame is a segmentation bundle.
    pub(crate) fn is_bundle(&self) -> bool {
        self.0.is_gso()
    }

    /// Puts the tag that is beside the frame into it. `ENOMEM`, or `EINVAL`,
    /// leaves it beside.
    pub(crate) fn put_tag_inside(&mut self) -> Result {
        // SAFETY: The frame is ours, with its data at the Ethernet header and
        // a tag beside it; the function keeps it valid when it fails.
        to_result(unsafe { bindings::skb_vlan_push_inside(self.0.as_ptr()) })
    }

    /// Puts a tag beside the frame; type and control 0 take one away.
    pub(crate) fn put_tag_beside(&mut self, ethertype: u16, control: u16) {
        // SAFETY: The frame is ours; the union's members share a layout.
        let headers = unsafe {
            (*self.0.as_ptr())
                .__bindgen_anon_4
                .__bindgen_anon_1
                .as_mut()
        };
        headers.__bindgen_anon_2.__bindgen_anon_1.vlan_proto = ethertype.to_be();
        headers.__bindgen_anon_2.__bindgen_anon_1.vlan_tci = control;
    }

    /// Whether there is a tag, beside the frame or in it.
    #[inline]
    pub(crate) fn is_tagged(&self) -> bool {
        self.vlan_tag().is_some() || matches!(self.ethertype(), 0x8100 | 0x88a8)
    }

    /// The outermost tag, beside the frame or in it: its Ethernet type and its
    /// control information.
    pub(crate) fn outer_tag(&self) -> Option<(u16, u16)> {
        self.vlan_tag().or_else(|| {
            let [high, low] = self.linear().get(TAG_CONTROL..)?.first_chunk()?;
            let control = u16::from_be_bytes([*high, *low]);
            matches!(self.ethertype(), 0x8100 | 0x88a8).then_some((self.ethertype(), control))
        })
    }

    /// Puts a tag around the frame, of which one that is beside it goes inside.
    /// `ENOMEM` leaves the frame as it is.
    pub(crate) fn put_tag_on(&mut self, (ethertype, control): (u16, u16)) -> Result {
        if self.vlan_tag().is_some() {
            self.put_tag_inside()?;
        }
        self.put_tag_beside(ethertype, control);
        Ok(())
    }

    /// Takes the outermost tag off, which is beside the frame or in it. A
    /// further one goes beside it. `ENOMEM` leaves the frame as it is.
    pub(crate) fn take_tag_off(&mut self) -> Result {
        let skb = self.0.as_ptr();
        let inside = self.ethertype();
        if self.vlan_tag().is_some() && !matches!(inside, 0x8100 | 0x88a8) {
            self.put_tag_beside(0, 0);
            return Ok(());
        }
        // SAFETY: The frame is ours, with its data at the Ethernet header; the
        // function goes by the protocol, and keeps the frame valid when it
        // fails.
        to_result(unsafe {
            let headers = (*skb).__bindgen_anon_4.__bindgen_anon_1.as_mut();
            headers.protocol = inside.to_be();
            bindings::skb_vlan_pop(skb)
        })
    }

    #[inline]
    fn ethertype(&self) -> u16 {
        const OFFSET: usize = 12;
        // SAFETY: By the type invariant the Ethernet header can be read.
        u16::from_be(unsafe { self.0.get().data.add(OFFSET).cast::<u16>().read_unaligned() })
    }

    /// Another frame with the same contents, which both share. None when
    /// memory is short.
    pub(crate) fn share(&self) -> Option<Self> {
        // INVARIANT: A clone has the same linear part.
        self.0.share().map(Frame)
    }

    /// Whether somebody else has a reference to it, too, as pktgen has.
    pub(crate) fn is_held(&self) -> bool {
        // SAFETY: The pointer is valid, and the field does not tear; who has the
        // only reference sees that.
        unsafe { (&raw const (*self.0.as_ptr()).users.refs.counter).read_volatile() != 1 }
    }

    fn checksum_state(&self) -> u8 {
        // SAFETY: The union's members share a layout.
        unsafe { self.0.get().__bindgen_anon_4.__bindgen_anon_1.as_ref() }.ip_summed()
    }

    fn set_checksum_state(&mut self, state: u8, sum: u32) {
        // SAFETY: The frame is ours; the union's members share a layout.
        let headers = unsafe {
            (*self.0.as_ptr())
                .__bindgen_anon_4
                .__bindgen_anon_1
                .as_mut()
        };
        headers.set_ip_summed(state);
        headers.set_csum_level(0);
        headers.set_csum_valid(0);
        headers.set_csum_complete_sw(0);
        headers.__bindgen_anon_1.csum = sum;
    }

    /// Whether the sender has put the checksum off, or those of a bundle's frames.
    fn is_checksum_put_off(&self) -> bool {
        self.checksum_state() == bindings::SOFTNIC_CHECKSUM_PARTIAL
    }

    /// Whether the frames that a bundle stands for are yet to be made of it, their
    /// checksums included.
    pub(crate) fn is_uncut(&self) -> bool {
        self.is_checksum_put_off() && self.bundle_kind() & bindings::SOFTNIC_SKB_GSO_FRAGLIST == 0
    }

    fn bundle_kind(&self) -> u32 {
        // SAFETY: The pointer is valid, and the field does not tear.
        unsafe { (*self.0.shared_info()).gso_type }
    }

    /// Writes the checksum that the sender has put off. Not for bundles.
    /// `ENOMEM`, or `EINVAL`, leaves it undone.
    pub(crate) fn finish_checksum(&mut self) -> Result {
        if !self.is_checksum_put_off() {
            return Ok(());
        }
        // SAFETY: The frame is ours; the function copies what clones share,
        // and keeps it valid when it fails.
        to_result(unsafe { bindings::skb_csum_hwoffload_help(self.0.as_ptr(), 0) })
    }

    /// Sums the frame up for the receiver's stack, which then need not do so
    /// to verify whatever checksum is in it (`CHECKSUM_COMPLETE`). Not before
    /// [`Self::finish_checksum`].
    pub(crate) fn sum_up(&mut self) {
        let skb = self.0.as_ptr();
        // SAFETY: The frame is valid and has that length.
        let sum = unsafe { bindings::skb_checksum(skb, 0, self.len() as i32, 0) };
        self.set_checksum_state(bindings::SOFTNIC_CHECKSUM_COMPLETE, sum);
    }

    /// Forgets what is known of the frame's checksums, so that the receiver's
    /// stack verifies them. Not before [`Self::finish_checksum`].
    pub(crate) fn forget_checksum(&mut self) {
        self.set_checksum_state(bindings::SOFTNIC_CHECKSUM_NONE, 0);
    }

    /// Cuts a bundle into frames with finished checksums, as hardware does;
    /// the bundle stays. No frames at all if it turns out to be one.
    pub(crate) fn cut(&self) -> Result<Cuttings> {
        const TAKES: u64 = bindings::SOFTNIC_F_SG | bindings::SOFTNIC_F_HIGHDMA;

        let spare = self.spare_for_cutting()?;
        let source = spare.as_ref().map_or(self.0.as_ptr(), Skb::as_ptr);
        // SAFETY: The frame is ours, with its data at the Ethernet header and
        // its headers where its sender set them. The result is null, an
        // error, or a chain of frames, of which the first may be a spare one
        // with a reference more.
        let head = unsafe { bindings::__skb_gso_segment(source, TAKES, true) };
        if let Some(spare) = spare {
            spare.consume();
        }
        // INVARIANT: As just said; the frames are nobody else's.
        Ok(Cuttings(from_err_ptr(head)?))
    }

    /// A clone to cut up, for a bundle that consists of the frames that it
    /// stands for: these it is taken apart into. `ENOMEM`.
    fn spare_for_cutting(&self) -> Result<Option<Skb>> {
        if self.bundle_kind() & bindings::SOFTNIC_SKB_GSO_FRAGLIST == 0 {
            return Ok(None);
        }
        // SAFETY: The frame is valid.
        let clone = unsafe { bindings::skb_clone(self.0.as_ptr(), bindings::SOFTNIC_GFP_ATOMIC) };
        // INVARIANT: A new frame, if there was memory for it.
        NonNull::new(clone)
            .map(|clone| Some(Skb(clone)))
            .ok_or(ENOMEM)
    }
}

/// Frames that were cut from a bundle, in order.
///
/// # Invariants
///
/// The pointer is null, or to a chain of owned frames that `next` links and
/// null ends, each with its data at the Ethernet header.
pub(crate) struct Cuttings(*mut bindings::sk_buff);

impl Cuttings {
    fn take_first(&mut self) -> Option<TxSkb> {
        let skb = NonNull::new(self.0)?;
        // SAFETY: By the type invariant it is a frame of ours.
        unsafe {
            self.0 = next(skb.as_ptr());
            set_next(skb.as_ptr(), ptr::null_mut());
        }
        // INVARIANT: Taken off the chain.
        Some(TxSkb(Skb(skb)))
    }
}

impl Iterator for Cuttings {
    type Item = Frame;

    /// The next frame. One without an Ethernet header, which the core never
    /// makes, ends them.
    fn next(&mut self) -> Option<Frame> {
        self.take_first()?.into_frame().ok()
    }
}

impl Drop for Cuttings {
    /// Frees what is left: no drop, for the bundle is still there.
    fn drop(&mut self) {
        while let Some(skb) = self.take_first() {
            skb.consume();
        }
    }
}
