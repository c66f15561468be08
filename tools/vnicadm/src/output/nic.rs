// SPDX-License-Identifier: GPL-2.0
//! NICs as a table.

use super::link::{COUNTERS, FACTS, counters, facts, or_dash};
use super::table::{Align, Table};
use crate::model::Nic;

/// A table with a line for each NIC.
pub fn table(nics: &[Nic], stats: bool) -> String {
    let mut columns = FACTS.to_vec();
    columns.extend([
        ("WIRE", Align::Left),
        ("PEER", Align::Left),
        ("RXRINGS", Align::Right),
        ("TXQUEUES", Align::Right),
        ("SLOTS", Align::Right),
        ("WAITING", Align::Right),
        ("POOL", Align::Right),
        ("STORM", Align::Right),
    ]);
    if stats {
        columns.extend(COUNTERS);
    }
    let mut table = Table::new(columns);
    for nic in nics {
        let mut cells = facts(&nic.link);
        cells.extend([
            nic.wire.to_string(),
            or_dash(nic.peer.as_ref()),
            nic.link.rx_rings.to_string(),
            nic.link.tx_queues.to_string(),
            share(nic.slots_used, nic.slots),
            or_dash(nic.slots_waiting),
            share(nic.pool_used, nic.pool),
            or_dash(nic.storm),
        ]);
        if stats {
            cells.extend(counters(nic.link.statistics.as_ref()));
        }
        table.row(cells);
    }
    table.render()
}

/// How much of something is taken: `2/128`.
fn share(used: Option<u32>, all: Option<u32>) -> String {
    or_dash(used.zip(all).map(|(used, all)| format!("{used}/{all}")))
}

#[cfg(test)]
mod tests;
