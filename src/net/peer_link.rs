// SPDX-License-Identifier: GPL-2.0

//! The description of a second device in a request for a link.
//!
//! C header: `include/net/rtnetlink.h`; parsed as veth's `VETH_INFO_PEER` is.

use crate::bindings;
use crate::net::netlink::{Attr, Attributes, ExtAck};
use core::{mem, ptr};
use kernel::error::to_result;
use kernel::prelude::*;

/// The description of a second device in a request: a `struct ifinfomsg` and
/// link attributes.
pub(crate) struct PeerLink<'a> {
    attr: Attr<'a>,
    table: KBox<[*mut bindings::nlattr; PEER_TABLE]>,
}

const PEER_TABLE: usize = bindings::SOFTNIC_IFLA_MAX as usize + 1;

impl<'a> PeerLink<'a> {
    /// Parses `attr`, which the policy [`Policy::LINK`] has checked.
    ///
    /// [`Policy::LINK`]: crate::net::netlink::Policy::LINK
    pub(crate) fn parse(attr: Attr<'a>, extack: &ExtAck<'_>) -> Result<Self> {
        let mut table = KBox::new([ptr::null_mut(); PEER_TABLE], GFP_KERNEL)?;
        if attr.payload().len() < mem::size_of::<bindings::ifinfomsg>() {
            return Err(EINVAL);
        }
        // SAFETY: The table has IFLA_MAX + 1 entries, and the attribute holds
        // a header of the size that the function skips.
        to_result(unsafe {
            bindings::rtnl_nla_parse_ifinfomsg(table.as_mut_ptr(), attr.as_ptr(), extack.as_ptr())
        })?;
        Ok(Self { attr, table })
    }

    /// The link attributes.
    pub(crate) fn attributes(&self) -> Attributes<'_> {
        // SAFETY: The core filled the table from the request's message.
        unsafe { Attributes::from_table(self.table.as_ptr().cast_mut().cast(), PEER_TABLE) }
    }

    pub(super) fn header(&self) -> &bindings::ifinfomsg {
        // SAFETY: The length was checked in `parse`; payloads of a message
        // are aligned to four bytes.
        unsafe { &*self.attr.payload().as_ptr().cast() }
    }
}
