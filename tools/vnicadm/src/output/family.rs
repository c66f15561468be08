// SPDX-License-Identifier: GPL-2.0
//! The columns of what the module's family tells of.

use super::columns::Column;
use super::link::told;
use crate::model::family::{Filter, Group, Ring};
use crate::model::named::DropReason;
use crate::model::occupancy::Occupancy;

/// Of rings.
pub fn rings() -> Vec<Column<Ring>> {
    vec![
        Column::text("NAME", |ring: &Ring| ring.name.clone()),
        Column::number("RING", |ring| Some(ring.id.to_string())),
        Column::number("NAPI", |ring| told(ring.napi_id)),
        Column::text("MODE", |ring| told(ring.mode)),
        Column::number("DEPTH", |ring| Some(ring.depth.to_string())),
        Column::number("CAPACITY", |ring| Some(ring.capacity.to_string())),
        Column::counter("PACKETS", |ring| Some(ring.packets.to_string())),
        Column::counter("BYTES", |ring| Some(ring.bytes.to_string())),
        Column::counter("INTERRUPTS", |ring| Some(ring.interrupts.to_string())),
        Column::counter("TIMER", |ring| Some(ring.timer.to_string())),
        Column::counter("POLLS", |ring| Some(ring.polls.to_string())),
        Column::counter("BATCH1", |ring| Some(ring.batch_1.to_string())),
        Column::counter("BATCH2-9", |ring| Some(ring.batch_2_9.to_string())),
        Column::counter("BATCH10-49", |ring| Some(ring.batch_10_49.to_string())),
        Column::counter("BATCH50", |ring| Some(ring.batch_50.to_string())),
        Column::counter("SWITCHES", |ring| Some(ring.mode_switches.to_string())),
        Column::counter("ADAPTATIONS", |ring| Some(ring.adaptations.to_string())),
        Column::counter("FULL", |ring| Some(ring.full.to_string())),
        Column::number("FRAMES", |ring: &Ring| told(ring.frames)).if_named(),
        Column::number("AGE", |ring: &Ring| told(ring.age)).if_named(),
        Column::number("WAITTIME", |ring: &Ring| told(ring.wait_time)).if_named(),
        Column::number("WAITLENGTHTIME", |ring: &Ring| told(ring.wait_length_time)).if_named(),
        Column::number("RUNTIME", |ring: &Ring| told(ring.run_time)).if_named(),
        Column::number("RUNLENGTHTIME", |ring: &Ring| told(ring.run_length_time)).if_named(),
        Column::number("WAITING", |ring: &Ring| mean(ring, |x| x.length(x.wait))).if_named(),
        Column::number("WAITUS", |ring: &Ring| {
            mean(ring, |x| x.microseconds(x.wait))
        })
        .if_named(),
        Column::number("WAIT%", |ring: &Ring| mean(ring, |x| x.percent(x.wait))).if_named(),
        Column::number("RUNNING", |ring: &Ring| mean(ring, |x| x.length(x.run))).if_named(),
        Column::number("RUNUS", |ring: &Ring| mean(ring, |x| x.microseconds(x.run))).if_named(),
        Column::number("RUN%", |ring: &Ring| mean(ring, |x| x.percent(x.run))).if_named(),
        Column::number("LOSTFULL", |ring: &Ring| told(ring.lost_full)).if_named(),
        Column::number("LOSTPURGED", |ring: &Ring| told(ring.lost_purged)).if_named(),
        Column::number("AWAY", |ring: &Ring| told(ring.away)).if_named(),
    ]
}

/// What a ring did with its frames on the mean, since it was made.
fn mean(ring: &Ring, of: fn(Occupancy) -> Option<f64>) -> Option<String> {
    of(ring.occupancy()).map(|mean| format!("{mean:.3}"))
}

/// Of groups.
pub fn groups() -> Vec<Column<Group>> {
    vec![
        Column::text("NAME", |group: &Group| Some(group.name.clone())),
        Column::text("NIC", |group| told(group.nic.as_ref())),
        Column::text("DEFAULT", |group| Some(yes_no(group.default))),
        Column::number("RINGS", |group| told(group.rings)),
        Column::number("MOST", |group| told(group.rings_max)),
        Column::number("CAPACITY", |group| told(group.capacity)),
        Column::number("PORTS", |group| told(group.ports)),
    ]
}

/// Of filters.
pub fn filters() -> Vec<Column<Filter>> {
    vec![
        Column::text("NIC", |filter: &Filter| told(filter.nic.as_ref())),
        Column::text("MAC", |filter| Some(filter.mac.to_string())),
        Column::text("VLAN", |filter| told(filter.vlan)),
        Column::text("TAG", |filter| {
            told(filter.vlan_protocol.filter(|_| filter.vlan.is_some()))
        }),
        Column::text("PORT", |filter| told(filter.port.as_ref())),
        Column::text("SLOT", |filter| Some(yes_no(filter.in_slot))),
    ]
}

/// The frames of a port that were not delivered for one reason.
pub struct Dropped {
    /// The port.
    pub name: String,
    /// The reason.
    pub reason: DropReason,
    /// How many.
    pub packets: u64,
}

/// Of drops.
pub fn drops() -> Vec<Column<Dropped>> {
    vec![
        Column::text("NAME", |drop: &Dropped| Some(drop.name.clone())),
        Column::text("REASON", |drop| Some(drop.reason.to_string())),
        Column::number("PACKETS", |drop| Some(drop.packets.to_string())),
        Column::text("KERNEL", |drop: &Dropped| {
            told(drop.reason.loss().map(|loss| loss.kernel))
        })
        .if_named(),
        Column::text("MEANING", |drop: &Dropped| {
            told(drop.reason.loss().map(|loss| loss.meaning))
        })
        .if_named(),
    ]
}

fn yes_no(it_is: bool) -> String {
    if it_is { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests;
