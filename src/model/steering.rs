// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Steering rules, as ethtool's ntuple filters have them: flows that go where
//! the user says rather than where their hash does.
//!
//! A rule has a location, a match and an action. Of the rules that match a flow
//! the one with the lowest location holds.

use super::flow::Flow;
use super::flow_match::{Key, Match};
use core::mem::replace;

/// What happens to the frames that a rule takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// They go to a ring.
    Ring(u16),
    /// They go to the ring that an RSS context has for their hash, or to one
    /// further on.
    Context {
        /// The context.
        id: u32,
        /// How much further.
        add: u16,
    },
    /// They are dropped.
    Drop,
}

/// A rule in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Where among the rules.
    pub(crate) location: u32,
    /// Which flows.
    pub(crate) flows: Match,
    /// What happens to them.
    pub(crate) action: Action,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            location: 0,
            flows: Match::default(),
            action: Action::Drop,
        }
    }
}

/// The flag of special locations (`RX_CLS_LOC_SPECIAL`).
const SPECIAL: u32 = 0x8000_0000;

/// Where a rule shall go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// There, in place of the rule that may be there.
    At(u32),
    /// The first free location.
    First,
    /// The last free location.
    Last,
}

impl Place {
    /// From the number in an ethtool request (`RX_CLS_LOC_*`); none if it is
    /// special in an unknown way. "Any" is the last, so that a rule whose place
    /// its maker does not care about stays behind those with one.
    pub(crate) fn from_location(location: u32) -> Option<Self> {
        match location {
            0xffff_fffe => Some(Self::First),
            0xffff_ffff | 0xffff_fffd => Some(Self::Last),
            _ if location & SPECIAL != 0 => None,
            _ => Some(Self::At(location)),
        }
    }
}

/// Why a rule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The location is beyond the last.
    NoSuchLocation,
    /// All locations are taken.
    Full,
    /// The rule at this location is for the same flows.
    Duplicate(u32),
}

/// Rules in the memory `S`, one location for each element.
pub(crate) struct Rules<S> {
    /// The first `len` are there, by location.
    slots: S,
    len: usize,
}

impl<S: AsRef<[Rule]> + AsMut<[Rule]>> Rules<S> {
    /// No rules.
    pub(crate) fn new(slots: S) -> Self {
        Self { slots, len: 0 }
    }

    /// The rules of `other`, or as many as there is memory for.
    pub(crate) fn like(mut slots: S, other: &Self) -> Self {
        let both = slots.as_mut().iter_mut().zip(other.rules());
        let len = both.map(|(slot, rule)| *slot = *rule).count();
        Self { slots, len }
    }

