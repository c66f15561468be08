// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Frames in the rings of a NIC that are for many VNICs which share the rings.
//!
//! Such a frame waits in a ring once. The poll makes a frame of it for each
//! VNIC that wants it: with however many VNICs, the ring's places are not used
//! up by one broadcast, and who sent it does not do the work.

use super::drops::{self, DropReason};
use super::flood::{for_guests, lose_guests, Source};
use super::forward::vlan_of;
use super::port::Port;
use crate::model::mac::Mac;
use crate::model::port_key::Vlan;
use crate::net::device::PortDevice;
use crate::net::napi::PollContext;
use crate::net::skb::{Frame, RxFrame};
use crate::net::trace::{self, Purpose};
use kernel::sync::rcu;

/// Delivers a frame to many.
#[inline(never)]
pub(super) fn deliver(frame: RxFrame, context: &mut PollContext<'_, Port>) {
    let nic = context.device();
    let source = Source::from_bits(frame.note());
    let frame = frame.take_back(nic);
    let to = Mac::from_prefix(frame.first_bytes());
    let vlan = vlan_of(&frame);
    let rcu = rcu::read_lock();
    // What came before goes first.
    context.hand_over();
    for_guests(nic, source, to, vlan, &rcu, |guest| {
        deliver_copy(guest, &frame, vlan, context);
    });
    frame.consume();
}

/// Frees a frame to many in a ring of `nic`, a loss of each VNIC that it was
/// for; returns how many those are. Any context.
#[cold]
pub(super) fn lose(nic: &PortDevice<Port>, frame: RxFrame, reason: DropReason) -> u32 {
    let source = Source::from_bits(frame.note());
    let frame = frame.take_back(nic);
    let lost = lose_guests(nic, source, &frame, reason, &rcu::read_lock());
    frame.drop_for(reason.skb_reason());
    lost
}

fn deliver_copy(
    target: &PortDevice<Port>,
    frame: &Frame,
    vlan: Vlan,
    context: &mut PollContext<'_, Port>,
) {
    let port = target.port();
    let Some(mut copy) = frame.share() else {
        drops::note(target, frame.seen(), DropReason::NoMemoryReceived);
        return;
    };
    let nic = context.device();
    trace::replicate(nic, copy.seen(), target, frame.seen(), Purpose::Port);
    let place = port.uplink().place();
    if !place.is_trunk() && vlan != Vlan::NONE && copy.take_tag_off().is_err() {
        super::port::lose(target, copy, DropReason::NoMemoryReceived);
        return;
    }
    port.accept_copy(target, copy, context);
}
