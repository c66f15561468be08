// SPDX-License-Identifier: GPL-2.0
//! How long the tool takes to start. Alone in its program, so that all children's
//! time is that of its own.

use std::process::{Command, Stdio};

const RUNS: u64 = 30;

/// In milliseconds: the kernel tells times in hundredths of a second.
const TICK: u64 = 10;

/// What a start may take, also with nothing optimized: CPU time, which a busy
/// machine does not make longer.
const MOST: u64 = 10;

/// The CPU time of all children that have ended, in ticks.
fn used() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").expect("this process's times");
    // The name, which may have spaces, is in round brackets.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split(' ').collect();
    let children = fields[14..16].iter();
    children
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum()
}

/// What so many starts take, in milliseconds.
fn cost(args: &[&str]) -> u64 {
    let before = used();
    for _ in 0..RUNS {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vnicadm"));
        let status = command.args(args).stdout(Stdio::null()).status();
        assert!(status.expect("vnicadm starts").success(), "{args:?}");
    }
    (used() - before) * TICK
}

#[test]
fn starts_in_ten_milliseconds() {
    for args in [&["--version"][..], &["show-nic"], &["stat", "-j"]] {
        // The least of some: what else runs can take the processor's caches.
        let least = (0..3).map(|_| cost(args)).min().unwrap_or(0);
        assert!(least > 0, "{args:?}: no time was counted");
        assert!(
            least < RUNS * MOST,
            "{args:?}: {least} ms for {RUNS} starts"
        );
    }
}
