// SPDX-License-Identifier: GPL-2.0
//! What is shown, and what keys do to it.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::Duration;

use super::history::History;
use crate::model::counters::Field;
use crate::stat::report::Lines;
use crate::stat::{Look, Report, Row};

/// What the devices are sorted by, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Packets both ways.
    Packets,
    /// Bytes both ways.
    Bytes,
    /// Drops both ways.
    Drops,
    /// Names, the first first.
    Name,
}

impl Order {
    /// As users read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Packets => "packets",
            Self::Bytes => "bytes",
            Self::Drops => "drops",
            Self::Name => "name",
        }
    }
}

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Sort.
    Sort(Order),
    /// Select a device so many lines away.
    Move(isize),
    /// Select a device so many screens away.
    Page(isize),
    /// Select the first device.
    First,
    /// Select the last.
    Last,
}

/// What a device does.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its line of the report.
    pub row: Row,
    /// Rates a second; none of a device that just came.
    pub rates: Option<Rates>,
    /// Packets both ways.
    pub history: History,
}

/// Rates a second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Rates {
    pub rx_packets: f64,
    pub rx_bytes: f64,
    pub tx_packets: f64,
    pub tx_bytes: f64,
    pub drops: f64,
}

/// What a ring of the selected device does.
#[derive(Debug, Clone)]
pub struct Ring {
    /// Its line of the report.
    pub row: Row,
    /// Packets a second.
    pub packets: Option<f64>,
    /// Times a second that a sender found it full.
    pub full: Option<f64>,
    /// Packets of the last minute, as far as the device was selected.
    pub history: History,
}

/// All that is shown.
pub struct Screen {
    /// The devices in their order.
    pub devices: Vec<Device>,
    /// The rings of the selected one; none: nothing is told of them.
    pub rings: Option<Vec<Ring>>,
    /// What the devices are sorted by.
    pub order: Order,
    /// The time of the look that is shown.
    pub now: Duration,
    /// How often a look is taken.
    pub interval: Duration,
    /// The device at the top of the list.
    pub first: usize,
    /// How many lines the list has.
    height: usize,
    selected: Option<u32>,
    before: Option<Look>,
}

impl Screen {
    /// One without devices.
    pub fn new(interval: Duration) -> Self {
        Self {
            devices: Vec::new(),
            rings: None,
            order: Order::Packets,
            now: Duration::ZERO,
            interval,
            first: 0,
            height: 1,
            selected: None,
            before: None,
        }
    }

    /// The index of the device that is selected.
    pub fn selected(&self) -> Option<u32> {
        self.selected
    }

    /// The place of the selected device in the list.
    pub fn place(&self) -> Option<usize> {
        let selected = self.selected?;
        let is_it = |device: &Device| device.row.ifindex == selected;
        self.devices.iter().position(is_it)
    }

    /// Shows another look.
    pub fn update(&mut self, look: Look) {
        self.now = look.at;
        let then = self.before.as_ref();
        let devices = Report::new(then, &look, Lines::Devices);
        let rings = Report::new(then, &look, Lines::Rings);
        // Who is gone leaves its place to its neighbour.
        let old_place = self.place().unwrap_or(0);
        self.take_devices(&devices);
        self.sort();
        self.select(self.place().unwrap_or(old_place));
        self.take_rings(&look, &rings);
        self.before = Some(look);
    }

    /// Does what a key asks for.
    pub fn command(&mut self, command: Command) {
        let place = self.place().unwrap_or(0);
        let screen = isize::try_from(self.height).unwrap_or(1);
        match command {
            Command::Sort(order) => {
                self.order = order;
                self.sort();
                self.show_selected();
            }
            Command::Move(lines) => self.select(place.saturating_add_signed(lines)),
            Command::Page(pages) => {
                self.select(place.saturating_add_signed(pages.saturating_mul(screen)));
            }
            Command::First => self.select(0),
            Command::Last => self.select(usize::MAX),
        }
    }

