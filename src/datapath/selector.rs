// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Which ring of a group a frame goes to: by the first steering rule that is
//! for its flow, or else by the main RSS context.
//!
//! Rules and contexts are made whole and replaced whole, together, so that a
//! sender sees a state in which every rule leads somewhere.

use super::port::Port;
use super::rss::{self, header_len, KeyTable, KeyTables, Rss};
use super::rules::RuleTable;
use crate::model::flow::{Flow, Tag};
use crate::model::steering::{Action, Rule};
use crate::model::toeplitz::KEY_LEN;
use crate::net::device::PortDevice;
use crate::net::skb::Frame;
use kernel::prelude::*;
use kernel::sync::Arc;

/// The number of the RSS context that takes what no rule is for.
pub(crate) const MAIN: u32 = 0;

/// The number of no ring: a rule drops the frame.
const NO_RING: u16 = u16::MAX;

/// The rules and RSS contexts of a group.
pub(crate) struct Selector {
    /// The ring of all frames, if there is but one for all.
    only: Option<u16>,
    /// The main context's table, if a frame's hash by it is all that counts.
    table: Option<KeyTable>,
    main: Rss,
    /// The other contexts, by number.
    contexts: KVec<(u32, Arc<Rss>)>,
    /// None if there is none.
    rules: Option<Arc<RuleTable>>,
    /// Whether there are rings to choose among, ever.
    hashes: bool,
}

/// The tables of a group's keys: those that a selector has, and new ones.
struct Tables<'a> {
    hashes: bool,
    known: Option<&'a Selector>,
}

impl KeyTables for Tables<'_> {
    fn table_of(&self, key: &[u8; KEY_LEN]) -> Result<Option<KeyTable>> {
        if !self.hashes {
            return Ok(None);
        }
        let mut known = self.known.into_iter().flat_map(Selector::all);
        let known = known.find(|rss| rss.key() == key).and_then(Rss::table);
        known
            .map_or_else(|| rss::key_table(key), |table| Ok(table.clone()))
            .map(Some)
    }
}

impl Selector {
    /// The defaults for a group of at most `max` rings, of which `rings` are in
    /// use, with `entries` entries in the table. Process context; `ENOMEM`.
    pub(crate) fn new(max: usize, rings: u16, entries: usize) -> Result<Self> {
        let hashes = max > 1;
        let known = None;
        let main = Rss::new(entries, rings, &Tables { hashes, known })?;
        Ok(Self::build(main, KVec::new(), None, hashes))
    }

    fn build(
        main: Rss,
        contexts: KVec<(u32, Arc<Rss>)>,
        rules: Option<Arc<RuleTable>>,
        hashes: bool,
    ) -> Self {
        let steers = rules.is_some();
        Self {
            only: main.only_ring().filter(|_| !steers),
            table: main.table().filter(|_| !steers).cloned(),
            main,
            contexts,
            rules,
            hashes,
        }
    }

