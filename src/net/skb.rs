// SPDX-License-Identifier: GPL-2.0

//! Frames that the driver owns: on the way out ([`TxSkb`]), and on the way
//! through the switch and the rings ([`Frame`], [`RxFrame`], [`FrameQueue`]).
//!
//! C header: `include/linux/skbuff.h`.

mod offload;
mod queue;

use crate::bindings;
use crate::net::device::{Netdev, PortDevice, PortOps};
pub(crate) use crate::net::wishes::Wishes;
use core::marker::PhantomData;
use core::mem;
use core::ptr::{self, NonNull};
pub(crate) use queue::{FrameQueue, Inbox, Taken};

/// Length of an Ethernet header in bytes, without VLAN tags.
pub(crate) const ETH_HLEN: usize = 14;

/// Why a frame is freed, for the kernel's `skb:kfree_skb` event.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct SkbDropReason(bindings::skb_drop_reason);

impl SkbDropReason {
    pub(super) fn as_raw(self) -> bindings::skb_drop_reason {
        self.0
    }

    /// No specific reason was given.
    pub(crate) const NOT_SPECIFIED: Self =
        Self(bindings::skb_drop_reason_SKB_DROP_REASON_NOT_SPECIFIED);
    /// It is not dropped.
    pub(crate) const CONSUMED: Self = Self(bindings::skb_drop_reason_SKB_CONSUMED);
    /// The device that should take it is not ready.
    pub(crate) const DEV_READY: Self = Self(bindings::skb_drop_reason_SKB_DROP_REASON_DEV_READY);
    /// A segmentation bundle that cannot be cut.
    pub(crate) const SKB_GSO_SEG: Self =
        Self(bindings::skb_drop_reason_SKB_DROP_REASON_SKB_GSO_SEG);
    /// The ring that should take it is full.
    pub(crate) const FULL_RING: Self = Self(bindings::skb_drop_reason_SKB_DROP_REASON_FULL_RING);
    /// A header is cut short.
    pub(crate) const HDR_TRUNC: Self = Self(bindings::skb_drop_reason_SKB_DROP_REASON_HDR_TRUNC);
    /// No memory.
    pub(crate) const NOMEM: Self = Self(bindings::skb_drop_reason_SKB_DROP_REASON_NOMEM);
    /// There is nowhere to send it.
    pub(crate) const NO_TX_TARGET: Self =
        Self(bindings::skb_drop_reason_SKB_DROP_REASON_NO_TX_TARGET);
    /// Addressed to somebody else.
    pub(crate) const OTHERHOST: Self = Self(bindings::skb_drop_reason_SKB_DROP_REASON_OTHERHOST);
    /// Longer than the receiver's MTU.
    pub(crate) const PKT_TOO_BIG: Self =
        Self(bindings::skb_drop_reason_SKB_DROP_REASON_PKT_TOO_BIG);
    /// A rule of the user's drops what comes in. The core has this reason for
    /// tc's rules, and none for those of a NIC.
    pub(crate) const TC_INGRESS: Self = Self(bindings::skb_drop_reason_SKB_DROP_REASON_TC_INGRESS);
    /// It waited in a queue that was emptied.
    pub(crate) const QUEUE_PURGE: Self =
        Self(bindings::skb_drop_reason_SKB_DROP_REASON_QUEUE_PURGE);
}

/// An owned `sk_buff`. Dropping it frees it without a specific reason.
///
/// # Invariants
///
/// The pointer is to a valid `sk_buff` that this value alone owns.
struct Skb(NonNull<bindings::sk_buff>);

// SAFETY: An owned sk_buff may be freed and changed on any CPU.
unsafe impl Send for Skb {}

impl Skb {
    #[inline]
    fn as_ptr(&self) -> *mut bindings::sk_buff {
        self.0.as_ptr()
    }

    #[inline]
    fn into_raw(self) -> *mut bindings::sk_buff {
        let ptr = self.as_ptr();
        mem::forget(self);
        ptr
    }

