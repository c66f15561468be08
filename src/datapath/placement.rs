// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a NIC has for its VNICs: the slots of its filter table and its pool of
//! rings; and where VNICs land: in a group of their own, in the NIC's default
//! group, or there because there was no slot. Process context, under RTNL.

use super::events;
use super::port::Port;
use super::switch::PortNumber;
use crate::model::pool::{Pool, Short};
use crate::model::slots::{Claim, Slots};
use crate::net::counter::StateWord;
use crate::net::device::PortDevice;
use crate::net::netlink::ExtAck;
use crate::net::rcu;
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::trace;
use kernel::prelude::*;

/// How many filter slots a NIC has if nobody says.
pub(crate) const DEFAULT_SLOTS: u32 = 128;
/// How many rings a NIC's pool has if nobody says.
pub(crate) const DEFAULT_POOL: u32 = 256;

/// What a NIC has for its VNICs.
pub(crate) struct Stock {
    slots: RtnlCell<Slots>,
    claims: RtnlCell<KVVec<Claim>>,
    pool: RtnlCell<Pool>,
}

/// What a VNIC has of that.
pub(crate) struct Share {
    /// How many rings it has reserved.
    rings: RtnlCell<u16>,
    /// How many slots it wants.
    slots: RtnlCell<u32>,
    /// Whether it has them.
    placed: RtnlCell<bool>,
    /// A [`Placement`].
    placement: StateWord,
    /// How often that has changed.
    changes: RtnlCell<u32>,
    /// Whether changes are to be told and counted.
    announced: RtnlCell<bool>,
    /// Whether rings of the NIC may hold frames of the VNIC.
    guest: RtnlCell<bool>,
}

/// Where a VNIC's frames are served.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Placement {
    /// In the NIC's default group: it has no rings of its own.
    Shared = 0,
    /// In a group of its own.
    Own = 1,
    /// In the NIC's default group: it has no filter slot.
    Forced = 2,
}

/// Why it is there.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Reason {
    /// So it was asked for.
    Asked = 0,
    /// There are not enough free filter slots.
    NoSlot = 1,
}

impl Placement {
    fn of(placed: bool, rings: u16) -> Self {
        match (placed, rings) {
            (false, _) => Self::Forced,
            (true, 0) => Self::Shared,
            (true, _) => Self::Own,
        }
    }

    fn from_bits(bits: u32) -> Self {
        match bits {
            1 => Self::Own,
            2 => Self::Forced,
            _ => Self::Shared,
        }
    }

    /// Why.
    pub(crate) fn reason(self) -> Reason {
        match self {
            Self::Forced => Reason::NoSlot,
            Self::Shared | Self::Own => Reason::Asked,
        }
    }
}

impl Share {
    /// Nothing.
    pub(super) const fn none() -> Self {
        Self {
            rings: RtnlCell::new(0),
            slots: RtnlCell::new(0),
            placed: RtnlCell::new(true),
            placement: StateWord::new(Placement::Shared as u32),
            changes: RtnlCell::new(0),
            announced: RtnlCell::new(false),
            guest: RtnlCell::new(true),
        }
    }

    /// How many rings the VNIC has reserved.
    pub(crate) fn rings(&self, rtnl: &Rtnl) -> u16 {
        self.rings.get(rtnl)
    }

    /// How many slots it wants.
    pub(crate) fn slots(&self, rtnl: &Rtnl) -> u32 {
        self.slots.get(rtnl)
    }

    /// Where its frames are served.
    pub(crate) fn placement(&self, _: &Rtnl) -> Placement {
        self.shown()
    }

    /// As above, at a moment. Any context.
    pub(super) fn shown(&self) -> Placement {
        Placement::from_bits(self.placement.get())
    }

    /// How often that has changed.
    pub(crate) fn changes(&self, rtnl: &Rtnl) -> u32 {
        self.changes.get(rtnl)
    }

    /// Whether it has the slots that it wants.
    pub(crate) fn is_placed(&self, rtnl: &Rtnl) -> bool {
        self.placed.get(rtnl)
    }

    /// Has changes told and counted from now on: the device is made whole.
    pub(super) fn announce(&self, rtnl: &Rtnl) {
        self.announced.set(true, rtnl);
    }

    /// Has no changes told any more; whether they were told.
    pub(super) fn retract(&self, rtnl: &Rtnl) -> bool {
        self.announced.set(false, rtnl)
    }