    /// Has the list take so many lines.
    pub fn set_height(&mut self, height: u16) {
        self.height = usize::from(height).max(1);
        self.show_selected();
    }

    fn select(&mut self, place: usize) {
        let place = place.min(self.devices.len().saturating_sub(1));
        let selected = self.devices.get(place).map(|device| device.row.ifindex);
        if selected != self.selected {
            // What is known is of another device until the next look.
            self.rings = None;
        }
        self.selected = selected;
        self.show_selected();
    }

    /// Scrolls as little as has the selected device in sight.
    fn show_selected(&mut self) {
        let end = self.devices.len().saturating_sub(self.height);
        self.first = self.first.min(end);
        if let Some(place) = self.place() {
            let lowest = (place + 1).saturating_sub(self.height);
            self.first = self.first.clamp(lowest, place);
        }
    }

    fn take_devices(&mut self, report: &Report) {
        let old = std::mem::take(&mut self.devices).into_iter();
        let mut histories: HashMap<u32, History> = old
            .map(|device| (device.row.ifindex, device.history))
            .collect();
        for row in &report.rows {
            let rates = rates(report, row);
            let mut history = histories.remove(&row.ifindex).unwrap_or_default();
            match rates {
                Some(rates) => history.push(self.now, rates.rx_packets + rates.tx_packets),
                None => history = History::default(),
            }
            self.devices.push(Device {
                row: row.clone(),
                rates,
                history,
            });
        }
    }

    fn take_rings(&mut self, look: &Look, report: &Report) {
        let device = self.selected.and_then(|ifindex| look.device(ifindex));
        let old = self.rings.take().unwrap_or_default();
        if device.is_none_or(|device| device.rings.is_none()) {
            return;
        }
        let now = self.now;
        let ring = |row: &Row| {
            let rate = |field| report.rate(row.count(field)?);
            let earlier = old.iter().find(|ring| ring.row.ring == row.ring);
            let mut history = earlier.map_or_else(History::default, |ring| ring.history.clone());
            let packets = rate(Field::Packets);
            if let Some(packets) = packets {
                history.push(now, packets);
            }
            Ring {
                row: row.clone(),
                packets,
                full: rate(Field::Full),
                history,
            }
        };
        let own = |row: &&Row| Some(row.ifindex) == self.selected;
        self.rings = Some(report.rows.iter().filter(own).map(ring).collect());
    }

    fn sort(&mut self) {
        let order = self.order;
        self.devices.sort_by(|one, other| {
            let most = amount(order, other).total_cmp(&amount(order, one));
            most.then_with(|| by_name(&one.row.name, &other.row.name))
        });
    }
}

fn rates(report: &Report, row: &Row) -> Option<Rates> {
    let rate = |field| report.rate(row.count(field)?);
    Some(Rates {
        rx_packets: rate(Field::RxPackets)?,
        rx_bytes: rate(Field::RxBytes)?,
        tx_packets: rate(Field::TxPackets)?,
        tx_bytes: rate(Field::TxBytes)?,
        drops: rate(Field::RxDrops)? + rate(Field::TxDrops)?,
    })
}

fn amount(order: Order, device: &Device) -> f64 {
    let Some(rates) = device.rates else {
        return 0.0;
    };
    match order {
        Order::Packets => rates.rx_packets + rates.tx_packets,
        Order::Bytes => rates.rx_bytes + rates.tx_bytes,
        Order::Drops => rates.drops,
        Order::Name => 0.0,
    }
}

/// Names as people count: `v2` comes before `v10`.
fn by_name(one: &str, other: &str) -> Ordering {
    let split = |name: &str| {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = name
            .get(stem.len()..)
            .and_then(|digits| digits.parse::<u64>().ok());
        (stem.to_owned(), number)
    };
    split(one).cmp(&split(other)).then_with(|| one.cmp(other))
}

#[cfg(test)]
pub(crate) mod tests;
