// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A VNIC's place in the switch of its NIC: what leads frames to it there.
//! Process context, under RTNL, unless told otherwise.

use super::placement::{self, Share};
use super::port::Port;
use super::switch::PortNumber;
use super::wants::{Asked, Lans, Trunk, Wanted};
use crate::model::exchange::for_each_lacking;
use crate::model::mac::Mac;
use crate::model::mode::Mode;
use crate::model::place::Place;
use crate::model::port_key::{PortKey, Vlan};
use crate::net::context::{RcuRead, Softirq};
use crate::net::counter::Shared;
use crate::net::device::{PortDevice, RxMode};
use crate::net::link::{DeviceLink, LinkReservation};
use crate::net::rcu::{self, Prepared, RcuCell};
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::trace::{self, Filter};
use kernel::prelude::*;

/// What a port has of its NIC's switch; a NIC's own port has nothing.
pub(crate) struct Uplink {
    /// The NIC whose switch it is.
    nic: DeviceLink<Port>,
    /// The device that the VNIC was made over: the NIC, or another VNIC of it.
    lower: DeviceLink<Port>,
    /// A [`Place`].
    place: Shared,
    trunk: RcuCell<Option<KBox<Trunk>>>,
    number: RtnlCell<Option<PortNumber>>,
    /// How many VNICs were made over the port's device.
    over: RtnlCell<usize>,
    /// What the stack asked for; nothing while the device is down.
    asked: RtnlCell<Asked>,
    /// What leads to the port.
    wanted: RtnlCell<Wanted>,
    /// What the port has of its NIC's filter slots and rings.
    share: Share,
}

/// Where a port is to be: on which VLANs, and whom it may talk to.
pub(crate) struct Seat {
    vlan: Vlan,
    trunk: Prepared<Option<KBox<Trunk>>>,
    mode: Mode,
}

impl Seat {
    /// On a VLAN, or none; or on those of a trunk. `ENOMEM`.
    pub(crate) fn new(vlan: Vlan, trunk: Option<Trunk>, mode: Mode) -> Result<Self> {
        let trunk = match trunk {
            Some(trunk) => Some(KBox::new(trunk, GFP_KERNEL_ACCOUNT)?),
            None => None,
        };
        Ok(Self {
            vlan,
            trunk: Prepared::new(trunk)?,
            mode,
        })
    }
}

fn lans(vlan: Vlan, trunk: Option<&Trunk>, mode: Mode) -> Lans<'_> {
    match trunk {
        _ if mode == Mode::Passthru => Lans::Whole,
        Some(trunk) => Lans::Trunk(trunk),
        None => Lans::One(vlan),
    }
}

