// SPDX-License-Identifier: GPL-2.0

//! Statistics by queue, as the `netdev` netlink family shows them
//! (`qstats-get`).
//!
//! C header: `include/net/netdev_queues.h`; what each number means is told in
//! Documentation/netlink/specs/netdev.yaml, the caller is
//! net/core/netdev-genl.c. The core adds the queues in use to the device's
//! base to get a device's total. So the base is what queues out of use have
//! counted, and what no queue can be blamed for.

use crate::bindings;
use crate::net::device::{PortDevice, PortOps};
use core::marker::PhantomData;
use kernel::prelude::*;

/// What a receive queue has counted since the device was made.
#[derive(Default)]
pub(crate) struct RxQueueStats {
    /// Frames that were handed to the stack.
    pub(crate) packets: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
}

/// What a transmit queue has counted since the device was made.
#[derive(Default)]
pub(crate) struct TxQueueStats {
    /// Frames that were put on the wire.
    pub(crate) packets: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// How many of the frames were segmentation bundles.
    pub(crate) bundles: u64,
    /// Their bytes.
    pub(crate) bundle_bytes: u64,
    /// How many segments they stood for.
    pub(crate) segments: u64,
    /// Times that the driver kept the stack from sending, for want of room.
    pub(crate) stops: u64,
    /// Times that it let the stack send again.
    pub(crate) wakes: u64,
}

/// What a device has counted that belongs to no queue.
pub(crate) struct DeviceStats {
    /// Frames that arrived and did not reach the stack, whatever the reason.
    pub(crate) rx_dropped: u64,
    /// How many of them for want of room.
    pub(crate) rx_overrun: u64,
    /// How many of them for want of memory.
    pub(crate) rx_alloc_failed: u64,
    /// Frames that the stack sent and that did not reach the wire.
    pub(crate) tx_dropped: u64,
    /// How many of them since they were malformed.
    pub(crate) tx_malformed: u64,
}

/// The statistics of a driver's queues. The device is registered and cannot
/// go; no lock may be relied on. Counters never decrease, and those of a queue
/// that goes out of use stay.
pub(crate) trait QueueStats: Sized {
    /// Of receive queue `index`.
    fn rx_queue_stats(dev: &PortDevice<Self>, index: usize) -> RxQueueStats;
    /// Of transmit queue `index`.
    fn tx_queue_stats(dev: &PortDevice<Self>, index: usize) -> TxQueueStats;
    /// Of the device.
    fn device_stats(dev: &PortDevice<Self>) -> DeviceStats;
}

impl RxQueueStats {
    fn plus(self, other: Self) -> Self {
        Self {
            packets: self.packets.wrapping_add(other.packets),
            bytes: self.bytes.wrapping_add(other.bytes),
        }
    }

    /// Leaves alone what is not counted, as the core asks for.
    fn write(&self, reply: &mut bindings::netdev_queue_stats_rx) {
        reply.packets = self.packets;
        reply.bytes = self.bytes;
    }
}

impl TxQueueStats {
    fn plus(self, other: Self) -> Self {
        Self {
            packets: self.packets.wrapping_add(other.packets),
            bytes: self.bytes.wrapping_add(other.bytes),
            bundles: self.bundles.wrapping_add(other.bundles),
            bundle_bytes: self.bundle_bytes.wrapping_add(other.bundle_bytes),
            segments: self.segments.wrapping_add(other.segments),
            stops: self.stops.wrapping_add(other.stops),
            wakes: self.wakes.wrapping_add(other.wakes),
        }
    }

    /// As for [`RxQueueStats::write`].
    fn write(&self, reply: &mut bindings::netdev_queue_stats_tx) {
        reply.packets = self.packets;
        reply.bytes = self.bytes;
        reply.hw_gso_packets = self.bundles;
        reply.hw_gso_bytes = self.bundle_bytes;
        reply.hw_gso_wire_packets = self.segments;
        reply.stop = self.stops;
        reply.wake = self.wakes;
    }
}

struct VTable<P>(PhantomData<P>);

impl<P: PortOps> VTable<P> {
    const OPS: bindings::netdev_stat_ops = bindings::netdev_stat_ops {
        get_queue_stats_rx: Some(get_queue_stats_rx::<P>),
        get_queue_stats_tx: Some(get_queue_stats_tx::<P>),
        get_base_stats: Some(get_base_stats::<P>),
    };
}

/// The operations of a port `P`, for a device's `stat_ops`.
pub(super) fn stat_ops<P: PortOps>() -> *const bindings::netdev_stat_ops {
    const { &VTable::<P>::OPS }
}

/// # Safety
///
/// Called by the core with a registered device of a port `P` and a reply.
unsafe extern "C" fn get_queue_stats_rx<P: PortOps>(
    dev: *mut bindings::net_device,
    index: c_int,
    reply: *mut bindings::netdev_queue_stats_rx,
) {
    // SAFETY: By the requirement.
    let (dev, reply) = unsafe { (PortDevice::<P>::from_ptr(dev), &mut *reply) };
    if let Ok(index) = usize::try_from(index) {
        P::rx_queue_stats(dev, index).write(reply);
    }
}

/// # Safety
///
/// As for [`get_queue_stats_rx`].
unsafe extern "C" fn get_queue_stats_tx<P: PortOps>(
    dev: *mut bindings::net_device,
    index: c_int,
    reply: *mut bindings::netdev_queue_stats_tx,
) {
    // SAFETY: By the requirement.
    let (dev, reply) = unsafe { (PortDevice::<P>::from_ptr(dev), &mut *reply) };
    if let Ok(index) = usize::try_from(index) {
        P::tx_queue_stats(dev, index).write(reply);
    }
}

/// # Safety
///
/// As for [`get_queue_stats_rx`], with replies for both directions, and the
/// numbers of queues in use do not change meanwhile.
unsafe extern "C" fn get_base_stats<P: PortOps>(
    dev: *mut bindings::net_device,
    rx_reply: *mut bindings::netdev_queue_stats_rx,
    tx_reply: *mut bindings::netdev_queue_stats_tx,
) {
    // SAFETY: By the requirement.
    let (rx_used, tx_used) = unsafe {
        (
            (*dev).real_num_rx_queues as usize,
            (*dev).real_num_tx_queues as usize,
        )
    };
    // SAFETY: By the requirement.
    let (dev, rx_reply, tx_reply) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            &mut *rx_reply,
            &mut *tx_reply,
        )
    };
    (rx_used..dev.num_rx_queues())
        .map(|index| P::rx_queue_stats(dev, index))
        .fold(RxQueueStats::default(), RxQueueStats::plus)
        .write(rx_reply);
    (tx_used..dev.num_tx_queues())
        .map(|index| P::tx_queue_stats(dev, index))
        .fold(TxQueueStats::default(), TxQueueStats::plus)
        .write(tx_reply);
    let device = P::device_stats(dev);
    rx_reply.hw_drops = device.rx_dropped;
    rx_reply.hw_drop_overruns = device.rx_overrun;
    rx_reply.alloc_fail = device.rx_alloc_failed;
    tx_reply.hw_drops = device.tx_dropped;
    tx_reply.hw_drop_errors = device.tx_malformed;
}
