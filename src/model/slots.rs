// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Who has slots of a NIC's filter table, which are finite in number, and who
//! waits for some.
//!
//! A claimant gets all the slots that it wants or none. Slots that become free
//! go to who has waited longest; nobody behind is served before, so that who
//! wants many is not passed over for ever. Who wants more than there are in all
//! waits, but holds up nobody; who wants none never waits. When there are fewer
//! slots than are taken, who came last lose theirs first, and keep their turn.

/// One who wants slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Who.
    pub(crate) id: u32,
    /// How many.
    pub(crate) wanted: u32,
    /// Whether it has them.
    pub(crate) placed: bool,
    /// When it came: earlier ones have lower numbers.
    ticket: u64,
}

/// The state of a filter table; its claims are in memory of the caller, who keeps
/// each as long as its claimant is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slots {
    capacity: u32,
    used: u32,
    waiting: u32,
    /// How many of those who wait want more slots than there are.
    hopeless: u32,
    next_ticket: u64,
}

impl Slots {
    /// A table of `capacity` slots.
    pub(crate) const fn new(capacity: u32) -> Self {
        Self {
            capacity,
            used: 0,
            waiting: 0,
            hopeless: 0,
            next_ticket: 0,
        }
    }

    /// How many slots there are.
    pub(crate) fn capacity(&self) -> u32 {
        self.capacity
    }

    /// How many are taken.
    pub(crate) fn used(&self) -> u32 {
        self.used
    }

    /// How many claimants wait.
    pub(crate) fn waiting(&self) -> u32 {
        self.waiting
    }

    /// A new claim, to be kept among the others.
    pub(crate) fn claim(&mut self, id: u32, wanted: u32) -> Claim {
        let claim = Claim {
            id,
            wanted,
            placed: self.serves_newcomer(wanted),
            ticket: self.take_ticket(),
        };
        self.count(&claim);
        claim
    }

    /// A claim that was taken from among the others: `others` are what is left.
    /// Calls `changed` for each that gets its slots now.
    pub(crate) fn give_up(
        &mut self,
        claim: Claim,
        others: &mut [Claim],
        changed: impl FnMut(&Claim),
    ) {
        self.forget(&claim);
        self.serve(others, changed);
    }

    /// Changes how many slots claim `index` wants. It keeps its turn, unless it
    /// wanted none, which is to come only now; one that wants more than there is
    /// room for waits like others. Calls `changed` for each whose slots come or
    /// go.
    pub(crate) fn change(
        &mut self,
        claims: &mut [Claim],
        index: usize,
        wanted: u32,
        mut changed: impl FnMut(&Claim),
    ) {
        let Some(claim) = claims.get_mut(index) else {
            return;
        };
        self.forget(claim);
        let before = *claim;
        claim.wanted = wanted;
        if before.wanted == 0 {
            claim.placed = self.serves_newcomer(wanted);
            claim.ticket = self.take_ticket();
        } else {
            claim.placed = wanted == 0 || (before.placed && wanted <= self.free());
        }
        self.count(claim);
        if claim.placed != before.placed {
            changed(claim);
        }
        self.serve(claims, changed);
    }

    /// Changes how many slots there are. Calls `changed` for each whose slots
    /// come or go.
    pub(crate) fn resize(
        &mut self,
        capacity: u32,
        claims: &mut [Claim],
        mut changed: impl FnMut(&Claim),
    ) {
        self.capacity = capacity;
        while self.used > capacity {
            let placed = claims
                .iter_mut()
                .filter(|claim| claim.placed && claim.wanted != 0);
            let Some(last) = placed.max_by_key(|claim| claim.ticket) else {
                break;
            };
            last.placed = false;
            self.used = self.used.saturating_sub(last.wanted);
            self.waiting = self.waiting.saturating_add(1);
            changed(last);
        }
        let waiting = claims.iter().filter(|claim| !claim.placed);
        let hopeless = waiting.filter(|claim| claim.wanted > capacity).count();
        self.hopeless = u32::try_from(hopeless).unwrap_or(u32::MAX);
        self.serve(claims, changed);
    }

    fn free(&self) -> u32 {
        self.capacity.saturating_sub(self.used)
    }

    /// Whether one who comes now gets so many slots at once.
    fn serves_newcomer(&self, wanted: u32) -> bool {
        wanted == 0 || (self.waiting == self.hopeless && wanted <= self.free())
    }