    /// Whether there is no rule, and so no flow to find out for steering.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many locations there are.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.as_ref().len()
    }

    /// The rules, by location.
    pub(crate) fn rules(&self) -> &[Rule] {
        self.slots.as_ref().get(..self.len).unwrap_or(&[])
    }

    /// What happens to a flow; none if no rule is for it.
    pub(crate) fn action(&self, flow: &Flow) -> Option<Action> {
        let key = Key::of(flow);
        let rule = self.rules().iter().find(|rule| rule.flows.takes(&key))?;
        Some(rule.action)
    }

    /// Adds a rule, and returns its location.
    pub(crate) fn insert(
        &mut self,
        place: Place,
        flows: Match,
        action: Action,
    ) -> Result<u32, Refusal> {
        let location = match place {
            Place::At(location) => location,
            Place::First => self.first_free().ok_or(Refusal::Full)?,
            Place::Last => self.last_free().ok_or(Refusal::Full)?,
        };
        if usize::try_from(location).map_or(true, |location| location >= self.capacity()) {
            return Err(Refusal::NoSuchLocation);
        }
        let mut others = self.rules().iter().filter(|rule| rule.location != location);
        if let Some(rule) = others.find(|rule| rule.flows == flows) {
            return Err(Refusal::Duplicate(rule.location));
        }
        let rule = Rule {
            location,
            flows,
            action,
        };
        match self.search(location) {
            Ok(index) => self.slots.as_mut().get_mut(index..=index),
            Err(index) => {
                self.len = self.len.saturating_add(1);
                self.slots.as_mut().get_mut(index..self.len)
            }
        }
        .unwrap_or_default()
        .iter_mut()
        .fold(rule, |rule, slot| replace(slot, rule));
        Ok(location)
    }

    /// Removes the rule at a location, and says whether there was one.
    pub(crate) fn remove(&mut self, location: u32) -> bool {
        let Ok(index) = self.search(location) else {
            return false;
        };
        let rules = self.slots.as_mut().get_mut(index..self.len);
        rules
            .unwrap_or_default()
            .iter_mut()
            .rfold(Rule::default(), |rule, slot| replace(slot, rule));
        self.len = self.len.saturating_sub(1);
        true
    }

    /// The first rule that leads to a ring which there would not be if there
    /// were but `rings`, or to no context. It stands against the change.
    /// `last_ring` says the highest ring that a context's table names, if there
    /// is that context.
    pub(crate) fn first_misled(
        &self,
        rings: u16,
        last_ring: impl Fn(u32) -> Option<u16>,
    ) -> Option<&Rule> {
        let leads = |rule: &&Rule| match rule.action {
            Action::Drop => true,
            Action::Ring(ring) => ring < rings,
            Action::Context { id, add } => last_ring(id)
                .and_then(|last| last.checked_add(add))
                .is_some_and(|ring| ring < rings),
        };
        self.rules().iter().find(|rule| !leads(rule))
    }

    /// The index of a location's rule, or else the one where it would go.
    fn search(&self, location: u32) -> Result<usize, usize> {
        self.rules()
            .binary_search_by_key(&location, |rule| rule.location)
    }

    fn first_free(&self) -> Option<u32> {
        let locations = 0..u32::try_from(self.capacity()).ok()?;
        let mut taken = self.rules().iter().map(|rule| rule.location);
        locations
            .into_iter()
            .find(|free| taken.next() != Some(*free))
    }

    fn last_free(&self) -> Option<u32> {
        let locations = 0..u32::try_from(self.capacity()).ok()?;
        let mut taken = self.rules().iter().rev().map(|rule| rule.location);
        locations.rev().find(|free| taken.next() != Some(*free))
    }
}

#[cfg(test)]
mod tests {
    use super::super::flow::tests::frames;
    use super::super::flow_match::tests::{naive, tcp4, Naive};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn rules(capacity: usize) -> Rules<Vec<Rule>> {
        Rules::new(vec![Rule::default(); capacity])
    }

    fn nth(n: u16) -> Match {
        Match::default().ethertype(n, u16::MAX)
    }

    #[test]
    fn lowest_location_holds() {
        let mut rules = rules(4);
        let flow = tcp4();
        assert!(rules.is_empty());
        let all = Match::default();
        rules.insert(Place::At(3), all, Action::Ring(3)).unwrap();
        assert_eq!(rules.action(&flow), Some(Action::Ring(3)));
        rules
            .insert(Place::At(1), all.v4(), Action::Ring(1))
            .unwrap();
        assert_eq!(rules.action(&flow), Some(Action::Ring(1)));
        rules
            .insert(Place::At(0), all.v6(), Action::Ring(0))
            .unwrap();
        assert_eq!(rules.action(&flow), Some(Action::Ring(1)));
        assert!(rules.remove(1));
        assert!(!rules.remove(1));
        assert_eq!(rules.action(&flow), Some(Action::Ring(3)));
    }

    #[test]
    fn places_are_found_until_full() {
        let mut rules = rules(4);
        let mut insert = |place, n| rules.insert(place, nth(n), Action::Drop);
        assert_eq!(insert(Place::Last, 0), Ok(3));
        assert_eq!(insert(Place::First, 1), Ok(0));
        assert_eq!(insert(Place::At(4), 2), Err(Refusal::NoSuchLocation));
        assert_eq!(insert(Place::At(2), 0), Err(Refusal::Duplicate(3)));
        assert_eq!(insert(Place::Last, 2), Ok(2));
        assert_eq!(insert(Place::First, 3), Ok(1));
        assert_eq!(insert(Place::First, 4), Err(Refusal::Full));
        assert_eq!(insert(Place::Last, 4), Err(Refusal::Full));
        // In place of what is there, be it for the same flows.
        assert_eq!(insert(Place::At(2), 4), Ok(2));
        assert_eq!(insert(Place::At(2), 4), Ok(2));
        let at = |rules: &Rules<Vec<Rule>>, location| {
            let mut all = rules.rules().iter();
            all.find(|rule| rule.location == location).copied()
        };
        assert_eq!(at(&rules, 2).map(|rule| rule.flows), Some(nth(4)));
        assert!(rules.remove(0));
        assert_eq!(at(&rules, 0), None);
        assert_eq!(rules.insert(Place::Last, nth(9), Action::Drop), Ok(0));
        assert_eq!(rules.capacity(), 4);
        let mut copy = Rules::like(vec![Rule::default(); 4], &rules);
        assert_eq!(copy.rules(), rules.rules());
        assert!(copy.remove(0));
        assert_ne!(copy.rules(), rules.rules());
    }

