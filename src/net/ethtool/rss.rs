// SPDX-License-Identifier: GPL-2.0

//! Receive-side scaling: `ethtool -x`, `-X`, and hash fields by `-n`, `-N`.

use crate::bindings;
use crate::net::device::{PortDevice, PortOps};
use crate::net::errno::not_supported;
use crate::net::netlink::ExtAck;
use crate::net::rtnl::Rtnl;
use core::marker::PhantomData;
use kernel::prelude::*;

/// Length of the hash key in bytes.
pub(super) const KEY_LEN: u32 = 40;

/// The number of the context that ethtool shows without a number.
const MAIN_CONTEXT: u32 = 0;

/// What a request changes; what it does not name stays.
pub(crate) struct RssChange<'a> {
    /// A ring for each entry of the table.
    pub(crate) indirection: Option<&'a [u32]>,
    /// The key.
    pub(crate) key: Option<&'a [u8]>,
    /// The hash function, as ethtool numbers it.
    pub(crate) function: Option<u8>,
    /// The input transformation, as ethtool numbers it.
    pub(crate) transform: Option<u8>,
}

impl<'a> RssChange<'a> {
    /// # Safety
    ///
    /// `request` must be valid for the lifetime that the caller chooses; its key
    /// and table null, or of the sizes that it says.
    pub(super) unsafe fn of(request: *const bindings::ethtool_rxfh_param) -> Self {
        // SAFETY: By the requirement.
        unsafe {
            let request = &*request;
            Self {
                indirection: (!request.indir.is_null()).then(|| {
                    core::slice::from_raw_parts(request.indir, request.indir_size as usize)
                }),
                key: (!request.key.is_null())
                    .then(|| core::slice::from_raw_parts(request.key, request.key_size as usize)),
                function: Some(request.hfunc)
                    .filter(|function| *function != bindings::SOFTNIC_ETH_RSS_HASH_NO_CHANGE),
                transform: Some(request.input_xfrm)
                    .filter(|bits| *bits != bindings::SOFTNIC_RXH_XFRM_NO_CHANGE),
            }
        }
    }

    /// The Toeplitz function.
    pub(crate) const TOEPLITZ: u8 = bindings::SOFTNIC_ETH_RSS_HASH_TOP;
    /// The XOR function.
    pub(crate) const XOR: u8 = bindings::SOFTNIC_ETH_RSS_HASH_XOR;
}

/// Where a driver tells its settings.
///
/// # Invariants
///
/// The reply's key is null or has [`KEY_LEN`] bytes, its table is null or has
/// `entries` entries. Its own sizes are not always filled in.
pub(crate) struct RssReply<'a> {
    reply: *mut bindings::ethtool_rxfh_param,
    entries: usize,
    _life: PhantomData<&'a mut bindings::ethtool_rxfh_param>,
}

impl RssReply<'_> {
    /// # Safety
    ///
    /// `reply` must be valid for the lifetime that the caller chooses, its key
    /// null or of [`KEY_LEN`] bytes, and its table null or of `entries` entries.
    pub(super) unsafe fn new(reply: *mut bindings::ethtool_rxfh_param, entries: usize) -> Self {
        // INVARIANT: By the requirement.
        Self {
            reply,
            entries,
            _life: PhantomData,
        }
    }

    /// Tells the key.
    pub(crate) fn put_key(&mut self, key: &[u8]) {
        // SAFETY: The reply is valid.
        let to = unsafe { (*self.reply).key };
        if !to.is_null() {
            let len = key.len().min(KEY_LEN as usize);
            // SAFETY: By the type invariant both have at least `len` bytes.
            unsafe { to.copy_from_nonoverlapping(key.as_ptr(), len) };
        }
    }

    /// Tells the indirection table.
    pub(crate) fn put_indirection(&mut self, entries: &[u16]) {
        // SAFETY: The reply is valid.
        let to = unsafe { (*self.reply).indir };
        if !to.is_null() {
            for (index, ring) in entries.iter().take(self.entries).enumerate() {
                // SAFETY: By the type invariant the table is that long.
                unsafe { to.add(index).write((*ring).into()) };
            }
        }
    }

    /// Tells the hash function.
    pub(crate) fn put_function(&mut self, function: u8) {
        // SAFETY: By the type invariant.
        unsafe { (*self.reply).hfunc = function };
    }

    /// Tells the input transformation.
    pub(crate) fn put_transform(&mut self, transform: u8) {
        // SAFETY: By the type invariant.
        unsafe { (*self.reply).input_xfrm = transform };
    }
}

