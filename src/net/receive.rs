// SPDX-License-Identifier: GPL-2.0

//! Handing frames from a poll to the stack.
//!
//! The choice between GRO, list and single delivery is told in
//! Documentation/architecture.md.

use crate::bindings;
use crate::net::device::{Netdev, PortDevice, PortOps};
use crate::net::family::drop_reason;
use crate::net::napi::PollContext;
use crate::net::skb::{RxFrame, Seen, SkbDropReason, ETH_HLEN};
use crate::net::trace::{self, How};
use core::ptr;

/// What became of a frame.
#[derive(Clone, Copy)]
pub(crate) enum Delivery {
    /// The stack has it.
    Taken(PacketType),
    /// It was freed for want of memory.
    NoMemory,
}

/// Who a frame is for, as the stack sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PacketType(u8);

impl PacketType {
    /// This station.
    pub(crate) const HOST: Self = Self(bindings::SOFTNIC_PACKET_HOST);
    /// All stations.
    pub(crate) const BROADCAST: Self = Self(bindings::SOFTNIC_PACKET_BROADCAST);
    /// A group of them.
    pub(crate) const MULTICAST: Self = Self(bindings::SOFTNIC_PACKET_MULTICAST);
}

impl<'a, P: PortOps> PollContext<'a, P> {
    /// The device that a frame from this instance's ring was handed over to;
    /// none for one to several. It is there until this poll ends.
    pub(crate) fn device_of(&self, frame: &RxFrame) -> Option<&'a PortDevice<P>> {
        let dev: *const PortDevice<P> = frame.device()?;
        // SAFETY: The frame's device was there when the frame was taken from the
        // ring; a device goes only after its frames were taken out of rings
        // while no poll of theirs ran, and after a grace period.
        Some(unsafe { &*dev })
    }
}

impl<P> PollContext<'_, P> {
    /// Delivers a frame that was handed over to `dev`, as received on that
    /// device's ring `ring`. Frames are delivered in the order of the
    /// calls. `lone` says that this is the poll's first frame and that no
    /// further one is at hand, so that GRO has nothing to merge it with.
    #[inline(always)]
    pub(crate) fn receive(
        &mut self,
        dev: &Netdev,
        frame: RxFrame,
        ring: u16,
        lone: bool,
    ) -> Delivery {
        let skips_gro = lone || frame.is_gso() || !dev.gro_enabled();
        if trace::deliveries() {
            self.tell(dev, frame.seen(), skips_gro, lone);
        }
        let skb = frame.into_raw();
        // SAFETY: The frame was owned, with an Ethernet header in its linear
        // part as `RxFrame` guarantees, and `dev` is live.
        let kind = unsafe { prepare(skb, dev, ring) };

        if skips_gro && self.gro_is_idle() {
            // SAFETY: Prepared above, and given away.
            unsafe { self.deliver(skb, lone) };
        } else {
            self.batch.flush();
            // SAFETY: As above.
            if !unsafe { self.merge(skb) } {
                return Delivery::NoMemory;
            }
        }
        Delivery::Taken(kind)
    }

    /// Delivers a copy of a frame to a group, handed over to `dev`, at once: frames
    /// that were given before and are held back are of other flows, and to merge
    /// it GRO would first copy the headers that all copies share.
    #[inline(always)]
    pub(crate) fn receive_to_group(&mut self, dev: &Netdev, frame: RxFrame) -> PacketType {
        if trace::deliveries() {
            self.tell_how(dev, frame.seen(), How::Single);
        }
        let skb = frame.into_raw();
        // SAFETY: The frame was owned, with an Ethernet header in its linear
        // part as `RxFrame` guarantees, and `dev` is live.
        let kind = unsafe { prepare(skb, dev, 0) };
        // SAFETY: Prepared above, and given away.
        unsafe { self.deliver(skb, true) };
        kind
    }

    #[cold]
    #[inline(never)]
    fn tell(&self, dev: &Netdev, frame: Seen<'_>, skips_gro: bool, lone: bool) {
        let how = match skips_gro && self.gro_is_idle() {
            true if lone => How::Single,
            true => How::List,
            false => How::Gro,
        };
        self.tell_how(dev, frame, how);
    }

    #[cold]
    #[inline(never)]
    fn tell_how(&self, dev: &Netdev, frame: Seen<'_>, how: How) {
        trace::deliver(dev, frame, self.index(), how, self.device());
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

    /// Gives the frame to GRO; false when it had to be freed.
    ///
    /// # Safety
    ///
    /// `skb` must be prepared for the stack and given away.
    #[inline(always)]
    unsafe fn merge(&mut self, skb: *mut bindings::sk_buff) -> bool {
        // SAFETY: By the requirement the frame is ours to give away; we are
        // inside this instance's poll.
        let error = unsafe { bindings::gro_receive(&raw mut (*self.napi()).gro, skb) };
        if error != 0 {
            // Delivered around GRO, the frame could overtake others of its flow.
            // SAFETY: The frame is still ours, and prepared.
            unsafe { lose_shared(skb) };
        }
        error == 0
    }
}

