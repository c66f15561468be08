// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Ports: NICs and VNICs, and where their frames are served.

use super::walk::{each_port, is_nic, nic_of, put_other, required, wanted_nic};
use crate::datapath::placement::{Placement, Reason};
use crate::datapath::port::Port;
use crate::model::mode::Mode;
use crate::net::device::PortDevice;
use crate::net::family::{self, placement, placement_reason, port as attribute, port_kind};
use crate::net::genl_ops::{Request, Series};
use crate::net::netlink::Dump;
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

// The spec's numbers are those of link attributes.
const _: () = {
    assert!(Mode::Bridge as u32 == family::mode::BRIDGE);
    assert!(Mode::Private as u32 == family::mode::PRIVATE);
    assert!(Mode::Vepa as u32 == family::mode::VEPA);
    assert!(Mode::Passthru as u32 == family::mode::PASSTHRU);
    assert!(Placement::Shared as u32 == placement::SHARED);
    assert!(Placement::Own as u32 == placement::OWN_GROUP);
    assert!(Placement::Forced as u32 == placement::FORCED_PROMISCUOUS);
    assert!(Reason::Asked as u32 == placement_reason::ASKED);
    assert!(Reason::NoSlot as u32 == placement_reason::NO_SLOT);
};

/// Tells of one port.
pub(super) fn get(request: &Request<'_>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let dev = required(request, attribute::IFINDEX, "ifindex", rtnl)?;
    fill(dev, reply, rtnl)
}

/// Tells of all ports, or of those of one NIC.
pub(super) fn list(request: &Request<'_>, series: &mut Series<'_>, rtnl: &Rtnl) -> Result {
    let nic = wanted_nic(request, attribute::NIC_IFINDEX, rtnl)?;
    let takes = |dev: &PortDevice<Port>| nic.is_none_or(|nic| nic.is(nic_of(dev, rtnl)));
    each_port(request, series, rtnl, takes, fill)
}

/// Writes what there is to tell of a port.
pub(super) fn fill(dev: &PortDevice<Port>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let kind = match is_nic(dev, rtnl) {
        true => port_kind::NIC,
        false => port_kind::VNIC,
    };
    reply.put_i32(attribute::IFINDEX, dev.ifindex())?;
    reply.put_name(attribute::IFNAME, dev, rtnl)?;
    reply.put_u32(attribute::KIND, kind)?;
    let kinds = [attribute::NIC_IFINDEX, attribute::NIC_NETNSID];
    put_other(reply, kinds, dev, nic_of(dev, rtnl), rtnl)?;
    if kind == port_kind::VNIC {
        fill_vnic(dev, reply, rtnl)?;
    }
    reply.put_uint(attribute::TX_BUSY, dev.port().tx().given_back())
}

fn fill_vnic(dev: &PortDevice<Port>, reply: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let uplink = dev.port().uplink();
    let share = uplink.share();
    let placement = share.placement(rtnl);
    if let Some(lower) = uplink.lower_rtnl(rtnl) {
        let kinds = [attribute::LOWER_IFINDEX, attribute::LOWER_NETNSID];
        put_other(reply, kinds, dev, lower, rtnl)?;
    }
    reply.put_u32(attribute::MODE, uplink.place().mode() as u32)?;
    reply.put_u32(attribute::PLACEMENT, placement as u32)?;
    reply.put_u32(attribute::PLACEMENT_REASON, placement.reason() as u32)?;
    reply.put_u32(attribute::PLACEMENT_CHANGES, share.changes(rtnl))?;
    reply.put_u32(attribute::SLOTS_WANTED, share.slots(rtnl))?;
    reply.put_u32(attribute::RINGS_RESERVED, share.rings(rtnl).into())
}