    #[inline]
    fn get(&self) -> &bindings::sk_buff {
        // SAFETY: By the type invariant it is valid, and nobody changes it
        // while `self` is borrowed.
        unsafe { self.0.as_ref() }
    }

    /// The shared info, which clones share: others may write to it, so no
    /// reference to it is made.
    #[inline]
    fn shared_info(&self) -> *const bindings::skb_shared_info {
        let skb = self.get();
        // SAFETY: `end` is the offset of the shared info behind the linear
        // part (NET_SKBUFF_DATA_USES_OFFSET holds on 64-bit), which lives as
        // long as the head.
        unsafe { skb.head.add(skb.end as usize).cast() }
    }

    #[inline]
    fn is_gso(&self) -> bool {
        // SAFETY: The pointer is valid, and the field does not tear.
        unsafe { (*self.shared_info()).gso_size != 0 }
    }

    fn consume(self) {
        // SAFETY: Ownership is given up.
        unsafe { bindings::consume_skb(self.into_raw()) };
    }

    /// Another one with the same contents; none when memory is short.
    fn share(&self) -> Option<Self> {
        // SAFETY: It is valid; nothing is written to what both share without a
        // copy, as the stack has it for all clones.
        let skb = unsafe { bindings::skb_clone(self.as_ptr(), bindings::SOFTNIC_GFP_ATOMIC) };
        // INVARIANT: A clone is the caller's alone.
        NonNull::new(skb).map(Self)
    }

    fn free(self, reason: SkbDropReason) {
        // SAFETY: Ownership is given up; a null socket says that the drop is
        // not on a socket's account.
        unsafe { bindings::sk_skb_reason_drop(ptr::null_mut(), self.into_raw(), reason.0) };
    }
}

impl Drop for Skb {
    fn drop(&mut self) {
        let reason = SkbDropReason::NOT_SPECIFIED;
        // SAFETY: By the type invariant it is ours to free, and after drop
        // the pointer is not used again.
        unsafe { bindings::sk_skb_reason_drop(ptr::null_mut(), self.as_ptr(), reason.0) };
    }
}

/// A frame as those see it who look on, at any place on its way.
///
/// # Invariants
///
/// The pointer is valid for the lifetime.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a>(*const bindings::sk_buff, PhantomData<&'a ()>);

impl<'a> Seen<'a> {
    /// As one sees it who has it as the core does.
    pub(super) fn of(skb: &'a bindings::sk_buff) -> Self {
        // INVARIANT: It is borrowed.
        Self(skb, PhantomData)
    }

    #[inline]
    pub(super) fn as_ptr(self) -> *const bindings::sk_buff {
        self.0
    }

    /// The transmit queue that the stack chose, while the frame is sent.
    pub(super) fn queue_index(self) -> u32 {
        // SAFETY: By the type invariant.
        unsafe { (*self.0).queue_mapping.into() }
    }

    /// The control information of the VLAN tag beside the frame, if it has one.
    pub(crate) fn vlan_tci(self) -> Option<u16> {
        // SAFETY: By the type invariant; the union's members share a layout.
        let tag = unsafe {
            let headers = &(*self.0).__bindgen_anon_4.__bindgen_anon_1;
            headers.as_ref().__bindgen_anon_2.__bindgen_anon_1
        };
        (tag.vlan_proto != 0).then_some(tag.vlan_tci)
    }
}

macro_rules! seen {
    ($($frame:ident),*) => {$(
        impl $frame {
            /// The frame, for those who look on.
            #[inline(always)]
            pub(crate) fn seen(&self) -> Seen<'_> {
                // INVARIANT: It is valid, and owned by what is borrowed.
                Seen(self.0.as_ptr(), PhantomData)
            }
        }
    )*};
}

seen!(TxSkb, Frame, RxFrame);

/// A frame as `ndo_start_xmit` hands it over.
pub(crate) struct TxSkb(Skb);

