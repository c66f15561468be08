// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What `ethtool` shows of a port, and changes.

use super::drops::REASONS;
use super::port::Port;
use super::ring;
use crate::model::indirection::MAX_ENTRIES;
use crate::model::moderation::{Limits, Refusal, Settings, MAX_FRAMES, MAX_USECS};
use crate::net::device::PortDevice;
use crate::net::errno::not_supported;
use crate::net::ethtool::{
    Channels, Coalescing, Ethtool, RingSize, RssChange, RssReply, StatisticsSink,
};
use crate::net::netlink::ExtAck;
use crate::net::rtnl::Rtnl;
use crate::net::trace::{self, Why};
use kernel::prelude::*;

/// Fewest and most frames that a ring may be told to hold.
const MIN_RING: u32 = 16;
const MAX_RING: u32 = 8192;

impl Ethtool for Port {
    const SPEED: u32 = 10_000;
    const RSS_MAX_ENTRIES: u32 = MAX_ENTRIES as u32;

    fn statistics(dev: &PortDevice<Self>, sink: &mut StatisticsSink<'_>) {
        let port = dev.port();
        for (index, ring) in port.group().rings().enumerate() {
            let counters = ring.counters();
            let (lanes, moderation) = (&counters.lanes, ring.moderation());
            sink.put(fmt!("rx{index}_interrupts"), counters.interrupts.get());
            sink.put(fmt!("rx{index}_polls"), lanes.polls());
            sink.put(fmt!("rx{index}_batch_1"), lanes.single.get());
            sink.put(fmt!("rx{index}_batch_2_9"), lanes.few.get());
            sink.put(fmt!("rx{index}_batch_10_49"), lanes.many.get());
            sink.put(fmt!("rx{index}_batch_50"), lanes.full.get());
            sink.put(fmt!("rx{index}_timer"), moderation.timer_ends());
            sink.put(fmt!("rx{index}_away"), counters.away.get());
            sink.put(fmt!("rx{index}_mode_switches"), moderation.switches());
            sink.put(fmt!("rx{index}_adaptations"), ring::adaptations(ring));
            sink.put(fmt!("rx{index}_full"), counters.full.get());
        }
        for (index, queue) in port.tx().counters().iter().enumerate() {
            sink.put(fmt!("tx{index}_busy"), queue.busy.get());
        }
        for (reason, name) in REASONS {
            sink.put(fmt!("{name}"), port.drops().get(reason));
        }
    }

    fn max_channels(dev: &PortDevice<Self>, rtnl: &Rtnl) -> (u32, u32) {
        let uplink = dev.port().uplink();
        let rx = match uplink.nic_rtnl(rtnl) {
            Some(_) => u32::from(uplink.share().rings(rtnl)).max(1),
            None => dev.num_rx_queues() as u32,
        };
        (rx, dev.num_tx_queues() as u32)
    }

    fn channels(dev: &PortDevice<Self>, rtnl: &Rtnl) -> Channels {
        let (rx, tx) = (dev.real_num_rx_queues(rtnl), dev.real_num_tx_queues(rtnl));
        let shown = dev.port().channels(rtnl);
        let same = shown.rx_total() as usize == rx && shown.tx_total() as usize == tx;
        match same {
            true => shown,
            false => Channels::of(rx as u32, tx as u32),
        }
    }

    fn set_channels(dev: &PortDevice<Self>, channels: Channels, rtnl: &Rtnl) -> Result {
        let group = dev.port().group();
        let rx = u16::try_from(channels.rx_total()).map_err(|_| EINVAL)?;
        let old_tx = dev.real_num_tx_queues(rtnl) as u32;
        let tx = channels.tx_total();
        // More queues need memory and fewer do not, so that what may fail
        // comes first and can be taken back.
        dev.set_real_num_tx_queues(tx.max(old_tx), rtnl)?;
        let resized = match group.count(rtnl) {
            // The one receive queue is the NIC's.
            0 if rx == 1 => Ok(()),
            0 => Err(not_supported()),
            _ => group.resize(dev, rx, rtnl),
        };
        if let Err(error) = resized {
            let _ = dev.set_real_num_tx_queues(old_tx, rtnl);
            return Err(error);
        }
        dev.set_real_num_tx_queues(tx, rtnl)?;
        dev.port().tx().spread(dev, rtnl);
        dev.port().set_channels(channels, rtnl);
        Ok(())
    }

    fn ring_size(dev: &PortDevice<Self>, rtnl: &Rtnl) -> RingSize {
        RingSize {
            now: dev.port().group().capacity(rtnl),
            max: MAX_RING,
        }
    }

    fn set_ring_size(
        dev: &PortDevice<Self>,
        frames: u32,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        refuse_guest(dev, extack, rtnl)?;
        if !(MIN_RING..=MAX_RING).contains(&frames) {
            return Err(extack.refuse(EINVAL, fmt!("a ring holds {MIN_RING} to {MAX_RING} frames")));
        }
        dev.port().group().set_capacity(dev, frames, rtnl);
        Ok(())
    }

