// SPDX-License-Identifier: GPL-2.0
//! The columns of VNICs.

use super::columns::Column;
use super::link::{counters, facts, told};
use crate::model::Vnic;

/// All of them.
pub fn columns() -> Vec<Column<Vnic>> {
    let mut columns = facts();
    columns.extend([
        Column::text("OVER", |vnic: &Vnic| told(vnic.over.as_ref())),
        Column::text("VLAN", vlans),
        Column::text("TAG", tag),
        Column::text("MODE", |vnic| told(vnic.mode)),
        Column::number("RINGS", |vnic| told(vnic.rings)),
        Column::text("PLACEMENT", |vnic| told(vnic.placement)),
        Column::text("REASON", |vnic| told(vnic.placement_reason)),
        Column::number("CHANGES", |vnic| told(vnic.placement_changes)),
        Column::number("SLOTS", |vnic| told(vnic.slots)),
        Column::number("RXRINGS", |vnic: &Vnic| {
            Some(vnic.link.rx_rings.to_string())
        })
        .if_named(),
        Column::number("TXQUEUES", |vnic: &Vnic| {
            Some(vnic.link.tx_queues.to_string())
        })
        .if_named(),
    ]);
    columns.extend(counters());
    columns
}

/// The VLAN that a VNIC is on, or those of its trunk: it has never both.
fn vlans(vnic: &Vnic) -> Option<String> {
    match vnic.vlans.is_empty() {
        true => told(vnic.vlan),
        false => Some(vnic.vlans.to_string()),
    }
}

/// The kind of its tags, if there are any.
fn tag(vnic: &Vnic) -> Option<String> {
    let tagged = vnic.vlan.is_some() || !vnic.vlans.is_empty();
    told(vnic.vlan_protocol.filter(|_| tagged))
}

#[cfg(test)]
mod tests;
