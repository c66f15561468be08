// SPDX-License-Identifier: GPL-2.0

//! Channel counts and ring sizes: `ethtool -l`, `-L`, `-g`, `-G`.

use crate::bindings;
use crate::net::device::{PortDevice, PortOps};
use crate::net::netlink::ExtAck;
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

/// Counts of queues. A combined channel is a receive queue and a transmit
/// queue; the others come on top of them.
#[derive(Clone, Copy)]
pub(crate) struct Channels {
    /// Receive queues with a transmit queue each.
    pub(crate) combined: u32,
    /// Further receive queues.
    pub(crate) rx: u32,
    /// Further transmit queues.
    pub(crate) tx: u32,
}

impl Channels {
    /// `rx` receive and `tx` transmit queues, as many of them combined as can.
    pub(crate) fn of(rx: u32, tx: u32) -> Self {
        let combined = rx.min(tx);
        Self {
            combined,
            rx: rx.saturating_sub(combined),
            tx: tx.saturating_sub(combined),
        }
    }

    /// All receive queues.
    pub(crate) fn rx_total(&self) -> u32 {
        self.combined.saturating_add(self.rx)
    }

    /// All transmit queues.
    pub(crate) fn tx_total(&self) -> u32 {
        self.combined.saturating_add(self.tx)
    }
}

/// The size of receive rings, in frames.
pub(crate) struct RingSize {
    /// Now.
    pub(crate) now: u32,
    /// At the most.
    pub(crate) max: u32,
}

/// # Safety
///
/// Called by the core under RTNL with a device of a port `P` and a zeroed
/// reply.
pub(super) unsafe extern "C" fn get_channels<P: PortOps>(
    dev: *mut bindings::net_device,
    reply: *mut bindings::ethtool_channels,
) {
    // SAFETY: By the requirement.
    let (dev, reply, rtnl) =
        unsafe { (PortDevice::<P>::from_ptr(dev), &mut *reply, Rtnl::assume()) };
    let channels = P::channels(dev, &rtnl);
    reply.combined_count = channels.combined;
    reply.rx_count = channels.rx;
    reply.tx_count = channels.tx;
    let (rx, tx) = P::max_channels(dev, &rtnl);
    reply.max_rx = rx;
    reply.max_tx = tx;
    reply.max_combined = rx.min(tx);
}

/// # Safety
///
/// As for [`get_channels`], with a request.
pub(super) unsafe extern "C" fn set_channels<P: PortOps>(
    dev: *mut bindings::net_device,
    request: *mut bindings::ethtool_channels,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, request, rtnl) =
        unsafe { (PortDevice::<P>::from_ptr(dev), &*request, Rtnl::assume()) };
    let channels = Channels {
        combined: request.combined_count,
        rx: request.rx_count,
        tx: request.tx_count,
    };
    // The core checks each count by itself, not their sums.
    if channels.rx_total() as usize > dev.num_rx_queues()
        || channels.tx_total() as usize > dev.num_tx_queues()
        || channels.rx_total() == 0
        || channels.tx_total() == 0
    {
        return EINVAL.to_errno();
    }
    P::set_channels(dev, channels, &rtnl).map_or_else(Error::to_errno, |()| 0)
}

/// # Safety
///
/// As for [`get_channels`].
pub(super) unsafe extern "C" fn get_ringparam<P: PortOps>(
    dev: *mut bindings::net_device,
    reply: *mut bindings::ethtool_ringparam,
    _: *mut bindings::kernel_ethtool_ringparam,
    _: *mut bindings::netlink_ext_ack,
) {
    // SAFETY: By the requirement.
    let (dev, reply, rtnl) =
        unsafe { (PortDevice::<P>::from_ptr(dev), &mut *reply, Rtnl::assume()) };
    let size = P::ring_size(dev, &rtnl);
    reply.rx_pending = size.now;
    reply.rx_max_pending = size.max;
}

/// # Safety
///
/// As for [`get_channels`], with a request.
pub(super) unsafe extern "C" fn set_ringparam<P: PortOps>(
    dev: *mut bindings::net_device,
    request: *mut bindings::ethtool_ringparam,
    _: *mut bindings::kernel_ethtool_ringparam,
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
    P::set_ring_size(dev, request.rx_pending, &extack, &rtnl).map_or_else(Error::to_errno, |()| 0)
}
