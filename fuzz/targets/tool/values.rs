// SPDX-License-Identifier: GPL-2.0

//! Any text as a value of the command line: what is read is written so that it is
//! read as the same again.

use std::fmt::Display;
use std::str::FromStr;

use vnicadm::cli::group::Key;
use vnicadm::cli::prop::Assignments;
use vnicadm::model::named::{Mode, VlanProtocol};
use vnicadm::model::property::Wanted;
use vnicadm::model::vlans::VlanList;
use vnicadm::model::{IfName, MacAddr};

/// One run.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    again::<MacAddr>(text);
    again::<IfName>(text);
    again::<Mode>(text);
    again::<VlanProtocol>(text);
    if let Some(list) = again::<VlanList>(text) {
        let sorted = list.sorted();
        assert!(sorted.0.len() <= list.0.len());
    }
    let _ = text.parse::<Key>();
    if let Ok(Assignments(all)) = text.parse() {
        let mut wanted = Wanted::default();
        for (property, value) in all {
            let _ = wanted.note(&property, &value);
        }
    }
}

fn again<T: FromStr + Display + PartialEq>(text: &str) -> Option<T> {
    let value: T = text.parse().ok()?;
    assert!(value.to_string().parse().ok() == Some(value), "{text:?}");
    text.parse().ok()
}