    #[test]
    fn places_of_requests() {
        assert_eq!(Place::from_location(7), Some(Place::At(7)));
        assert_eq!(Place::from_location(0xffff_ffff), Some(Place::Last));
        assert_eq!(Place::from_location(0xffff_fffe), Some(Place::First));
        assert_eq!(Place::from_location(0xffff_fffd), Some(Place::Last));
        assert_eq!(Place::from_location(0x8000_0000), None);
    }

    #[test]
    fn rules_stand_against_changes() {
        let mut rules = rules(3);
        for (n, action) in [
            Action::Ring(5),
            Action::Context { id: 2, add: 1 },
            Action::Drop,
        ]
        .into_iter()
        .enumerate()
        {
            let flows = nth(u16::try_from(n).unwrap());
            rules.insert(Place::First, flows, action).unwrap();
        }
        let misled = |rings, last_ring: &dyn Fn(u32) -> Option<u16>| {
            rules
                .first_misled(rings, last_ring)
                .map(|rule| rule.location)
        };
        let to_four = |id| (id == 2).then_some(4);
        assert_eq!(misled(6, &to_four), None);
        assert_eq!(misled(5, &to_four), Some(0));
        assert_eq!(misled(6, &|_| Some(5)), Some(1));
        assert_eq!(misled(6, &|_| Some(u16::MAX)), Some(1));
        assert_eq!(misled(6, &|_| None), Some(1));
    }

    proptest! {
        #[test]
        fn agrees_with_a_naive_model(
            steps in prop::collection::vec((0..8u32, prop::option::weighted(0.8, naive())), 0..24),
            frames in prop::collection::vec(frames(), 1..8),
        ) {
            let mut rules = rules(8);
            let mut model: BTreeMap<u32, (u16, Naive)> = BTreeMap::new();
            for (step, (location, naive)) in (0..).zip(steps) {
                let Some(naive) = naive else {
                    prop_assert_eq!(rules.remove(location), model.remove(&location).is_some());
                    continue;
                };
                let flows = naive.compile();
                let mut same = model.iter().filter(|(_, (_, rule))| rule.compile() == flows);
                let inserted = rules.insert(Place::At(location), flows, Action::Ring(step));
                if let Some((there, _)) = same.find(|(there, _)| **there != location) {
                    prop_assert_eq!(inserted, Err(Refusal::Duplicate(*there)));
                } else {
                    prop_assert_eq!(inserted, Ok(location));
                    model.insert(location, (step, naive));
                }
            }
            prop_assert!(rules.rules().iter().map(|rule| &rule.location).eq(model.keys()));
            for frame in frames {
                let flow = Flow::of(&frame).unwrap();
                let expected = model.values().find(|(_, naive)| naive.takes(&flow));
                let expected = expected.map(|(ring, _)| Action::Ring(*ring));
                prop_assert_eq!(rules.action(&flow), expected);
            }
        }

        #[test]
        fn free_places_are_the_outermost(taken in prop::collection::btree_set(0..8u32, 0..8)) {
            for place in [Place::First, Place::Last] {
                let mut rules = rules(8);
                for (n, location) in (0..).zip(&taken) {
                    rules.insert(Place::At(*location), nth(n), Action::Drop).unwrap();
                }
                let mut free = (0..8).filter(|location| !taken.contains(location));
                let expected = if place == Place::First { free.next() } else { free.last() };
                let got = rules.insert(place, nth(99), Action::Drop);
                prop_assert_eq!(got, expected.ok_or(Refusal::Full));
            }
        }
    }
}
