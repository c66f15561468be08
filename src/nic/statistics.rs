// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A NIC's statistics by queue.

use super::Nic;
use crate::net::device::Device;
use crate::net::queue_stats::{DeviceStats, QueueStats, RxQueueStats, TxQueueStats};

impl QueueStats for Nic {
    fn rx_queue_stats(dev: &Device<Self>, index: usize) -> RxQueueStats {
        dev.port().group().ring_stats(index)
    }

    fn tx_queue_stats(dev: &Device<Self>, index: usize) -> TxQueueStats {
        dev.port().tx().queue_stats(index)
    }

    fn device_stats(dev: &Device<Self>) -> DeviceStats {
        dev.port().drops().device_stats()
    }
}
