// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A NIC's statistics by queue, and those that standards define.

use super::Nic;
use crate::model::sizes::{self, RANGES};
use crate::net::device::Device;
use crate::net::ethtool::{FrameSizes, MacStats, StandardStats};
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

impl StandardStats for Nic {
    const SIZES: [(u16, u16); RANGES] = sizes::BOUNDS;

    fn mac_stats(dev: &Device<Self>) -> MacStats {
        dev.port().mac_stats()
    }

    fn frame_sizes(dev: &Device<Self>) -> FrameSizes {
        dev.port().frame_sizes()
    }
}
