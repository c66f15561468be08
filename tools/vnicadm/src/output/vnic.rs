// SPDX-License-Identifier: GPL-2.0
//! VNICs as a table.

use super::link::{COUNTERS, FACTS, counters, facts, or_dash};
use super::table::{Align, Table};
use crate::model::Vnic;

/// A table with a line for each VNIC.
pub fn table(vnics: &[Vnic], stats: bool) -> String {
    let mut columns = FACTS.to_vec();
    columns.extend([
        ("OVER", Align::Left),
        ("VLAN", Align::Left),
        ("TAG", Align::Left),
        ("MODE", Align::Left),
        ("RINGS", Align::Right),
        ("PLACEMENT", Align::Left),
        ("REASON", Align::Left),
        ("CHANGES", Align::Right),
        ("SLOTS", Align::Right),
    ]);
    if stats {
        columns.extend(COUNTERS);
    }
    let mut table = Table::new(columns);
    for vnic in vnics {
        let mut cells = facts(&vnic.link);
        cells.extend([
            or_dash(vnic.over.as_ref()),
            vlans(vnic),
            tag(vnic),
            or_dash(vnic.mode),
            or_dash(vnic.rings),
            or_dash(vnic.placement),
            or_dash(vnic.placement_reason),
            or_dash(vnic.placement_changes),
            or_dash(vnic.slots),
        ]);
        if stats {
            cells.extend(counters(vnic.link.statistics.as_ref()));
        }
        table.row(cells);
    }
    table.render()
}

/// The VLAN that a VNIC is on, or those of its trunk: it has never both.
fn vlans(vnic: &Vnic) -> String {
    match vnic.vlans.is_empty() {
        true => or_dash(vnic.vlan),
        false => vnic.vlans.to_string(),
    }
}

/// The kind of its tags, if there are any.
fn tag(vnic: &Vnic) -> String {
    let tagged = vnic.vlan.is_some() || !vnic.vlans.is_empty();
    or_dash(vnic.vlan_protocol.filter(|_| tagged))
}

#[cfg(test)]
mod tests;
