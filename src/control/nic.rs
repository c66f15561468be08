// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! NICs: wire, filter slots, pool.

use super::walk::{each_port, is_nic, put_other, required};
use crate::datapath::port::Port;
use crate::net::device::PortDevice;
use crate::net::family::nic as attribute;
use crate::net::genl_ops::{Request, Series};
use crate::net::netlink::Dump;
use crate::net::rtnl::Rtnl;
use crate::nic::Nic;
use kernel::prelude::*;

/// Tells of one NIC.
pub(super) fn get(request: &Request<'_>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let dev = required(request, attribute::IFINDEX, "ifindex", rtnl)?;
    if !is_nic(dev, rtnl) {
        let attr = request.require(attribute::IFINDEX, "ifindex")?;
        return Err(request.extack().refuse_attr(
            EINVAL,
            &attr,
            fmt!("ifindex: device {} is a VNIC", dev.ifindex()),
        ));
    }
    fill(dev, reply, rtnl)
}

/// Tells of all NICs.
pub(super) fn list(request: &Request<'_>, series: &mut Series<'_>, rtnl: &Rtnl) -> Result {
    each_port(request, series, rtnl, |dev| is_nic(dev, rtnl), fill)
}

/// Writes what there is to tell of a NIC.
pub(super) fn fill(dev: &PortDevice<Port>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let port = dev.port();
    let (slots, pool) = (port.stock().slots(rtnl), port.stock().pool(rtnl));
    let vnics = u32::try_from(port.switch().count()).unwrap_or(u32::MAX);
    reply.put_i32(attribute::IFINDEX, dev.ifindex())?;
    reply.put_name(attribute::IFNAME, dev, rtnl)?;
    if let Some(nic) = dev.as_device::<Nic>() {
        reply.put_u32(attribute::WIRE, nic.data().wire_kind(rtnl))?;
    }
    if let Some(peer) = port.wire().peer_rtnl(rtnl) {
        let kinds = [attribute::PEER_IFINDEX, attribute::PEER_NETNSID];
        put_other(reply, kinds, dev, peer, rtnl)?;
    }
    reply.put_u32(attribute::CARRIER, dev.has_carrier().into())?;
    reply.put_u32(attribute::VNICS, vnics)?;
    reply.put_u32(attribute::SLOTS, slots.capacity())?;
    reply.put_u32(attribute::SLOTS_USED, slots.used())?;
    reply.put_u32(attribute::SLOTS_WAITING, slots.waiting())?;
    reply.put_u32(attribute::POOL, pool.capacity())?;
    reply.put_u32(attribute::POOL_USED, pool.used())?;
    reply.put_u32(attribute::STORM, port.switch().storm().rate())
}
