// SPDX-License-Identifier: GPL-2.0
#![no_main]

//! libFuzzer's way into the target that `$FUZZ_TARGET` names.

use softnic_fuzz::{tool, TARGETS};
use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names no target");
    let mut all = TARGETS.iter().chain(&tool::TARGETS);
    let found = all.find(|(target, _)| *target == name);
    found.unwrap_or_else(|| panic!("no target {name}")).1
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
