// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A filter table's slots beside a plain model: a line of claimants in the
//! order in which they came to want some, and the rules of src/model/slots.rs as they are
//! told there.

use crate::model::slots::{Claim, Slots};
use proptest::prelude::*;

/// Who, how many it wants, whether it has them.
#[derive(Clone, Debug, PartialEq)]
struct Claimant {
    id: u32,
    wanted: u32,
    placed: bool,
}

impl Claimant {
    fn of(claim: &Claim) -> Self {
        Self {
            id: claim.id,
            wanted: claim.wanted,
            placed: claim.placed,
        }
    }
}

/// The model, and what it tells of each step.
#[derive(Default)]
struct Line {
    capacity: u32,
    line: Vec<Claimant>,
    told: Vec<(u32, bool)>,
}

impl Line {
    fn used(&self) -> u32 {
        let placed = self.line.iter().filter(|claimant| claimant.placed);
        placed.map(|claimant| claimant.wanted).sum()
    }

    /// Whether someone waits who could have all that it wants some day.
    fn someone_waits(&self) -> bool {
        let mut line = self.line.iter();
        line.any(|claimant| !claimant.placed && claimant.wanted <= self.capacity)
    }

    fn put(&mut self, at: usize, placed: bool) {
        self.line[at].placed = placed;
        self.told.push((self.line[at].id, placed));
    }

    /// Those who wait get their turn, up to the first for whom there is too
    /// little and who could have it some day.
    fn serve(&mut self) {
        for at in 0..self.line.len() {
            let Claimant { wanted, placed, .. } = self.line[at];
            if placed || wanted > self.capacity {
                continue;
            }
            if wanted > self.capacity - self.used() {
                break;
            }
            self.put(at, true);
        }
    }

    fn claim(&mut self, id: u32, wanted: u32) {
        let placed = wanted == 0;
        self.line.push(Claimant { id, wanted, placed });
        self.serve();
        // The claim itself tells.
        self.told.retain(|(other, _)| *other != id);
    }

    fn change(&mut self, mut at: usize, wanted: u32) {
        if self.line[at].wanted == 0 {
            // It comes only now.
            let claimant = self.line.remove(at);
            self.line.push(claimant);
            at = self.line.len() - 1;
            if wanted != 0 && (self.someone_waits() || wanted > self.capacity - self.used()) {
                self.line[at].wanted = wanted;
                return self.put(at, false);
            }
        }
        self.line[at].wanted = wanted;
        let placed = self.line[at].placed;
        if wanted == 0 && !placed {
            self.put(at, true);
        } else if placed && self.used() > self.capacity {
            self.put(at, false);
        }
        self.serve();
    }

    fn resize(&mut self, capacity: u32) {
        self.capacity = capacity;
        for at in (0..self.line.len()).rev() {
            let Claimant { wanted, placed, .. } = self.line[at];
            if placed && wanted != 0 && self.used() > capacity {
                self.put(at, false);
            }
        }
        self.serve();
    }
}

#[derive(Clone, Debug)]
enum Step {
    Claim(u32),
    GiveUp(prop::sample::Index),
    Change(prop::sample::Index, u32),
    Resize(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u32..6).prop_map(Step::Claim),
        2 => any::<prop::sample::Index>().prop_map(Step::GiveUp),
        2 => (any::<prop::sample::Index>(), 0u32..9)
            .prop_map(|(who, wanted)| Step::Change(who, wanted)),
        1 => (0u32..24).prop_map(Step::Resize),
    ]
}

proptest! {
    #[test]
    fn agrees_with_a_plain_line(
        capacity in 0u32..12,
        steps in prop::collection::vec(step(), 0..120),
        shuffled: bool,
    ) {
        let mut slots = Slots::new(capacity);
        let mut claims: Vec<Claim> = Vec::new();
        let mut model = Line { capacity, ..Line::default() };
        for (id, step) in (0..).zip(steps) {
            let mut told = Vec::new();
            let note = |claim: &Claim| told.push((claim.id, claim.placed));
            let place_of = |id: u32, line: &[Claimant]| {
                line.iter().position(|claimant| claimant.id == id).unwrap()
            };
            model.told.clear();
            match step {
                Step::Claim(wanted) => {
                    claims.push(slots.claim(id, wanted));
                    model.claim(id, wanted);
                }
                Step::GiveUp(who) if !claims.is_empty() => {
                    // The caller's order is not that of the line.
                    let who = who.index(claims.len());
                    let gone = match shuffled {
                        true => claims.swap_remove(who),
                        false => claims.remove(who),
                    };
                    slots.give_up(gone, &mut claims, note);
                    model.line.remove(place_of(gone.id, &model.line));
                    model.serve();
                }
                Step::Change(who, wanted) if !claims.is_empty() => {
                    let who = who.index(claims.len());
                    slots.change(&mut claims, who, wanted, note);
                    model.change(place_of(claims[who].id, &model.line), wanted);
                }
                Step::Resize(capacity) => {
                    slots.resize(capacity, &mut claims, note);
                    model.resize(capacity);
                }
                _ => {}
            }
            prop_assert_eq!(&told, &model.told);
            let mut line: Vec<_> = claims.iter().map(Claimant::of).collect();
            let mut expected = model.line.clone();
            line.sort_by_key(|claimant| claimant.id);
            expected.sort_by_key(|claimant| claimant.id);
            prop_assert_eq!(&line, &expected);
            prop_assert_eq!(slots.used(), model.used());
            let waiting = line.iter().filter(|claimant| !claimant.placed).count();
            prop_assert_eq!(slots.waiting() as usize, waiting);
            prop_assert_eq!(slots.capacity(), model.capacity);
        }
    }
}
