// SPDX-License-Identifier: GPL-2.0
//! What properties are to be.

use std::fmt::Display;
use std::str::FromStr;

use crate::error::Error;
use crate::model::MacAddr;
use crate::model::ethtool::CoalesceSettings;
use crate::model::named::{Mode, VlanProtocol};
use crate::model::request::vnic::Settings;
use crate::model::request::{End, NicSettings};
use crate::model::vlans::VlanList;

/// What becomes of a device's properties. What is none stays.
#[derive(Debug, Default)]
pub struct Wanted {
    mtu: Option<u32>,
    mac: Option<MacAddr>,
    nic: NicSettings,
    vlan: Option<u32>,
    vlan_protocol: Option<VlanProtocol>,
    vlans: Option<VlanList>,
    mode: Option<Mode>,
    rings: Option<u32>,
    /// Rings in use.
    pub rings_in_use: Option<u32>,
    /// Frames that each ring holds.
    pub ring_size: Option<u32>,
    /// When rings are polled.
    pub coalesce: CoalesceSettings,
}

impl Wanted {
    /// Notes a property's value. Whether the device has that property is for
    /// the caller to know.
    pub fn note(&mut self, property: &str, value: &str) -> Result<(), Error> {
        match property {
            "mtu" => self.mtu = number(property, value)?,
            "mac" => self.mac = parse(property, value)?,
            "slots" => self.nic.slots = number(property, value)?,
            "pool" => self.nic.pool = number(property, value)?,
            "storm" => self.nic.storm = number(property, value)?,
            "finish" => self.nic.finish = on_off(property, value)?,
            "vlan" => self.vlan = number(property, value)?,
            "vlan-protocol" => self.vlan_protocol = parse(property, value)?,
            "vlans" => self.vlans = parse(property, value)?,
            "mode" => self.mode = parse(property, value)?,
            "rings" => self.rings = number(property, value)?,
            "rings-in-use" => self.rings_in_use = number(property, value)?,
            "ring-size" => self.ring_size = number(property, value)?,
            "adaptive-rx" => self.coalesce.adaptive_rx = on_off(property, value)?,
            "rx-usecs" => self.coalesce.rx_usecs = number(property, value)?,
            "rx-frames" => self.coalesce.rx_frames = number(property, value)?,
            _ => return Err(Error::Usage(format!("unknown property '{property}'"))),
        }
        Ok(())
    }

    /// What every device has.
    pub fn end(&self) -> End<'_> {
        End {
            mtu: self.mtu,
            mac: self.mac,
            ..End::default()
        }
    }

    /// What is particular to a NIC.
    pub fn nic(&self) -> &NicSettings {
        &self.nic
    }

    /// What is particular to a VNIC.
    pub fn vnic(&self) -> Settings<'_> {
        Settings {
            vlan: self.vlan,
            vlan_protocol: self.vlan_protocol,
            vlans: self.vlans.as_ref(),
            mode: self.mode,
            rings: self.rings,
            derive: false,
        }
    }

    /// Whether something of the link itself is to change.
    pub fn changes_link(&self) -> bool {
        let of_nic = [self.nic.slots, self.nic.pool, self.nic.storm];
        self.mtu.or(self.vlan).or(self.rings).is_some()
            || of_nic.iter().any(Option::is_some)
            || self.mac.is_some()
            || self.nic.finish.is_some()
            || self.vlan_protocol.is_some()
            || self.vlans.is_some()
            || self.mode.is_some()
    }
}

fn parse<T: FromStr<Err: Display>>(property: &str, value: &str) -> Result<Option<T>, Error> {
    let wrong = |why: T::Err| wrong(property, value, &why.to_string());
    value.parse().map(Some).map_err(wrong)
}

fn number(property: &str, value: &str) -> Result<Option<u32>, Error> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(number) if digits => Ok(Some(number)),
        _ => Err(wrong(property, value, "must be a number up to 4294967295")),
    }
}

fn on_off(property: &str, value: &str) -> Result<Option<bool>, Error> {
    match value {
        "on" => Ok(Some(true)),
        "off" => Ok(Some(false)),
        _ => Err(wrong(property, value, "must be on or off")),
    }
}

fn wrong(property: &str, value: &str, why: &str) -> Error {
    Error::Usage(format!("property '{property}': '{value}' {why}"))
}
