// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a port of a switch wants to get, as keys of the switch.

use super::port::{Port, MAX_ADDRESSES};
use super::switch::{PortNumber, Switch};
use crate::model::exchange::{add_lacking, for_each_lacking, sort};
use crate::model::mac::Mac;
use crate::model::port_key::{PortKey, Vlan};
use crate::model::vlan::{Tag, TagKind};
use crate::model::vlan_set::VlanSet;
use crate::net::device::{PortDevice, RxMode};
use crate::net::ops::AddressList;
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

/// The VLANs of a port that sees their tags.
pub(crate) struct Trunk {
    /// The kind of their tags.
    pub(crate) kind: TagKind,
    /// Which.
    pub(crate) ids: VlanSet,
}

impl Trunk {
    /// Whether frames of `vlan` are for the trunk.
    pub(crate) fn has(&self, vlan: Vlan) -> bool {
        match vlan.tag() {
            None => self.ids.contains(0),
            Some(tag) => tag.kind == self.kind && self.ids.contains(tag.id),
        }
    }

    fn vlans(&self) -> impl Iterator<Item = Vlan> + '_ {
        let kind = self.kind;
        self.ids
            .iter()
            .map(move |id| Vlan::of(Some(Tag { kind, id })))
    }
}

/// The VLANs that a port is on.
#[derive(Clone, Copy)]
pub(crate) enum Lans<'a> {
    /// One, or none.
    One(Vlan),
    /// Several.
    Trunk(&'a Trunk),
    /// All, on a NIC that has no other port: nothing leads to that one.
    Whole,
}

/// What the stack of a port wants to get besides frames to its address.
pub(super) struct Asked {
    unicast: KVec<Mac>,
    multicast: KVec<Mac>,
    /// Whether it wants broadcasts, as all do that are up.
    broadcast: bool,
    all_multicast: bool,
    promiscuous: bool,
}

impl Asked {
    /// Nothing.
    pub(super) const fn nothing() -> Self {
        Self {
            unicast: KVec::new(),
            multicast: KVec::new(),
            broadcast: false,
            all_multicast: false,
            promiscuous: false,
        }
    }

    /// What the stack says. `ENOMEM`.
    pub(super) fn new(mode: &RxMode<'_>) -> Result<Self> {
        let unicast = addresses(&mode.unicast, |mac| mac.is_valid_station())?;
        let multicast = addresses(&mode.multicast, |mac| {
            mac.is_multicast() && !mac.is_broadcast()
        })?;
        Ok(Self {
            broadcast: true,
            all_multicast: mode.all_multicast || mode.promiscuous || multicast.is_none(),
            promiscuous: mode.promiscuous || unicast.is_none(),
            unicast: unicast.unwrap_or(KVec::new()),
            multicast: multicast.unwrap_or(KVec::new()),
        })
    }
}

/// The addresses of a list that are of the wanted kind; none if there are too
/// many.
fn addresses(list: &AddressList<'_>, takes: impl Fn(Mac) -> bool) -> Result<Option<KVec<Mac>>> {
    if list.len() > MAX_ADDRESSES {
        return Ok(None);
    }
    let mut macs = KVec::new();
    for mac in list.iter().map(Mac::from_bytes).filter(|mac| takes(*mac)) {
        macs.push(mac, GFP_KERNEL)?;
    }
    Ok(Some(macs))
}

/// Whether a port of `nic`, or `nic` itself, gets the frames of `key`.
fn is_taken(key: PortKey, nic: &PortDevice<Port>, rtnl: &Rtnl) -> bool {
    let port = nic.port();
    let own = key == PortKey::of(key.mac(), Vlan::NONE) && port.is_own(key.mac());
    own || port.switch().is_claimed(key, rtnl)
}

/// What a port gets: unicast addresses on VLANs, and what lists it is on. In
/// order, each once.
pub(super) struct Wanted {
    pub(super) claims: KVVec<PortKey>,
    lists: KVVec<PortKey>,
}

impl Wanted {
    /// Nothing.
    pub(super) const fn nothing() -> Self {
        Self {
            claims: KVVec::new(),
            lists: KVVec::new(),
        }
    }

    /// What a port with address `mac` on `lans` wants, whose stack has asked
    /// for more. Of further addresses those are left out that another than the
    /// one who gets `old` has: who was first keeps one. `ENOMEM`.
    pub(super) fn new(
        mac: Mac,
        lans: Lans<'_>,
        asked: &Asked,
        old: &Self,
        nic: &PortDevice<Port>,
        rtnl: &Rtnl,
    ) -> Result<Self> {
        let mut wanted = Self::nothing();
        match lans {
            Lans::One(vlan) => wanted.add(mac, asked, vlan)?,
            Lans::Trunk(trunk) => trunk
                .vlans()
                .try_for_each(|vlan| wanted.add(mac, asked, vlan))?,
            Lans::Whole => {}
        }
        wanted.claims.retain(|key| {
            let had = old.claims.binary_search(key).is_ok();
            key.is_of(mac) || had || !is_taken(*key, nic, rtnl)
        });
        sort(&mut wanted.claims);
        sort(&mut wanted.lists);
        Ok(wanted)
    }

    fn add(&mut self, mac: Mac, asked: &Asked, vlan: Vlan) -> Result {
        self.claims
            .push(PortKey::of(mac, vlan), GFP_KERNEL_ACCOUNT)?;
        for other in asked.unicast.iter().filter(|other| **other != mac) {
            self.claims
                .push(PortKey::of(*other, vlan), GFP_KERNEL_ACCOUNT)?;
        }
        let lists = &mut self.lists;
        match asked.all_multicast {
            true => lists.push(PortKey::all_multicast(vlan), GFP_KERNEL_ACCOUNT)?,
            false => {
                for group in &asked.multicast {
                    lists.push(PortKey::of(*group, vlan), GFP_KERNEL_ACCOUNT)?;
                }
            }
        }
        if asked.broadcast {
            lists.push(PortKey::broadcast(vlan), GFP_KERNEL_ACCOUNT)?;
        }
        if asked.promiscuous {
            lists.push(PortKey::promiscuous(vlan), GFP_KERNEL_ACCOUNT)?;
        }
        Ok(())
    }

    /// Has port `number` get what is here and not in `old`, or nothing of it.
    /// `EEXIST`, `ENOMEM`.
    pub(super) fn add_to(
        &self,
        old: &Self,
        nic: &PortDevice<Port>,
        number: PortNumber,
        rtnl: &Rtnl,
    ) -> Result {
        let switch = nic.port().switch();
        let claim = |key| match is_taken(key, nic, rtnl) {
            true => Err(EEXIST),
            false => switch.claim(key, number, rtnl),
        };
        let release = |key| switch.release(key, rtnl);
        let join = |key| switch.join(key, number, rtnl);
        let leave = |key| switch.leave(key, number, rtnl);
        add_lacking(&self.claims, &old.claims, claim, release)?;
        let joined = add_lacking(&self.lists, &old.lists, join, leave);
        if joined.is_err() {
            for_each_lacking(&self.claims, &old.claims, release);
        }
        joined
    }

    /// Takes from port `number` what is here and not in `new`.
    pub(super) fn take_from(&self, new: &Self, switch: &Switch, number: PortNumber, rtnl: &Rtnl) {
        for_each_lacking(&self.claims, &new.claims, |key| switch.release(key, rtnl));
        for_each_lacking(&self.lists, &new.lists, |key| {
            switch.leave(key, number, rtnl);
        });
    }
}
