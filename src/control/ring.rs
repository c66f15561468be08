// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Rings in use: how they are polled, and what they have counted.

use super::group;
use super::walk::{next, required, wanted};
use crate::datapath::port::Port;
use crate::datapath::ring::{self, Ring, RingTimes};
use crate::model::moderation::Mode;
use crate::net::device::PortDevice;
use crate::net::family::{ring as attribute, ring_mode};
use crate::net::genl_ops::{Request, Series};
use crate::net::napi::Napi;
use crate::net::netlink::Dump;
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

// The spec's numbers are the model's.
const _: () = {
    assert!(Mode::Interrupt.to_bits() == ring_mode::INTERRUPT);
    assert!(Mode::Moderated.to_bits() == ring_mode::MODERATED);
    assert!(Mode::Polling.to_bits() == ring_mode::POLLING);
};

/// Tells of one ring.
pub(super) fn get(request: &Request<'_>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let dev = required(request, attribute::IFINDEX, "ifindex", rtnl)?;
    let id = request.require(attribute::ID, "id")?;
    group::check(request, attribute::IFINDEX, dev, rtnl)?;
    let ring = dev.port().group().ring(id.u32() as usize, rtnl);
    let ring = ring.ok_or_else(|| {
        let last = dev.port().group().count(rtnl).saturating_sub(1);
        let extack = request.extack();
        extack.refuse_attr(EINVAL, &id, fmt!("id must be 0 to {last}"))
    })?;
    fill(dev, ring, reply, rtnl)
}

/// Tells of all rings, or of those of one port.
pub(super) fn list(request: &Request<'_>, series: &mut Series<'_>, rtnl: &Rtnl) -> Result {
    let only = wanted(request, attribute::IFINDEX, "ifindex", rtnl)?;
    while let Some(dev) = next(request, series, rtnl) {
        if only.is_none_or(|only| only.is(dev)) {
            list_of(dev, series, rtnl)?;
        } else {
            series.enter(dev.ifindex() as u32, 0);
        }
        series.leave();
    }
    Ok(())
}

fn list_of(dev: &PortDevice<Port>, series: &mut Series<'_>, rtnl: &Rtnl) -> Result {
    let group = dev.port().group();
    let count = group.count(rtnl);
    let first = series.enter(dev.ifindex() as u32, count.into());
    for id in first..count.into() {
        if let Some(ring) = group.ring(id as usize, rtnl) {
            series.write(|reply| fill(dev, ring, reply, rtnl))?;
        }
        series.done_below(id.saturating_add(1));
    }
    Ok(())
}

fn fill(dev: &PortDevice<Port>, ring: &Napi<Ring>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let mode = match dev.port().group().is_open(rtnl) {
        true => Some(ring::mode(ring)),
        false => None,
    };
    fill_in(dev, ring, mode, reply)
}

/// Writes what there is to tell of a ring; a closed one has no `mode`.
pub(super) fn fill_in(
    dev: &PortDevice<Port>,
    ring: &Napi<Ring>,
    mode: Option<Mode>,
    reply: &mut Dump<'_>,
) -> Result {
    let (depth, capacity) = ring.depth();
    reply.put_i32(attribute::IFINDEX, dev.ifindex())?;
    reply.put_u32(attribute::ID, ring.index().into())?;
    if let Some(mode) = mode {
        reply.put_u32(attribute::NAPI_ID, ring.id())?;
        reply.put_u32(attribute::MODE, mode.to_bits())?;
    }
    reply.put_u32(attribute::DEPTH, depth)?;
    reply.put_u32(attribute::CAPACITY, capacity)?;
    for (kind, count) in ring_counts(ring) {
        reply.put_uint(kind, count)?;
    }
    for (kind, time) in ring.times().iter().flat_map(ring_times) {
        reply.put_uint(kind, time)?;
    }
    Ok(())
}

fn ring_times(times: &RingTimes) -> [(u16, u64); 5] {
    [
        (attribute::AGE, times.age),
        (attribute::WAIT_TIME, times.wait.time),
        (attribute::WAIT_LENGTH_TIME, times.wait.length_time),
        (attribute::RUN_TIME, times.run.time),
        (attribute::RUN_LENGTH_TIME, times.run.length_time),
    ]
}

fn ring_counts(ring: &Napi<Ring>) -> [(u16, u64); 16] {
    let (counters, moderation) = (ring.counters(), ring.moderation());
    let lanes = &counters.lanes;
    [
        (attribute::PACKETS, counters.sizes.frames()),
        (attribute::BYTES, counters.bytes.get()),
        (attribute::POLLS, lanes.polls()),
        (attribute::BATCH_1, lanes.single.get()),
        (attribute::BATCH_2_9, lanes.few.get()),
        (attribute::BATCH_10_49, lanes.many.get()),
        (attribute::BATCH_50, lanes.full.get()),
        (attribute::INTERRUPTS, counters.interrupts.get()),
        (attribute::TIMER, moderation.timer_ends()),
        (attribute::MODE_SWITCHES, moderation.switches()),
        (attribute::ADAPTATIONS, ring::adaptations(ring)),
        (attribute::FULL, counters.full.get()),
        (attribute::FRAMES, lanes.frames()),
        (attribute::LOST_FULL, counters.lost_full.get()),
        (attribute::LOST_PURGED, counters.lost_purged.get()),
        (attribute::AWAY, counters.away.get()),
    ]
}
