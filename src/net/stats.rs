// SPDX-License-Identifier: GPL-2.0

//! Link statistics as `ip -s link` shows them.
//!
//! C header: `include/uapi/linux/if_link.h` (struct rtnl_link_stats64).

use crate::bindings;

/// The totals of a device.
pub(crate) struct LinkStats<'a>(&'a mut bindings::rtnl_link_stats64);

impl<'a> LinkStats<'a> {
    pub(super) fn new(stats: &'a mut bindings::rtnl_link_stats64) -> Self {
        Self(stats)
    }

    /// Adds frames that were delivered to the stack, how many of them to
    /// multicast groups, and their bytes.
    pub(crate) fn add_received(&mut self, packets: u64, bytes: u64, multicast: u64) {
        self.0.rx_packets = self.0.rx_packets.wrapping_add(packets);
        self.0.rx_bytes = self.0.rx_bytes.wrapping_add(bytes);
        self.0.multicast = self.0.multicast.wrapping_add(multicast);
    }

    /// Adds frames that were put on the wire, and their bytes.
    pub(crate) fn add_sent(&mut self, packets: u64, bytes: u64) {
        self.0.tx_packets = self.0.tx_packets.wrapping_add(packets);
        self.0.tx_bytes = self.0.tx_bytes.wrapping_add(bytes);
    }

    /// Adds frames that arrived and were longer than the MTU allows.
    pub(crate) fn add_receive_too_long(&mut self, packets: u64) {
        self.0.rx_errors = self.0.rx_errors.wrapping_add(packets);
        self.0.rx_length_errors = self.0.rx_length_errors.wrapping_add(packets);
    }

    /// Adds frames that arrived and were lost before the stack saw them.
    pub(crate) fn add_receive_dropped(&mut self, packets: u64) {
        self.0.rx_dropped = self.0.rx_dropped.wrapping_add(packets);
    }

    /// Adds frames that arrived and found no room.
    pub(crate) fn add_receive_missed(&mut self, packets: u64) {
        self.0.rx_missed_errors = self.0.rx_missed_errors.wrapping_add(packets);
    }

    /// Adds frames that the driver could not send.
    pub(crate) fn add_send_dropped(&mut self, packets: u64) {
        self.0.tx_dropped = self.0.tx_dropped.wrapping_add(packets);
    }
}
