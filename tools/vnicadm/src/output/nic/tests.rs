// SPDX-License-Identifier: GPL-2.0
//! NICs, as they should look.

use super::*;
use crate::model::link::{OperState, Statistics};
use crate::model::named::Wire;
use crate::model::nic::tests::sample;
use crate::output::columns::{Layout, Selection};
use crate::output::json;

fn table(rows: &[Nic], counters: bool) -> String {
    let layout = Layout {
        counters,
        ..Layout::default()
    };
    let selection = Selection::new(columns(), layout);
    selection.expect("no unknown column").render(rows)
}

fn two() -> Vec<Nic> {
    let mut first = sample();
    first.link.statistics = Some(Statistics {
        rx_packets: 12,
        rx_bytes: 18_446_744_073_709_551_615,
        rx_dropped: 1,
        tx_packets: 34,
        tx_bytes: 56,
        tx_dropped: 0,
    });
    let mut second = sample();
    second.link.name = "switch".to_owned();
    second.link.ifindex = 12;
    second.link.oper_state = OperState::Unknown;
    second.link.carrier = true;
    second.link.mac = None;
    second.link.mtu = 65521;
    second.wire = Wire::default();
    second.finish = true;
    second.peer = None;
    second.slots = None;
    second.slots_used = None;
    second.slots_waiting = None;
    second.pool = None;
    second.pool_used = None;
    second.storm = None;
    vec![first, second]
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn table_golden() {
    let want = "\
NAME    INDEX  ADMIN  STATE           CARRIER  MAC                  MTU  WIRE  PEER        RXRINGS  TXQUEUES  SLOTS  WAITING   POOL  STORM
nic0        7  up     lowerlayerdown  off      02:00:00:00:00:01   1500  peer  if5@nsid:0        4         2    4/4        6  2/256      0
switch     12  up     unknown         on       -                  65521  none  -                 4         2      -        -      -      -
";
    assert_eq!(plain(&table(&two(), false)), want);
}

#[test]
fn table_with_counters_golden() {
    let text = plain(&table(&two(), true));
    let tails: Vec<&str> = text.lines().map(|line| &line[138..]).collect();
    let want = [
        "  RXPACKETS               RXBYTES  RXDROPS  TXPACKETS  TXBYTES  TXDROPS",
        "         12  18446744073709551615        1         34       56        0",
        "          -                     -        -          -        -        -",
    ];
    assert_eq!(tails, want);
}

#[test]
fn table_of_nothing_is_a_head() {
    assert_eq!(plain(&table(&[], false)).lines().count(), 1);
}

#[test]
fn json_golden() {
    let want = r#"[
  {
    "name": "nic0",
    "ifindex": 7,
    "admin_state": "up",
    "oper_state": "lowerlayerdown",
    "carrier": false,
    "mac": "02:00:00:00:00:01",
    "mtu": 1500,
    "rx_rings": 4,
    "tx_queues": 2,
    "statistics": {
      "rx_packets": 12,
      "rx_bytes": 18446744073709551615,
      "rx_dropped": 1,
      "tx_packets": 34,
      "tx_bytes": 56,
      "tx_dropped": 0
    },
    "wire": "peer",
    "finish": false,
    "peer": {
      "ifindex": 5,
      "name": null,
      "netnsid": 0
    },
    "slots": 4,
    "slots_used": 4,
    "slots_waiting": 6,
    "pool": 256,
    "pool_used": 2,
    "storm": 0
  },
  {
    "name": "switch",
    "ifindex": 12,
    "admin_state": "up",
    "oper_state": "unknown",
    "carrier": true,
    "mac": null,
    "mtu": 65521,
    "rx_rings": 4,
    "tx_queues": 2,
    "wire": "none",
    "finish": true,
    "peer": null,
    "slots": null,
    "slots_used": null,
    "slots_waiting": null,
    "pool": null,
    "pool_used": null,
    "storm": null
  }
]
"#;
    assert_eq!(json(&two()), want);
}

#[test]
fn json_of_nothing_is_an_empty_array() {
    assert_eq!(json::<Nic>(&[]), "[]\n");
}
