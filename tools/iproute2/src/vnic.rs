// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The kind `vnic`. The numbers are those of src/vnic/attributes.rs.

use std::ffi::CStr;

use crate::kind::{Ip, Kind};
use crate::message::Message;
use crate::named::{MODE, Names, PLACEMENT, PLACEMENT_REASON, VLAN_PROTOCOL};
use crate::show::{Attributes, Field, Value};
use crate::vlans;
use crate::words::{Once, Refusal, Words};

const VLAN_ID: u16 = 1;
const PROTOCOL: u16 = 2;
const MODE_ATTRIBUTE: u16 = 3;
const RINGS: u16 = 4;
const VLANS: u16 = 5;
const PLACEMENT_ATTRIBUTE: u16 = 6;
const REASON: u16 = 7;
const CHANGES: u16 = 8;
const SLOTS: u16 = 9;
const DERIVE: u16 = 10;

/// VNICs.
pub enum Vnic {}

impl Kind for Vnic {
    const ID: &'static CStr = c"vnic";
    const LAST_ATTRIBUTE: u16 = DERIVE;
    const HELP: &'static CStr = c"\
Usage: ip link add link DEVICE [ name ] NAME [ OPTIONS ] type vnic [ SETTINGS ] [ derive ]
       ip link set NAME type vnic SETTINGS

SETTINGS := [ vlan ID ] [ vlans { LIST | none } ] [ vlan-protocol { 802.1q | 802.1ad } ]
            [ mode { bridge | private | vepa | passthru } ] [ rings COUNT ]

DEVICE         a softnic NIC, or a VNIC
vlan           VLAN that it is on, untagged: 0 to 4094, 0 for none
vlans          VLANs that it sees tagged, such as 0,10,20-30, where 0 is untagged
vlan-protocol  kind of the tags on the wire
mode           whom it may talk to
rings          rings that it has for itself: 0 to 256
derive         its MAC address follows from DEVICE's and NAME
";

    fn parse(
        words: &mut Words,
        message: &mut Message<'_>,
        _ip: &mut impl Ip,
    ) -> Result<(), Refusal> {
        let mut once = Once::default();
        while let Some(word) = words.take() {
            match word.as_str() {
                "vlan" => {
                    let id = words.number("vlan", 0..=4094)?;
                    once.note("vlan", &id.to_string())?;
                    message.push_u32(VLAN_ID, id)?;
                }
                "vlans" => {
                    let list = words.value()?;
                    let ranges = vlans::parse(&list)?;
                    once.note("vlans", &list)?;
                    message.push(VLANS, &vlans::to_bytes(&ranges))?;
                }
                "vlan-protocol" => {
                    let number = VLAN_PROTOCOL.number("vlan-protocol", words)?;
                    once.note("vlan-protocol", &shown(&VLAN_PROTOCOL, number))?;
                    message.push_u32(PROTOCOL, number)?;
                }
                "mode" => {
                    let number = MODE.number("mode", words)?;
                    once.note("mode", &shown(&MODE, number))?;
                    message.push_u32(MODE_ATTRIBUTE, number)?;
                }
                "rings" => {
                    let count = words.number("rings", 0..=256)?;
                    once.note("rings", &count.to_string())?;
                    message.push_u32(RINGS, count)?;
                }
                "derive" => {
                    once.note("derive", "derive")?;
                    message.push_u32(DERIVE, 1)?;
                }
                "help" => return Err(Refusal::Help),
                _ => return Err(Refusal::Unknown("vnic", word)),
            }
        }
        Ok(())
    }

    fn show(attributes: &Attributes<'_>) -> Vec<Field> {
        let number = |key, attribute| {
            let value = Value::Number(attributes.number(attribute)?);
            Some(Field::new(key, value))
        };
        let named = |key, attribute, names: &Names| {
            let value = Value::named(names, attributes.number(attribute)?);
            Some(Field::new(key, value))
        };
        let ranges = vlans::from_bytes(attributes.bytes(VLANS).unwrap_or_default());
        // It is on a VLAN or it is a trunk: the words of both are refused.
        let trunk = !ranges.is_empty();
        let on = number(c"vlan", VLAN_ID).map(|field| field.in_text_if(!trunk));
        [
            on,
            Some(Field::new(c"vlans", Value::Vlans(ranges)).in_text_if(trunk)),
            named(c"vlan_protocol", PROTOCOL, &VLAN_PROTOCOL),
            named(c"mode", MODE_ATTRIBUTE, &MODE),
            number(c"rings", RINGS),
            named(c"placement", PLACEMENT_ATTRIBUTE, &PLACEMENT),
            named(c"placement_reason", REASON, &PLACEMENT_REASON),
            number(c"placement_changes", CHANGES),
            number(c"slots", SLOTS),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// A number as it is written.
fn shown(names: &Names, number: u32) -> String {
    names
        .name(number)
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests;
