// SPDX-License-Identifier: GPL-2.0
//! NICs as a table and as JSON.

use super::table::{Align, Table};
use crate::model::Nic;
use crate::model::nic::Statistics;

/// A table with a line for each NIC.
pub fn table(nics: &[Nic], stats: bool) -> String {
    let mut columns = vec![
        ("NAME", Align::Left),
        ("INDEX", Align::Right),
        ("ADMIN", Align::Left),
        ("STATE", Align::Left),
        ("CARRIER", Align::Left),
        ("MAC", Align::Left),
        ("MTU", Align::Right),
        ("WIRE", Align::Left),
        ("PEER", Align::Left),
        ("RXRINGS", Align::Right),
        ("TXQUEUES", Align::Right),
    ];
    if stats {
        columns.extend([
            ("RXPACKETS", Align::Right),
            ("RXBYTES", Align::Right),
            ("RXDROPS", Align::Right),
            ("TXPACKETS", Align::Right),
            ("TXBYTES", Align::Right),
            ("TXDROPS", Align::Right),
        ]);
    }
    let mut table = Table::new(columns);
    for nic in nics {
        let mut cells = facts(nic);
        if stats {
            cells.extend(counters(nic.statistics.as_ref()));
        }
        table.row(cells);
    }
    table.render()
}

/// A JSON array with an object for each NIC.
pub fn json(nics: &[Nic]) -> String {
    // Strings, numbers and nothing that could fail to be written.
    let mut text = serde_json::to_string_pretty(nics).unwrap_or_default();
    text.push('\n');
    text
}

fn facts(nic: &Nic) -> Vec<String> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    vec![
        nic.name.clone(),
        nic.ifindex.to_string(),
        nic.admin_state.to_string(),
        nic.oper_state.to_string(),
        if nic.carrier { "on" } else { "off" }.to_owned(),
        or_dash(nic.mac.map(|mac| mac.to_string())),
        nic.mtu.to_string(),
        nic.wire.to_string(),
        or_dash(nic.peer.as_ref().map(ToString::to_string)),
        nic.rx_rings.to_string(),
        nic.tx_queues.to_string(),
    ]
}

fn counters(stats: Option<&Statistics>) -> Vec<String> {
    match stats {
        None => vec!["-".to_owned(); 6],
        Some(stats) => [
            stats.rx_packets,
            stats.rx_bytes,
            stats.rx_dropped,
            stats.tx_packets,
            stats.tx_bytes,
            stats.tx_dropped,
        ]
        .map(|count| count.to_string())
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::nic::tests::sample;
    use crate::model::nic::{OperState, Wire};

    fn two() -> Vec<Nic> {
        let mut first = sample();
        first.statistics = Some(Statistics {
            rx_packets: 12,
            rx_bytes: 18_446_744_073_709_551_615,
            rx_dropped: 1,
            tx_packets: 34,
            tx_bytes: 56,
            tx_dropped: 0,
        });
        let mut second = sample();
        second.name = "switch".to_owned();
        second.ifindex = 12;
        second.oper_state = OperState::Unknown;
        second.carrier = true;
        second.mac = None;
        second.mtu = 65521;
        second.wire = Wire::None;
        second.finish = true;
        second.peer = None;
        vec![first, second]
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn table_golden() {
        let want = "\
NAME    INDEX  ADMIN  STATE           CARRIER  MAC                  MTU  WIRE  PEER        RXRINGS  TXQUEUES
nic0        7  up     lowerlayerdown  off      02:00:00:00:00:01   1500  peer  if5@nsid:0        4         2
switch     12  up     unknown         on       -                  65521  none  -                 4         2
";
        assert_eq!(plain(&table(&two(), false)), want);
    }

    #[test]
    fn table_with_counters_golden() {
        let text = plain(&table(&two(), true));
        let tails: Vec<&str> = text.lines().map(|line| &line[108..]).collect();
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
    "wire": "peer",
    "finish": false,
    "peer": {
      "ifindex": 5,
      "name": null,
      "netnsid": 0
    },
    "rx_rings": 4,
    "tx_queues": 2,
    "statistics": {
      "rx_packets": 12,
      "rx_bytes": 18446744073709551615,
      "rx_dropped": 1,
      "tx_packets": 34,
      "tx_bytes": 56,
      "tx_dropped": 0
    }
  },
  {
    "name": "switch",
    "ifindex": 12,
    "admin_state": "up",
    "oper_state": "unknown",
    "carrier": true,
    "mac": null,
    "mtu": 65521,
    "wire": "none",
    "finish": true,
    "peer": null,
    "rx_rings": 4,
    "tx_queues": 2
  }
]
"#;
        assert_eq!(json(&two()), want);
    }

    #[test]
    fn json_of_nothing_is_an_empty_array() {
        assert_eq!(json(&[]), "[]\n");
    }
}
