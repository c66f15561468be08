// SPDX-License-Identifier: GPL-2.0
//! The columns of NICs.

use super::columns::Column;
use super::link::{counters, facts, on_off, told};
use crate::model::Nic;

/// All of them.
pub fn columns() -> Vec<Column<Nic>> {
    let mut columns = facts();
    columns.extend([
        Column::text("WIRE", |nic: &Nic| Some(nic.wire.to_string())),
        Column::text("PEER", |nic| told(nic.peer.as_ref())),
        Column::number("RXRINGS", |nic| Some(nic.link.rx_rings.to_string())),
        Column::number("TXQUEUES", |nic| Some(nic.link.tx_queues.to_string())),
        Column::number("SLOTS", |nic| share(nic.slots_used, nic.slots)),
        Column::number("WAITING", |nic| told(nic.slots_waiting)),
        Column::number("POOL", |nic| share(nic.pool_used, nic.pool)),
        Column::number("STORM", |nic| told(nic.storm)),
        Column::text("FINISH", |nic: &Nic| Some(on_off(nic.finish))).if_named(),
    ]);
    columns.extend(counters());
    columns
}

/// How much of something is taken: `2/128`.
fn share(used: Option<u32>, all: Option<u32>) -> Option<String> {
    let (used, all) = used.zip(all)?;
    Some(format!("{used}/{all}"))
}

#[cfg(test)]
mod tests;
