// SPDX-License-Identifier: GPL-2.0
//! VNICs, as they should look.

use super::*;
use crate::model::named::{Mode, Placement, PlacementReason};
use crate::model::vnic::tests::sample;
use crate::output::columns::{Layout, Selection};
use crate::output::json;

fn table(rows: &[Vnic], counters: bool) -> String {
    let layout = Layout {
        counters,
        ..Layout::default()
    };
    let selection = Selection::new(columns(), layout);
    selection.expect("no unknown column").render(rows)
}

fn three() -> Vec<Vnic> {
    let first = sample();
    let mut trunk = sample();
    trunk.link.name = "trunk".to_owned();
    trunk.vlan = None;
    trunk.vlans = "0,10,20-30".parse().unwrap();
    trunk.mode = Some(Mode(7));
    trunk.rings = Some(0);
    trunk.placement = Some(Placement(2));
    trunk.placement_reason = Some(PlacementReason(1));
    trunk.placement_changes = Some(1);
    trunk.slots = Some(13);
    let mut old = sample();
    old.link.name = "old".to_owned();
    old.over = None;
    old.vlan = None;
    old.vlan_protocol = None;
    old.mode = None;
    old.rings = None;
    old.placement = None;
    old.placement_reason = None;
    old.placement_changes = None;
    old.slots = None;
    vec![first, trunk, old]
}

#[test]
fn table_golden() {
    let want = "\
NAME   INDEX  ADMIN  STATE  CARRIER  MAC                 MTU  OVER        VLAN        TAG     MODE     RINGS  PLACEMENT           REASON        CHANGES  SLOTS
v0         9  up     up     on       02:00:00:00:00:01  1500  if5@nsid:0  10          802.1q  private      2  own-group           asked-for           0      1
trunk      9  up     up     on       02:00:00:00:00:01  1500  if5@nsid:0  0,10,20-30  802.1q  7            0  forced-promiscuous  no-free-slot        1     13
old        9  up     up     on       02:00:00:00:00:01  1500  -           -           -       -            -  -                   -                   -      -
";
    let got = table(&three(), false);
    assert_eq!(anstream::adapter::strip_str(&got).to_string(), want);
}

#[test]
fn table_has_counters_on_request() {
    let got = table(&three(), true);
    let lines: Vec<_> = got.lines().collect();
    assert!(
        lines[0].contains("SLOTS  RXPACKETS  RXBYTES"),
        "{}",
        lines[0]
    );
    assert!(lines[1].ends_with("-        -        -"), "{}", lines[1]);
}

#[test]
fn untagged_vnics_have_no_kind_of_tag() {
    let mut vnic = sample();
    assert_eq!(tag(&vnic).as_deref(), Some("802.1q"));
    vnic.vlan = None;
    assert_eq!(tag(&vnic), None);
    vnic.vlans = "0".parse().unwrap();
    assert_eq!(tag(&vnic).as_deref(), Some("802.1q"));
}

#[test]
fn json_golden() {
    let want = r#"[
  {
    "name": "trunk",
    "ifindex": 9,
    "admin_state": "up",
    "oper_state": "up",
    "carrier": true,
    "mac": "02:00:00:00:00:01",
    "mtu": 1500,
    "rx_rings": 4,
    "tx_queues": 4,
    "over": {
      "ifindex": 5,
      "name": null,
      "netnsid": 0
    },
    "vlan": null,
    "vlan_protocol": "802.1q",
    "vlans": [
      {
        "first": 0,
        "last": 0
      },
      {
        "first": 10,
        "last": 10
      },
      {
        "first": 20,
        "last": 30
      }
    ],
    "mode": "7",
    "rings": 0,
    "placement": "forced-promiscuous",
    "placement_reason": "no-free-slot",
    "placement_changes": 1,
    "slots": 13
  }
]
"#;
    assert_eq!(json(&three()[1..2]), want);
}
