// SPDX-License-Identifier: GPL-2.0

//! The generic netlink family of the module: registration, and messages to
//! whoever listens.
//!
//! Operations and policy are generated from the family's spec (see Kbuild);
//! what they call is in `genl_ops.rs`.
//!
//! C header: `include/net/genetlink.h`.

use crate::bindings;
use crate::net::context::Softirq;
use crate::net::device::Netdev;
use crate::net::genl_ops::{self, Operations};
use crate::net::netlink::Dump;
use crate::net::rtnl::Rtnl;
use core::ptr::NonNull;
use kernel::error::to_result;
use kernel::prelude::*;

const EVENTS: c_uint = bindings::SOFTNIC_NLGRP_EVENTS;

/// The family, as the generator defined it. Only the core writes it, while it
/// is registered and unregistered.
pub(super) fn family() -> *mut bindings::genl_family {
    &raw mut bindings::softnic_nl_family
}

/// The registered family. Dropping it waits until no operation is under way.
pub(crate) struct Registration(());

impl Registration {
    /// Registers the family, whose operations are done by `operations`. Once in
    /// the module's life. Process context.
    pub(crate) fn new(operations: &'static Operations) -> Result<Self> {
        genl_ops::serve_by(operations);
        // SAFETY: The family is static, and unregistered before the module goes.
        to_result(unsafe { bindings::genl_register_family(family()) })?;
        Ok(Self(()))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // SAFETY: Registered in `new`. What fails here was not registered.
        unsafe { bindings::genl_unregister_family(family()) };
    }
}

/// A message that is not sent yet.
///
/// # Invariants
///
/// The pointer is to a message that this value owns.
pub(super) struct Message(NonNull<bindings::sk_buff>);

impl Message {
    /// An empty one; `ENOMEM`.
    pub(super) fn new(flags: bindings::gfp_t) -> Result<Self> {
        // SAFETY: Flags are those that the caller's context allows.
        let skb = unsafe { bindings::genlmsg_new(flags) };
        // INVARIANT: Just made.
        NonNull::new(skb).map(Self).ok_or(ENOMEM)
    }

    pub(super) fn as_ptr(&self) -> *mut bindings::sk_buff {
        self.0.as_ptr()
    }

    /// Gives the message away.
    pub(super) fn into_raw(self) -> *mut bindings::sk_buff {
        core::mem::ManuallyDrop::new(self).as_ptr()
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: By the type invariant it is ours.
        unsafe { bindings::consume_skb(self.as_ptr()) };
    }
}

/// Has `fill` write the attributes behind the header that `begin` wrote; on
/// error nothing is left of both.
///
/// # Safety
///
/// `skb` must be a message under construction that nobody else uses, and
/// `header` null, or the generic netlink header at its end.
pub(super) unsafe fn write_behind(
    skb: *mut bindings::sk_buff,
    header: *mut c_void,
    fill: impl FnOnce(&mut Dump<'_>) -> Result,
) -> Result {
    if header.is_null() {
        return Err(crate::net::errno::message_size());
    }
    // SAFETY: By the requirement.
    let filled = fill(&mut unsafe { Dump::from_raw(skb) });
    // SAFETY: The header is in the message.
    unsafe {
        match filled {
            Ok(()) => bindings::genlmsg_end(skb, header),
            Err(_) => bindings::genlmsg_cancel(skb, header),
        }
    }
    filled
}

/// What has happened.
#[derive(Clone, Copy)]
pub(crate) struct Event(u32);

impl Event {
    /// A wire or carrier has changed.
    pub(crate) const WIRE: Self = Self(bindings::SOFTNIC_CMD_WIRE_NTF);
    /// What a NIC has for its VNICs has changed.
    pub(crate) const STOCK: Self = Self(bindings::SOFTNIC_CMD_STOCK_NTF);
    /// There is another port.
    pub(crate) const PORT_ADD: Self = Self(bindings::SOFTNIC_CMD_PORT_ADD_NTF);
    /// A port goes.
    pub(crate) const PORT_DEL: Self = Self(bindings::SOFTNIC_CMD_PORT_DEL_NTF);
    /// A placement has changed.
    pub(crate) const PLACEMENT: Self = Self(bindings::SOFTNIC_CMD_PLACEMENT_NTF);
    /// The core polls a ring by itself, or no longer.
    pub(crate) const RING_MODE: Self = Self(bindings::SOFTNIC_CMD_RING_MODE_NTF);
}

impl Netdev {
    /// Tells those who listen in the device's namespace of an event, whose
    /// attributes `fill` writes. Process context. If there is no memory the
    /// listeners are told that they missed something.
    pub(crate) fn tell(&self, event: Event, fill: impl FnOnce(&mut Dump<'_>) -> Result, _: &Rtnl) {
        // SAFETY: RTNL keeps the device in its namespace.
        unsafe { self.multicast(event, bindings::SOFTNIC_GFP_KERNEL, fill) };
    }

    /// As [`Self::tell`], with bottom halves off.
    pub(crate) fn tell_atomic(
        &self,
        event: Event,
        fill: impl FnOnce(&mut Dump<'_>) -> Result,
        _: &Softirq,
    ) {
        // SAFETY: A device is moved to another namespace, or freed, only after a
        // grace period in which it is down, and bottom halves are off.
        unsafe { self.multicast(event, bindings::SOFTNIC_GFP_ATOMIC, fill) };
    }

    /// # Safety
    ///
    /// The family must be registered, as it is while there are devices, and the
    /// device's namespace stay during the call; the context must allow `flags`.
    unsafe fn multicast(
        &self,
        event: Event,
        flags: bindings::gfp_t,
        fill: impl FnOnce(&mut Dump<'_>) -> Result,
    ) {
        // SAFETY: By the requirement; the group is the family's.
        let net = unsafe { bindings::dev_net(self.as_ptr()) };
        // SAFETY: As above.
        if unsafe { bindings::genl_has_listeners(family(), net, EVENTS) } <= 0 {
            return;
        }
        match message(event, flags, fill) {
            Ok(message) => {
                // SAFETY: As above; the message is given away. Nobody being
                // there any more is no error, and who had no room is told so.
                unsafe {
                    bindings::genlmsg_multicast(family(), net, message.into_raw(), EVENTS, flags)
                };
            }
            Err(_) => {
                // SAFETY: As above.
                unsafe {
                    bindings::genl_set_err(family(), net, EVENTS, -bindings::SOFTNIC_ENOBUFS)
                };
            }
        }
    }
}

fn message(
    event: Event,
    flags: bindings::gfp_t,
    fill: impl FnOnce(&mut Dump<'_>) -> Result,
) -> Result<Message> {
    let message = Message::new(flags)?;
    let skb = message.as_ptr();
    // SAFETY: The message is ours, and empty.
    unsafe {
        let header = bindings::genlmsg_put(skb, 0, 0, family(), 0, event.0 as u8);
        write_behind(skb, header, fill)?;
    }
    Ok(message)
}
