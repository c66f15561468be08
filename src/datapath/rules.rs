// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The steering rules of a group, with what their makers wrote.

use crate::model::flow_spec::{self, Headers, Spec};
use crate::model::steering::{self, Place, Rule, Rules};
use crate::net::errno::not_supported;
use crate::net::ethtool::{FlowHeaders, FlowRule};
use kernel::prelude::*;

/// How many rules a group can have.
const LOCATIONS: usize = 256;

/// Memory of rules.
pub(crate) struct Slots(KVVec<Rule>);

impl AsRef<[Rule]> for Slots {
    #[inline]
    fn as_ref(&self) -> &[Rule] {
        &self.0
    }
}

impl AsMut<[Rule]> for Slots {
    fn as_mut(&mut self) -> &mut [Rule] {
        &mut self.0
    }
}

/// The rules of a group.
pub(crate) struct RuleTable {
    rules: Rules<Slots>,
    /// By location; nothing where there is no rule.
    written: KVVec<Option<FlowRule>>,
}

impl RuleTable {
    /// How many locations there are.
    pub(crate) const CAPACITY: u32 = LOCATIONS as u32;

    /// A table with the rules of another, or none. Process context; `ENOMEM`.
    pub(crate) fn like(other: Option<&Self>) -> Result<Self> {
        let slots = Slots(KVVec::from_elem(
            Rule::default(),
            LOCATIONS,
            GFP_KERNEL_ACCOUNT,
        )?);
        let mut written = KVVec::from_elem(None, LOCATIONS, GFP_KERNEL_ACCOUNT)?;
        let Some(other) = other else {
            let rules = Rules::new(slots);
            return Ok(Self { rules, written });
        };
        let both = written.iter_mut().zip(&other.written);
        both.for_each(|(to, from)| *to = *from);
        let rules = Rules::like(slots, &other.rules);
        Ok(Self { rules, written })
    }

    /// The rules, as they are followed.
    #[inline]
    pub(crate) fn rules(&self) -> &Rules<Slots> {
        &self.rules
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The locations that are taken, in order.
    pub(crate) fn locations(&self) -> impl Iterator<Item = u32> + '_ {
        self.rules.rules().iter().map(|rule| rule.location)
    }

    /// What the maker of the rule at a location wrote.
    pub(crate) fn written(&self, location: u32) -> Option<&FlowRule> {
        self.written.get(usize::try_from(location).ok()?)?.as_ref()
    }

    /// Adds a rule, and returns where it is. `location` is ethtool's, special
    /// ones included. `EOPNOTSUPP`: there is no such flow type, or a field that
    /// cannot be matched; `EINVAL`: there is no such location or action;
    /// `EEXIST`: another rule is for the same flows; `ENOSPC`: all locations are
    /// taken.
    pub(crate) fn insert(&mut self, rule: &FlowRule, location: u32) -> Result<u32> {
        let spec = Spec {
            flow_type: rule.flow_type,
            value: headers(&rule.value),
            mask: headers(&rule.mask),
            ring: rule.ring,
            context: rule.context,
        };
        let flows = spec.flows().map_err(refuse_spec)?;
        let action = spec.action().map_err(refuse_spec)?;
        let place = Place::from_location(location).ok_or(EINVAL)?;
        let location =
            self.rules
                .insert(place, flows, action)
                .map_err(|refusal| match refusal {
                    steering::Refusal::NoSuchLocation => EINVAL,
                    steering::Refusal::Full => ENOSPC,
                    steering::Refusal::Duplicate(_) => EEXIST,
                })?;
        self.set_written(location, Some(*rule));
        Ok(location)
    }

    /// Removes the rule at a location. `ENOENT`: there is none.
    pub(crate) fn remove(&mut self, location: u32) -> Result {
        if !self.rules.remove(location) {
            return Err(ENOENT);
        }
        self.set_written(location, None);
        Ok(())
    }

    fn set_written(&mut self, location: u32, rule: Option<FlowRule>) {
        let slot = usize::try_from(location).ok();
        if let Some(slot) = slot.and_then(|at| self.written.get_mut(at)) {
            *slot = rule;
        }
    }
}

fn headers(headers: &FlowHeaders) -> Headers {
    Headers {
        fields: headers.fields,
        ext: headers.ext,
    }
}

fn refuse_spec(refusal: flow_spec::Refusal) -> Error {
    match refusal {
        flow_spec::Refusal::FlowType | flow_spec::Refusal::Field => not_supported(),
        flow_spec::Refusal::Ring => EINVAL,
    }
}