    fn coalescing(dev: &PortDevice<Self>, rtnl: &Rtnl) -> Coalescing {
        told(dev.port().group().moderation(rtnl))
    }

    fn set_coalescing(
        dev: &PortDevice<Self>,
        wanted: Coalescing,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        refuse_guest(dev, extack, rtnl)?;
        let settings = settings(wanted).map_err(|refusal| match refusal {
            Refusal::Usecs => extack.refuse(EINVAL, fmt!("rx-usecs must be 0 to {MAX_USECS}")),
            Refusal::Frames => extack.refuse(EINVAL, fmt!("rx-frames must be 0 to {MAX_FRAMES}")),
        })?;
        let group = dev.port().group();
        let settings = group.moderation(rtnl).changed_to(settings);
        group.set_moderation(settings, rtnl);
        (0..group.count(rtnl)).for_each(|ring| tell_moderation(dev, ring, settings));
        Ok(())
    }

    fn queue_coalescing(dev: &PortDevice<Self>, queue: u32, rtnl: &Rtnl) -> Option<Coalescing> {
        let group = dev.port().group();
        group.ring_moderation(queue as usize, rtnl).map(told)
    }

    fn set_queue_coalescing(
        dev: &PortDevice<Self>,
        queue: u32,
        wanted: Coalescing,
        rtnl: &Rtnl,
    ) -> Result {
        let settings = settings(wanted).map_err(|_| EINVAL)?;
        let group = dev.port().group();
        let old = group.ring_moderation(queue as usize, rtnl);
        let settings = old.ok_or(EINVAL)?.changed_to(settings);
        group.set_ring_moderation(queue as usize, settings, rtnl)?;
        tell_moderation(dev, queue as u16, settings);
        Ok(())
    }

    fn rss_entries(dev: &PortDevice<Self>, rtnl: &Rtnl) -> usize {
        if dev.port().group().count(rtnl) == 0 {
            return 0;
        }
        dev.port().group().selector(rtnl).main().entries().len()
    }

    fn rss(dev: &PortDevice<Self>, context: u32, reply: &mut RssReply<'_>, rtnl: &Rtnl) {
        dev.port().group().tell_rss(context, reply, rtnl);
    }

    fn set_rss(
        dev: &PortDevice<Self>,
        context: u32,
        change: &RssChange<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        refuse_guest(dev, extack, rtnl)?;
        let group = dev.port().group();
        group.change_rss(context, change, extack, rtnl)
    }

    fn add_rss_context(
        dev: &PortDevice<Self>,
        context: u32,
        change: &RssChange<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        refuse_guest(dev, extack, rtnl)?;
        let group = dev.port().group();
        group.add_context(context, change, extack, rtnl)
    }

    fn remove_rss_context(
        dev: &PortDevice<Self>,
        context: u32,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        refuse_guest(dev, extack, rtnl)?;
        let group = dev.port().group();
        group.remove_context(context, extack, rtnl)
    }

    fn hash_fields(
        dev: &PortDevice<Self>,
        context: u32,
        flow_type: u32,
        rtnl: &Rtnl,
    ) -> Option<u32> {
        let group = dev.port().group();
        group.hash_fields(context, flow_type, rtnl)
    }

    fn set_hash_fields(
        dev: &PortDevice<Self>,
        context: u32,
        flow_type: u32,
        fields: u32,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        refuse_guest(dev, extack, rtnl)?;
        let group = dev.port().group();
        group.set_hash_fields(context, flow_type, fields, extack, rtnl)
    }
}

/// Refuses what needs rings for a VNIC that has none of its own.
fn refuse_guest(dev: &PortDevice<Port>, extack: &ExtAck<'_>, rtnl: &Rtnl) -> Result {
    match dev.port().group().count(rtnl) {
        0 => Err(extack.refuse(
            not_supported(),
            fmt!("the VNIC shares its NIC's rings: it needs rings of its own for this"),
        )),
        _ => Ok(()),
    }
}

/// Frames in a ring of `dev` are to wait as `settings` say.
fn tell_moderation(dev: &PortDevice<Port>, ring: u16, settings: Settings) {
    let Limits { usecs, frames } = settings.limits();
    trace::moderation(dev, ring, usecs, frames, settings.adaptive(), Why::Set);
}

fn settings(wanted: Coalescing) -> Result<Settings, Refusal> {
    let Coalescing { usecs, frames, .. } = wanted;
    Settings::new(Limits { usecs, frames }, wanted.adaptive)
}

fn told(settings: Settings) -> Coalescing {
    let Limits { usecs, frames } = settings.limits();
    Coalescing {
        usecs,
        frames,
        adaptive: settings.adaptive(),
    }
}