    /// Whether changes are told.
    pub(crate) fn is_announced(&self, rtnl: &Rtnl) -> bool {
        self.announced.get(rtnl)
    }

    /// Whether rings of the NIC may hold frames of the VNIC.
    pub(super) fn was_guest(&self, rtnl: &Rtnl) -> bool {
        self.guest.get(rtnl)
    }

    /// Notes whether they may from now on.
    pub(super) fn note_guest(&self, guest: bool, rtnl: &Rtnl) {
        self.guest.set(guest, rtnl);
    }
}

impl Stock {
    /// As many slots and rings as usual.
    pub(super) const fn usual() -> Self {
        Self {
            slots: RtnlCell::new(Slots::new(DEFAULT_SLOTS)),
            claims: RtnlCell::new(KVVec::new()),
            pool: RtnlCell::new(Pool::new(DEFAULT_POOL)),
        }
    }

    /// The filter slots.
    pub(crate) fn slots(&self, rtnl: &Rtnl) -> Slots {
        self.slots.get(rtnl)
    }

    /// The pool of rings.
    pub(crate) fn pool(&self, rtnl: &Rtnl) -> Pool {
        self.pool.get(rtnl)
    }

    /// Changes how many rings the pool has. `EBUSY`: more are reserved.
    pub(crate) fn set_pool(&self, rings: u32, rtnl: &Rtnl) -> Result {
        let mut pool = self.pool.get(rtnl);
        pool.resize(rings).map_err(|_| EBUSY)?;
        self.pool.set(pool, rtnl);
        Ok(())
    }

    /// Has `change` change the claims.
    fn change(&self, change: impl FnOnce(&mut Slots, &mut KVVec<Claim>), rtnl: &Rtnl) {
        let mut slots = self.slots.get(rtnl);
        let mut claims = self.claims.set(KVVec::new(), rtnl);
        change(&mut slots, &mut claims);
        self.slots.set(slots, rtnl);
        self.claims.set(claims, rtnl);
    }
}

/// Notes that port `number` of `nic` is there, and wants no slot yet. `ENOMEM`.
pub(super) fn enter(nic: &PortDevice<Port>, number: PortNumber, rtnl: &Rtnl) -> Result {
    let stock = nic.port().stock();
    let mut claims = stock.claims.set(KVVec::new(), rtnl);
    let room = claims.reserve(1, GFP_KERNEL_ACCOUNT);
    stock.claims.set(claims, rtnl);
    room?;
    let enter = |slots: &mut Slots, claims: &mut KVVec<Claim>| {
        let claim = slots.claim(number.to_u32(), 0);
        // Room was made above.
        let _ = claims.push_within_capacity(claim);
    };
    stock.change(enter, rtnl);
    Ok(())
}

/// Notes that `dev`, port `number` of `nic`, is gone, with its slots and rings.
pub(super) fn leave(
    dev: &PortDevice<Port>,
    nic: &PortDevice<Port>,
    number: PortNumber,
    rtnl: &Rtnl,
) {
    let stock = nic.port().stock();
    let leave = |slots: &mut Slots, claims: &mut KVVec<Claim>| {
        let claim = index_of(claims, number).map(|index| claims.remove(index));
        if let Some(Ok(claim)) = claim {
            slots.give_up(claim, claims, |other| place(nic, other, rtnl));
        }
    };
    stock.change(leave, rtnl);
    let rings = dev.port().uplink().share().rings.set(0, rtnl);
    let mut pool = stock.pool.get(rtnl);
    // Giving back is never refused.
    let _ = pool.change(rings.into(), 0);
    stock.pool.set(pool, rtnl);
}

/// Notes that `dev`, port `number` of `nic`, wants so many slots.
pub(super) fn want(
    dev: &PortDevice<Port>,
    nic: &PortDevice<Port>,
    number: PortNumber,
    slots: usize,
    rtnl: &Rtnl,
) {
    let wanted = u32::try_from(slots).unwrap_or(u32::MAX);
    if dev.port().uplink().share().slots.set(wanted, rtnl) == wanted {
        return;
    }
    let want = |slots: &mut Slots, claims: &mut KVVec<Claim>| {
        if let Some(index) = index_of(claims, number) {
            slots.change(claims, index, wanted, |claim| place(nic, claim, rtnl));
        }
    };
    nic.port().stock().change(want, rtnl);
}

