// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Groups of rings.

use super::walk::{each_port, is_nic, nic_of, put_other, required, wanted_nic};
use crate::datapath::port::Port;
use crate::net::device::PortDevice;
use crate::net::errno::not_supported;
use crate::net::ethtool::Ethtool;
use crate::net::family::group as attribute;
use crate::net::genl_ops::{Request, Series};
use crate::net::netlink::Dump;
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

/// Tells of the group of one port.
pub(super) fn get(request: &Request<'_>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let dev = required(request, attribute::IFINDEX, "ifindex", rtnl)?;
    check(request, attribute::IFINDEX, dev, rtnl)?;
    fill(dev, reply, rtnl)
}

/// Refuses to tell of the rings of a port that has none. `EOPNOTSUPP`.
pub(super) fn check(
    request: &Request<'_>,
    kind: u16,
    dev: &PortDevice<Port>,
    rtnl: &Rtnl,
) -> Result {
    if has_group(dev, rtnl) {
        return Ok(());
    }
    let attr = request.require(kind, "ifindex")?;
    Err(request.extack().refuse_attr(
        not_supported(),
        &attr,
        fmt!("ifindex: VNIC {} shares its NIC's rings", dev.ifindex()),
    ))
}

/// Tells of all groups, or of those of one NIC.
pub(super) fn list(request: &Request<'_>, series: &mut Series<'_>, rtnl: &Rtnl) -> Result {
    let nic = wanted_nic(request, attribute::NIC_IFINDEX, rtnl)?;
    let takes = |dev: &PortDevice<Port>| {
        has_group(dev, rtnl) && nic.is_none_or(|nic| nic.is(nic_of(dev, rtnl)))
    };
    each_port(request, series, rtnl, takes, fill)
}

/// Whether a port has rings of its own.
fn has_group(dev: &PortDevice<Port>, rtnl: &Rtnl) -> bool {
    dev.port().group().count(rtnl) != 0
}

fn fill(dev: &PortDevice<Port>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let group = dev.port().group();
    reply.put_i32(attribute::IFINDEX, dev.ifindex())?;
    reply.put_name(attribute::IFNAME, dev, rtnl)?;
    let kinds = [attribute::NIC_IFINDEX, attribute::NIC_NETNSID];
    put_other(reply, kinds, dev, nic_of(dev, rtnl), rtnl)?;
    if is_nic(dev, rtnl) {
        reply.put_flag(attribute::DEFAULT)?;
    }
    reply.put_u32(attribute::RINGS, group.count(rtnl).into())?;
    reply.put_u32(attribute::RINGS_MAX, Port::max_channels(dev, rtnl).0)?;
    reply.put_u32(attribute::CAPACITY, group.capacity(rtnl))?;
    reply.put_u32(attribute::PORTS, ports(dev, rtnl))
}

/// How many ports a group serves: a default group the NIC's own and those that
/// share it, another the VNIC whose it is, unless that has no slot.
fn ports(dev: &PortDevice<Port>, rtnl: &Rtnl) -> u32 {
    let shares = |dev: &PortDevice<Port>| dev.port().uplink().place().shares();
    match is_nic(dev, rtnl) {
        true => {
            let ports = dev.port().switch().ports(rtnl);
            let guests = ports.filter(|port| shares(port)).count();
            u32::try_from(guests).unwrap_or(u32::MAX).saturating_add(1)
        }
        false => (!shares(dev)).into(),
    }
}