impl Uplink {
    /// Nothing. Process context; `ENOMEM`.
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            nic: DeviceLink::new(),
            lower: DeviceLink::new(),
            place: Shared::new(Place::USUAL.to_bits()),
            trunk: RcuCell::new(None)?,
            number: RtnlCell::new(None),
            over: RtnlCell::new(0),
            asked: RtnlCell::new(Asked::nothing()),
            wanted: RtnlCell::new(Wanted::nothing()),
            share: Share::none(),
        })
    }

    /// The NIC whose switch the port is in. Any context.
    #[inline]
    pub(crate) fn nic<'r>(&'r self, rcu: &'r impl RcuRead) -> Option<&'r PortDevice<Port>> {
        self.nic.get(rcu)
    }

    /// As [`Self::nic`], under RTNL.
    pub(crate) fn nic_rtnl<'r>(&'r self, rtnl: &'r Rtnl) -> Option<&'r PortDevice<Port>> {
        self.nic.get_rtnl(rtnl)
    }

    /// The device that the port was made over. Any context.
    pub(crate) fn lower<'r>(&'r self, rcu: &'r impl RcuRead) -> Option<&'r PortDevice<Port>> {
        self.lower.get(rcu)
    }

    /// As [`Self::lower`], under RTNL.
    pub(crate) fn lower_rtnl<'r>(&'r self, rtnl: &'r Rtnl) -> Option<&'r PortDevice<Port>> {
        self.lower.get_rtnl(rtnl)
    }

    /// What the switch knows of the port. Any context.
    #[inline]
    pub(crate) fn place(&self) -> Place {
        Place::from_bits(self.place.get())
    }

    pub(super) fn set_place(&self, place: Place) {
        self.place.set(place.to_bits());
    }

    fn take_seat(&self, seat: Seat, rtnl: &Rtnl) {
        let trunk = seat.trunk.get().is_some();
        self.trunk.publish(seat.trunk, rtnl);
        self.set_place(self.place().with(seat.vlan, trunk, seat.mode));
    }

    /// The VLANs of a port that sees their tags.
    pub(super) fn trunk<'r>(&'r self, softirq: &'r Softirq) -> Option<&'r Trunk> {
        self.trunk.read(softirq).as_deref()
    }

    /// As above, under RTNL.
    pub(crate) fn trunk_rtnl<'r>(&'r self, rtnl: &'r Rtnl) -> Option<&'r Trunk> {
        self.trunk.read_rtnl(rtnl).as_deref()
    }

    /// What the port has of its NIC's filter slots and rings.
    pub(crate) fn share(&self) -> &Share {
        &self.share
    }

    /// Calls `tell` with the addresses on VLANs that lead to the port, from
    /// number `first` on, until it fails.
    pub(crate) fn each_filter(
        &self,
        first: usize,
        mut tell: impl FnMut(usize, PortKey) -> Result,
        rtnl: &Rtnl,
    ) -> Result {
        let wanted = self.wanted.set(Wanted::nothing(), rtnl);
        let mut keys = wanted.claims.iter().enumerate().skip(first);
        let told = keys.try_for_each(|(index, key)| tell(index, *key));
        self.wanted.set(wanted, rtnl);
        told
    }

    /// How many VNICs are below one another, this one included; 0 for a NIC.
    pub(crate) fn depth(&self, rtnl: &Rtnl) -> usize {
        let lower = self.lower_rtnl(rtnl);
        lower.map_or(0, |lower| {
            lower.port().uplink().depth(rtnl).saturating_add(1)
        })
    }
}

/// Puts `dev`, of address `mac`, into the switch of the NIC that is, or is
/// below, `lower`. It is closed, and shares the NIC's rings. `EEXIST` if another
/// port has the address, `EBUSY` if one has the NIC for itself, or others are
/// there while `dev` is to have it for itself; `ENOMEM`. On error nothing has
/// changed.
pub(crate) fn attach(
    dev: &PortDevice<Port>,
    lower: &PortDevice<Port>,
    seat: Seat,
    mac: Mac,
    rtnl: &Rtnl,
) -> Result {
    let uplink = dev.port().uplink();
    let nic = lower.port().uplink().nic_rtnl(rtnl).unwrap_or(lower);
    let switch = nic.port().switch();
    let alone = seat.mode == Mode::Passthru;
    if switch.passthru_rtnl(rtnl).is_some() || (alone && !switch.is_empty()) {
        return Err(EBUSY);
    }
    let [to_nic, to_lower, to_port] = [
        LinkReservation::new()?,
        LinkReservation::new()?,
        LinkReservation::new()?,
    ];
    let number = switch.add_port(dev, rtnl)?;
    let place = Place::USUAL.with_sharing(true).with_closed(true);
    uplink.set_place(place.with_number(number.to_u32()));
    uplink.number.set(Some(number), rtnl);
    uplink.nic.set(nic, to_nic, rtnl);
    uplink.lower.set(lower, to_lower, rtnl);
    let over = &lower.port().uplink().over;
    over.set(over.get(rtnl).saturating_add(1), rtnl);
    let settled = placement::enter(nic, number, rtnl)
        .and_then(|()| settle(dev, mac, Some(seat), Asked::nothing(), rtnl));
    if settled.is_err() {
        detach(dev, rtnl);
        return settled;
    }
    nic.port().wire().set_switched(true, rtnl);
    if alone {
        switch.set_passthru(dev, to_port, rtnl);
        nic.port().set_taken(true, rtnl);
    }
    Ok(())
}