    /// Where the tables of further keys come from.
    pub(crate) fn tables(&self) -> impl KeyTables + '_ {
        Tables {
            hashes: self.hashes,
            known: Some(self),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Rss> {
        let others = self.contexts.iter().map(|(_, rss)| &**rss);
        Iterator::chain(core::iter::once(&self.main), others)
    }

    /// Whether there are neither rules nor further contexts.
    pub(crate) fn is_plain(&self) -> bool {
        self.rules.is_none() && self.contexts.is_empty()
    }

    /// The settings of the main context.
    pub(crate) fn main(&self) -> &Rss {
        &self.main
    }

    /// The settings of a context.
    pub(crate) fn context(&self, id: u32) -> Option<&Rss> {
        if id == MAIN {
            return Some(&self.main);
        }
        let index = self
            .contexts
            .binary_search_by_key(&id, |(id, _)| *id)
            .ok()?;
        self.contexts.get(index).map(|(_, rss)| &**rss)
    }

    /// The rules.
    pub(crate) fn rules(&self) -> Option<&RuleTable> {
        self.rules.as_deref()
    }

    /// The same with a context that is new or changed. Process context;
    /// `ENOMEM`.
    pub(crate) fn with_context(&self, id: u32, rss: Rss) -> Result<Self> {
        if id == MAIN {
            let contexts = self.contexts_but(MAIN)?;
            return Ok(Self::build(rss, contexts, self.rules.clone(), self.hashes));
        }
        let room = self.contexts.len().saturating_add(1);
        let mut contexts = KVec::with_capacity(room, GFP_KERNEL_ACCOUNT)?;
        for (other, rss) in self.contexts.iter().filter(|(other, _)| *other < id) {
            contexts.push((*other, rss.clone()), GFP_KERNEL_ACCOUNT)?;
        }
        contexts.push((id, Arc::new(rss, GFP_KERNEL_ACCOUNT)?), GFP_KERNEL_ACCOUNT)?;
        for (other, rss) in self.contexts.iter().filter(|(other, _)| *other > id) {
            contexts.push((*other, rss.clone()), GFP_KERNEL_ACCOUNT)?;
        }
        let main = self.main.copy()?;
        Ok(Self::build(main, contexts, self.rules.clone(), self.hashes))
    }

    /// The same without a context. Process context; `ENOMEM`.
    pub(crate) fn without_context(&self, id: u32) -> Result<Self> {
        let contexts = self.contexts_but(id)?;
        let main = self.main.copy()?;
        Ok(Self::build(main, contexts, self.rules.clone(), self.hashes))
    }

    /// The same with other rules. Process context; `ENOMEM`.
    pub(crate) fn with_rules(&self, rules: RuleTable) -> Result<Self> {
        let rules = match rules.is_empty() {
            true => None,
            false => Some(Arc::new(rules, GFP_KERNEL_ACCOUNT)?),
        };
        let contexts = self.contexts_but(MAIN)?;
        Ok(Self::build(self.main.copy()?, contexts, rules, self.hashes))
    }

    /// The same with tables of another size, and another main context. Process
    /// context; `ENOMEM`.
    pub(crate) fn refit(&self, main: Rss, entries: usize) -> Result<Self> {
        let mut contexts = KVec::with_capacity(self.contexts.len(), GFP_KERNEL_ACCOUNT)?;
        for (id, rss) in &self.contexts {
            let rss = match rss.entries().len() == entries {
                true => rss.clone(),
                false => Arc::new(rss.refit(entries)?, GFP_KERNEL_ACCOUNT)?,
            };
            contexts.push((*id, rss), GFP_KERNEL_ACCOUNT)?;
        }
        Ok(Self::build(main, contexts, self.rules.clone(), self.hashes))
    }

    fn contexts_but(&self, without: u32) -> Result<KVec<(u32, Arc<Rss>)>> {
        let mut contexts = KVec::with_capacity(self.contexts.len(), GFP_KERNEL_ACCOUNT)?;
        for (id, rss) in self.contexts.iter().filter(|(id, _)| *id != without) {
            contexts.push((*id, rss.clone()), GFP_KERNEL_ACCOUNT)?;
        }
        Ok(contexts)
    }

    /// Whether a context's table names a ring that there is not among `rings`.
    pub(crate) fn names_beyond(&self, rings: u16) -> bool {
        self.all().any(|rss| rss.last_ring() >= rings)
    }

    /// The first rule that would lead to no ring if there were `rings`.
    pub(crate) fn first_misled(&self, rings: u16) -> Option<&Rule> {
        let last_ring = |id| self.context(id).map(Rss::last_ring);
        self.rules()?.rules().first_misled(rings, last_ring)
    }

    /// The number of a frame's ring; that of no ring if the frame is to be
    /// dropped. With one ring and no rules nothing is computed, unless `report`
    /// asks for the hash to be noted in the frame.
    #[inline(always)]
    pub(crate) fn ring(&self, dev: &PortDevice<Port>, frame: Frame, report: bool) -> (u16, Frame) {
        match self.only {
            Some(ring) if !report => (ring, frame),
            _ => self.computed_ring(dev, frame, report),
        }
    }

    /// One call for all that is computed, so that other frames need not make
    /// room for it in registers. For the same reason the frame is not borrowed.
    #[inline(never)]
    fn computed_ring(
        &self,
        dev: &PortDevice<Port>,
        mut frame: Frame,
        report: bool,
    ) -> (u16, Frame) {
        let ring = match &self.table {
            Some(table) => self.main.ring_of_frame(table, &mut frame, report),
            None => self.steered_ring(dev, &mut frame, report),
        };
        (ring, frame)
    }

    #[cold]
    #[inline(never)]
    fn steered_ring(&self, dev: &PortDevice<Port>, frame: &mut Frame, report: bool) -> u16 {
        frame.make_linear(header_len(frame.linear()));
        let Some(mut flow) = Flow::of(frame.linear()) else {
            return self.main.entries().first().copied().unwrap_or(0);
        };
        if let Some((protocol, tci)) = frame.vlan_tag() {
            flow.add_tag(Tag { protocol, tci });
        }
        // Rules are of the NIC's own traffic, not of that of VNICs in its rings.
        let steers = dev.steers_flows() && !dev.port().uplink().place().shares();
        let rules = self.rules().filter(|_| steers);
        match rules.and_then(|rules| rules.rules().action(&flow)) {
            None => self.main.ring_of_flow(&flow, frame, report),
            Some(Action::Drop) => NO_RING,
            Some(Action::Ring(ring)) => {
                if report {
                    self.main.ring_of_flow(&flow, frame, report);
                }
                ring
            }
            Some(Action::Context { id, add }) => {
                let Some(rss) = self.context(id) else {
                    return NO_RING;
                };
                rss.ring_of_flow(&flow, frame, report).saturating_add(add)
            }
        }
    }
}
