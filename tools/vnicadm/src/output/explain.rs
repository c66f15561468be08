// SPDX-License-Identifier: GPL-2.0
//! An explanation in words.

use std::fmt::Write;

use crate::model::explain::Explanation;

/// Where the VNIC is placed, why, and what would be better.
pub fn text(found: &Explanation) -> String {
    let mut text = format!("{}: ", found.name);
    let placement = found.placement.map(|placement| placement.to_string());
    let placement = placement.unwrap_or("unknown".to_owned());
    // Writing into memory does not fail.
    let _ = writeln!(text, "{placement}, over {}", found.nic);
    let nic = &found.nic;
    let _ = writeln!(
        text,
        "  slots: wants {}; {} free in {nic}, {} waiting",
        found.slots_wanted, found.slots_free, found.slots_waiting
    );
    let _ = writeln!(
        text,
        "  rings: has {}, at most {}; {} free in the pool of {nic}",
        found.rings_reserved, found.rings_most, found.pool_free
    );
    for (head, lines) in [("because", &found.because), ("for better", &found.advice)] {
        for line in lines {
            let _ = writeln!(text, "  {head}: {line}");
        }
    }
    if !found.waiting.is_empty() {
        let _ = writeln!(text, "  waiting, too: {}", found.waiting.join(" "));
    }
    text
}
