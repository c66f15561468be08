// SPDX-License-Identifier: GPL-2.0
//! RSS and moderation, as they should look.

use super::*;
use crate::model::ethtool::HashFunction;
use crate::output::columns::{Layout, Selection};

fn shown<T: serde::Serialize>(columns: Vec<Column<T>>, row: T, layout: Layout<'_>) -> String {
    let selection = Selection::new(columns, layout).expect("known columns");
    anstream::adapter::strip_str(&selection.render(&[row])).to_string()
}

fn table() -> Rss {
    Rss {
        name: "nic0".to_owned(),
        context: 0,
        function: HashFunction(1),
        input_transformation: 0,
        table: vec![0, 2, 2, 0, 0, 0],
        key: "6d:5a".to_owned(),
    }
}

#[test]
fn rss_golden() {
    let want = "\
NAME  CONTEXT  FUNCTION  ENTRIES  WEIGHTS
nic0        0  toeplitz        6  4,0,2
";
    assert_eq!(shown(rss(), table(), Layout::default()), want);
    let all = ["all".to_owned()];
    let layout = Layout {
        parsable: true,
        columns: Some(&all),
        ..Layout::default()
    };
    let want = "nic0:0:toeplitz:6:4,0,2:0,2,2,0,0,0:6d\\:5a\n";
    assert_eq!(shown(rss(), table(), layout), want);
    let layout = Layout {
        json: true,
        ..Layout::default()
    };
    let found: serde_json::Value = serde_json::from_str(&shown(rss(), table(), layout)).unwrap();
    let want = serde_json::json!([{
        "name": "nic0", "context": 0, "function": "toeplitz", "input_transformation": 0,
        "table": [0, 2, 2, 0, 0, 0], "key": "6d:5a",
    }]);
    assert_eq!(found, want);
}

#[test]
fn no_table_is_no_weights() {
    let mut row = table();
    row.table.clear();
    let text = shown(rss(), row, Layout::default());
    assert!(
        text.ends_with("nic0        0  toeplitz        0  -\n"),
        "{text}"
    );
}

#[test]
fn coalesce_golden() {
    let row = Coalesce {
        name: "nic0".to_owned(),
        adaptive_rx: true,
        rx_usecs: 0,
        rx_frames: 32,
    };
    let want = "\
NAME  ADAPTIVE-RX  RX-USECS  RX-FRAMES
nic0  on                  0         32
";
    assert_eq!(shown(coalesce(), row.clone(), Layout::default()), want);
    let layout = Layout {
        json: true,
        ..Layout::default()
    };
    let found: serde_json::Value = serde_json::from_str(&shown(coalesce(), row, layout)).unwrap();
    let want = serde_json::json!([{
        "name": "nic0", "adaptive_rx": true, "rx_usecs": 0, "rx_frames": 32,
    }]);
    assert_eq!(found, want);
}
