// SPDX-License-Identifier: GPL-2.0
//! Explanations, as they should read.

use super::*;
use crate::model::named::{PortKind, Wire};
use crate::model::vnic::tests::sample;
use crate::output::explain::text;

fn nic(slots: u32, used: u32, waiting: u32, pool: u32) -> Nic {
    Nic {
        name: "nic0".to_owned(),
        ifindex: 5,
        wire: Some(Wire(0)),
        peer: None,
        carrier: true,
        vnics: Some(2),
        slots: Some(slots),
        slots_used: Some(used),
        slots_waiting: Some(waiting),
        pool: Some(pool),
        pool_used: Some(2),
        storm: Some(0),
    }
}

fn placed(placement: Placement, rings: u32, slots: u32) -> Vnic {
    let mut vnic = sample();
    vnic.placement = Some(placement);
    vnic.rings = Some(rings);
    vnic.slots = Some(slots);
    vnic
}

fn port(name: &str, ifindex: u32, slots_wanted: u32) -> Port {
    Port {
        name: name.to_owned(),
        ifindex,
        kind: Some(PortKind(1)),
        nic: None,
        lower: None,
        mode: None,
        placement: Some(named::FORCED_PROMISCUOUS),
        placement_reason: None,
        placement_changes: None,
        slots_wanted: Some(slots_wanted),
        rings_reserved: None,
        tx_busy: None,
    }
}

#[test]
fn shared() {
    let found = vnic(
        &placed(named::SHARED, 0, 1),
        &nic(128, 1, 0, 256),
        "nic0",
        &[],
    );
    let want = "\
v0: shared, over nic0
  slots: wants 1; 127 free in nic0, 0 waiting
  rings: has 0, at most 4; 254 free in the pool of nic0
  because: it has 1 slot in the filter table of nic0, and no ring is reserved for it
  for better: for a group of its own, reserve 1 to 4 rings (set-vnic v0 --rings 4)
";
    assert_eq!(text(&found), want);
    let found = vnic(
        &placed(named::SHARED, 0, 1),
        &nic(128, 1, 0, 2),
        "nic0",
        &[],
    );
    assert!(
        found.advice[0].starts_with("nic0 has no free ring"),
        "{found:?}"
    );
}

#[test]
fn own_group() {
    let found = vnic(
        &placed(named::OWN_GROUP, 2, 1),
        &nic(128, 1, 0, 256),
        "nic0",
        &[],
    );
    let want = "it has 2 reserved rings, and 1 slot in the filter table of nic0";
    assert_eq!(found.because, [want]);
    assert!(found.advice.is_empty());
}

#[test]
fn forced() {
    let ports = [port("v0", 9, 3), port("v1", 10, 1)];
    let vnic_ = placed(named::FORCED_PROMISCUOUS, 2, 3);
    let found = vnic(&vnic_, &nic(4, 4, 2, 256), "nic0", &ports);
    let want = "\
v0: forced-promiscuous, over nic0
  slots: wants 3; 0 free in nic0, 2 waiting
  rings: has 2, at most 4; 254 free in the pool of nic0
  because: it wants 3 slots in the filter table of nic0, of whose 4 none is free
  because: with 1 other VNIC it waits for slots; who has waited longest is first
  for better: give nic0 7 slots (set-nic nic0 --slots 7), or 8, which serves all that wait here
  for better: or have v0 want fewer: one for each unicast address on each of its VLANs
  waiting, too: v1
";
    assert_eq!(text(&found), want);
    let found = vnic(&vnic_, &nic(2, 0, 1, 256), "nic0", &ports[..1]);
    assert_eq!(found.because.len(), 2);
    assert!(found.because[1].contains("more than there are in all"));
    assert_eq!(
        found.advice[0],
        "give nic0 3 slots (set-nic nic0 --slots 3)"
    );
}

#[test]
fn a_free_slot_that_another_is_first_for() {
    let ports = [port("v0", 9, 1), port("v1", 10, 2)];
    let waits = placed(named::FORCED_PROMISCUOUS, 0, 1);
    let found = vnic(&waits, &nic(4, 3, 2, 256), "nic0", &ports);
    assert_eq!(
        found.advice[0],
        "give nic0 6 slots (set-nic nic0 --slots 6), which serves all that wait here"
    );
    let found = vnic(&waits, &nic(4, 3, 2, 256), "nic0", &ports[..1]);
    assert!(
        found.advice[0].starts_with("give nic0 more slots"),
        "{found:?}"
    );
}