/// Takes `dev` out of the switch that it is in. Frames on their way may still
/// reach it for a grace period.
pub(crate) fn detach(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    let uplink = dev.port().uplink();
    let Some(nic) = uplink.nic.get_rtnl(rtnl) else {
        return;
    };
    let switch = nic.port().switch();
    if switch.passthru_rtnl(rtnl).is_some_and(|port| port.is(dev)) {
        switch.clear_passthru(rtnl);
        nic.port().set_taken(false, rtnl);
    }
    if let Some(number) = uplink.number.set(None, rtnl) {
        let wanted = uplink.wanted.set(Wanted::nothing(), rtnl);
        wanted.take_from(&Wanted::nothing(), switch, number, rtnl);
        nic.port().recount_doubles(&wanted.claims, &[], rtnl);
        tell_filters(dev, nic, &wanted, &Wanted::nothing(), rtnl);
        switch.remove_port(number, rtnl);
        placement::leave(dev, nic, number, rtnl);
    }
    if switch.is_empty() {
        nic.port().wire().set_switched(false, rtnl);
    }
    if let Some(lower) = uplink.lower.get_rtnl(rtnl) {
        let over = &lower.port().uplink().over;
        over.set(over.get(rtnl).saturating_sub(1), rtnl);
    }
    uplink.nic.clear(rtnl);
    uplink.lower.clear(rtnl);
}

/// Lets frames come to `dev`, which is up.
pub(crate) fn open(dev: &PortDevice<Port>) {
    let uplink = dev.port().uplink();
    uplink.set_place(uplink.place().with_closed(false));
}

/// Has no frame come to `dev`, which goes down, from now on, and none wait for
/// it in rings of its NIC.
pub(crate) fn close(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    let uplink = dev.port().uplink();
    let mac = Mac::from_bytes(dev.mac(rtnl));
    // Without memory the rest comes, too, and is dropped.
    let _ = settle(dev, mac, None, Asked::nothing(), rtnl);
    uplink.set_place(uplink.place().with_closed(true));
    if let Some(nic) = uplink
        .nic_rtnl(rtnl)
        .filter(|_| uplink.share.was_guest(rtnl))
    {
        // Closed rings are empty, and stay so.
        if nic.port().group().is_open(rtnl) {
            rcu::synchronize_net();
            nic.port().group().evict(dev, rtnl);
        }
        uplink.share.note_guest(uplink.place().shares(), rtnl);
    }
}

/// Takes over what the stack of `dev` wants to get. `ENOMEM` leaves all as it
/// is.
pub(crate) fn set_rx_mode(dev: &PortDevice<Port>, mode: &RxMode<'_>, rtnl: &Rtnl) -> Result {
    if dev.port().uplink().place().mode() == Mode::Passthru {
        return dev.port().set_rx_mode(mode, rtnl);
    }
    let mac = Mac::from_bytes(dev.mac(rtnl));
    settle(dev, mac, None, Asked::new(mode)?, rtnl)
}

/// Changes the address of `dev`. `EEXIST` if another port has it, `ENOMEM`; on
/// error nothing has changed.
pub(crate) fn set_mac(dev: &PortDevice<Port>, mac: Mac, rtnl: &Rtnl) -> Result {
    resettle(dev, mac, None, rtnl)
}

/// Changes where `dev` is, and its address. Errors as of [`set_mac`].
pub(crate) fn set_seat(dev: &PortDevice<Port>, mac: Mac, seat: Seat, rtnl: &Rtnl) -> Result {
    resettle(dev, mac, Some(seat), rtnl)
}

/// As [`settle`], with what was asked for before.
fn resettle(dev: &PortDevice<Port>, mac: Mac, seat: Option<Seat>, rtnl: &Rtnl) -> Result {
    let uplink = dev.port().uplink();
    let asked = uplink.asked.set(Asked::nothing(), rtnl);
    let result = get_only(dev, mac, seat, &asked, rtnl);
    uplink.asked.set(asked, rtnl);
    result
}

/// Has `dev` get what its address, its seat and its stack's wishes lead to, and
/// nothing else. `EEXIST` if another port has the address, `ENOMEM`; on error
/// nothing has changed.
fn settle(
    dev: &PortDevice<Port>,
    mac: Mac,
    seat: Option<Seat>,
    asked: Asked,
    rtnl: &Rtnl,
) -> Result {
    get_only(dev, mac, seat, &asked, rtnl)?;
    dev.port().uplink().asked.set(asked, rtnl);
    Ok(())
}

