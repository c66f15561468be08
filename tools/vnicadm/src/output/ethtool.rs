// SPDX-License-Identifier: GPL-2.0
//! The columns of RSS and of moderation.

use super::columns::Column;
use super::link::on_off;
use crate::model::ethtool::{Coalesce, Rss};

/// Of RSS.
pub fn rss() -> Vec<Column<Rss>> {
    vec![
        Column::text("NAME", |rss: &Rss| Some(rss.name.clone())),
        Column::number("CONTEXT", |rss| Some(rss.context.to_string())),
        Column::text("FUNCTION", |rss| Some(rss.function.to_string())),
        Column::number("ENTRIES", |rss| Some(rss.table.len().to_string())),
        Column::text("WEIGHTS", |rss| list(&rss.weights())),
        Column::text("TABLE", |rss: &Rss| list(&rss.table)).if_named(),
        Column::text("KEY", |rss: &Rss| Some(rss.key.clone())).if_named(),
    ]
}

/// Of moderation.
pub fn coalesce() -> Vec<Column<Coalesce>> {
    vec![
        Column::text("NAME", |it: &Coalesce| Some(it.name.clone())),
        Column::text("ADAPTIVE-RX", |it| Some(on_off(it.adaptive_rx))),
        Column::number("RX-USECS", |it| Some(it.rx_usecs.to_string())),
        Column::number("RX-FRAMES", |it| Some(it.rx_frames.to_string())),
    ]
}

/// Numbers, if there are any.
fn list(numbers: &[u32]) -> Option<String> {
    let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
    (!numbers.is_empty()).then(|| numbers.join(","))
}

#[cfg(test)]
mod tests;
