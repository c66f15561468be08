// SPDX-License-Identifier: GPL-2.0
//! Lines of events.

use super::*;
use crate::model::vnic;

fn at(seconds: u64, micros: u32) -> SystemTime {
    UNIX_EPOCH + Duration::new(seconds, micros * 1000)
}

fn added() -> Event {
    Event::Device(What::Added, Found::Vnic(Box::new(vnic::tests::sample())))
}

#[test]
fn times() {
    for (seconds, want) in [
        (0, "1970-01-01T00:00:00.000005Z"),
        (951_782_399, "2000-02-28T23:59:59.000005Z"),
        (951_782_400, "2000-02-29T00:00:00.000005Z"),
        (1_795_259_471, "2026-11-21T11:11:11.000005Z"),
        (4_107_542_400, "2100-03-01T00:00:00.000005Z"),
    ] {
        assert_eq!(timestamp(at(seconds, 5)), want);
    }
}

#[test]
fn text_golden() {
    let want = "vnic v0 added index 9 mac 02:00:00:00:00:01 mtu 1500 up carrier on \
                over if5@nsid:0 vlan 10 placement own-group\n";
    assert_eq!(text(None, &added(), None), want);
    let timed = text(None, &added(), Some(at(0, 5)));
    assert_eq!(timed, format!("[1970-01-01T00:00:00.000005Z] {want}"));
    let elsewhere = text(Some(3), &added(), Some(at(0, 5)));
    assert_eq!(
        elsewhere,
        format!("[1970-01-01T00:00:00.000005Z] [nsid 3] {want}")
    );
    let gone = Event::Device(What::Deleted, Found::Vnic(Box::new(vnic::tests::sample())));
    assert_eq!(text(None, &gone, None), "vnic v0 deleted\n");
    assert_eq!(
        text(None, &Event::Lost, None),
        "events were lost; what there is now:\n"
    );
}

#[test]
fn json_is_an_object_on_a_line() {
    let line = json(None, &added(), at(0, 0));
    assert_eq!(line.matches('\n').count(), 1);
    let object: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(object["event"], "added");
    assert_eq!(object["kind"], "vnic");
    assert_eq!(object["name"], "v0");
    assert_eq!(object["vnic"]["vlan"], 10);
    assert_eq!(object["time"], "1970-01-01T00:00:00.000000Z");
    assert!(object.get("netnsid").is_none());
    let elsewhere: serde_json::Value =
        serde_json::from_str(&json(Some(3), &added(), at(0, 0))).unwrap();
    assert_eq!(elsewhere["netnsid"], 3);
    let lost = json(None, &Event::Lost, at(0, 0));
    assert_eq!(
        lost,
        "{\"time\":\"1970-01-01T00:00:00.000000Z\",\"event\":\"lost\"}\n"
    );
}

#[test]
fn stocks() {
    let event = Event::Stock(family::Nic {
        name: "nic0".to_owned(),
        ifindex: 3,
        wire: None,
        peer: None,
        carrier: true,
        vnics: Some(4),
        slots: Some(128),
        slots_used: Some(5),
        slots_waiting: Some(1),
        pool: Some(256),
        pool_used: Some(2),
        storm: Some(100_000),
    });
    assert_eq!(
        text(None, &event, None),
        "nic nic0 stock vnics 4 slots 5/128 waiting 1 pool 2/256 storm 100000\n"
    );
    let object: serde_json::Value = serde_json::from_str(&json(None, &event, at(0, 0))).unwrap();
    assert_eq!(object["event"], "stock");
    assert_eq!(object["kind"], "nic");
    assert_eq!(object["stock"]["slots_used"], 5);
}
