// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What CPUs do at once, in every order: see
//! Documentation/reliability/concurrency.md.

use softnic_loom::ring::{run, Scene};
use softnic_loom::tables;

#[test]
fn a_ring_of_one_and_two_senders() {
    run(Scene {
        name: "ring of 1, two senders of a frame each",
        senders: &[1, 1],
        limit: 1,
        preemptions: Some(4),
    });
}

#[test]
fn a_ring_of_two_and_two_senders() {
    run(Scene {
        name: "ring of 2, two senders of a frame each",
        senders: &[1, 1],
        limit: 2,
        preemptions: Some(4),
    });
}

#[test]
fn a_ring_that_is_full_again() {
    run(Scene {
        name: "ring of 1, senders of 2 and 1 frames",
        senders: &[2, 1],
        limit: 1,
        preemptions: Some(3),
    });
}

#[test]
fn a_ring_of_two_that_is_full_again() {
    run(Scene {
        name: "ring of 2, two senders of 2 frames each",
        senders: &[2, 2],
        limit: 2,
        preemptions: Some(2),
    });
}

#[test]
fn a_ring_and_three_senders() {
    run(Scene {
        name: "ring of 1, three senders of a frame each",
        senders: &[1, 1, 1],
        limit: 1,
        preemptions: Some(1),
    });
}

#[test]
fn a_map_of_keys() {
    tables::words_of_keys();
    tables::a_key_that_stays();
}

#[test]
fn a_list_of_numbers() {
    tables::numbers_of_a_list();
}

#[test]
fn a_value_that_is_replaced() {
    tables::a_value_is_replaced();
}

#[test]
fn a_number_that_is_given_out_again() {
    tables::a_number_is_given_out_again();
}