/// # Safety
///
/// Called by the core under RTNL with a device of a port `P`.
pub(super) unsafe extern "C" fn get_rx_ring_count<P: PortOps>(
    dev: *mut bindings::net_device,
) -> u32 {
    // SAFETY: By the requirement.
    let (dev, rtnl) = unsafe { (PortDevice::<P>::from_ptr(dev), Rtnl::assume()) };
    dev.real_num_rx_queues(&rtnl) as u32
}

/// # Safety
///
/// As for [`get_rx_ring_count`].
pub(super) unsafe extern "C" fn get_rxfh_key_size<P: PortOps>(_: *mut bindings::net_device) -> u32 {
    KEY_LEN
}

/// # Safety
///
/// As for [`get_rx_ring_count`].
pub(super) unsafe extern "C" fn get_rxfh_indir_size<P: PortOps>(
    dev: *mut bindings::net_device,
) -> u32 {
    // SAFETY: By the requirement.
    let (dev, rtnl) = unsafe { (PortDevice::<P>::from_ptr(dev), Rtnl::assume()) };
    P::rss_entries(dev, &rtnl) as u32
}

/// # Safety
///
/// As for [`get_rx_ring_count`], with a reply.
pub(super) unsafe extern "C" fn get_rxfh<P: PortOps>(
    dev: *mut bindings::net_device,
    reply: *mut bindings::ethtool_rxfh_param,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, rtnl) = unsafe { (PortDevice::<P>::from_ptr(dev), Rtnl::assume()) };
    // SAFETY: The core's buffers have the sizes that the driver told it under
    // the same hold of RTNL.
    let mut reply = unsafe { RssReply::new(reply, P::rss_entries(dev, &rtnl)) };
    P::rss(dev, MAIN_CONTEXT, &mut reply, &rtnl);
    0
}

/// # Safety
///
/// As for [`get_rx_ring_count`], with a request.
pub(super) unsafe extern "C" fn set_rxfh<P: PortOps>(
    dev: *mut bindings::net_device,
    request: *mut bindings::ethtool_rxfh_param,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: By the requirement; key and table are null or of the sizes that
    // the request says.
    let (dev, rtnl, extack, change) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            Rtnl::assume(),
            ExtAck::from_raw(extack),
            RssChange::of(request),
        )
    };
    P::set_rss(dev, MAIN_CONTEXT, &change, &extack, &rtnl).map_or_else(Error::to_errno, |()| 0)
}

/// # Safety
///
/// As for [`get_rx_ring_count`], with a request that takes the reply.
pub(super) unsafe extern "C" fn get_rxfh_fields<P: PortOps>(
    dev: *mut bindings::net_device,
    request: *mut bindings::ethtool_rxfh_fields,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, rtnl, request) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            Rtnl::assume(),
            &mut *request,
        )
    };
    match P::hash_fields(dev, request.rss_context, request.flow_type, &rtnl) {
        Some(fields) => {
            request.data = fields;
            0
        }
        None => not_supported().to_errno(),
    }
}

/// # Safety
///
/// As for [`get_rx_ring_count`], with a request.
pub(super) unsafe extern "C" fn set_rxfh_fields<P: PortOps>(
    dev: *mut bindings::net_device,
    request: *const bindings::ethtool_rxfh_fields,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, rtnl, request, extack) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            Rtnl::assume(),
            &*request,
            ExtAck::from_raw(extack),
        )
    };
    let (context, flow_type) = (request.rss_context, request.flow_type);
    P::set_hash_fields(dev, context, flow_type, request.data, &extack, &rtnl)
        .map_or_else(Error::to_errno, |()| 0)
}