fn get_only(
    dev: &PortDevice<Port>,
    mac: Mac,
    seat: Option<Seat>,
    asked: &Asked,
    rtnl: &Rtnl,
) -> Result {
    let uplink = dev.port().uplink();
    let (Some(nic), Some(number)) = (uplink.nic.get_rtnl(rtnl), uplink.number.get(rtnl)) else {
        return Ok(());
    };
    let (switch, place) = (nic.port().switch(), uplink.place());
    let lans = match &seat {
        Some(seat) => lans(seat.vlan, seat.trunk.get().as_deref(), seat.mode),
        None => lans(place.vlan(), uplink.trunk_rtnl(rtnl), place.mode()),
    };
    let old = uplink.wanted.set(Wanted::nothing(), rtnl);
    let new = Wanted::new(mac, lans, asked, &old, nic, rtnl);
    let added = new.and_then(|new| {
        new.add_to(&old, nic, number, rtnl)?;
        Ok(new)
    });
    match added {
        Ok(new) => {
            if let Some(seat) = seat {
                uplink.take_seat(seat, rtnl);
            }
            old.take_from(&new, switch, number, rtnl);
            nic.port().recount_doubles(&old.claims, &new.claims, rtnl);
            let claims = new.claims.len();
            placement::want(dev, nic, number, claims, rtnl);
            tell_filters(dev, nic, &old, &new, rtnl);
            uplink.wanted.set(new, rtnl);
            Ok(())
        }
        Err(error) => {
            uplink.wanted.set(old, rtnl);
            Err(error)
        }
    }
}

/// Tells of the addresses that lead to `dev`, a port of `nic`, no longer, and of
/// those that do now.
fn tell_filters(
    dev: &PortDevice<Port>,
    nic: &PortDevice<Port>,
    old: &Wanted,
    new: &Wanted,
    rtnl: &Rtnl,
) {
    let in_slot = dev.port().uplink().share.is_placed(rtnl);
    let filter = |key: PortKey| Filter {
        mac: key.mac().to_bytes(),
        vlan: key.vlan().tag().map(|tag| (tag.kind.ethertype(), tag.id)),
        in_slot,
    };
    for_each_lacking(&old.claims, &new.claims, |key| {
        trace::filter_del(nic, dev, &filter(key));
    });
    for_each_lacking(&new.claims, &old.claims, |key| {
        trace::filter_add(nic, dev, &filter(key));
    });
}

/// The VNICs that were made over `dev`.
pub(crate) fn ports_over<'r>(
    dev: &'r PortDevice<Port>,
    rtnl: &'r Rtnl,
) -> impl Iterator<Item = &'r PortDevice<Port>> {
    let uplink = dev.port().uplink();
    let nic = uplink.nic_rtnl(rtnl).unwrap_or(dev);
    let ports = nic.port().switch().ports(rtnl).filter(move |port| {
        let lower = port.port().uplink().lower_rtnl(rtnl);
        lower.is_some_and(|lower| lower.is(dev))
    });
    ports.take(uplink.over.get(rtnl))
}

/// Has the links of all VNICs of `nic` be as its own and theirs are.
pub(crate) fn update_carriers(nic: &PortDevice<Port>, rtnl: &Rtnl) {
    for port in nic.port().switch().ports(rtnl) {
        update_carrier(port, rtnl);
    }
}

/// As [`update_carriers`], of a VNIC and those over it.
pub(crate) fn update_carriers_over(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    update_carrier(dev, rtnl);
    ports_over(dev, rtnl).for_each(|over| update_carriers_over(over, rtnl));
}

/// A VNIC's link is up when it is up, and so is all below it.
fn update_carrier(dev: &PortDevice<Port>, rtnl: &Rtnl) {
    dev.set_carrier(carries(dev, rtnl));
}

fn carries(dev: &PortDevice<Port>, rtnl: &Rtnl) -> bool {
    match dev.port().uplink().lower_rtnl(rtnl) {
        Some(lower) => dev.port().is_running(rtnl) && carries(lower, rtnl),
        None => dev.has_carrier(),
    }
}

/// Wakes the transmit queues of `nic` and of its VNICs, of those that are up.
pub(crate) fn wake_all(nic: &PortDevice<Port>, rtnl: &Rtnl) {
    let ports = nic.port().switch().ports(rtnl);
    for dev in Iterator::chain(core::iter::once(nic), ports) {
        if dev.port().is_running(rtnl) {
            dev.port().tx().wake(dev);
        }
    }
}

/// Follows that the MTU of `dev` is about to be `mtu`: no VNIC over it has a
/// larger one.
pub(crate) fn limit_mtus(dev: &PortDevice<Port>, mtu: u32, rtnl: &Rtnl) {
    ports_over(dev, rtnl).for_each(|port| port.limit_mtu(mtu, rtnl));
}
