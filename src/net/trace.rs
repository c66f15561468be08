// SPDX-License-Identifier: GPL-2.0

//! The trace events: a function for each, which does nothing while the event is
//! off.
//!
//! What they tell is defined in src/helpers/trace.h, for C alone has types in
//! BTF. A place on every frame's way asks whether any of its events is on
//! ([`sends`] and its like), which costs one no-op while none is, and calls them
//! out of line.

use crate::bindings;
use crate::net::device::Netdev;
use crate::net::family::port_kind;
use crate::net::skb::{Seen, SkbDropReason};
use core::ptr;

/// Whether a static key of the C side is true.
macro_rules! is_true {
    ($key:ident: $type:ident, $field:ident) => {{
        #[cfg(CONFIG_JUMP_LABEL)]
        let on = {
            // SAFETY: The key is a static one of the C side, which alone changes it.
            unsafe {
                kernel::jump_label::arch_static_branch!(
                    bindings::$key,
                    bindings::$type,
                    $field,
                    false
                )
            }
        };
        #[cfg(not(CONFIG_JUMP_LABEL))]
        let on = {
            let key = &raw const bindings::$key;
            // SAFETY: As above; the number does not tear.
            unsafe {
                (&raw const (*key.cast::<bindings::$type>()).$field)
                    .cast::<i32>()
                    .read_volatile()
                    > 0
            }
        };
        on
    }};
}

/// Calls an event of the C side if it is on. Pointers must be to what lives, and
/// may be null where the event says so.
macro_rules! tell {
    ($event:ident($($arg:expr),* $(,)?)) => {
        kernel::macros::paste! {
            if is_true!([<__tracepoint_ $event>]: tracepoint, key) {
                // SAFETY: What the arguments point to is borrowed by the caller.
                unsafe { bindings::[<rust_do_trace_ $event>]($($arg),*) };
            }
        }
    };
}

/// Whether anybody looks at frames that are sent: [`xmit`].
#[inline(always)]
pub(crate) fn sends() -> bool {
    is_true!(softnic_trace_sends: static_key_false, key)
}

/// Whether anybody looks at frames that come to rings: [`classify`],
/// [`ring_push`], and the schedule event.
#[inline(always)]
pub(crate) fn arrivals() -> bool {
    is_true!(softnic_trace_arrivals: static_key_false, key)
}

/// Whether anybody looks at polls.
#[inline(always)]
pub(super) fn polls() -> bool {
    is_true!(softnic_trace_polls: static_key_false, key)
}

/// Whether anybody looks at frames that the stack is given.
#[inline(always)]
pub(super) fn deliveries() -> bool {
    is_true!(softnic_trace_deliveries: static_key_false, key)
}

/// Why a poll is asked for.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Cause {
    /// A frame came into an empty ring.
    Frame = bindings::softnic_cause_SOFTNIC_CAUSE_FRAME,
    /// So many frames wait as moderation lets wait.
    Frames = bindings::softnic_cause_SOFTNIC_CAUSE_FRAMES,
    /// They have waited for as long as it lets them.
    Timer = bindings::softnic_cause_SOFTNIC_CAUSE_TIMER,
    /// The ring's settings are others, or it has another's frames.
    Change = bindings::softnic_cause_SOFTNIC_CAUSE_CHANGE,
}

/// The stack has `dev` send a frame.
#[cold]
#[inline(never)]
pub(crate) fn xmit(dev: &Netdev, frame: Seen<'_>) {
    tell!(softnic_xmit(
        dev.as_ptr(),
        frame.as_ptr(),
        frame.queue_index()
    ));
}

/// Where a frame goes.
pub(crate) struct Way<'a> {
    /// The NIC in whose switch, or behind whose wire, the port is.
    pub(crate) nic: &'a Netdev,
    /// The port that gets the frame.
    pub(crate) port: &'a Netdev,
    /// Whose ring it goes to.
    pub(crate) home: &'a Netdev,
    /// Which.
    pub(crate) ring: u16,
    /// Where the port's frames are served, as a number of the netlink family.
    pub(crate) placement: u32,
    /// The VLAN on which the frame found the port.
    pub(crate) vlan_tci: u16,
}

