// SPDX-License-Identifier: GPL-2.0
//! Events, as lines of text or JSON.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::model::link::Link;
use crate::model::{Found, Nic, Vnic, family};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// To a NIC or VNIC.
    Device(What, Found),
    /// A VNIC is placed elsewhere.
    Placement(family::Port),
    /// The core polls a ring by itself, or ends to; with its port's name.
    Ring(Option<String>, family::Ring),
    /// A NIC's wire or carrier is another.
    Wire(family::Nic),
    /// What a NIC has for its VNICs is another, or how many those are.
    Stock(family::Nic),
    /// Something that was not heard. What is there comes next, as present.
    Lost,
}

/// What happened to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum What {
    Added,
    Changed,
    Deleted,
    /// It is there: after events were lost.
    Present,
}

impl What {
    fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Present => "present",
        }
    }
}

impl Event {
    /// The kind by which it is chosen; none: it is told in any case.
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Device(_, Found::Nic(_)) | Self::Wire(_) | Self::Stock(_) => Some("nic"),
            Self::Device(_, Found::Vnic(_)) => Some("vnic"),
            Self::Device(_, Found::Other { .. }) | Self::Lost => None,
            Self::Placement(_) => Some("placement"),
            Self::Ring(..) => Some("ring"),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Device(what, _) => what.word(),
            Self::Lost => "lost",
            Self::Wire(_) => "wire",
            Self::Stock(_) => "stock",
            Self::Placement(_) | Self::Ring(..) => "changed",
        }
    }
}

/// An event as a JSON object: `kind` says which of the others is there.
#[derive(Serialize)]
struct Object<'a> {
    time: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    netnsid: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ifindex: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nic: Option<&'a Nic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vnic: Option<&'a Vnic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<&'a family::Port>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ring: Option<&'a family::Ring>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wire: Option<&'a family::Nic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stock: Option<&'a family::Nic>,
}

/// A line of JSON, with the number of the event's namespace if that is another.
pub fn json(netnsid: Option<i32>, event: &Event, time: SystemTime) -> String {
    let mut object = Object {
        time: timestamp(time),
        event: event.word(),
        kind: event.kind(),
        netnsid,
        name: None,
        ifindex: None,
        nic: None,
        vnic: None,
        port: None,
        ring: None,
        wire: None,
        stock: None,
    };
    match event {
        Event::Device(_, found) => {
            (object.name, object.ifindex) =
                (Some(found.link().name.as_str()), Some(found.link().ifindex));
            match found {
                Found::Nic(nic) => object.nic = Some(nic),
                Found::Vnic(vnic) => object.vnic = Some(vnic),
                Found::Other { .. } => {}
            }
        }
        Event::Placement(port) => {
            (object.name, object.ifindex) = (Some(port.name.as_str()), Some(port.ifindex));
            object.port = Some(port);
        }
        Event::Ring(name, ring) => {
            (object.name, object.ifindex) = (name.as_deref(), Some(ring.ifindex));
            object.ring = Some(ring);
        }
        Event::Wire(nic) => {
            (object.name, object.ifindex) = (Some(nic.name.as_str()), Some(nic.ifindex));
            object.wire = Some(nic);
        }
        Event::Stock(nic) => {
            (object.name, object.ifindex) = (Some(nic.name.as_str()), Some(nic.ifindex));
            object.stock = Some(nic);
        }
        Event::Lost => {}
    }
    // Strings, numbers and nothing that could fail to be written.
    let mut text = serde_json::to_string(&object).unwrap_or_default();
    text.push('\n');
    text
}

/// The same as text, with the time if that is wanted.
pub fn text(netnsid: Option<i32>, event: &Event, time: Option<SystemTime>) -> String {
    let time = time.map(|time| format!("[{}] ", timestamp(time)));
    let mut line = time.unwrap_or_default();
    if let Some(id) = netnsid {
        line += &format!("[nsid {id}] ");
    }
    line += &match event {
        Event::Device(What::Deleted, found) => head(event, &found.link().name),
        Event::Device(_, Found::Nic(nic)) => format!(
            "{} {} wire {}{}",
            head(event, &nic.link.name),
            facts(&nic.link),
            nic.wire,
            part("peer", nic.peer.as_ref()),
        ),
        Event::Device(_, Found::Vnic(vnic)) => format!(
            "{} {}{}{}{}",
            head(event, &vnic.link.name),
            facts(&vnic.link),
            part("over", vnic.over.as_ref()),
            part("vlan", vnic.vlan),
            part("placement", vnic.placement),
        ),
        Event::Device(_, Found::Other { link, .. }) => head(event, &link.name),
        Event::Placement(port) => format!(
            "{}{}{}",
            head(event, &port.name),
            part("placement", port.placement),
            part("reason", port.placement_reason),
        ),
        Event::Ring(name, ring) => {
            let index = format!("if{}", ring.ifindex);
            let name = name.as_deref().unwrap_or(&index);
            format!(
                "{} ring {}{}",
                head(event, name),
                ring.id,
                part("mode", ring.mode)
            )
        }
        Event::Wire(nic) => format!(
            "{}{}{} carrier {}",
            head(event, &nic.name),
            nic.wire.map(|wire| format!(" {wire}")).unwrap_or_default(),
            part("peer", nic.peer.as_ref()),
            on_off(nic.carrier),
        ),
        Event::Stock(nic) => format!(
            "{}{}{}{}{}{}",
            head(event, &nic.name),
            part("vnics", nic.vnics),
            used("slots", nic.slots_used, nic.slots),
            part("waiting", nic.slots_waiting),
            used("pool", nic.pool_used, nic.pool),
            part("storm", nic.storm),
        ),
        Event::Lost => "events were lost; what there is now:".to_owned(),
    };
    line.push('\n');
    line
}

fn head(event: &Event, name: &str) -> String {
    format!(
        "{} {name} {}",
        event.kind().unwrap_or("device"),
        event.word()
    )
}

fn facts(link: &Link) -> String {
    format!(
        "index {}{} mtu {} {} carrier {}",
        link.ifindex,
        part("mac", link.mac),
        link.mtu,
        link.admin_state,
        on_off(link.carrier),
    )
}

fn part<T: ToString>(word: &str, value: Option<T>) -> String {
    let value = value.map(|value| format!(" {word} {}", value.to_string()));
    value.unwrap_or_default()
}

/// How much of something is taken.
fn used(word: &str, used: Option<u32>, of: Option<u32>) -> String {
    let parts = used.zip(of).map(|(used, of)| format!("{used}/{of}"));
    part(word, parts)
}

fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// A time as `2026-11-21T09:10:11.123456Z`.
fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let (seconds, micros) = (since.as_secs(), since.subsec_micros());
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute) = (seconds / 3600 % 24, seconds / 60 % 60);
    let second = seconds % 60;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// The date so many days after 1970 began.
fn date(mut days: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    let leap = |year: u64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = |year| if leap(year) { 366 } else { 365 };
    while days >= length(year) {
        days -= length(year);
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in months {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests;
