// SPDX-License-Identifier: GPL-2.0
//! The columns of every kind of device.

use super::columns::Column;
use crate::model::link::{Link, Statistics};
use crate::model::{Nic, Vnic};

/// A device with what every device has.
pub trait Device {
    /// What every device has.
    fn link(&self) -> &Link;
}

impl Device for Nic {
    fn link(&self) -> &Link {
        &self.link
    }
}

impl Device for Vnic {
    fn link(&self) -> &Link {
        &self.link
    }
}

/// The columns that a table begins with.
pub fn facts<T: Device>() -> Vec<Column<T>> {
    vec![
        Column::text("NAME", |row| Some(row.link().name.clone())),
        Column::number("INDEX", |row| Some(row.link().ifindex.to_string())),
        Column::text("ADMIN", |row| Some(row.link().admin_state.to_string())),
        Column::text("STATE", |row| Some(row.link().oper_state.to_string())),
        Column::text("CARRIER", |row| Some(on_off(row.link().carrier))),
        Column::text("MAC", |row| told(row.link().mac)),
        Column::number("MTU", |row| Some(row.link().mtu.to_string())),
    ]
}

/// The columns of counters.
pub fn counters<T: Device>() -> Vec<Column<T>> {
    fn count<T: Device>(row: &T, which: fn(&Statistics) -> u64) -> Option<String> {
        told(row.link().statistics.as_ref().map(which))
    }
    vec![
        Column::counter("RXPACKETS", |row| count(row, |stats| stats.rx_packets)),
        Column::counter("RXBYTES", |row| count(row, |stats| stats.rx_bytes)),
        Column::counter("RXDROPS", |row| count(row, |stats| stats.rx_dropped)),
        Column::counter("TXPACKETS", |row| count(row, |stats| stats.tx_packets)),
        Column::counter("TXBYTES", |row| count(row, |stats| stats.tx_bytes)),
        Column::counter("TXDROPS", |row| count(row, |stats| stats.tx_dropped)),
    ]
}

/// The cell of something that may not be there.
pub fn told(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// The cell of a setting.
pub fn on_off(set: bool) -> String {
    if set { "on" } else { "off" }.to_owned()
}