/// The port and the ring of a frame are found.
pub(crate) fn classify(way: &Way<'_>, frame: Seen<'_>) {
    tell!(softnic_classify(
        way.nic.as_ptr(),
        way.port.as_ptr(),
        frame.as_ptr(),
        way.home.as_ptr(),
        way.ring.into(),
        way.placement,
        way.vlan_tci,
    ));
}

/// A frame is about to go into ring `ring` of `dev`, as one of `depth`.
pub(crate) fn ring_push(dev: &Netdev, frame: Seen<'_>, ring: u16, depth: u32, capacity: u32) {
    tell!(softnic_ring_push(
        dev.as_ptr(),
        frame.as_ptr(),
        ring.into(),
        depth,
        capacity,
    ));
}

/// A sender has found a ring of `dev` full, and its frame was `refused`, or has
/// filled it. Perhaps it `stops`.
pub(crate) fn ring_full(
    dev: &Netdev,
    ring: u16,
    capacity: u32,
    stops: bool,
    sender: &Netdev,
    refused: bool,
) {
    tell!(softnic_ring_full(
        dev.as_ptr(),
        ring.into(),
        capacity,
        stops,
        sender.as_ptr(),
        refused,
    ));
}

/// A poll of ring `ring` of `dev` is about to be asked for.
pub(super) fn schedule(dev: &Netdev, ring: u32, cause: Cause) {
    tell!(softnic_schedule(dev.as_ptr(), ring, cause as u32));
}

/// A poll of the ring of `dev` begins.
pub(super) fn poll_begin(dev: &Netdev, ring: u32, napi_id: u32, budget: u32) {
    tell!(softnic_poll_begin(dev.as_ptr(), ring, napi_id, budget));
}

/// It ends, after `work` frames.
pub(super) fn poll_end(dev: &Netdev, ring: u32, napi_id: u32, budget: u32, work: u32) {
    tell!(softnic_poll_end(
        dev.as_ptr(),
        ring,
        napi_id,
        budget,
        work,
        work >= budget,
    ));
}

/// How a frame is given to the stack.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum How {
    /// By itself.
    Single = bindings::softnic_how_SOFTNIC_HOW_SINGLE,
    /// In a list, at the end of the poll.
    List = bindings::softnic_how_SOFTNIC_HOW_LIST,
    /// To be merged with others.
    Gro = bindings::softnic_how_SOFTNIC_HOW_GRO,
}

/// The stack of `dev` is about to get a frame from ring `ring` of `home`.
pub(super) fn deliver(dev: &Netdev, frame: Seen<'_>, ring: u32, how: How, home: &Netdev) {
    tell!(softnic_deliver(
        dev.as_ptr(),
        frame.as_ptr(),
        ring,
        how as u32,
        home.as_ptr(),
    ));
}

/// A frame, or the copy of one that was to be made, is lost on the account of
/// `dev`; `reason` is a number of the netlink family.
pub(crate) fn drop(dev: &Netdev, frame: Option<Seen<'_>>, reason: u32, skb_reason: SkbDropReason) {
    let skb = frame.map_or(ptr::null(), Seen::as_ptr);
    tell!(softnic_drop(dev.as_ptr(), skb, reason, skb_reason.as_raw(),));
}

/// What one frame is made of another for.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Purpose {
    /// A port that wants the frame, too.
    Port = bindings::softnic_copy_SOFTNIC_COPY_PORT,
    /// All who want it, too, and get theirs of this one.
    Guests = bindings::softnic_copy_SOFTNIC_COPY_GUESTS,
    /// A part of a segmentation bundle.
    Segment = bindings::softnic_copy_SOFTNIC_COPY_SEGMENT,
}

/// A frame is made of `from` for `dev`, a port of `nic`.
pub(crate) fn replicate(
    nic: &Netdev,
    frame: Seen<'_>,
    dev: &Netdev,
    from: Seen<'_>,
    purpose: Purpose,
) {
    tell!(softnic_replicate(
        nic.as_ptr(),
        frame.as_ptr(),
        dev.as_ptr(),
        from.as_ptr(),
        purpose as u32,
    ));
}

