// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A NIC's steering rules.

use super::Nic;
use crate::datapath::rules::RuleTable;
use crate::net::device::Device;
use crate::net::ethtool::{FlowRule, FlowRules};
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

impl FlowRules for Nic {
    const CAPACITY: u32 = RuleTable::CAPACITY;

    fn locations<'r>(dev: &'r Device<Self>, rtnl: &'r Rtnl) -> impl Iterator<Item = u32> + 'r {
        let rules = dev.port().group().rules(rtnl);
        rules.into_iter().flat_map(RuleTable::locations)
    }

    fn rule<'r>(dev: &'r Device<Self>, location: u32, rtnl: &'r Rtnl) -> Option<&'r FlowRule> {
        dev.port().group().rules(rtnl)?.written(location)
    }

    fn add_rule(dev: &Device<Self>, rule: &FlowRule, location: u32, rtnl: &Rtnl) -> Result<u32> {
        dev.port().group().add_rule(dev, rule, location, rtnl)
    }

    fn remove_rule(dev: &Device<Self>, location: u32, rtnl: &Rtnl) -> Result {
        dev.port().group().remove_rule(location, rtnl)
    }
}
