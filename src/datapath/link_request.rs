// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What requests for devices of all kinds are checked for.

use crate::model::mac::Mac;
use crate::net::errno::address_not_available;
use crate::net::netlink::{Attr, Attributes, ExtAck};
use kernel::prelude::*;

/// Smallest MTU: what IPv4 asks of every link (RFC 791).
pub(crate) const MIN_MTU: u32 = 68;
/// Largest MTU: with its header a frame's length still fits in 16 bits.
pub(crate) const MAX_MTU: u32 = 65_521;
/// Most queues of a kind that a device may have.
pub(crate) const MAX_QUEUES: u32 = 256;

/// Checks a MAC address for a device.
pub(crate) fn check_address(attr: &Attr<'_>, extack: &ExtAck<'_>) -> Result {
    let Ok(bytes) = <[u8; 6]>::try_from(attr.payload()) else {
        let message = fmt!("address must have 6 bytes");
        return Err(extack.refuse_attr(EINVAL, attr, message));
    };
    if !Mac::from_bytes(bytes).is_valid_station() {
        let message = fmt!("address must be neither zero nor a multicast");
        return Err(extack.refuse_attr(address_not_available(), attr, message));
    }
    Ok(())
}

/// Checks a number of queues.
pub(crate) fn check_queues(
    link: &Attributes<'_>,
    kind: u16,
    what: &str,
    extack: &ExtAck<'_>,
) -> Result {
    match link.get(kind) {
        Some(attr) if !(1..=MAX_QUEUES).contains(&attr.u32()) => Err(extack.refuse_attr(
            EINVAL,
            &attr,
            fmt!("number of {what} queues must be 1 to {MAX_QUEUES}"),
        )),
        _ => Ok(()),
    }
}
