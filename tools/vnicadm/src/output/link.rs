// SPDX-License-Identifier: GPL-2.0
//! The columns of every kind of device.

use super::table::Align;
use crate::model::link::{Link, Statistics};

/// The columns that a table begins with.
pub const FACTS: [(&str, Align); 7] = [
    ("NAME", Align::Left),
    ("INDEX", Align::Right),
    ("ADMIN", Align::Left),
    ("STATE", Align::Left),
    ("CARRIER", Align::Left),
    ("MAC", Align::Left),
    ("MTU", Align::Right),
];

/// The columns of counters.
pub const COUNTERS: [(&str, Align); 6] = [
    ("RXPACKETS", Align::Right),
    ("RXBYTES", Align::Right),
    ("RXDROPS", Align::Right),
    ("TXPACKETS", Align::Right),
    ("TXBYTES", Align::Right),
    ("TXDROPS", Align::Right),
];

/// The cells of [`FACTS`].
pub fn facts(link: &Link) -> Vec<String> {
    vec![
        link.name.clone(),
        link.ifindex.to_string(),
        link.admin_state.to_string(),
        link.oper_state.to_string(),
        if link.carrier { "on" } else { "off" }.to_owned(),
        or_dash(link.mac),
        link.mtu.to_string(),
    ]
}

/// The cells of [`COUNTERS`].
pub fn counters(stats: Option<&Statistics>) -> Vec<String> {
    match stats {
        None => vec!["-".to_owned(); COUNTERS.len()],
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

/// The cell of something that may not be there.
pub fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
