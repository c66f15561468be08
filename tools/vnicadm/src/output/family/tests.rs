// SPDX-License-Identifier: GPL-2.0
//! What the family tells, as it should look.

use super::*;
use crate::model::MacAddr;
use crate::model::family::{Drop, Drops};
use crate::model::link::Related;
use crate::model::named::{RingMode, VlanProtocol};
use crate::output::columns::{Layout, Selection};

/// A list in this layout.
fn shown<T: serde::Serialize>(columns: Vec<Column<T>>, rows: &[T], layout: Layout<'_>) -> String {
    let selection = Selection::new(columns, layout).expect("known columns");
    anstream::adapter::strip_str(&selection.render(rows)).to_string()
}

fn parsable<T: serde::Serialize>(columns: Vec<Column<T>>, rows: &[T]) -> String {
    let all = ["all".to_owned()];
    let layout = Layout {
        parsable: true,
        columns: Some(&all),
        ..Layout::default()
    };
    shown(columns, rows, layout)
}

fn json<T: serde::Serialize>(columns: Vec<Column<T>>, rows: &[T]) -> serde_json::Value {
    let layout = Layout {
        json: true,
        ..Layout::default()
    };
    serde_json::from_str(&shown(columns, rows, layout)).unwrap()
}

fn related(ifindex: u32, name: &str, netnsid: Option<i32>) -> Option<Related> {
    Some(Related {
        ifindex,
        name: Some(name.to_owned()),
        netnsid,
        netns: None,
    })
}

fn ring() -> Ring {
    Ring {
        name: Some("nic0".to_owned()),
        ifindex: 7,
        id: 1,
        napi_id: Some(8194),
        mode: Some(RingMode(2)),
        depth: 3,
        capacity: 256,
        packets: u64::MAX,
        bytes: 60,
        polls: 10,
        batch_1: 1,
        batch_2_9: 2,
        batch_10_49: 3,
        batch_50: 4,
        interrupts: 5,
        timer: 6,
        mode_switches: 7,
        adaptations: 8,
        full: 9,
        frames: Some(2000),
        age: Some(4_000_000_000),
        wait_time: Some(1_000_000_000),
        wait_length_time: Some(6_000_000_000),
        run_time: Some(40_000_000),
        run_length_time: Some(80_000_000),
        lost_full: Some(12),
        lost_purged: Some(13),
        away: Some(14),
    }
}

#[test]
fn rings_golden() {
    let other = Ring {
        name: None,
        napi_id: None,
        mode: None,
        age: None,
        run_time: None,
        lost_full: None,
        ..ring()
    };
    let rows = [ring(), other];
    let want = "\
NAME  RING  NAPI  MODE     DEPTH  CAPACITY
nic0     1  8194  polling      3       256
-        1     -  -            3       256
";
    assert_eq!(shown(rings(), &rows, Layout::default()), want);
    let want = "\
nic0:1:8194:polling:3:256:18446744073709551615:60:5:6:10:1:2:3:4:7:8:9:\
2000:4000000000:1000000000:6000000000:40000000:80000000:1.500:3000.000:25.000:0.020:40.000:1.000:12:13:14
:1:::3:256:18446744073709551615:60:5:6:10:1:2:3:4:7:8:9:\
2000::1000000000:6000000000::80000000::3000.000:::40.000:::13:14
";
    assert_eq!(parsable(rings(), &rows), want);
    let found = json(rings(), &rows);
    let want = serde_json::json!({
        "name": "nic0", "ifindex": 7, "id": 1, "napi_id": 8194, "mode": "polling",
        "depth": 3, "capacity": 256, "packets": u64::MAX, "bytes": 60, "polls": 10,
        "batch_1": 1, "batch_2_9": 2, "batch_10_49": 3, "batch_50": 4, "interrupts": 5,
        "timer": 6, "mode_switches": 7, "adaptations": 8, "full": 9, "frames": 2000,
        "age": 4_000_000_000u64, "wait_time": 1_000_000_000, "wait_length_time": 6_000_000_000u64,
        "run_time": 40_000_000, "run_length_time": 80_000_000,
        "lost_full": 12, "lost_purged": 13,
        "away": 14,
    });
    assert_eq!(found[0], want);
    assert!(found[1]["name"].is_null());
}

#[test]
fn ring_counters_are_shown_on_request() {
    let layout = Layout {
        counters: true,
        ..Layout::default()
    };
    let text = shown(rings(), &[ring()], layout);
    let lines: Vec<_> = text.lines().map(|line| &line[42..]).collect();
    let want = [
        "               PACKETS  BYTES  INTERRUPTS  TIMER  POLLS  BATCH1  BATCH2-9  BATCH10-49  BATCH50  SWITCHES  ADAPTATIONS  FULL",
        "  18446744073709551615     60           5      6     10       1         2           3        4         7            8     9",
    ];
    assert_eq!(lines, want);
}

