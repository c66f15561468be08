// SPDX-License-Identifier: GPL-2.0
//! Properties, as they should look, and as they are set.

use super::*;
use crate::model::named::Placement;
use crate::model::{nic, vnic};
use crate::output::columns::{Layout, Selection};
use crate::output::property::columns;

fn table(rows: &[Property]) -> String {
    let selection = Selection::new(columns(), Layout::default()).expect("known columns");
    anstream::adapter::strip_str(&selection.render(rows)).to_string()
}

pub(crate) fn rings(adaptive_rx: bool) -> Rings {
    Rings {
        size: Some(RingSize {
            now: 512,
            most: 8192,
        }),
        channels: Some(Channels {
            combined: 1,
            rx: 1,
            tx: 0,
            most: None,
        }),
        coalesce: Some(Coalesce {
            name: "x".to_owned(),
            adaptive_rx,
            rx_usecs: 50,
            rx_frames: 0,
        }),
    }
}

#[test]
fn nic_golden() {
    let want = "\
NAME  PROPERTY      PERM  CURRENT            DEFAULT  POSSIBLE      EFFECTIVE
nic0  mtu           rw    1500               1500     68-65521      1500
nic0  mac           rw    02:00:00:00:00:01  -        ADDRESS       02:00:00:00:00:01
nic0  slots         rw    4                  128      0-65536       4
nic0  pool          rw    256                256      2-65536       256
nic0  storm         rw    0                  100000   0-4294967295  0
nic0  finish        rw    off                off      on,off        off
nic0  rings-in-use  rw    2                  4        1-4           2
nic0  ring-size     rw    512                256      16-8192       512
nic0  adaptive-rx   rw    on                 on       on,off        on
nic0  rx-usecs      rw    50                 0        0-10000       by-load
nic0  rx-frames     rw    0                  0        0-8192        by-load
";
    assert_eq!(table(&of_nic(&nic::tests::sample(), &rings(true))), want);
}

#[test]
fn vnic_golden() {
    let mut below = nic::tests::sample();
    below.link.mtu = 9000;
    let lower = Found::Nic(Box::new(below));
    let want = "\
NAME  PROPERTY       PERM  CURRENT            DEFAULT  POSSIBLE             EFFECTIVE
v0    mtu            rw    1500               9000     68-9000              1500
v0    mac            rw    02:00:00:00:00:01  -        ADDRESS              02:00:00:00:00:01
v0    vlan           rw    10                 0        0-4094               10
v0    vlan-protocol  rw    802.1q             802.1q   802.1q,802.1ad       802.1q
v0    vlans          rw    none               none     none,LIST            none
v0    mode           rw    private            bridge   bridge,private,vepa  private
v0    rings          rw    2                  0        0-4                  2
v0    rings-in-use   rw    2                  2        1-2                  2
v0    ring-size      rw    512                256      16-8192              512
v0    adaptive-rx    rw    off                on       on,off               off
v0    rx-usecs       rw    50                 0        0-10000              50
v0    rx-frames      rw    0                  0        0-8192               0
";
    let found = of_vnic(&vnic::tests::sample(), Some(&lower), &rings(false));
    assert_eq!(table(&found), want);
}

#[test]
fn rings_without_slots_have_no_effect() {
    let mut vnic = vnic::tests::sample();
    vnic.placement = Some(Placement(2));
    let found = of_vnic(&vnic, None, &Rings::default());
    let of = |name| found.iter().find(|property| property.property == name);
    let rings = of("rings").unwrap();
    assert_eq!(rings.current.as_deref(), Some("2"));
    assert_eq!(rings.effective.as_deref(), Some("0"));
    assert_eq!(of("mtu").unwrap().default, None);
    assert!(of("ring-size").is_none());
}

#[test]
fn defaults_of_a_vnic_over_a_vnic_are_those_of_that() {
    let mut below = vnic::tests::sample();
    below.vlan = None;
    below.vlans = "0,5".parse().unwrap();
    let lower = Found::Vnic(Box::new(below));
    let found = of_vnic(&vnic::tests::sample(), Some(&lower), &Rings::default());
    let default = |name| {
        let mut found = found.iter().filter(|property| property.property == name);
        found.next().unwrap().default.clone().unwrap()
    };
    assert_eq!(default("vlans"), "0,5");
    assert_eq!(default("mode"), "private");
}

#[test]
fn every_property_can_be_noted_at_its_default() {
    let nic = of_nic(&nic::tests::sample(), &rings(true));
    let vnic = of_vnic(&vnic::tests::sample(), None, &rings(true));
    for property in nic.iter().chain(&vnic) {
        if let Some(default) = &property.default {
            let mut wanted = Wanted::default();
            wanted.note(property.property, default).unwrap();
            let of_rings = wanted.rings_in_use.or(wanted.ring_size).is_some()
                || wanted.coalesce != Default::default();
            assert_ne!(wanted.changes_link(), of_rings, "{}", property.property);
        }
    }
}

#[test]
fn wrong_values_are_named() {
    for (property, value, want) in [
        (
            "mtu",
            "many",
            "property 'mtu': 'many' must be a number up to 4294967295",
        ),
        (
            "mtu",
            "+5",
            "property 'mtu': '+5' must be a number up to 4294967295",
        ),
        ("finish", "1", "property 'finish': '1' must be on or off"),
        (
            "mode",
            "hub",
            "property 'mode': 'hub' must be one of bridge private vepa passthru",
        ),
        ("size", "1", "unknown property 'size'"),
    ] {
        let refused = Wanted::default().note(property, value).unwrap_err();
        assert_eq!(refused.to_string(), want);
    }
}
