// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Changes of a group's RSS contexts and steering rules, as ethtool asks for
//! them. All under RTNL; a refused change changes nothing.

use super::group::Group;
use super::port::Port;
use super::rss::Rss;
use super::rules::RuleTable;
use super::selector::Selector;
use crate::net::device::{Netdev, PortDevice};
use crate::net::errno::not_supported;
use crate::net::ethtool::{FlowRule, FlowRules, RssChange, RssReply};
use crate::net::netlink::ExtAck;
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

impl Group {
    /// Tells a context's key, table, function and transformation.
    pub(crate) fn tell_rss(&self, context: u32, reply: &mut RssReply<'_>, rtnl: &Rtnl) {
        if let Some(rss) = self.selector(rtnl).context(context) {
            rss.tell(reply);
        }
    }

    /// Changes a context's key, table, function and transformation. `ENOENT`:
    /// there is no such context.
    pub(crate) fn change_rss(
        &self,
        context: u32,
        change: &RssChange<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        let old = self.selector(rtnl);
        let rss = old.context(context).ok_or(ENOENT)?;
        let rss = rss.changed(change, self.count(rtnl), &old.tables(), extack)?;
        self.put_context(context, rss, extack, rtnl)
    }

    /// Adds a context with the defaults, but for what `change` says.
    pub(crate) fn add_context(
        &self,
        context: u32,
        change: &RssChange<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        let old = self.selector(rtnl);
        let (rings, tables) = (self.count(rtnl), old.tables());
        let entries = old.main().entries().len();
        let rss = Rss::new(entries, rings, &tables)?.changed(change, rings, &tables, extack)?;
        self.put_context(context, rss, extack, rtnl)
    }

    /// Removes a context. `EBUSY`: a rule leads there.
    pub(crate) fn remove_context(&self, context: u32, extack: &ExtAck<'_>, rtnl: &Rtnl) -> Result {
        let selector = self.selector(rtnl).without_context(context)?;
        if let Some(rule) = selector.first_misled(self.count(rtnl)) {
            let at = rule.location;
            return Err(extack.refuse(EBUSY, fmt!("rule {at} leads to this context")));
        }
        self.set_selector(selector, rtnl)
    }

    /// A context's hash fields (`RXH_*`) of an ethtool flow type.
    pub(crate) fn hash_fields(&self, context: u32, flow_type: u32, rtnl: &Rtnl) -> Option<u32> {
        self.selector(rtnl).context(context)?.fields(flow_type)
    }

    /// Changes them. `ENOENT`: there is no such context.
    pub(crate) fn set_hash_fields(
        &self,
        context: u32,
        flow_type: u32,
        fields: u32,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        let rss = self.selector(rtnl).context(context).ok_or(ENOENT)?;
        let rss = rss.with_fields(flow_type, fields, extack)?;
        self.put_context(context, rss, extack, rtnl)
    }

    /// The rules.
    pub(crate) fn rules<'r>(&'r self, rtnl: &'r Rtnl) -> Option<&'r RuleTable> {
        self.selector(rtnl).rules()
    }

    /// Adds a rule, and returns where it is. `EOPNOTSUPP`: rules are switched
    /// off; `EINVAL`: it leads to no ring in use; else as
    /// [`RuleTable::insert`].
    pub(crate) fn add_rule(
        &self,
        dev: &Netdev,
        rule: &FlowRule,
        location: u32,
        rtnl: &Rtnl,
    ) -> Result<u32> {
        if !dev.steers_flows() || self.count(rtnl) == 0 {
            return Err(not_supported());
        }
        let old = self.selector(rtnl);
        let mut rules = RuleTable::like(old.rules())?;
        let location = rules.insert(rule, location)?;
        self.put_rules(old, rules, rtnl)?;
        Ok(location)
    }

    /// Removes the rule at a location. `ENOENT`: there is none.
    pub(crate) fn remove_rule(&self, location: u32, rtnl: &Rtnl) -> Result {
        let old = self.selector(rtnl);
        let mut rules = RuleTable::like(old.rules())?;
        rules.remove(location)?;
        self.put_rules(old, rules, rtnl)
    }

    fn put_rules(&self, old: &Selector, rules: RuleTable, rtnl: &Rtnl) -> Result {
        let selector = old.with_rules(rules)?;
        match selector.first_misled(self.count(rtnl)) {
            Some(_) => Err(EINVAL),
            None => self.set_selector(selector, rtnl),
        }
    }

    fn put_context(&self, id: u32, rss: Rss, extack: &ExtAck<'_>, rtnl: &Rtnl) -> Result {
        let rings = self.count(rtnl);
        let selector = self.selector(rtnl).with_context(id, rss)?;
        if let Some(rule) = selector.first_misled(rings) {
            let (at, last) = (rule.location, rings.saturating_sub(1));
            return Err(extack.refuse(
                EINVAL,
                fmt!("rule {at} would lead beyond ring {last}, the last"),
            ));
        }
        self.set_selector(selector, rtnl)
    }
}

impl FlowRules for Port {
    const CAPACITY: u32 = RuleTable::CAPACITY;

    fn locations<'r>(dev: &'r PortDevice<Self>, rtnl: &'r Rtnl) -> impl Iterator<Item = u32> + 'r {
        let rules = dev.port().group().rules(rtnl);
        rules.into_iter().flat_map(RuleTable::locations)
    }

    fn rule<'r>(dev: &'r PortDevice<Self>, location: u32, rtnl: &'r Rtnl) -> Option<&'r FlowRule> {
        dev.port().group().rules(rtnl)?.written(location)
    }

    fn add_rule(
        dev: &PortDevice<Self>,
        rule: &FlowRule,
        location: u32,
        rtnl: &Rtnl,
    ) -> Result<u32> {
        dev.port().group().add_rule(dev, rule, location, rtnl)
    }

    fn remove_rule(dev: &PortDevice<Self>, location: u32, rtnl: &Rtnl) -> Result {
        dev.port().group().remove_rule(location, rtnl)
    }
}
