// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The filter tables of NICs.

use super::walk::{is_nic, next, put_other, wanted_nic};
use crate::datapath::port::Port;
use crate::model::port_key::PortKey;
use crate::net::device::PortDevice;
use crate::net::family::filter as attribute;
use crate::net::genl_ops::{Request, Series};
use crate::net::netlink::Dump;
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

/// Tells of the tables of all NICs, or of that of one.
pub(super) fn list(request: &Request<'_>, series: &mut Series<'_>, rtnl: &Rtnl) -> Result {
    let only = wanted_nic(request, attribute::NIC_IFINDEX, rtnl)?;
    while let Some(dev) = next(request, series, rtnl) {
        if is_nic(dev, rtnl) && only.is_none_or(|only| only.is(dev)) {
            list_of(dev, series, rtnl)?;
        } else {
            series.enter(dev.ifindex() as u32, 0);
        }
        series.leave();
    }
    Ok(())
}

fn list_of(nic: &PortDevice<Port>, series: &mut Series<'_>, rtnl: &Rtnl) -> Result {
    let switch = nic.port().switch();
    let first = series.enter(nic.ifindex() as u32, switch.changes(rtnl));
    // Ports keep their numbers, as entries do not keep their places in a table
    // that grows: those of a port that stays are told, whatever else changes.
    let (number, filter) = ((first >> 32) as usize, first as u32 as usize);
    for (at, dev) in switch.ports_from(number, rtnl) {
        let skip = if at == number { filter } else { 0 };
        let tell = |index: usize, key: PortKey| {
            series.write(|reply| fill(nic, key, dev, reply, rtnl))?;
            series.done_below(
                ((at as u64) << 32)
                    .saturating_add(index as u64)
                    .saturating_add(1),
            );
            Ok(())
        };
        dev.port().uplink().each_filter(skip, tell, rtnl)?;
    }
    Ok(())
}

fn fill(
    nic: &PortDevice<Port>,
    key: PortKey,
    dev: &PortDevice<Port>,
    reply: &mut Dump<'_>,
    rtnl: &Rtnl,
) -> Result {
    let tag = key.vlan().tag();
    reply.put_i32(attribute::NIC_IFINDEX, nic.ifindex())?;
    reply.put_bytes(attribute::MAC, &key.mac().to_bytes())?;
    reply.put_u32(attribute::VLAN_ID, tag.map_or(0, |tag| tag.id.into()))?;
    if let Some(tag) = tag {
        reply.put_u32(attribute::VLAN_PROTOCOL, tag.kind.ethertype().into())?;
    }
    let kinds = [attribute::IFINDEX, attribute::NETNSID];
    put_other(reply, kinds, nic, dev, rtnl)?;
    match dev.port().uplink().share().is_placed(rtnl) {
        true => reply.put_flag(attribute::IN_SLOT),
        false => Ok(()),
    }
}
