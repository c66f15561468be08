// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a port's rings, queues and losses add up to.

use super::drops::DropReason;
use super::port::Port;
use crate::model::sizes::{self, FCS_LEN, RANGES};
use crate::net::device::PortDevice;
use crate::net::ethtool::{FrameSizes, MacDirection, MacStats, StandardStats};
use crate::net::queue_stats::{DeviceStats, QueueStats, RxQueueStats, TxQueueStats};
use crate::net::stats::LinkStats;

impl Port {
    /// Adds the port's statistics. Frames for others, which the filter kept
    /// from the stack, are no loss of this device and only count by reason.
    pub(crate) fn add_stats(&self, stats: &mut LinkStats<'_>) {
        for ring in self.group().rings() {
            let counters = ring.counters();
            stats.add_received(
                counters.sizes.frames(),
                counters.bytes.get(),
                counters.multicast.get(),
            );
        }
        let shared = self.received();
        stats.add_received(
            shared.sizes.frames(),
            shared.bytes.get(),
            shared.multicast.get(),
        );
        for queue in self.tx().counters() {
            stats.add_sent(queue.sizes.frames(), queue.bytes.get());
        }
        let drops = self.drops();
        stats.add_receive_too_long(drops.get(DropReason::TooLong));
        stats.add_receive_dropped(drops.get(DropReason::Purged));
        stats.add_receive_dropped(drops.get(DropReason::NoMemoryReceived));
        stats.add_receive_missed(drops.get(DropReason::Overrun));
        stats.add_send_dropped(drops.sent());
    }

    /// How many frames the stack was given, of its own rings and of others.
    pub(super) fn frames_received(&self) -> u64 {
        let own = self
            .group()
            .rings()
            .map(|ring| ring.counters().sizes.frames());
        own.fold(self.received().sizes.frames(), u64::wrapping_add)
    }

    /// Counts as IEEE 802.3 defines them. Losses for want of a place or of a
    /// receiver are none of the station's own faults.
    pub(crate) fn mac_stats(&self) -> MacStats {
        let drops = self.drops();
        let mut sent = none();
        for queue in self.tx().counters() {
            add(&mut sent.frames, queue.sizes.frames());
            add(&mut sent.octets, queue.bytes.get());
            add(&mut sent.multicasts, queue.multicast.get());
            add(&mut sent.broadcasts, queue.broadcast.get());
        }
        sent.lost = drops.get(DropReason::NoMemory);
        let mut received = none();
        for ring in self.group().rings() {
            let counters = ring.counters();
            add(&mut received.frames, counters.sizes.frames());
            add(&mut received.octets, counters.bytes.get());
            add(&mut received.multicasts, counters.multicast.get());
            add(&mut received.broadcasts, counters.broadcast.get());
        }
        let shared = self.received();
        add(&mut received.frames, shared.sizes.frames());
        add(&mut received.octets, shared.bytes.get());
        add(&mut received.multicasts, shared.multicast.get());
        add(&mut received.broadcasts, shared.broadcast.get());
        received.lost = drops.get(DropReason::NoMemoryReceived);
        add(&mut received.lost, drops.get(DropReason::Purged));
        for direction in [&mut sent, &mut received] {
            let checks = direction.frames.wrapping_mul(FCS_LEN.into());
            add(&mut direction.octets, checks);
        }
        MacStats {
            sent,
            received,
            too_long: drops.get(DropReason::TooLong),
        }
    }

    /// Frames by size.
    pub(crate) fn frame_sizes(&self) -> FrameSizes {
        let queues = self.tx().counters().iter();
        let rings = self.group().rings();
        FrameSizes {
            sent: sum(queues.map(|queue| queue.sizes.by_range())),
            received: sum(rings
                .map(|ring| ring.counters().sizes.by_range())
                .chain([self.received().sizes.by_range()])),
        }
    }
}

fn none() -> MacDirection {
    MacDirection {
        frames: 0,
        octets: 0,
        multicasts: 0,
        broadcasts: 0,
        lost: 0,
    }
}

fn add(sum: &mut u64, more: u64) {
    *sum = sum.wrapping_add(more);
}

fn sum(parts: impl Iterator<Item = [u64; RANGES]>) -> [u64; RANGES] {
    let mut sums = [0; RANGES];
    for part in parts {
        for (sum, more) in sums.iter_mut().zip(part) {
            add(sum, more);
        }
    }
    sums
}

impl QueueStats for Port {
    fn rx_queue_stats(dev: &PortDevice<Self>, index: usize) -> RxQueueStats {
        let own = dev.port().group().ring_stats(index);
        if index != 0 {
            return own;
        }
        // What came by rings of the NIC is told of as the first queue's.
        let shared = dev.port().received();
        RxQueueStats {
            packets: own.packets.wrapping_add(shared.sizes.frames()),
            bytes: own.bytes.wrapping_add(shared.bytes.get()),
        }
    }

    fn tx_queue_stats(dev: &PortDevice<Self>, index: usize) -> TxQueueStats {
        dev.port().tx().queue_stats(index)
    }

    fn device_stats(dev: &PortDevice<Self>) -> DeviceStats {
        dev.port().drops().device_stats()
    }
}

impl StandardStats for Port {
    const SIZES: [(u16, u16); RANGES] = sizes::BOUNDS;

    fn mac_stats(dev: &PortDevice<Self>) -> MacStats {
        dev.port().mac_stats()
    }

    fn frame_sizes(dev: &PortDevice<Self>) -> FrameSizes {
        dev.port().frame_sizes()
    }
}