/// Frees a frame of which GRO needs a copy, for want of memory.
///
/// # Safety
///
/// `skb` must be prepared for the stack and given away; so its device is there.
#[cold]
#[inline(never)]
unsafe fn lose_shared(skb: *mut bindings::sk_buff) {
    let reason = SkbDropReason::NOMEM;
    // SAFETY: By the requirement, and the header is before the data; the union's
    // members share a layout.
    unsafe {
        let links = (*skb).__bindgen_anon_1.__bindgen_anon_1;
        let dev = Netdev::from_ptr(links.__bindgen_anon_1.dev);
        // Told of as it came, with its header.
        (*skb).data = (*skb).data.sub(ETH_HLEN);
        (*skb).len = (*skb).len.wrapping_add(ETH_HLEN as u32);
        let seen = Some(Seen::of(&*skb));
        trace::drop(dev, seen, drop_reason::RX_DROP_NO_MEMORY, reason);
        bindings::sk_skb_reason_drop(ptr::null_mut(), skb, reason.as_raw());
    }
}

/// Turns a frame that was handed over into one that the stack takes; returns
/// its packet type.
///
/// # Safety
///
/// `skb` must be valid and owned, handed over to `dev`, with an Ethernet header
/// at its data, in the linear part.
#[inline(always)]
unsafe fn prepare(skb: *mut bindings::sk_buff, dev: &Netdev, ring: u16) -> PacketType {
    // SAFETY: By the requirement.
    let protocol = unsafe { take_off_header(skb, dev) };
    // SAFETY: The frame is ours; both members of the union share a layout.
    unsafe {
        (*skb).queue_mapping = ring.wrapping_add(1);
        let headers = (*skb).__bindgen_anon_4.__bindgen_anon_1.as_mut();
        headers.protocol = protocol;
        if headers.ip_summed() == bindings::SOFTNIC_CHECKSUM_COMPLETE {
            bindings::skb_postpull_rcsum(skb, ETH_HLEN as u32);
        }
        PacketType(headers.pkt_type())
    }
}

/// What eth_type_trans() does (net/ethernet/eth.c), without a call for the
/// usual frame: one to the device's own address that has a type, not a length.
/// Others, and all where a switch chip could hang off the device, go there.
///
/// # Safety
///
/// As for [`prepare`], and the frame's packet type must be that of a frame for
/// this host, as the hand-over leaves it.
#[inline(always)]
unsafe fn take_off_header(skb: *mut bindings::sk_buff, dev: &Netdev) -> u16 {
    const HEADER: u32 = ETH_HLEN as u32;
    const TYPE_OFFSET: usize = 12;
    const FIRST_TYPE: u16 = 0x0600;

    // SAFETY: By the requirement the header can be read. A device's address
    // lies in a longer field, of which eight bytes can be read.
    let (to, own, protocol) = unsafe {
        let data = (*skb).data;
        (
            data.cast::<u64>().read_unaligned(),
            (*dev.as_ptr()).dev_addr.cast::<u64>().read_unaligned(),
            data.add(TYPE_OFFSET).cast::<u16>().read_unaligned(),
        )
    };
    let for_us = u64::from_le(to ^ own) << 16 == 0;
    if !for_us || u16::from_be(protocol) < FIRST_TYPE || cfg!(CONFIG_NET_DSA) {
        // SAFETY: By the requirement, and the device is live.
        return unsafe { bindings::eth_type_trans(skb, dev.as_ptr()) };
    }
    // SAFETY: By the requirement the frame is ours, and longer than a header.
    unsafe {
        let offset = (*skb).data.offset_from((*skb).head);
        (*skb).__bindgen_anon_4.__bindgen_anon_1.as_mut().mac_header = offset as u16;
        (*skb).data = (*skb).data.add(ETH_HLEN);
        (*skb).len = (*skb).len.wrapping_sub(HEADER);
    }
    protocol
}
