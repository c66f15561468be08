// SPDX-License-Identifier: GPL-2.0
//! The corpora of the tool's fuzz targets, which are in fuzz/.

#[path = "../../../fuzz/replay.rs"]
mod replay;
#[path = "../../../fuzz/targets/tool/mod.rs"]
mod tool;

#[test]
fn the_corpora_are_played_again() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus");
    replay::replay(folder, &tool::TARGETS);
}
