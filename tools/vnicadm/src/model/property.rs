// SPDX-License-Identifier: GPL-2.0
//! The settings of NICs and VNICs as properties, each with what it is, would
//! be if nobody had set it, could be, and comes to.

mod wanted;

use serde::Serialize;

use super::ethtool::{Channels, Coalesce, RingSize};
use super::link::Link;
use super::{Found, Nic, Vnic};
pub use wanted::Wanted;

/// The range of a NIC's MTU ends there, unless the kernel says otherwise.
const MTU: (u32, u32) = (68, 65521);
const DEFAULT_MTU: u32 = 1500;
const DEFAULT_SLOTS: u32 = 128;
const DEFAULT_POOL: u32 = 256;
const DEFAULT_STORM: u32 = 100_000;
const DEFAULT_RING_SIZE: u32 = 256;
const MOST_STOCK: u32 = 65536;
const SMALLEST_RING: u32 = 16;
const MOST_USECS: u32 = 10_000;
const MOST_FRAMES: u32 = 8192;

/// What a property's effect is while load decides.
const BY_LOAD: &str = "by-load";

/// A property of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Property {
    /// The device.
    pub name: String,
    /// The property.
    pub property: &'static str,
    /// Whether it can be read and set.
    pub perm: &'static str,
    /// What it is set to.
    pub current: Option<String>,
    /// What it would be if nobody had set it; none: that is different each time.
    pub default: Option<String>,
    /// Values and ranges that it can have.
    pub possible: Vec<String>,
    /// What it comes to.
    pub effective: Option<String>,
}

/// What the kernel's ethtool family keeps of a device; a VNIC without rings of
/// its own has none of it.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Rings {
    pub size: Option<RingSize>,
    pub channels: Option<Channels>,
    pub coalesce: Option<Coalesce>,
}

/// Collects the properties of a device.
struct Collector<'a> {
    link: &'a Link,
    found: Vec<Property>,
}

impl Collector<'_> {
    /// Adds a property whose effect is what it is set to.
    fn add(
        &mut self,
        property: &'static str,
        current: Option<impl ToString>,
        default: Option<impl ToString>,
        possible: &[String],
    ) {
        let current = current.map(|value| value.to_string());
        self.found.push(Property {
            name: self.link.name.clone(),
            property,
            perm: "rw",
            effective: current.clone(),
            current,
            default: default.map(|value| value.to_string()),
            possible: possible.to_vec(),
        });
    }

    /// Says that the last one comes to something else.
    fn but_is(&mut self, effective: impl ToString) {
        if let Some(last) = self.found.last_mut() {
            last.effective = Some(effective.to_string());
        }
    }

    fn link(&mut self, default_mtu: Option<u32>, most: u32) {
        self.add(
            "mtu",
            Some(self.link.mtu),
            default_mtu,
            &[range(MTU.0, most)],
        );
        let any = "ADDRESS".to_owned();
        self.add("mac", self.link.mac, None::<String>, &[any]);
    }

    fn rings(&mut self, rings: &Rings, most: u32) {
        if let Some(channels) = rings.channels {
            let possible = [range(1, most)];
            self.add(
                "rings-in-use",
                Some(channels.rings()),
                Some(most),
                &possible,
            );
        }
        if let Some(size) = rings.size {
            let possible = [range(SMALLEST_RING, size.most)];
            self.add(
                "ring-size",
                Some(size.now),
                Some(DEFAULT_RING_SIZE),
                &possible,
            );
        }
        if let Some(coalesce) = &rings.coalesce {
            let adaptive = coalesce.adaptive_rx;
            self.add(
                "adaptive-rx",
                Some(on_off(adaptive)),
                Some("on"),
                &words(&["on", "off"]),
            );
            for (property, value, most) in [
                ("rx-usecs", coalesce.rx_usecs, MOST_USECS),
                ("rx-frames", coalesce.rx_frames, MOST_FRAMES),
            ] {
                self.add(property, Some(value), Some(0), &[range(0, most)]);
                if adaptive {
                    self.but_is(BY_LOAD);
                }
            }
        }
    }
}

/// The properties of a NIC.
pub fn of_nic(nic: &Nic, rings: &Rings) -> Vec<Property> {
    let mut all = Collector {
        link: &nic.link,
        found: Vec::new(),
    };
    all.link(Some(DEFAULT_MTU), MTU.1);
    let stock = [range(0, MOST_STOCK)];
    all.add("slots", nic.slots, Some(DEFAULT_SLOTS), &stock);
    let pool = [range(nic.pool_used.unwrap_or(0), MOST_STOCK)];
    all.add("pool", nic.pool, Some(DEFAULT_POOL), &pool);
    all.add(
        "storm",
        nic.storm,
        Some(DEFAULT_STORM),
        &[range(0, u32::MAX)],
    );
    let finish = on_off(nic.finish);
    all.add("finish", Some(finish), Some("off"), &words(&["on", "off"]));
    all.rings(rings, nic.link.rx_rings);
    all.found
}

/// The properties of a VNIC over a device, where that could be looked up.
pub fn of_vnic(vnic: &Vnic, lower: Option<&Found>, rings: &Rings) -> Vec<Property> {
    let mut all = Collector {
        link: &vnic.link,
        found: Vec::new(),
    };
    let mtu = lower.map(|lower| lower.link().mtu);
    all.link(mtu, mtu.unwrap_or(MTU.1));
    let below = match lower {
        Some(Found::Vnic(below)) => Some(below.as_ref()),
        _ => None,
    };
    let vlan = |vnic: &Vnic| vnic.vlan.unwrap_or(0);
    let of_below = below.map_or(0, vlan);
    all.add("vlan", Some(vlan(vnic)), Some(of_below), &[range(0, 4094)]);
    let protocols = words(&["802.1q", "802.1ad"]);
    let protocol = below.and_then(|below| below.vlan_protocol);
    let protocol = protocol.map_or("802.1q".to_owned(), |protocol| protocol.to_string());
    all.add(
        "vlan-protocol",
        vnic.vlan_protocol,
        Some(protocol),
        &protocols,
    );
    let lists = words(&["none", "LIST"]);
    let list = below.map_or("none".to_owned(), |below| below.vlans.to_string());
    all.add("vlans", Some(&vnic.vlans), Some(list), &lists);
    let mode = below.and_then(|below| below.mode);
    let mode = mode.map_or("bridge".to_owned(), |mode| mode.to_string());
    let modes = match vnic.mode {
        // For life.
        Some(super::named::Mode(3)) => words(&["passthru"]),
        _ => words(&["bridge", "private", "vepa"]),
    };
    all.add("mode", vnic.mode, Some(mode), &modes);
    let reserved = vnic.rings.unwrap_or(0);
    all.add(
        "rings",
        vnic.rings,
        Some(0),
        &[range(0, vnic.link.rx_rings)],
    );
    match (vnic.placement, rings.channels) {
        (Some(super::named::OWN_GROUP), Some(channels)) => all.but_is(channels.rings()),
        _ => all.but_is(0),
    }
    if reserved > 0 {
        all.rings(rings, reserved);
    }
    all.found
}

fn range(first: u32, last: u32) -> String {
    format!("{first}-{last}")
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().copied().map(str::to_owned).collect()
}

fn on_off(set: bool) -> &'static str {
    if set { "on" } else { "off" }
}

#[cfg(test)]
pub(crate) mod tests;
