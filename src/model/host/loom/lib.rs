// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]
// The module uses the rest.
#![allow(dead_code)]

//! The algorithms that CPUs share, from the files that the module compiles, over
//! atomics that loom explores. The scenes are in `ring` and `tables`.

mod atomic;
#[path = "../../../net/chain.rs"]
mod chain;
#[path = "../../key_map.rs"]
mod key_map;
#[path = "../../members.rs"]
mod members;
#[path = "../../../net/places.rs"]
mod places;
pub mod ring;
pub mod tables;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::Arc;

/// Explores a scene in all orders with at most so many preemptions, or in all;
/// prints how many there were.
fn explore(name: &str, preemptions: Option<usize>, scene: impl Fn() + Send + Sync + 'static) {
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = orders.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions;
    model.max_branches = 20_000;
    model.check(move || {
        counted.fetch_add(1, Relaxed);
        scene();
    });
    let bound = preemptions.map_or("any number of".to_string(), |n| format!("at most {n}"));
    println!(
        "explored: {name}: {} orders, {bound} preemptions",
        orders.load(Relaxed)
    );
}