impl TxSkb {
    /// Takes over a frame from the stack.
    ///
    /// # Safety
    ///
    /// `skb` must be valid, with its data at the link-layer header, and the
    /// caller gives its ownership away.
    #[inline]
    pub(crate) unsafe fn from_raw(skb: NonNull<bindings::sk_buff>) -> Self {
        // INVARIANT: By the safety requirement.
        Self(Skb(skb))
    }

    /// The transmit queue that the stack chose.
    #[inline]
    pub(crate) fn queue_index(&self) -> usize {
        self.0.get().queue_mapping.into()
    }

    /// Makes sure that the Ethernet header can be read, or gives the frame
    /// back when it is shorter than that or memory is short.
    #[inline]
    pub(crate) fn into_frame(self) -> Result<Frame, Self> {
        let skb = self.0.get();
        let linear = skb.len.wrapping_sub(skb.data_len) as usize;
        let pulled = match linear < ETH_HLEN {
            true => self.pull_header(linear)?,
            false => self,
        };
        // INVARIANT: The linear part holds an Ethernet header.
        Ok(Frame(pulled.0))
    }

    /// Whether the frame is shorter than an Ethernet header.
    pub(crate) fn is_truncated(&self) -> bool {
        (self.0.get().len as usize) < ETH_HLEN
    }

    #[cold]
    fn pull_header(self, linear: usize) -> Result<Self, Self> {
        if self.is_truncated() {
            return Err(self);
        }
        // SAFETY: The frame is owned and at least as long as what is pulled;
        // the function keeps it valid when it fails.
        let tail =
            unsafe { bindings::__pskb_pull_tail(self.0.as_ptr(), (ETH_HLEN - linear) as i32) };
        match tail.is_null() {
            true => Err(self),
            false => Ok(self),
        }
    }

    /// Frees the frame for `reason`.
    pub(crate) fn drop_for(self, reason: SkbDropReason) {
        self.0.free(reason);
    }

    /// Frees a frame that is of no use any more: no drop.
    fn consume(self) {
        self.0.consume();
    }
}

/// A frame between sender and ring.
///
/// # Invariants
///
/// The linear part begins with a whole Ethernet header.
pub(crate) struct Frame(Skb);

impl Frame {
    /// The first eight bytes: the destination MAC address, and two more.
    #[inline]
    pub(crate) fn first_bytes(&self) -> [u8; 8] {
        // SAFETY: By the type invariant 14 bytes can be read.
        unsafe { self.0.get().data.cast::<[u8; 8]>().read() }
    }

    /// The MAC address that the frame says it is from.
    pub(crate) fn source(&self) -> [u8; 6] {
        const OFFSET: usize = 6;
        // SAFETY: By the type invariant 14 bytes can be read.
        unsafe { self.0.get().data.add(OFFSET).cast::<[u8; 6]>().read() }
    }

    /// Whether the frame is a multicast or broadcast.
    #[inline]
    pub(crate) fn is_for_a_group(&self) -> bool {
        // SAFETY: By the type invariant the first byte can be read.
        unsafe { *self.0.get().data & 1 != 0 }
    }

    /// Length in bytes, Ethernet header included. A segmentation offload
    /// frame counts whole.
    #[inline]
    pub(crate) fn len(&self) -> u32 {
        self.0.get().len
    }

    /// Whether the frame, or each segment that it stands for, has at most
    /// `len` bytes.
    #[inline]
    pub(crate) fn fits(&self, len: u32) -> bool {
        self.len() <= len || (self.0.is_gso() && self.segments_fit(len))
    }

    #[inline]
    fn segments_fit(&self, len: u32) -> bool {
        // SAFETY: The frame is valid and GSO; the headers that the function
        // reads are where its sender set them.
        unsafe { bindings::skb_gso_validate_mac_len(self.0.as_ptr(), len) }
    }

    /// The linear part, from the Ethernet header on.
    #[inline]
    pub(crate) fn linear(&self) -> &[u8] {
        let skb = self.0.get();
        let len = skb.len.wrapping_sub(skb.data_len) as usize;
        // SAFETY: The linear part has that length, and nobody writes to it
        // while the frame is borrowed.
        unsafe { core::slice::from_raw_parts(skb.data, len) }
    }

