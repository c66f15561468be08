// SPDX-License-Identifier: GPL-2.0
//! What was counted: since creation, or a second between two looks.

use std::rc::Rc;
use std::time::Duration;

use super::look::{Device, Kind, Look, Ring};
use crate::model::counters::{Counters, Field};
use crate::model::named::RingMode;
use crate::model::occupancy::{Occupancy, Sums, ratio};

/// The lines of one report.
#[derive(Debug, Clone)]
pub struct Report {
    /// The time of the later look, since 1970.
    pub date: Duration,
    /// The time between the looks; none: all that was counted since creation.
    pub span: Option<Duration>,
    /// The lines.
    pub rows: Vec<Row>,
}

/// What a device or a ring did.
#[derive(Debug, Clone)]
pub struct Row {
    /// The device's index.
    pub ifindex: u32,
    /// The device's name.
    pub name: Rc<str>,
    /// What the device is.
    pub kind: Kind,
    /// The ring's number.
    pub ring: Option<u32>,
    /// What the ring waits for.
    pub mode: Option<RingMode>,
    /// Frames that wait now, in the ring or in all of the device.
    pub depth: Option<u32>,
    /// Frames that have room.
    pub capacity: Option<u32>,
    /// What was counted; none known of what was not there at the look before.
    pub counted: Counters,
}

/// What a report has a line for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Each device, with its rings in sum.
    Devices,
    /// Each ring.
    Rings,
}

impl Report {
    /// What was counted from one look to the next, or up to the only one.
    pub fn new(then: Option<&Look>, now: &Look, lines: Lines) -> Self {
        let row = |device| match lines {
            Lines::Devices => vec![of_device(then, device)],
            Lines::Rings => of_rings(then, device),
        };
        Self {
            date: now.date,
            span: then.map(|then| now.at.saturating_sub(then.at)),
            rows: now.devices.iter().flat_map(row).collect(),
        }
    }

    /// How often a second something was counted.
    pub fn rate(&self, count: u64) -> Option<f64> {
        let seconds = self.span?.as_secs_f64();
        (seconds > 0.0).then(|| count as f64 / seconds)
    }
}

impl Row {
    /// What was counted.
    pub fn count(&self, field: Field) -> Option<u64> {
        self.counted.get(field)
    }

    /// Frames that a poll found, on the mean.
    pub fn batch(&self) -> Option<f64> {
        let frames = self.count(Field::Frames).or(self.count(Field::Packets))?;
        ratio(frames, self.count(Field::Polls)?)
    }

    /// What rings did with their frames, on the mean.
    pub fn occupancy(&self) -> Occupancy {
        Occupancy {
            frames: self.count(Field::Frames),
            age: self.count(Field::Age),
            wait: Sums {
                time: self.count(Field::WaitTime),
                length_time: self.count(Field::WaitLengthTime),
            },
            run: Sums {
                time: self.count(Field::RunTime),
                length_time: self.count(Field::RunLengthTime),
            },
        }
    }

    fn new(device: &Device, counted: Counters) -> Self {
        Self {
            ifindex: device.ifindex,
            name: Rc::clone(&device.name),
            kind: device.kind,
            ring: None,
            mode: None,
            depth: None,
            capacity: None,
            counted,
        }
    }
}

/// A device's line. Its rings are summed up here and not by who counts, because
/// a sum over the rings in use goes back when one goes out of use.
fn of_device(then: Option<&Look>, device: &Device) -> Row {
    let earlier = then.map(|then| then.device(device.ifindex));
    let counted = match earlier {
        None => Some(device.counters),
        Some(earlier) => earlier.and_then(|earlier| device.counters.since(&earlier.counters)),
    };
    let mut row = Row::new(device, counted.unwrap_or_default());
    for ring in of_rings(then, device) {
        row.depth = sum(row.depth, ring.depth);
        row.capacity = sum(row.capacity, ring.capacity);
        row.counted.add(&ring.counted);
    }
    row
}

/// The lines of a device's rings.
fn of_rings(then: Option<&Look>, device: &Device) -> Vec<Row> {
    let earlier = then.map(|then| same(then, device));
    let row = |ring: &Ring| {
        let counted = match earlier {
            None => Some(ring.counters),
            Some(earlier) => earlier
                .and_then(|device| device.ring(ring.id))
                .and_then(|earlier| ring.counters.since(&earlier.counters)),
        };
        Row {
            ring: Some(ring.id),
            mode: ring.mode,
            depth: ring.depth,
            capacity: ring.capacity,
            ..Row::new(device, counted.unwrap_or_default())
        }
    };
    device.rings.iter().flatten().map(row).collect()
}

/// The device at the look before, unless that was another of the same index.
fn same<'a>(then: &'a Look, device: &Device) -> Option<&'a Device> {
    let earlier = then.device(device.ifindex)?;
    device.counters.since(&earlier.counters)?;
    Some(earlier)
}

fn sum(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
pub(crate) mod tests;