#[test]
fn groups_golden() {
    let default = Group {
        name: "nic0".to_owned(),
        ifindex: 7,
        nic: related(7, "nic0", None),
        default: true,
        rings: Some(2),
        rings_max: Some(4),
        capacity: Some(256),
        ports: Some(12),
    };
    let own = Group {
        name: "v0".to_owned(),
        ifindex: 9,
        nic: related(7, "nic0", Some(1)),
        default: false,
        rings: Some(1),
        rings_max: None,
        capacity: Some(64),
        ports: Some(1),
    };
    let rows = [default, own];
    let want = "\
NAME  NIC          DEFAULT  RINGS  MOST  CAPACITY  PORTS
nic0  nic0         yes          2     4       256     12
v0    nic0@nsid:1  no           1     -        64      1
";
    assert_eq!(shown(groups(), &rows, Layout::default()), want);
    let want = "nic0:nic0:yes:2:4:256:12\nv0:nic0@nsid\\:1:no:1::64:1\n";
    assert_eq!(parsable(groups(), &rows), want);
    let want = serde_json::json!({
        "name": "v0", "ifindex": 9, "nic": {"ifindex": 7, "name": "nic0", "netnsid": 1},
        "default": false, "rings": 1, "rings_max": null, "capacity": 64, "ports": 1,
    });
    assert_eq!(json(groups(), &rows)[1], want);
}

#[test]
fn filters_golden() {
    let tagged = Filter {
        nic: related(7, "nic0", None),
        mac: MacAddr([2, 0, 0, 0, 0, 9]),
        vlan: Some(10),
        vlan_protocol: Some(VlanProtocol(0x88a8)),
        port: related(9, "v0", None),
        in_slot: true,
    };
    let plain = Filter {
        vlan: None,
        vlan_protocol: None,
        in_slot: false,
        ..tagged.clone()
    };
    let rows = [tagged, plain];
    let want = "\
NIC   MAC                VLAN  TAG      PORT  SLOT
nic0  02:00:00:00:00:09  10    802.1ad  v0    yes
nic0  02:00:00:00:00:09  -     -        v0    no
";
    assert_eq!(shown(filters(), &rows, Layout::default()), want);
    let want = "\
nic0:02\\:00\\:00\\:00\\:00\\:09:10:802.1ad:v0:yes
nic0:02\\:00\\:00\\:00\\:00\\:09:::v0:no
";
    assert_eq!(parsable(filters(), &rows), want);
    let want = serde_json::json!({
        "nic": {"ifindex": 7, "name": "nic0"}, "mac": "02:00:00:00:00:09", "vlan": 10,
        "vlan_protocol": "802.1ad", "port": {"ifindex": 9, "name": "v0"}, "in_slot": true,
    });
    assert_eq!(json(filters(), &rows)[0], want);
}

#[test]
fn drops_golden() {
    let port = Drops {
        name: "nic0".to_owned(),
        ifindex: 7,
        drops: vec![Drop {
            reason: DropReason(6),
            packets: 1 << 40,
        }],
    };
    let row = Dropped {
        name: port.name.clone(),
        reason: DropReason(6),
        packets: 1 << 40,
    };
    let show = |layout| {
        let selection = Selection::new(drops(), layout).expect("known columns");
        let text = selection.render_as(std::slice::from_ref(&row), std::slice::from_ref(&port));
        anstream::adapter::strip_str(&text).to_string()
    };
    let want = "\
NAME  REASON             PACKETS
nic0  rx_filtered  1099511627776
";
    assert_eq!(show(Layout::default()), want);
    let columns = ["reason", "kernel", "meaning"].map(str::to_owned);
    let layout = Layout {
        columns: Some(&columns),
        ..Layout::default()
    };
    let want = "\
REASON       KERNEL     MEANING
rx_filtered  OTHERHOST  is addressed to somebody else; no loss of the port
";
    assert_eq!(show(layout), want);
    let layout = Layout {
        json: true,
        ..Layout::default()
    };
    let found: serde_json::Value = serde_json::from_str(&show(layout)).unwrap();
    let drops = serde_json::json!([{"reason": "rx_filtered", "packets": 1u64 << 40}]);
    let want = serde_json::json!([{"name": "nic0", "ifindex": 7, "drops": drops}]);
    assert_eq!(found, want);
}
