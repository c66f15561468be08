// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a request wants a VNIC to be. It is checked whole before anything is
//! changed.

use super::attributes;
use crate::datapath::port::Port;
use crate::datapath::uplink::Seat;
use crate::datapath::wants::Trunk;
use crate::model::mode::Mode;
use crate::model::port_key::Vlan;
use crate::model::vlan::{Tag, TagKind};
use crate::model::vlan_set::{Refusal, VlanSet, LAST_ID, MAX_LEN};
use crate::net::device::PortDevice;
use crate::net::netlink::{Attr, Attributes, ExtAck};
use crate::net::rtnl::Rtnl;
use kernel::fmt;
use kernel::prelude::*;

/// What a VNIC is to be.
pub(super) struct Wish {
    kind: TagKind,
    id: u16,
    vlans: Option<VlanSet>,
    pub(super) mode: Mode,
    pub(super) rings: u16,
}

impl Wish {
    /// What a VNIC is over `lower` that is asked for nothing in particular.
    pub(super) fn usual_over(lower: &PortDevice<Port>, rtnl: &Rtnl) -> Self {
        Self {
            rings: 0,
            ..Self::of(lower, rtnl)
        }
    }

    /// What `dev` is.
    pub(super) fn of(dev: &PortDevice<Port>, rtnl: &Rtnl) -> Self {
        let uplink = dev.port().uplink();
        let (place, trunk) = (uplink.place(), uplink.trunk_rtnl(rtnl));
        let tag = place.vlan().tag();
        let kind = trunk.map(|trunk| trunk.kind).or(tag.map(|tag| tag.kind));
        Self {
            kind: kind.unwrap_or(TagKind::Customer),
            id: tag.map_or(0, |tag| tag.id),
            vlans: trunk.map(|trunk| trunk.ids.clone()),
            mode: place.mode(),
            rings: uplink.share().rings(rtnl),
        }
    }

    /// The same with what a request says of it. `EINVAL`.
    pub(super) fn changed(mut self, data: &Attributes<'_>, extack: &ExtAck<'_>) -> Result<Self> {
        if let Some(attr) = data.get(attributes::VLAN_PROTOCOL) {
            let kind = u16::try_from(attr.u32()).ok().and_then(TagKind::of_type);
            self.kind = kind.ok_or_else(|| {
                let message = fmt!("VLAN protocol must be 0x8100 or 0x88a8");
                extack.refuse_attr(EINVAL, &attr, message)
            })?;
        }
        if let Some(attr) = data.get(attributes::VLAN_ID) {
            self.id = read(&attr, "VLAN id", LAST_ID.into(), extack)? as u16;
            self.vlans = self.vlans.filter(|_| self.id == 0);
        }
        if let Some(attr) = data.get(attributes::VLANS) {
            let vlans = read_vlans(&attr, extack)?;
            let given = data.get(attributes::VLAN_ID).filter(|id| id.u32() != 0);
            if given.is_some() && vlans.len() != 0 {
                let message = fmt!("a VNIC has one VLAN id, or a list of VLANs");
                return Err(extack.refuse_attr(EINVAL, &attr, message));
            }
            if vlans.len() != 0 {
                self.id = 0;
            }
            self.vlans = Some(vlans).filter(|vlans| vlans.len() != 0);
        }
        if let Some(attr) = data.get(attributes::MODE) {
            let last = Mode::COUNT.saturating_sub(1);
            let mode = Mode::from_number(read(&attr, "mode", last, extack)?);
            self.mode = mode.ok_or(EINVAL)?;
        }
        if let Some(attr) = data.get(attributes::RINGS) {
            // What is beyond any VNIC's queues is refused by their number.
            self.rings = u16::try_from(attr.u32()).unwrap_or(u16::MAX);
        }
        self.check(data, extack)
    }

    fn check(mut self, data: &Attributes<'_>, extack: &ExtAck<'_>) -> Result<Self> {
        let on_vlans = self.id != 0 || self.vlans.is_some();
        if self.kind == TagKind::Service && !on_vlans {
            if let Some(attr) = data.get(attributes::VLAN_PROTOCOL) {
                let message = fmt!("a VLAN protocol needs a VLAN id, or a list of VLANs");
                return Err(extack.refuse_attr(EINVAL, &attr, message));
            }
            // Who leaves its VLANs leaves their protocol.
            self.kind = TagKind::Customer;
        }
        if self.mode == Mode::Passthru && on_vlans {
            let message = fmt!("in mode passthru a VNIC is on all VLANs: none can be given");
            return Err(refuse_data(EINVAL, data, attributes::MODE, message, extack));
        }
        Ok(self)
    }

