// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Losses by reason.

use super::walk::{each_port, required};
use crate::datapath::drops::REASONS;
use crate::datapath::port::Port;
use crate::net::device::PortDevice;
use crate::net::family::{drop, drops as attribute};
use crate::net::genl_ops::{Request, Series};
use crate::net::netlink::Dump;
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

/// Tells of the losses of one port.
pub(super) fn get(request: &Request<'_>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let dev = required(request, attribute::IFINDEX, "ifindex", rtnl)?;
    fill(dev, reply, rtnl)
}

/// Tells of those of all.
pub(super) fn list(request: &Request<'_>, series: &mut Series<'_>, rtnl: &Rtnl) -> Result {
    each_port(request, series, rtnl, |_| true, fill)
}

fn fill(dev: &PortDevice<Port>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    reply.put_i32(attribute::IFINDEX, dev.ifindex())?;
    reply.put_name(attribute::IFNAME, dev, rtnl)?;
    for (reason, _) in REASONS {
        reply.nest(attribute::DROP, |nest| {
            nest.put_u32(drop::REASON, reason as u32)?;
            nest.put_uint(drop::PACKETS, dev.port().drops().get(reason))
        })?;
    }
    Ok(())
}
