// SPDX-License-Identifier: GPL-2.0

//! Additional contexts of receive-side scaling: `ethtool -X ... context`.
//!
//! The core numbers them, keeps what the user sees of them, and sends the
//! notifications (net/ethtool/rss.c, net/ethtool/ioctl.c).

use super::rss::{RssChange, RssReply, KEY_LEN};
use crate::bindings;
use crate::net::device::{Netdev, PortDevice, PortOps};
use crate::net::netlink::ExtAck;
use crate::net::rtnl::Rtnl;
use kernel::error::to_result;
use kernel::prelude::*;

/// The number behind that of the last context that there can be.
pub(super) const END: u32 = 65;

/// The flags `rxfh_per_ctx_fields`, `rxfh_per_ctx_key` and
/// `cap_rss_rxnfc_adds`, in the second byte of `ethtool_ops`.
pub(super) const FLAGS: u8 = 0b1110;

impl Netdev {
    /// Whether the main context's table, `main`, and the other contexts' tables
    /// can be cut or repeated to `entries` entries, by the core's rules: what the
    /// user wrote must stay whole. `EINVAL` if not.
    pub(crate) fn check_rss_tables(&self, main: &[u16], entries: usize, _: &Rtnl) -> Result {
        let mut table = KVec::with_capacity(main.len(), GFP_KERNEL)?;
        for ring in main {
            table.push(u32::from(*ring), GFP_KERNEL)?;
        }
        let (old, new) = (main.len() as u32, entries as u32);
        // SAFETY: The device is registered and RTNL held; the table has `old`
        // entries and is read only.
        let fits = unsafe {
            bindings::ethtool_rxfh_indir_can_resize(self.as_ptr(), table.as_ptr(), old, new)
        };
        if !fits {
            return Err(EINVAL);
        }
        // SAFETY: The device is registered and RTNL held, and nobody calls this
        // with the contexts' lock held.
        to_result(unsafe { bindings::ethtool_rxfh_ctxs_can_resize(self.as_ptr(), new) })
    }

    /// Has the core cut or repeat what it keeps of the contexts' tables, as
    /// [`Self::check_rss_tables`] has allowed, and tell listeners.
    pub(crate) fn resize_rss_contexts(&self, entries: usize, _: &Rtnl) {
        // SAFETY: As above; the core has room for as many entries as the
        // operations' rxfh_indir_space says, which was checked.
        unsafe { bindings::ethtool_rxfh_ctxs_resize(self.as_ptr(), entries as u32) };
    }
}

/// # Safety
///
/// Called by the core under RTNL and the contexts' lock with a registered device
/// of a port `P`, a fresh context, and a request whose key and table are null or
/// of the sizes that it says.
pub(super) unsafe extern "C" fn create_rxfh_context<P: PortOps>(
    dev: *mut bindings::net_device,
    context: *mut bindings::ethtool_rxfh_context,
    request: *const bindings::ethtool_rxfh_param,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, rtnl, extack, change, id) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            Rtnl::assume(),
            ExtAck::from_raw(extack),
            RssChange::of(request),
            (*request).rss_context,
        )
    };
    if let Err(error) = P::add_rss_context(dev, id, &change, &extack, &rtnl) {
        return error.to_errno();
    }
    // SAFETY: By the requirement.
    let entries = unsafe { (*context).indir_size as usize };
    // What the request leaves open, the driver tells the core.
    let mut told = bindings::ethtool_rxfh_param {
        // SAFETY: By the requirement.
        indir: unsafe { bindings::ethtool_rxfh_context_indir(context) },
        // SAFETY: By the requirement.
        key: unsafe { bindings::ethtool_rxfh_context_key(context) },
        indir_size: entries as u32,
        key_size: KEY_LEN,
        rss_context: id,
        hfunc: 0,
        input_xfrm: 0,
        rss_delete: 0,
    };
    // SAFETY: The context has room for as many entries as it says, and for a
    // key of the length that the driver told the core.
    let mut reply = unsafe { RssReply::new(&raw mut told, entries) };
    P::rss(dev, id, &mut reply, &rtnl);
    // SAFETY: By the requirement.
    unsafe {
        (*context).hfunc = told.hfunc;
        (*context).input_xfrm = told.input_xfrm;
    }
    0
}

/// # Safety
///
/// As for [`create_rxfh_context`], with a context that was created.
pub(super) unsafe extern "C" fn modify_rxfh_context<P: PortOps>(
    dev: *mut bindings::net_device,
    _: *mut bindings::ethtool_rxfh_context,
    request: *const bindings::ethtool_rxfh_param,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, rtnl, extack, change, id) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            Rtnl::assume(),
            ExtAck::from_raw(extack),
            RssChange::of(request),
            (*request).rss_context,
        )
    };
    P::set_rss(dev, id, &change, &extack, &rtnl).map_or_else(Error::to_errno, |()| 0)
}

/// # Safety
///
/// As for [`modify_rxfh_context`].
pub(super) unsafe extern "C" fn remove_rxfh_context<P: PortOps>(
    dev: *mut bindings::net_device,
    _: *mut bindings::ethtool_rxfh_context,
    id: u32,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, rtnl, extack) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            Rtnl::assume(),
            ExtAck::from_raw(extack),
        )
    };
    P::remove_rss_context(dev, id, &extack, &rtnl).map_or_else(Error::to_errno, |()| 0)
}
