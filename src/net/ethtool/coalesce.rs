// SPDX-License-Identifier: GPL-2.0

//! Interrupt moderation: `ethtool -c`, `-C`, also with `--per-queue`.

use crate::bindings;
use crate::net::device::{PortDevice, PortOps};
use crate::net::netlink::ExtAck;
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

/// What of `struct ethtool_coalesce` drivers offer; the core refuses requests
/// for the rest.
pub(super) const PARAMS: u32 = bindings::SOFTNIC_COALESCE_PARAMS;

/// How received frames are coalesced.
#[derive(Clone, Copy)]
pub(crate) struct Coalescing {
    /// `rx-usecs`
    pub(crate) usecs: u32,
    /// `rx-frames`
    pub(crate) frames: u32,
    /// `adaptive-rx`
    pub(crate) adaptive: bool,
}

impl Coalescing {
    fn of(request: &bindings::ethtool_coalesce) -> Self {
        Self {
            usecs: request.rx_coalesce_usecs,
            frames: request.rx_max_coalesced_frames,
            adaptive: request.use_adaptive_rx_coalesce != 0,
        }
    }

    fn tell(self, reply: &mut bindings::ethtool_coalesce) {
        reply.rx_coalesce_usecs = self.usecs;
        reply.rx_max_coalesced_frames = self.frames;
        reply.use_adaptive_rx_coalesce = self.adaptive.into();
    }
}

/// # Safety
///
/// Called by the core under RTNL with a device of a port `P` and a zeroed
/// reply.
pub(super) unsafe extern "C" fn get_coalesce<P: PortOps>(
    dev: *mut bindings::net_device,
    reply: *mut bindings::ethtool_coalesce,
    _: *mut bindings::kernel_ethtool_coalesce,
    _: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, reply, rtnl) =
        unsafe { (PortDevice::<P>::from_ptr(dev), &mut *reply, Rtnl::assume()) };
    P::coalescing(dev, &rtnl).tell(reply);
    0
}

/// # Safety
///
/// As for [`get_coalesce`], with a request, and an extack or none.
pub(super) unsafe extern "C" fn set_coalesce<P: PortOps>(
    dev: *mut bindings::net_device,
    request: *mut bindings::ethtool_coalesce,
    _: *mut bindings::kernel_ethtool_coalesce,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, request, extack, rtnl) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            &*request,
            ExtAck::from_raw(extack),
            Rtnl::assume(),
        )
    };
    P::set_coalescing(dev, Coalescing::of(request), &extack, &rtnl)
        .map_or_else(Error::to_errno, |()| 0)
}

/// What a number that only a transmit queue has is told for a receive queue
/// (`include/linux/ethtool.h`).
const INAPPLICABLE: u32 = u32::MAX;

/// # Safety
///
/// As for [`get_coalesce`].
pub(super) unsafe extern "C" fn get_per_queue_coalesce<P: PortOps>(
    dev: *mut bindings::net_device,
    queue: u32,
    reply: *mut bindings::ethtool_coalesce,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, reply, rtnl) =
        unsafe { (PortDevice::<P>::from_ptr(dev), &mut *reply, Rtnl::assume()) };
    match P::queue_coalescing(dev, queue, &rtnl) {
        Some(coalescing) => coalescing.tell(reply),
        None if sends_only(dev, queue, &rtnl) => {
            reply.rx_coalesce_usecs = INAPPLICABLE;
            reply.rx_max_coalesced_frames = INAPPLICABLE;
            reply.use_adaptive_rx_coalesce = INAPPLICABLE;
        }
        None => return EINVAL.to_errno(),
    }
    0
}

/// # Safety
///
/// As for [`get_coalesce`], with a request.
pub(super) unsafe extern "C" fn set_per_queue_coalesce<P: PortOps>(
    dev: *mut bindings::net_device,
    queue: u32,
    request: *mut bindings::ethtool_coalesce,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, request, rtnl) =
        unsafe { (PortDevice::<P>::from_ptr(dev), &*request, Rtnl::assume()) };
    if sends_only(dev, queue, &rtnl) {
        return 0;
    }
    P::set_queue_coalescing(dev, queue, Coalescing::of(request), &rtnl)
        .map_or_else(Error::to_errno, |()| 0)
}

/// Whether only a transmit queue has this number.
fn sends_only<P: PortOps>(dev: &PortDevice<P>, queue: u32, rtnl: &Rtnl) -> bool {
    let queue = queue as usize;
    (dev.real_num_rx_queues(rtnl)..dev.real_num_tx_queues(rtnl)).contains(&queue)
}
