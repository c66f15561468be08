// SPDX-License-Identifier: GPL-2.0

//! Handing frames from a poll to the stack.
//!
//! What has to be forgotten about a frame's past follows what a frame loses
//! on a real wire (net/core/skbuff.c: skb_scrub_packet()); the choice between
//! GRO and list receive follows Documentation/networking/segmentation-offloads.

use crate::bindings;
use crate::net::device::{Driver, Netdev};
use crate::net::napi::PollContext;
use crate::net::skb::{Frame, ETH_HLEN};

/// What the receiver's counters need to know of a delivered frame.
pub(crate) struct Received {
    /// Bytes, Ethernet header included.
    pub(crate) len: u32,
    /// Whether it was addressed to a multicast group.
    pub(crate) multicast: bool,
}

impl<D: Driver> PollContext<'_, D> {
    /// Delivers a frame to the stack as received by `dev` on ring `ring`.
    /// Frames are delivered in the order of the calls. `lone` says that no
    /// further frame is at hand, so that GRO has nothing to merge it with.
    #[inline]
    pub(crate) fn receive(
        &mut self,
        frame: Frame,
        dev: &Netdev,
        ring: u16,
        lone: bool,
    ) -> Received {
        let len = frame.len();
        let gso = frame.is_gso();
        let skb = frame.into_raw();
        // SAFETY: The frame was owned, with an Ethernet header in its linear
        // part as `Frame` guarantees, and `dev` is live.
        let multicast = unsafe { prepare(skb, dev, ring) };

        let skips_gro = lone || gso || !dev.gro_enabled();
        if skips_gro && self.gro_is_idle() {
            // SAFETY: Prepared above, and given away.
            unsafe { self.deliver(skb, lone) };
        } else {
            self.batch.flush();
            // SAFETY: As above.
            unsafe { self.merge(skb) };
        }
        Received { len, multicast }
    }

    /// Whether GRO holds no frame that a direct delivery could overtake.
    #[inline]
    fn gro_is_idle(&self) -> bool {
        // SAFETY: The instance is being polled by us, who alone use its GRO
        // state.
        unsafe {
            let gro = &raw const (*self.napi()).gro;
            (*gro).bitmask == 0 && (*gro).rx_count == 0
        }
    }

    /// # Safety
    ///
    /// `skb` must be prepared for the stack and given away.
    #[inline]
    unsafe fn deliver(&mut self, skb: *mut bindings::sk_buff, lone: bool) {
        // SAFETY: By the requirement; the instance is live.
        unsafe {
            let headers = (*skb).__bindgen_anon_4.__bindgen_anon_1.as_mut();
            headers.__bindgen_anon_3.napi_id = (*self.napi()).gro.cached_napi_id;
        }
        if lone {
            // SAFETY: By the requirement.
            unsafe { bindings::netif_receive_skb(skb) };
        } else {
            // SAFETY: By the requirement.
            unsafe { self.batch.add(skb) };
        }
    }

    /// # Safety
    ///
    /// `skb` must be prepared for the stack and given away.
    #[inline(never)]
    unsafe fn merge(&mut self, skb: *mut bindings::sk_buff) {
        // GRO writes into the headers and the fragment list, which a clone
        // shares with its sender. Without memory for our own the frame goes
        // unmerged, behind what GRO holds.
        // SAFETY: By the requirement the frame is ours to change.
        if unsafe { bindings::skb_unclone(skb) } != 0 {
            // SAFETY: As above.
            unsafe { self.deliver(skb, true) };
            return;
        }
        // SAFETY: As above; we are inside this instance's poll.
        unsafe {
            bindings::skb_prepare_for_gro(skb);
            bindings::gro_receive_skb(&raw mut (*self.napi()).gro, skb);
        }
    }
}

/// Turns a frame that was sent into one that is received; returns whether it
/// is a multicast.
///
/// # Safety
///
/// `skb` must be valid and owned, with an Ethernet header at its data, in the
/// linear part.
#[inline]
unsafe fn prepare(skb: *mut bindings::sk_buff, dev: &Netdev, ring: u16) -> bool {
    // SAFETY: By the requirement. A namespace boundary is always assumed: a
    // wire carries neither marks nor times.
    unsafe { bindings::skb_scrub_packet(skb, true) };
    // SAFETY: By the requirement, and the device is live.
    let protocol = unsafe { bindings::eth_type_trans(skb, dev.as_ptr()) };
    // SAFETY: The frame is ours; both members of the union share a layout.
    unsafe {
        (*skb).queue_mapping = ring.wrapping_add(1);
        let headers = (*skb).__bindgen_anon_4.__bindgen_anon_1.as_mut();
        headers.priority = 0;
        headers.protocol = protocol;
        if headers.ip_summed() == bindings::SOFTNIC_CHECKSUM_COMPLETE {
            bindings::skb_postpull_rcsum(skb, ETH_HLEN as u32);
        }
        headers.pkt_type() == bindings::SOFTNIC_PACKET_MULTICAST
    }
}