    fn take_ticket(&mut self) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket = ticket.saturating_add(1);
        ticket
    }

    /// Counts a claim as it is.
    fn count(&mut self, claim: &Claim) {
        if claim.placed {
            self.used = self.used.saturating_add(claim.wanted);
        } else {
            let hopeless = u32::from(claim.wanted > self.capacity);
            self.waiting = self.waiting.saturating_add(1);
            self.hopeless = self.hopeless.saturating_add(hopeless);
        }
    }

    /// Takes back [`Self::count`].
    fn forget(&mut self, claim: &Claim) {
        if claim.placed {
            self.used = self.used.saturating_sub(claim.wanted);
        } else {
            let hopeless = u32::from(claim.wanted > self.capacity);
            self.waiting = self.waiting.saturating_sub(1);
            self.hopeless = self.hopeless.saturating_sub(hopeless);
        }
    }

    /// Serves those who wait, in their order, until one finds too little.
    fn serve(&mut self, claims: &mut [Claim], mut changed: impl FnMut(&Claim)) {
        // Who waits wants one at the least: a full table is not worth a search.
        while self.waiting != self.hopeless && self.free() != 0 {
            let waiting = claims
                .iter_mut()
                .filter(|claim| !claim.placed && claim.wanted <= self.capacity);
            let Some(first) = waiting.min_by_key(|claim| claim.ticket) else {
                break;
            };
            if first.wanted > self.free() {
                break;
            }
            self.forget(first);
            first.placed = true;
            self.count(first);
            changed(first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(claims: &[Claim], placed: bool) -> Vec<u32> {
        let chosen = claims.iter().filter(|claim| claim.placed == placed);
        chosen.map(|claim| claim.id).collect()
    }

    fn ten_on_four() -> (Slots, Vec<Claim>) {
        let mut slots = Slots::new(4);
        let claims = (0..10).map(|id| slots.claim(id, 1)).collect();
        (slots, claims)
    }

    #[test]
    fn the_first_four_of_ten_get_a_slot() {
        let (slots, claims) = ten_on_four();
        assert_eq!(ids(&claims, true), [0, 1, 2, 3]);
        assert_eq!((slots.used(), slots.waiting()), (4, 6));
    }

    #[test]
    fn a_free_slot_goes_to_who_waited_longest() {
        let (mut slots, mut claims) = ten_on_four();
        let mut served = Vec::new();
        let gone = claims.remove(2);
        slots.give_up(gone, &mut claims, |claim| served.push(claim.id));
        let gone = claims.remove(4);
        slots.give_up(gone, &mut claims, |claim| served.push(claim.id));
        let gone = claims.remove(0);
        slots.give_up(gone, &mut claims, |claim| served.push(claim.id));
        assert_eq!(served, [4, 6]);
    }

    #[test]
    fn nobody_is_passed_over() {
        let mut slots = Slots::new(4);
        let mut claims = vec![slots.claim(0, 3), slots.claim(1, 2), slots.claim(2, 1)];
        assert_eq!(ids(&claims, true), [0]);
        let gone = claims.remove(0);
        slots.give_up(gone, &mut claims, |_| ());
        assert_eq!(ids(&claims, true), [1, 2]);
    }

    #[test]
    fn with_fewer_slots_the_last_lose_theirs_and_come_back_first() {
        let (mut slots, mut claims) = ten_on_four();
        slots.resize(2, &mut claims, |_| ());
        assert_eq!(ids(&claims, true), [0, 1]);
        let mut served = Vec::new();
        slots.resize(3, &mut claims, |claim| served.push(claim.id));
        assert_eq!(served, [2]);
        slots.resize(0, &mut claims, |_| ());
        assert_eq!((slots.used(), slots.waiting()), (0, 10));
    }

    #[test]
    fn wanting_more_than_there_is_loses_all() {
        let mut slots = Slots::new(3);
        let mut claims = vec![slots.claim(0, 1), slots.claim(1, 1), slots.claim(2, 2)];
        let mut changed = Vec::new();
        slots.change(&mut claims, 1, 3, |claim| {
            changed.push((claim.id, claim.placed))
        });
        assert_eq!(changed, [(1, false)]);
        assert_eq!(ids(&claims, true), [0]);
        slots.change(&mut claims, 1, 0, |_| ());
        assert_eq!(ids(&claims, true), [0, 1, 2]);
    }

    #[test]
    fn who_wants_more_than_there_are_holds_up_nobody() {
        let mut slots = Slots::new(4);
        let mut claims = vec![slots.claim(0, 1), slots.claim(1, 5), slots.claim(2, 1)];
        assert_eq!(ids(&claims, true), [0, 2]);
        // Not when it comes to want so much later, either.
        slots.change(&mut claims, 0, 6, |_| ());
        claims.push(slots.claim(3, 3));
        assert_eq!(ids(&claims, true), [2, 3]);
        // With enough slots it is its turn again.
        slots.resize(9, &mut claims, |_| ());
        assert_eq!(ids(&claims, false), [0, 1]);
        slots.resize(10, &mut claims, |_| ());
        assert_eq!(ids(&claims, false), [1]);
        assert_eq!((slots.used(), slots.waiting()), (10, 1));
    }

    #[test]
    fn who_wants_none_never_waits() {
        let mut slots = Slots::new(1);
        let mut claims = vec![slots.claim(0, 1), slots.claim(1, 1), slots.claim(2, 0)];
        assert_eq!(ids(&claims, true), [0, 2]);
        slots.change(&mut claims, 1, 0, |_| ());
        slots.resize(0, &mut claims, |_| ());
        assert_eq!(ids(&claims, true), [1, 2]);
    }

    #[test]
    fn who_begins_to_want_some_comes_last() {
        let mut slots = Slots::new(2);
        let mut claims = vec![slots.claim(0, 0), slots.claim(1, 1), slots.claim(2, 2)];
        assert_eq!(ids(&claims, true), [0, 1]);
        let mut changed = Vec::new();
        slots.change(&mut claims, 0, 1, |claim| {
            changed.push((claim.id, claim.placed))
        });
        assert_eq!(changed, [(0, false)]);
        let gone = claims.remove(1);
        slots.give_up(gone, &mut claims, |claim| {
            changed.push((claim.id, claim.placed))
        });
        assert_eq!(changed, [(0, false), (2, true)]);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Claim(u32),
        GiveUp(usize),
        Change(usize, u32),
        Resize(u32),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u32..5).prop_map(Step::Claim),
            any::<usize>().prop_map(Step::GiveUp),
            (any::<usize>(), 0u32..5).prop_map(|(n, wanted)| Step::Change(n, wanted)),
            (0u32..12).prop_map(Step::Resize),
        ]
    }

    proptest! {
        #[test]
        fn slots_add_up_and_the_first_who_waits_would_not_fit(
            steps in proptest::collection::vec(step(), 0..100),
        ) {
            let mut slots = Slots::new(6);
            let mut claims: Vec<Claim> = Vec::new();
            for (id, step) in steps.into_iter().enumerate() {
                let before = claims.clone();
                let mut changed = Vec::new();
                let mut note = |claim: &Claim| changed.push((claim.id, claim.placed));
                match step {
                    Step::Claim(wanted) => claims.push(slots.claim(id as u32, wanted)),
                    Step::GiveUp(n) if !claims.is_empty() => {
                        let gone = claims.remove(n % claims.len());
                        slots.give_up(gone, &mut claims, &mut note);
                    }
                    Step::Change(n, wanted) if !claims.is_empty() => {
                        let n = n % claims.len();
                        slots.change(&mut claims, n, wanted, &mut note);
                    }
                    Step::Resize(capacity) => slots.resize(capacity, &mut claims, &mut note),
                    _ => {}
                }
                let placed = claims.iter().filter(|claim| claim.placed);
                let used: u32 = placed.map(|claim| claim.wanted).sum();
                prop_assert_eq!(slots.used(), used);
                prop_assert!(used <= slots.capacity());
                let waiting = claims.iter().filter(|claim| !claim.placed);
                prop_assert_eq!(slots.waiting() as usize, waiting.clone().count());
                let hopeful = waiting.filter(|claim| claim.wanted <= slots.capacity());
                if let Some(first) = hopeful.min_by_key(|claim| claim.ticket) {
                    prop_assert!(first.wanted > slots.capacity() - used);
                }
                for old in &before {
                    let now = claims.iter().find(|claim| claim.id == old.id);
                    let last = changed.iter().rev().find(|(id, _)| *id == old.id);
                    if let Some(now) = now {
                        prop_assert_eq!(last.map_or(old.placed, |(_, placed)| *placed), now.placed);
                    }
                }
            }
        }
    }
}