    /// Checks that a VNIC like this over `lower` would not reach whom that one
    /// cannot. `EINVAL`.
    pub(super) fn check_over(
        &self,
        lower: &PortDevice<Port>,
        data: &Attributes<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        if lower.port().uplink().lower_rtnl(rtnl).is_none() {
            return Ok(());
        }
        let below = Self::of(lower, rtnl);
        if !below.has_vlans_of(self) {
            let kind = match self.vlans {
                Some(_) => attributes::VLANS,
                None => attributes::VLAN_ID,
            };
            let message = fmt!("a VNIC over a VNIC has only VLANs of that one");
            return Err(refuse_data(EINVAL, data, kind, message, extack));
        }
        if !below.mode.allows_over(self.mode) {
            let message = fmt!("the mode may not be more open than that of the VNIC below");
            return Err(refuse_data(EINVAL, data, attributes::MODE, message, extack));
        }
        Ok(())
    }

    fn has_vlans_of(&self, other: &Self) -> bool {
        match (&self.vlans, &other.vlans) {
            (None, None) => self.vlan() == other.vlan(),
            (None, Some(_)) => false,
            (Some(vlans), None) => {
                (other.id == 0 || other.kind == self.kind) && vlans.contains(other.id)
            }
            (Some(vlans), Some(others)) => {
                self.kind == other.kind && others.iter().all(|id| vlans.contains(id))
            }
        }
    }

    /// Whether both are on the same VLANs, and talk to the same.
    pub(super) fn sits_as(&self, other: &Self) -> bool {
        self.vlan() == other.vlan()
            && self.vlans == other.vlans
            && (self.vlans.is_none() || self.kind == other.kind)
            && self.mode == other.mode
    }

    /// The one VLAN that the VNIC is on.
    pub(super) fn vlan(&self) -> Vlan {
        Vlan::of(Some(Tag {
            kind: self.kind,
            id: self.id,
        }))
    }

    /// Where that is in a switch. `ENOMEM`.
    pub(super) fn seat(&self) -> Result<Seat> {
        let kind = self.kind;
        let trunk = self.vlans.clone().map(|ids| Trunk { kind, ids });
        Seat::new(self.vlan(), trunk, self.mode)
    }
}

/// A number from 0 to `max`. `EINVAL`.
fn read(attr: &Attr<'_>, what: &str, max: u32, extack: &ExtAck<'_>) -> Result<u32> {
    match attr.u32() {
        number if number <= max => Ok(number),
        _ => Err(extack.refuse_attr(EINVAL, attr, fmt!("{what} must be 0 to {max}"))),
    }
}

fn read_vlans(attr: &Attr<'_>, extack: &ExtAck<'_>) -> Result<VlanSet> {
    let refuse = |message: fmt::Arguments<'_>| extack.refuse_attr(EINVAL, attr, message);
    VlanSet::from_bytes(attr.payload()).map_err(|refusal| match refusal {
        Refusal::Length(_) => refuse(fmt!("VLANs must be pairs of a first and a last id")),
        Refusal::Id(id) => refuse(fmt!("VLAN id {id}: must be 0 to {LAST_ID}")),
        Refusal::Order(range) => {
            let (first, last) = (range.first, range.last);
            refuse(fmt!(
                "VLANs {first} to {last}: the first is behind the last"
            ))
        }
        Refusal::Twice(id) => refuse(fmt!("VLAN id {id} is there twice")),
        Refusal::TooMany => refuse(fmt!("VLANs must be at most {MAX_LEN} ids")),
    })
}

/// Refuses a request for one of its attributes, or for what it lacks.
pub(super) fn refuse_data(
    error: Error,
    data: &Attributes<'_>,
    kind: u16,
    message: fmt::Arguments<'_>,
    extack: &ExtAck<'_>,
) -> Error {
    match data.get(kind) {
        Some(attr) => extack.refuse_attr(error, &attr, message),
        None => extack.refuse(error, message),
    }
}
