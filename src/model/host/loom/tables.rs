// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Tables that are read while one writer changes them.

use crate::atomic::{AtomicU32, AtomicUsize, Ordering::*};
use crate::explore;
use crate::key_map::{KeyMap, Slot};
use crate::members::{empty_place, Members};
use loom::sync::atomic::fence;
use loom::sync::Arc;
use loom::thread;

/// One reader's side of RCU, and the wait for a grace period.
struct Rcu(AtomicU32);

impl Rcu {
    fn read<R>(&self, does: impl FnOnce() -> R) -> R {
        self.0.store(1, SeqCst);
        let result = does();
        self.0.store(0, Release);
        result
    }

    fn synchronize(&self) {
        fence(SeqCst);
        while self.0.load(Acquire) != 0 {
            thread::yield_now();
        }
    }
}

/// Runs a reader beside a writer.
fn pair<T: Send + Sync + 'static>(
    shared: T,
    reader: impl FnOnce(&T) + Send + 'static,
    writer: impl FnOnce(&T),
) {
    let shared = Arc::new(shared);
    let theirs = shared.clone();
    let other = thread::spawn(move || reader(&theirs));
    writer(&shared);
    other.join().unwrap();
}

fn map() -> KeyMap<Vec<Slot>> {
    let slots = (0..4).map(|_| Slot::empty()).collect();
    KeyMap::new(slots, 0x9e37_79b9_7f4a_7c15).unwrap()
}

/// A reader finds its own key's word or none, whichever keys meet in the slots.
pub fn words_of_keys() {
    for other in 2..8 {
        explore("key map: a word is its key's", None, move || {
            pair(
                map(),
                move |map| {
                    let word = map.get(1);
                    assert!([0, 10, 11].contains(&word), "{word} for key 1");
                    let word = map.get(other);
                    assert!([0, 20].contains(&word), "{word} for key {other}");
                },
                move |map| {
                    for (key, word) in [(1, 10), (1, 0), (other, 20), (1, 11)] {
                        // A mutant may not have the room.
                        let _ = map.set(key, word);
                    }
                },
            );
        });
    }
}

/// A key that is there all the while is found, whatever comes and goes.
pub fn a_key_that_stays() {
    for other in 2..8 {
        explore("key map: a key that stays is found", None, move || {
            let map = map();
            map.set(1, 10).unwrap();
            pair(
                map,
                |map| assert_eq!(map.get(1), 10),
                move |map| {
                    for word in [20, 0, 21] {
                        map.set(other, word).unwrap();
                    }
                },
            );
        });
    }
}

/// A reader meets each number that stays exactly once, and none twice.
pub fn numbers_of_a_list() {
    explore("members: each that stays is met once", None, || {
        let places: Vec<_> = (0..3).map(|_| empty_place()).collect();
        let members = Members::new(places);
        members.add(1).unwrap();
        members.add(2).unwrap();
        pair(
            members,
            |members| {
                let mut met: Vec<_> = members.iter().collect();
                assert_eq!(met.iter().filter(|n| **n == 2).count(), 1, "{met:?}");
                met.sort();
                let all = met.len();
                met.dedup();
                assert_eq!(met.len(), all, "one twice: {met:?}");
            },
            |members| {
                assert!(members.remove(1));
                members.add(3).unwrap();
                members.add(4).unwrap();
            },
        );
    });
}

/// What `RcuCell` does (src/net/rcu.rs): a value is made, put in place of another
/// by an exchange, and the old one is freed after a grace period.
pub fn a_value_is_replaced() {
    struct Cell {
        present: AtomicUsize,
        values: [[AtomicU32; 2]; 2],
        rcu: Rcu,
    }
    explore("RCU cell: old or new, and whole", None, || {
        let pair_of = |n| [AtomicU32::new(n), AtomicU32::new(n)];
        let cell = Cell {
            present: AtomicUsize::new(0),
            values: [pair_of(1), pair_of(0)],
            rcu: Rcu(AtomicU32::new(0)),
        };
        pair(
            cell,
            |cell| {
                cell.rcu.read(|| {
                    let value = &cell.values[cell.present.load(Acquire)];
                    let [a, b] = [0, 1].map(|n| value[n].load(Relaxed));
                    assert!(a == b && [1, 2].contains(&a), "{a} and {b}");
                });
            },
            |cell| {
                cell.values[1]
                    .iter()
                    .for_each(|part| part.store(2, Relaxed));
                let old = cell.present.swap(1, SeqCst);
                cell.rcu.synchronize();
                cell.values[old]
                    .iter()
                    .for_each(|part| part.store(99, Relaxed));
            },
        );
    });
}

/// What the switch does: a key leads to a number, and the number to a port. Both
/// go; after a grace period another key's port gets the number.
pub fn a_number_is_given_out_again() {
    struct Switch {
        numbers: KeyMap<Vec<Slot>>,
        port: AtomicUsize,
        rcu: Rcu,
    }
    explore("switch: no port of another's key", None, || {
        let switch = Switch {
            numbers: map(),
            port: AtomicUsize::new(11),
            rcu: Rcu(AtomicU32::new(0)),
        };
        switch.numbers.set(1, 1).unwrap();
        pair(
            switch,
            |switch| {
                switch.rcu.read(|| {
                    for (key, ports) in [(1, [0, 11]), (2, [0, 22])] {
                        if switch.numbers.get(key) != 0 {
                            let port = switch.port.load(Acquire);
                            assert!(ports.contains(&port), "port {port} for key {key}");
                        }
                    }
                });
            },
            |switch| {
                switch.numbers.set(1, 0).unwrap();
                switch.port.swap(0, AcqRel);
                switch.rcu.synchronize();
                switch.port.store(22, Release);
                switch.numbers.set(2, 1).unwrap();
            },
        );
    });
}
