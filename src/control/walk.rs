// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Finding the ports that a request is about. A namespace sees its own devices,
//! and of others what those are connected to.

use crate::datapath::port::Port;
use crate::net::device::PortDevice;
use crate::net::genl_ops::{Request, Series};
use crate::net::netlink::{Attr, Dump};
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

/// The port whose index attribute `kind`, which is called `name`, gives.
/// `ENODEV`: there is no such device; `EOPNOTSUPP`: it is none of ours.
pub(super) fn required<'r>(
    request: &Request<'_>,
    kind: u16,
    name: &str,
    rtnl: &'r Rtnl,
) -> Result<&'r PortDevice<Port>> {
    let attr = request.require(kind, name)?;
    find(request, &attr, name, rtnl)
}

fn find<'r>(
    request: &Request<'_>,
    attr: &Attr<'_>,
    name: &str,
    rtnl: &'r Rtnl,
) -> Result<&'r PortDevice<Port>> {
    let (extack, index) = (request.extack(), attr.i32());
    match request.net().port_device(index, rtnl) {
        Some(Ok(dev)) => Ok(dev),
        Some(Err(error)) => Err(extack.refuse_attr(
            error,
            attr,
            fmt!("{name}: device {index} is no softnic NIC, and no VNIC"),
        )),
        None => Err(extack.refuse_attr(
            ENODEV,
            attr,
            fmt!("{name}: there is no device of index {index}"),
        )),
    }
}

/// As [`required`], if the attribute is there.
pub(super) fn wanted<'r>(
    request: &Request<'_>,
    kind: u16,
    name: &str,
    rtnl: &'r Rtnl,
) -> Result<Option<&'r PortDevice<Port>>> {
    let attr = request.get(kind);
    attr.map(|attr| find(request, &attr, name, rtnl))
        .transpose()
}

/// As [`wanted`]; `EINVAL` if it is a VNIC.
pub(super) fn wanted_nic<'r>(
    request: &Request<'_>,
    kind: u16,
    rtnl: &'r Rtnl,
) -> Result<Option<&'r PortDevice<Port>>> {
    let found = wanted(request, kind, "nic-ifindex", rtnl)?;
    match (found, request.get(kind)) {
        (Some(dev), Some(attr)) if !is_nic(dev, rtnl) => Err(request.extack().refuse_attr(
            EINVAL,
            &attr,
            fmt!("nic-ifindex: device {} is a VNIC", dev.ifindex()),
        )),
        (found, _) => Ok(found),
    }
}

/// Whether a port is a NIC's own.
pub(super) fn is_nic(dev: &PortDevice<Port>, rtnl: &Rtnl) -> bool {
    dev.port().uplink().nic_rtnl(rtnl).is_none()
}

/// The NIC whose switch a port is in.
pub(super) fn nic_of<'r>(dev: &'r PortDevice<Port>, rtnl: &'r Rtnl) -> &'r PortDevice<Port> {
    dev.port().uplink().nic_rtnl(rtnl).unwrap_or(dev)
}

/// Goes on with a dump that has a message for each port of the requester's
/// namespace that `takes` wants.
pub(super) fn each_port(
    request: &Request<'_>,
    series: &mut Series<'_>,
    rtnl: &Rtnl,
    takes: impl Fn(&PortDevice<Port>) -> bool,
    fill: impl Fn(&PortDevice<Port>, &mut Dump<'_>, &Rtnl) -> Result,
) -> Result {
    while let Some(dev) = next(request, series, rtnl) {
        series.enter(dev.ifindex() as u32, 0);
        if takes(dev) {
            series.write(|reply| fill(dev, reply, rtnl))?;
        }
        series.leave();
    }
    Ok(())
}

/// The port that a dump goes on with.
pub(super) fn next<'r>(
    request: &Request<'_>,
    series: &mut Series<'_>,
    rtnl: &'r Rtnl,
) -> Option<&'r PortDevice<Port>> {
    request.net().port_device_from(series.next_device(), rtnl)
}

/// Writes the index of another device, and the id of its namespace if that is
/// another than that of `dev`; nothing if no id is to be had for it.
pub(super) fn put_other(
    reply: &mut Dump<'_>,
    [index, netnsid]: [u16; 2],
    dev: &PortDevice<Port>,
    other: &PortDevice<Port>,
    rtnl: &Rtnl,
) -> Result {
    if !dev.shares_net(other, rtnl) {
        let Some(id) = dev.netns_id_of(other, rtnl) else {
            return Ok(());
        };
        reply.put_i32(netnsid, id)?;
    }
    reply.put_i32(index, other.ifindex())
}
