// SPDX-License-Identifier: GPL-2.0

//! The corpora of the model's targets. Those of vnicadm's are in its own tests.

#[path = "../replay.rs"]
mod replay;

#[test]
fn the_corpora_are_played_again() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");
    replay::replay(folder, &softnic_fuzz::TARGETS);
}