    /// Makes at least `len` bytes of the frame linear, if it has as many.
    /// Without memory the frame stays as it is.
    #[inline]
    pub(crate) fn make_linear(&mut self, len: u32) {
        let skb = self.0.get();
        let linear = skb.len.wrapping_sub(skb.data_len);
        if linear < len && skb.data_len != 0 {
            self.pull_to(skb.len.min(len).saturating_sub(linear));
        }
    }

    #[cold]
    fn pull_to(&mut self, more: u32) {
        // SAFETY: The frame is owned and at least that much longer than its
        // linear part; the function keeps it valid when it fails.
        unsafe { bindings::__pskb_pull_tail(self.0.as_ptr(), more as i32) };
    }

    /// Notes the flow's hash for the receiver's stack; `l4` says that ports
    /// went in.
    #[inline]
    pub(crate) fn set_hash(&mut self, hash: u32, l4: bool) {
        // SAFETY: The frame is ours; the union's members share a layout.
        let headers = unsafe {
            (*self.0.as_ptr())
                .__bindgen_anon_4
                .__bindgen_anon_1
                .as_mut()
        };
        headers.hash = hash;
        headers.set_l4_hash(l4.into());
        headers.set_sw_hash(0);
    }

    /// The VLAN tag beside the frame, if it has one: its Ethernet type and its
    /// control information.
    #[inline]
    pub(crate) fn vlan_tag(&self) -> Option<(u16, u16)> {
        // SAFETY: The union's members share a layout.
        let tag = unsafe {
            let headers = &self.0.get().__bindgen_anon_4.__bindgen_anon_1;
            headers.as_ref().__bindgen_anon_2.__bindgen_anon_1
        };
        let (protocol, tci) = (u16::from_be(tag.vlan_proto), tag.vlan_tci);
        (protocol != 0 || tci != 0).then_some((protocol, tci))
    }

    /// What its sender wants of it beside being sent.
    #[inline]
    pub(crate) fn wishes(&self) -> Wishes {
        // SAFETY: The shared info is longer than eight bytes, and is aligned
        // for a pointer.
        Wishes::from_shared_info(unsafe { self.0.shared_info().cast::<u64>().read() })
    }

    /// Reports the time of sending to a socket that asked for it.
    #[inline]
    pub(crate) fn tx_timestamp(&self) {
        const WANTED: u8 = bindings::SOFTNIC_SKBTX_SW_TSTAMP | bindings::SOFTNIC_SKBTX_BPF;

        // SAFETY: The pointer is valid, and the field does not tear.
        let flags = unsafe { (*self.0.shared_info()).tx_flags };
        if flags & WANTED != 0 {
            // SAFETY: The frame is valid; null asks for a software time.
            unsafe { bindings::skb_tstamp_tx(self.0.as_ptr(), ptr::null_mut()) };
        }
    }

    /// Makes the frame independent of pages that its sender may still write
    /// or wants back at once. False when memory is short.
    pub(crate) fn own_fragments(&self) -> bool {
        // SAFETY: The frame is valid and owned, in a context that must not
        // sleep, which the helper's GFP_ATOMIC respects.
        unsafe { bindings::skb_orphan_frags(self.0.as_ptr()) == 0 }
    }

    /// Makes the frame one that is on its way to `dev`: forgets what a wire
    /// does not carry (marks, times, conntrack, routes, priority, redirection),
    /// also inside one namespace. The checksum state stays. Follows
    /// __dev_forward_skb() (net/core/dev.c).
    #[inline]
    pub(crate) fn hand_over(self, dev: &Netdev) -> RxFrame {
        let skb = self.0.as_ptr();
        // SAFETY: The frame is owned and valid. The device outlives it: a
        // frame waits in a ring of that device only, which is emptied before
        // the device goes.
        unsafe {
            bindings::skb_scrub_packet(skb, true);
            let links = &raw mut (*skb).__bindgen_anon_1.__bindgen_anon_1;
            (*links).__bindgen_anon_1.dev = dev.as_ptr();
            let headers = (*skb).__bindgen_anon_4.__bindgen_anon_1.as_mut();
            headers.priority = 0;
            headers.set_redirected(0);
        }
        RxFrame(self.0)
    }

