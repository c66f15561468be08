// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What `ethtool` shows of a NIC.

use super::Nic;
use crate::datapath::drops::REASONS;
use crate::net::device::Device;
use crate::net::ethtool::{Ethtool, StatisticsSink};
use kernel::prelude::*;

impl Ethtool for Nic {
    const DRIVER: &'static [u8] = b"softnic";
    const SPEED: u32 = 10_000;

    fn statistics(dev: &Device<Self>, sink: &mut StatisticsSink<'_>) {
        let nic = dev.data();
        for (index, ring) in nic.port.group().rings().enumerate() {
            let counters = ring.counters();
            sink.put(fmt!("rx{index}_packets"), counters.packets.get());
            sink.put(fmt!("rx{index}_bytes"), counters.bytes.get());
            sink.put(fmt!("rx{index}_multicast"), counters.multicast.get());
            sink.put(fmt!("rx{index}_polls"), counters.polls.get());
            sink.put(fmt!("rx{index}_full"), counters.full.get());
        }
        for (index, queue) in nic.tx.counters().iter().enumerate() {
            sink.put(fmt!("tx{index}_packets"), queue.packets.get());
            sink.put(fmt!("tx{index}_bytes"), queue.bytes.get());
            sink.put(fmt!("tx{index}_busy"), queue.busy.get());
        }
        for (reason, name) in REASONS {
            sink.put(fmt!("{name}"), nic.port.drops().get(reason));
        }
    }
}