/// Changes how many filter slots `nic` has.
pub(crate) fn set_slots(nic: &PortDevice<Port>, capacity: u32, rtnl: &Rtnl) {
    let resize = |slots: &mut Slots, claims: &mut KVVec<Claim>| {
        slots.resize(capacity, claims, |claim| place(nic, claim, rtnl));
    };
    nic.port().stock().change(resize, rtnl);
}

fn index_of(claims: &[Claim], number: PortNumber) -> Option<usize> {
    // What is made last changes most.
    claims.iter().rposition(|claim| claim.id == number.to_u32())
}

/// Has the port of a claim, whose slots came or went, be where it is to be.
fn place(nic: &PortDevice<Port>, claim: &Claim, rtnl: &Rtnl) {
    let number = PortNumber::from_u32(claim.id);
    if let Some(dev) = nic.port().switch().port(number, rtnl) {
        dev.port().uplink().share().placed.set(claim.placed, rtnl);
        nic.port().switch().note_change(rtnl);
        follow(dev, rtnl);
    }
}

/// Changes how many rings `dev` has reserved, at most as many as it has receive
/// queues. `ENOSPC`: the pool has fewer; `EBUSY`: rules or RSS contexts need a
/// group of its own; `EINVAL`: they, or a table set by hand, name a ring that
/// would go; `ENOMEM`. On error nothing has changed.
pub(crate) fn set_rings(
    dev: &PortDevice<Port>,
    wanted: u16,
    extack: &ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result {
    let (uplink, group) = (dev.port().uplink(), dev.port().group());
    let share = uplink.share();
    let nic = uplink.nic_rtnl(rtnl).ok_or(ENODEV)?;
    let had = share.rings.get(rtnl);
    let mut pool = nic.port().stock().pool(rtnl);
    if let Err(Short {
        wanted,
        free,
        capacity,
    }) = pool.change(had.into(), wanted.into())
    {
        return Err(extack.refuse(
            ENOSPC,
            fmt!("rings: {wanted} wanted, {free} of the NIC's {capacity} free"),
        ));
    }
    match (had, wanted) {
        _ if had == wanted => return Ok(()),
        (0, _) => group.begin(dev, wanted, rtnl)?,
        (_, 0) => give_up_rings(dev, nic, extack, rtnl)?,
        _ => group
            .resize(dev, wanted, rtnl)
            .map_err(|error| match error {
                EINVAL => extack.refuse(
                    error,
                    fmt!("an RSS table, context or rule names a ring beyond {wanted}"),
                ),
                error => error,
            })?,
    }
    nic.port().stock().pool.set(pool, rtnl);
    share.rings.set(wanted, rtnl);
    follow(dev, rtnl);
    Ok(())
}

fn give_up_rings(
    dev: &PortDevice<Port>,
    nic: &PortDevice<Port>,
    extack: &ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result {
    let (uplink, group) = (dev.port().uplink(), dev.port().group());
    if !group.selector(rtnl).is_plain() {
        let message = fmt!("rings: remove the rules and RSS contexts first");
        return Err(extack.refuse(EBUSY, message));
    }
    uplink.set_place(uplink.place().with_sharing(true));
    uplink.share().guest.set(true, rtnl);
    // Nobody leaves a frame in the rings after this.
    rcu::synchronize_net();
    let ended = group.end(dev, nic.port().group(), rtnl);
    if ended.is_err() {
        follow(dev, rtnl);
    }
    ended
}

/// Has a port be where its slots and rings let it, and tells of a change.
fn follow(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    let uplink = dev.port().uplink();
    let share = uplink.share();
    let now = Placement::of(share.placed.get(rtnl), share.rings.get(rtnl));
    let shares = now != Placement::Own;
    if shares != uplink.place().shares() {
        uplink.set_place(uplink.place().with_sharing(shares));
    }
    if shares {
        share.guest.set(true, rtnl);
    }
    let before = Placement::from_bits(share.placement.set(now as u32));
    if before != now && share.announced.get(rtnl) {
        share
            .changes
            .set(share.changes.get(rtnl).saturating_add(1), rtnl);
        dev.notify_change(rtnl);
        if let Some(nic) = uplink.nic_rtnl(rtnl) {
            trace::placement(dev, nic, before as u32, now as u32, now.reason() as u32);
        }
        events::placement_changed(dev, rtnl);
    }
}