    /// Makes the frame one that is on its way to several devices, to be taken
    /// back for that. `note` is kept with it.
    pub(crate) fn hand_over_to_many(self, note: u64) -> RxFrame {
        let skb = self.0.as_ptr();
        // SAFETY: The frame is owned and valid, and so is its control buffer,
        // which is aligned for a word and is whoever's the frame is.
        unsafe {
            let links = &raw mut (*skb).__bindgen_anon_1.__bindgen_anon_1;
            (*links).__bindgen_anon_1.dev = ptr::null_mut();
            (*skb).cb.as_mut_ptr().cast::<u64>().write(note);
        }
        RxFrame(self.0)
    }

    /// Frees the frame for `reason`.
    pub(crate) fn drop_for(self, reason: SkbDropReason) {
        self.0.free(reason);
    }

    /// Frees a frame that has arrived where it should: no drop.
    pub(crate) fn consume(self) {
        self.0.consume();
    }

    /// Leaves the frame to its sender, which offers it again later. Only for
    /// `NETDEV_TX_BUSY`.
    #[inline]
    pub(super) fn give_back(self) {
        self.0.into_raw();
    }
}

/// A frame that was handed over to its receiver.
///
/// # Invariants
///
/// As for [`Frame`], and it is in the state that [`Frame::hand_over`] left.
pub(crate) struct RxFrame(Skb);

impl RxFrame {
    /// Length in bytes, Ethernet header included. A segmentation offload
    /// frame counts whole.
    #[inline]
    pub(crate) fn len(&self) -> u32 {
        self.0.get().len
    }

    /// Whether the frame was handed over to `dev`.
    #[inline]
    pub(crate) fn is_for(&self, dev: &Netdev) -> bool {
        ptr::eq(self.dev(), dev.as_ptr())
    }

    /// The device that the frame was handed over to, if its port is of type
    /// `P`; none for a frame to several.
    pub(crate) fn device<P: PortOps>(&self) -> Option<&PortDevice<P>> {
        let dev = self.dev();
        if dev.is_null() {
            return None;
        }
        // SAFETY: The device that a frame was handed over to outlives it.
        unsafe { Netdev::from_ptr(dev) }.as_port_device()
    }

    #[inline]
    fn dev(&self) -> *mut bindings::net_device {
        // SAFETY: The union's member is the one that was set last.
        unsafe {
            self.0
                .get()
                .__bindgen_anon_1
                .__bindgen_anon_1
                .__bindgen_anon_1
                .dev
        }
    }

    /// What was noted of a frame to several.
    pub(crate) fn note(&self) -> u64 {
        // SAFETY: The control buffer is aligned for a word.
        unsafe { self.0.get().cb.as_ptr().cast::<u64>().read() }
    }

    /// Takes a frame to several back, at `dev`, in whose ring it waited.
    pub(crate) fn take_back(self, dev: &Netdev) -> Frame {
        // SAFETY: The frame is ours, and the device is live.
        unsafe {
            let links = &raw mut (*self.0.as_ptr()).__bindgen_anon_1.__bindgen_anon_1;
            (*links).__bindgen_anon_1.dev = dev.as_ptr();
        }
        // INVARIANT: It was a frame, and has not changed.
        Frame(self.0)
    }

    /// Whether the frame is to be cut into segments further on.
    #[inline]
    pub(super) fn is_gso(&self) -> bool {
        self.0.is_gso()
    }

    /// Frees the frame for `reason`.
    pub(crate) fn drop_for(self, reason: SkbDropReason) {
        self.0.free(reason);
    }

    /// Gives the frame up to the C side.
    #[inline]
    pub(super) fn into_raw(self) -> *mut bindings::sk_buff {
        self.0.into_raw()
    }
}