/// An address on a VLAN, which may be none.
pub(crate) struct Filter {
    /// The address.
    pub(crate) mac: [u8; 6],
    /// The type and the id of the VLAN's tags.
    pub(crate) vlan: Option<(u16, u16)>,
    /// Whether it has a slot.
    pub(crate) in_slot: bool,
}

/// An address leads to `dev`, a port of `nic`, from now on.
pub(crate) fn filter_add(nic: &Netdev, dev: &Netdev, filter: &Filter) {
    let (protocol, id) = filter.vlan.unwrap_or((0, 0));
    tell!(softnic_filter_add(
        nic.as_ptr(),
        dev.as_ptr(),
        filter.mac.as_ptr(),
        protocol,
        id,
        filter.in_slot,
    ));
}

/// It does no longer.
pub(crate) fn filter_del(nic: &Netdev, dev: &Netdev, filter: &Filter) {
    let (protocol, id) = filter.vlan.unwrap_or((0, 0));
    tell!(softnic_filter_del(
        nic.as_ptr(),
        dev.as_ptr(),
        filter.mac.as_ptr(),
        protocol,
        id,
        filter.in_slot,
    ));
}

/// The group of `dev` has another number of rings.
pub(crate) fn group(dev: &Netdev, rings_before: u16, rings: u16) {
    tell!(softnic_group(
        dev.as_ptr(),
        rings_before.into(),
        rings.into()
    ));
}

/// The frames of `dev`, a port of `nic`, are served elsewhere from now on; all
/// three are numbers of the netlink family.
pub(crate) fn placement(dev: &Netdev, nic: &Netdev, before: u32, placement: u32, reason: u32) {
    tell!(softnic_placement(
        dev.as_ptr(),
        nic.as_ptr(),
        before,
        placement,
        reason,
    ));
}

/// Why frames wait for another time than before.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Why {
    /// So it was asked for.
    Set = bindings::softnic_moderation_SOFTNIC_MODERATION_SET,
    /// A stream of frames begins.
    Stream = bindings::softnic_moderation_SOFTNIC_MODERATION_STREAM,
    /// For the stream another time is better.
    Choice = bindings::softnic_moderation_SOFTNIC_MODERATION_CHOICE,
    /// The stream ends.
    Pause = bindings::softnic_moderation_SOFTNIC_MODERATION_PAUSE,
}

/// Frames in ring `ring` of `dev` wait for others for so long.
pub(crate) fn moderation(
    dev: &Netdev,
    ring: u16,
    usecs: u32,
    frames: u32,
    adaptive: bool,
    why: Why,
) {
    tell!(softnic_moderation(
        dev.as_ptr(),
        ring.into(),
        usecs,
        frames,
        adaptive,
        why as u32,
    ));
}

/// The core polls a ring of `dev` by itself from now on, or does no longer;
/// `mode` is a number of the netlink family.
pub(crate) fn ring_mode(dev: &Netdev, ring: u16, mode: u32) {
    tell!(softnic_ring_mode(dev.as_ptr(), ring.into(), mode));
}

/// Makes the functions for what happens to a port: of `nic`, or a NIC of its own.
macro_rules! of_port {
    ($($(#[$doc:meta])* $name:ident = $event:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name(dev: &Netdev, nic: Option<&Netdev>) {
            let kind = match nic {
                None => port_kind::NIC,
                Some(_) => port_kind::VNIC,
            };
            let nic = nic.map_or(ptr::null_mut(), Netdev::as_ptr);
            tell!($event(dev.as_ptr(), kind, nic));
        }
    )*};
}

of_port! {
    /// `dev` is made.
    port_add = softnic_port_add;
    /// It goes.
    port_del = softnic_port_del;
    /// It is up.
    port_open = softnic_port_open;
    /// It goes down.
    port_stop = softnic_port_stop;
}

/// The wire of `dev` leads to `peer`, or nowhere, and has a carrier or none.
pub(crate) fn wire(dev: &Netdev, peer: Option<&Netdev>, carrier: bool) {
    let peer = peer.map_or(ptr::null_mut(), Netdev::as_ptr);
    tell!(softnic_wire(dev.as_ptr(), peer, carrier));
}
