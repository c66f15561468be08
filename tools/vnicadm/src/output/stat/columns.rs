// SPDX-License-Identifier: GPL-2.0
//! The columns that reports have.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use serde::{Serialize, Serializer};

use super::View;
use crate::error::Error;
use crate::model::counters::Field;
use crate::model::occupancy::Occupancy;
use crate::output::columns::{ALL, unknown};
use crate::stat::{Report, Row};

/// What stands in a cell.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing that is known.
    None,
    Word(&'static str),
    Name(Rc<str>),
    Text(String),
    Count(u64),
    /// So many a second, or on the mean.
    Mean(f64),
    /// A time in seconds.
    Seconds(f64),
}

/// A column. What it is called in `-o` is its title in small letters.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    title: &'static str,
    /// Its name in JSON.
    pub key: &'static str,
    source: Source,
    /// Whether it tells of queues.
    pub of_queues: bool,
    /// Whether it tells what only the family tells of a port.
    pub of_ports: bool,
    /// Whether it tells of rings.
    pub of_rings: bool,
}

/// Where a column's values come from.
#[derive(Debug, Clone, Copy)]
enum Source {
    Text(fn(&Report, &Row) -> Value),
    Number(fn(&Report, &Row) -> Value),
    Counter(Field),
    Occupancy(fn(Occupancy) -> Option<f64>),
}

use Source::{Counter, Number, Text};

impl Column {
    const fn new(title: &'static str, key: &'static str, source: Source) -> Self {
        Self {
            title,
            key,
            source,
            of_queues: false,
            of_ports: false,
            of_rings: false,
        }
    }

    const fn of_queues(self) -> Self {
        Self {
            of_queues: true,
            ..self
        }
    }

    const fn of_ports(self) -> Self {
        Self {
            of_ports: true,
            ..self
        }
    }

    const fn of_rings(self) -> Self {
        Self {
            of_rings: true,
            ..self
        }
    }

    /// What heads it, over rates or over totals.
    pub fn title(&self, rates: bool) -> Cow<'static, str> {
        match self.source {
            Counter(_) if rates => Cow::Owned(format!("{}/s", self.title)),
            _ => Cow::Borrowed(self.title),
        }
    }

    /// Whether it has words.
    pub fn is_text(&self) -> bool {
        matches!(self.source, Text(_))
    }

    /// What it has for a line.
    pub fn value(&self, report: &Report, row: &Row) -> Value {
        match self.source {
            Text(value) | Number(value) => value(report, row),
            Source::Occupancy(mean) => mean(row.occupancy()).map_or(Value::None, Value::Mean),
            Counter(field) => match (row.count(field), report.span) {
                (None, _) => Value::None,
                (Some(count), None) => Value::Count(count),
                (Some(count), Some(_)) => report.rate(count).map_or(Value::None, Value::Mean),
            },
        }
    }
}

/// What every object in JSON has: when the report was made, and over how many
/// seconds; none: since creation.
pub const ALWAYS: [Column; 2] = [
    Column::new(
        "TIME",
        "time",
        Number(|report, _| Value::Seconds(report.date.as_secs_f64())),
    ),
    Column::new(
        "SECONDS",
        "seconds",
        Number(|report, _| {
            report
                .span
                .map_or(Value::None, |span| Value::Seconds(span.as_secs_f64()))
        }),
    ),
];

const NAME: Column = Column::new(
    "NAME",
    "name",
    Text(|_, row| Value::Name(Rc::clone(&row.name))),
);
const KIND: Column = Column::new(
    "KIND",
    "kind",
    Text(|_, row| Value::Word(row.kind.as_str())),
);
const INDEX: Column = Column::new(
    "INDEX",
    "ifindex",
    Number(|_, row| Value::Count(row.ifindex.into())),
);
const RING: Column = Column::new("RING", "ring", Number(|_, row| number(row.ring))).of_rings();
const MODE: Column = Column::new(
    "MODE",
    "mode",
    Text(|_, row| {
        row.mode
            .map_or(Value::None, |mode| Value::Text(mode.to_string()))
    }),
)
.of_rings();
const DEPTH: Column = Column::new("DEPTH", "depth", Number(|_, row| number(row.depth))).of_rings();
const CAPACITY: Column = Column::new(
    "CAPACITY",
    "capacity",
    Number(|_, row| number(row.capacity)),
)
.of_rings();
const BATCH: Column = Column::new(
    "BATCH",
    "batch",
    Number(|_, row| row.batch().map_or(Value::None, Value::Mean)),
)
.of_rings();

const fn counter(title: &'static str, key: &'static str, field: Field) -> Column {
    Column::new(title, key, Counter(field))
}

const FULL: Column = counter("FULL", "full", Field::Full).of_rings();
const INTERRUPTS: Column = counter("INTERRUPTS", "interrupts", Field::Interrupts).of_rings();
const TIMER: Column = counter("TIMER", "timer", Field::Timer).of_rings();
const POLLS: Column = counter("POLLS", "polls", Field::Polls).of_rings();

/// How many frames wait in a ring, how long each, and in how much of the time any;
/// and the same of those that a poll has taken.
const OCCUPANCY: [Column; 6] = [
    of_occupancy("WAITING", "waiting", |x| x.length(x.wait)),
    of_occupancy("WAITUS", "wait_us", |x| x.microseconds(x.wait)),
    of_occupancy("WAIT%", "wait_percent", |x| x.percent(x.wait)),
    of_occupancy("RUNNING", "running", |x| x.length(x.run)),
    of_occupancy("RUNUS", "run_us", |x| x.microseconds(x.run)),
    of_occupancy("RUN%", "run_percent", |x| x.percent(x.run)),
];

