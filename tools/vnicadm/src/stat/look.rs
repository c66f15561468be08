// SPDX-License-Identifier: GPL-2.0
//! The counters of a moment.

use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;

use crate::model::counters::{Counters, Field};
use crate::model::family;
use crate::model::named::RingMode;

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Kind {
    Nic,
    Vnic,
}

impl Kind {
    /// As users write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nic => "nic",
            Self::Vnic => "vnic",
        }
    }
}

/// A device at some moment.
#[derive(Debug, Clone)]
pub struct Device {
    /// Index in its namespace.
    pub ifindex: u32,
    /// Name.
    pub name: Rc<str>,
    /// What it is.
    pub kind: Kind,
    /// What it has counted.
    pub counters: Counters,
    /// Its rings in use, by their numbers; none where they were not asked for.
    pub rings: Option<Vec<Ring>>,
}

/// A ring at some moment.
#[derive(Debug, Clone)]
pub struct Ring {
    /// Number.
    pub id: u32,
    /// What it waits for.
    pub mode: Option<RingMode>,
    /// Frames that wait in it.
    pub depth: Option<u32>,
    /// Frames that it holds.
    pub capacity: Option<u32>,
    /// What it has counted.
    pub counters: Counters,
}

/// Devices at some moment, each once, by their indices.
#[derive(Debug, Clone)]
pub struct Look {
    /// The moment, by a clock that never goes back.
    pub at: Duration,
    /// The same by the calendar, since 1970.
    pub date: Duration,
    /// The devices.
    pub devices: Vec<Device>,
}

impl Look {
    /// The device of an index.
    pub fn device(&self, ifindex: u32) -> Option<&Device> {
        let place = self
            .devices
            .binary_search_by_key(&ifindex, |device| device.ifindex);
        self.devices.get(place.ok()?)
    }
}

impl From<&family::Ring> for Ring {
    fn from(ring: &family::Ring) -> Self {
        let counters = Counters::default().with(&[
            (Field::Packets, ring.packets),
            (Field::Bytes, ring.bytes),
            (Field::Full, ring.full),
            (Field::Interrupts, ring.interrupts),
            (Field::Timer, ring.timer),
            (Field::Polls, ring.polls),
            (Field::Single, ring.batch_1),
            (Field::Few, ring.batch_2_9),
            (Field::Many, ring.batch_10_49),
            (Field::Lots, ring.batch_50),
            (Field::Switches, ring.mode_switches),
            (Field::Adaptations, ring.adaptations),
        ]);
        let counters = [
            (Field::Frames, ring.frames),
            (Field::Age, ring.age),
            (Field::WaitTime, ring.wait_time),
            (Field::WaitLengthTime, ring.wait_length_time),
            (Field::RunTime, ring.run_time),
            (Field::RunLengthTime, ring.run_length_time),
        ]
        .into_iter()
        .filter_map(|(field, value)| Some((field, value?)))
        .fold(counters, |counters, known| counters.with(&[known]));
        Self {
            id: ring.id,
            mode: ring.mode,
            depth: Some(ring.depth),
            capacity: Some(ring.capacity),
            counters,
        }
    }
}

impl Device {
    /// The ring of a number.
    pub fn ring(&self, id: u32) -> Option<&Ring> {
        self.rings.as_ref()?.iter().find(|ring| ring.id == id)
    }
}