const fn of_occupancy(
    title: &'static str,
    key: &'static str,
    mean: fn(Occupancy) -> Option<f64>,
) -> Column {
    Column::new(title, key, Source::Occupancy(mean)).of_rings()
}

/// What can be told of devices.
static OF_DEVICES: [Column; 23] = [
    NAME,
    KIND,
    INDEX,
    counter("RXPACKETS", "rx_packets", Field::RxPackets),
    counter("RXBYTES", "rx_bytes", Field::RxBytes),
    counter("RXDROPS", "rx_drops", Field::RxDrops),
    counter("TXPACKETS", "tx_packets", Field::TxPackets),
    counter("TXBYTES", "tx_bytes", Field::TxBytes),
    counter("TXDROPS", "tx_drops", Field::TxDrops),
    counter("RXERRORS", "rx_errors", Field::RxErrors),
    counter("TXERRORS", "tx_errors", Field::TxErrors),
    counter("MULTICAST", "multicast", Field::Multicast),
    counter("STOPS", "stops", Field::Stops).of_queues(),
    counter("WAKES", "wakes", Field::Wakes).of_queues(),
    counter("BUSY", "busy", Field::Busy).of_ports(),
    FULL,
    INTERRUPTS,
    TIMER,
    POLLS,
    BATCH,
    DEPTH,
    ALWAYS[0],
    ALWAYS[1],
];
static USUAL_OF_DEVICES: [&str; 7] = [
    "name",
    "rxpackets",
    "rxbytes",
    "rxdrops",
    "txpackets",
    "txbytes",
    "txdrops",
];

/// What can be told of rings.
static OF_RINGS: [Column; 29] = [
    NAME,
    KIND,
    INDEX,
    RING,
    MODE,
    DEPTH,
    CAPACITY,
    counter("PACKETS", "packets", Field::Packets),
    counter("BYTES", "bytes", Field::Bytes),
    FULL,
    INTERRUPTS,
    TIMER,
    POLLS,
    BATCH,
    counter("1", "batch_1", Field::Single),
    counter("2-9", "batch_2_9", Field::Few),
    counter("10-49", "batch_10_49", Field::Many),
    counter("50+", "batch_50", Field::Lots),
    counter("SWITCHES", "mode_switches", Field::Switches),
    counter("ADAPTATIONS", "adaptations", Field::Adaptations),
    counter("FRAMES", "frames", Field::Frames),
    OCCUPANCY[0],
    OCCUPANCY[1],
    OCCUPANCY[2],
    OCCUPANCY[3],
    OCCUPANCY[4],
    OCCUPANCY[5],
    ALWAYS[0],
    ALWAYS[1],
];
static USUAL_OF_RINGS: [&str; 10] = [
    "name",
    "ring",
    "mode",
    "depth",
    "packets",
    "bytes",
    "full",
    "interrupts",
    "polls",
    "batch",
];
static USUAL_OF_LANES: [&str; 10] = [
    "name",
    "ring",
    "interrupts",
    "timer",
    "polls",
    "1",
    "2-9",
    "10-49",
    "50+",
    "batch",
];

/// All columns of a view, and the names of those that are usual.
fn of(view: View) -> (&'static [Column], &'static [&'static str]) {
    match view {
        View::Devices => (&OF_DEVICES, &USUAL_OF_DEVICES),
        View::Rings => (&OF_RINGS, &USUAL_OF_RINGS),
        View::Lanes => (&OF_RINGS, &USUAL_OF_LANES),
    }
}

/// What the columns of a view are called.
pub fn names(view: View) -> Vec<String> {
    let titles = of(view).0.iter().map(|column| column.title.to_lowercase());
    titles.collect()
}

/// The columns of a view that have these names, or that are usual.
pub fn choose(view: View, names: Option<&[String]>) -> Result<Vec<Column>, Error> {
    let (all, usual) = of(view);
    let find = |name: &str| {
        let found = |column: &&Column| column.title.eq_ignore_ascii_case(name);
        let column = all.iter().find(found).copied();
        column.ok_or_else(|| unknown(all.iter().map(|column| column.title), name))
    };
    match names {
        None => usual.iter().map(|name| find(name)).collect(),
        Some(names) if names.iter().any(|name| name == ALL) => Ok(all.to_vec()),
        Some(names) => names.iter().map(|name| find(name)).collect(),
    }
}

fn number(value: Option<u32>) -> Value {
    value.map_or(Value::None, |value| Value::Count(value.into()))
}

/// A rate below ten has a decimal, and none that is above 0 is shown as 0: a
/// single loss is to be seen.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Word(word) => f.write_str(word),
            Self::Name(name) => f.write_str(name),
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => count.fmt(f),
            Self::Mean(0.0) => f.write_str("0"),
            Self::Mean(mean) if *mean < 9.95 => write!(f, "{:.1}", mean.max(0.1)),
            Self::Mean(mean) => write!(f, "{mean:.0}"),
            Self::Seconds(seconds) => write!(f, "{seconds:.3}"),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Word(word) => serializer.serialize_str(word),
            Self::Name(name) => serializer.serialize_str(name),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Mean(value) => serializer.serialize_f64((value * 1e3).round() / 1e3),
            // A rate times its seconds is a count.
            Self::Seconds(value) => serializer.serialize_f64((value * 1e6).round() / 1e6),
        }
    }
}
