// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The tables of a NIC's switch: which ports there are, and which of them take
//! frames to an address on a VLAN.
//!
//! Readers find a port in constant time and without a lock. Writers hold RTNL.
//! A change touches only the entry that changes, so that it takes as long with
//! many ports as with few, and a frame that matches before and after finds its
//! port all the while.

use super::port::Port;
use crate::model::key_map::{self, KeyMap, Slot};
use crate::model::mac::Mac;
use crate::model::members::{self, empty_place};
use crate::model::port_key::PortKey;
use crate::model::storm::Storm;
use crate::net::context::RcuRead;
use crate::net::counter::Shared;
use crate::net::device::PortDevice;
use crate::net::link::{DeviceLink, DeviceRef, LinkReservation};
use crate::net::random;
use crate::net::rcu::{Prepared, RcuCell};
use crate::net::rcu_array::RcuArray;
use crate::net::rtnl::{Rtnl, RtnlCell};
use core::sync::atomic::AtomicU32;
use kernel::prelude::*;

/// Memory of a map.
struct MapSlots(KVVec<Slot>);

impl AsRef<[Slot]> for MapSlots {
    #[inline]
    fn as_ref(&self) -> &[Slot] {
        &self.0
    }
}

/// Memory of a list of ports.
struct Places(KVVec<AtomicU32>);

impl AsRef<[AtomicU32]> for Places {
    #[inline]
    fn as_ref(&self) -> &[AtomicU32] {
        &self.0
    }
}

type Map = KeyMap<MapSlots>;
type Members = members::Members<Places>;

/// How many members a list has room for at first.
const FIRST_MEMBERS: usize = 4;
/// How many frames a second are copied to many if nobody says.
const DEFAULT_STORM: u32 = 100_000;

/// A port's number in its switch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PortNumber(u32);

impl PortNumber {
    /// As a number.
    pub(crate) fn to_u32(self) -> u32 {
        self.0
    }

    /// From [`Self::to_u32`].
    pub(crate) fn from_u32(number: u32) -> Self {
        Self(number)
    }
}

/// The ports of a NIC besides its own.
pub(crate) struct Switch {
    /// From a unicast key to its port, from any other to a list of ports, as
    /// number + 1.
    map: RcuCell<Map>,
    ports: RcuArray<DeviceRef<Port>>,
    /// How many ports there are.
    count: Shared,
    lists: RcuArray<Members>,
    /// The port that has the NIC for itself.
    passthru: DeviceLink<Port>,
    /// How many frames a second are copied to many.
    storm: Storm,
    /// How often it has changed what leads to a port, and whether by a slot.
    changes: RtnlCell<u64>,
}

impl Switch {
    /// A switch without ports. Process context; `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        let storm = Storm::new();
        storm.set_rate(DEFAULT_STORM);
        Ok(Self {
            map: RcuCell::new(empty_map(0)?)?,
            ports: RcuArray::new()?,
            count: Shared::new(0),
            lists: RcuArray::new()?,
            passthru: DeviceLink::new(),
            storm,
            changes: RtnlCell::new(0),
        })
    }

    /// The port that has the NIC for itself.
    pub(super) fn passthru<'r>(&'r self, rcu: &'r impl RcuRead) -> Option<&'r PortDevice<Port>> {
        self.passthru.get(rcu)
    }

    /// As above, under RTNL.
    pub(super) fn passthru_rtnl<'r>(&'r self, rtnl: &'r Rtnl) -> Option<&'r PortDevice<Port>> {
        self.passthru.get_rtnl(rtnl)
    }

    /// Gives a port the NIC for itself.
    pub(super) fn set_passthru(
        &self,
        dev: &PortDevice<Port>,
        memory: LinkReservation,
        rtnl: &Rtnl,
    ) {
        self.passthru.set(dev, memory, rtnl);
    }

    /// Takes that back.
    pub(super) fn clear_passthru(&self, rtnl: &Rtnl) {
        self.passthru.clear(rtnl);
    }

    /// How many frames a second are copied to many.
    pub(crate) fn storm(&self) -> &Storm {
        &self.storm
    }

    /// The port of a number.
    pub(super) fn port<'r>(
        &'r self,
        number: PortNumber,
        rtnl: &'r Rtnl,
    ) -> Option<&'r PortDevice<Port>> {
        let port = self.ports.get_rtnl(number.0 as usize, rtnl)?;
        Some(port)
    }

    /// Whether there is no port.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.count.get() == 0
    }

    /// How many ports there are.
    pub(crate) fn count(&self) -> u64 {
        self.count.get()
    }

    /// How often it has changed what leads to a port, and whether by a slot.
    pub(crate) fn changes(&self, rtnl: &Rtnl) -> u64 {
        self.changes.get(rtnl)
    }

    /// Notes that it has changed.
    pub(super) fn note_change(&self, rtnl: &Rtnl) {
        let changes = self.changes.get(rtnl).wrapping_add(1);
        self.changes.set(changes, rtnl);
    }

    /// The port that takes frames to the unicast address of `key`.
    #[inline]
    pub(crate) fn find<'r>(
        &'r self,
        key: PortKey,
        rcu: &'r impl RcuRead,
    ) -> Option<&'r PortDevice<Port>> {
        let word = self.map.read(rcu).get(key.to_bits());
        let port = self.ports.get(word.wrapping_sub(1), rcu)?;
        Some(port)
    }

    /// The port of a number, for readers.
    pub(super) fn numbered<'r>(
        &'r self,
        number: PortNumber,
        rcu: &'r impl RcuRead,
    ) -> Option<&'r PortDevice<Port>> {
        let port = self.ports.get(number.0 as usize, rcu)?;
        Some(port)
    }

    /// The ports in the list of `key`.
    #[inline]
    pub(crate) fn members<'r>(
        &'r self,
        key: PortKey,
        rcu: &'r impl RcuRead,
    ) -> impl Iterator<Item = &'r PortDevice<Port>> {
        let word = self.map.read(rcu).get(key.to_bits());
        let list = self.lists.get(word.wrapping_sub(1), rcu);
        let numbers = list.into_iter().flat_map(Members::iter);
        numbers.filter_map(|number| self.ports.get(number as usize, rcu).map(|port| &**port))
    }

    /// Whether the list of `key` is there.
    #[inline]
    pub(crate) fn has_members(&self, key: PortKey, rcu: &impl RcuRead) -> bool {
        self.map.read(rcu).get(key.to_bits()) != 0
    }

    /// Adds a port, which nothing leads to yet. Process context; `ENOMEM`.
    pub(crate) fn add_port(&self, dev: &PortDevice<Port>, rtnl: &Rtnl) -> Result<PortNumber> {
        let number = self.ports.add(DeviceRef::new(dev), rtnl)?;
        match u32::try_from(number) {
            Ok(number) => {
                self.count.set(self.count.get().saturating_add(1));
                Ok(PortNumber(number))
            }
            Err(_) => {
                self.ports.remove(number, rtnl);
                Err(ENOMEM)
            }
        }
    }

    /// Removes a port, which nothing may lead to any more. Process context.
    pub(crate) fn remove_port(&self, port: PortNumber, rtnl: &Rtnl) {
        self.ports.remove(port.0 as usize, rtnl);
        self.count.set(self.count.get().saturating_sub(1));
    }

    /// The ports.
    pub(crate) fn ports<'r>(
        &'r self,
        rtnl: &'r Rtnl,
    ) -> impl Iterator<Item = &'r PortDevice<Port>> {
        self.ports.values(rtnl).map(|port| &**port)
    }

    /// The ports from number `first` on, with their numbers.
    pub(crate) fn ports_from<'r>(
        &'r self,
        first: usize,
        rtnl: &'r Rtnl,
    ) -> impl Iterator<Item = (usize, &'r PortDevice<Port>)> {
        let ports = self.ports.values_from(first, rtnl);
        ports.map(|(number, port)| (number, &**port))
    }

    /// The ports, for readers.
    pub(crate) fn all<'r>(
        &'r self,
        rcu: &'r impl RcuRead,
    ) -> impl Iterator<Item = &'r PortDevice<Port>> {
        self.ports.iter(rcu).map(|port| &**port)
    }

    /// How many of the claimed keys are of an address.
    pub(crate) fn claims_of(&self, mac: Mac, rtnl: &Rtnl) -> usize {
        let keys = self.map.read_rtnl(rtnl).entries();
        keys.filter(|(key, _)| PortKey::from_bits(*key).is_of(mac))
            .count()
    }

    /// Whether a port has the unicast address of `key`.
    pub(crate) fn is_claimed(&self, key: PortKey, rtnl: &Rtnl) -> bool {
        self.map.read_rtnl(rtnl).get(key.to_bits()) != 0
    }

    /// Leads frames to the unicast address of `key` to a port. Process context;
    /// `EEXIST` if another has it, `ENOMEM`.
    pub(crate) fn claim(&self, key: PortKey, port: PortNumber, rtnl: &Rtnl) -> Result {
        if self.is_claimed(key, rtnl) {
            return Err(EEXIST);
        }
        self.put(key, port.0 as usize, rtnl)
    }

    /// Takes back a [`Self::claim`]. Process context.
    pub(crate) fn release(&self, key: PortKey, rtnl: &Rtnl) {
        self.clear(key, rtnl);
    }

    /// Puts a port on the list of `key`, on which it is not. Process context;
    /// `ENOMEM`.
    pub(crate) fn join(&self, key: PortKey, port: PortNumber, rtnl: &Rtnl) -> Result {
        let word = self.map.read_rtnl(rtnl).get(key.to_bits());
        let Some(list) = self.lists.get_rtnl(word.wrapping_sub(1), rtnl) else {
            return self.begin_list(key, port, rtnl);
        };
        if list.add(port.0).is_ok() {
            return Ok(());
        }
        let longer = empty_members(list.len().checked_mul(2).ok_or(ENOMEM)?)?;
        let copied = list.iter().try_for_each(|number| longer.add(number));
        copied
            .and_then(|()| longer.add(port.0))
            .map_err(|_| ENOMEM)?;
        let longer = Prepared::new(longer)?;
        self.lists.replace(word.wrapping_sub(1), longer, rtnl);
        Ok(())
    }

    /// Takes a port off the list of `key`. Process context.
    pub(crate) fn leave(&self, key: PortKey, port: PortNumber, rtnl: &Rtnl) {
        let word = self.map.read_rtnl(rtnl).get(key.to_bits());
        let number = word.wrapping_sub(1);
        let Some(list) = self.lists.get_rtnl(number, rtnl) else {
            return;
        };
        list.remove(port.0);
        if list.len() == 0 {
            self.clear(key, rtnl);
            self.lists.remove(number, rtnl);
        }
    }

    fn begin_list(&self, key: PortKey, port: PortNumber, rtnl: &Rtnl) -> Result {
        let list = empty_members(FIRST_MEMBERS)?;
        list.add(port.0).map_err(|_| ENOMEM)?;
        let number = self.lists.add(list, rtnl)?;
        let result = self.put(key, number, rtnl);
        if result.is_err() {
            self.lists.remove(number, rtnl);
        }
        result
    }

    fn put(&self, key: PortKey, number: usize, rtnl: &Rtnl) -> Result {
        self.note_change(rtnl);
        let word = number.checked_add(1).ok_or(ENOMEM)?;
        let map = self.map.read_rtnl(rtnl);
        if map.set(key.to_bits(), word).is_ok() {
            return Ok(());
        }
        let larger = empty_map(map.entries().count().saturating_add(1))?;
        let copied = map
            .entries()
            .try_for_each(|(key, word)| larger.set(key, word));
        copied
            .and_then(|()| larger.set(key.to_bits(), word))
            .map_err(|_| ENOMEM)?;
        self.map.replace(larger, rtnl)
    }

    fn clear(&self, key: PortKey, rtnl: &Rtnl) {
        self.note_change(rtnl);
        // Taking a word away needs no room.
        let _ = self.map.read_rtnl(rtnl).set(key.to_bits(), 0);
    }
}

fn empty_map(len: usize) -> Result<Map> {
    let len = key_map::slots_for(len).ok_or(ENOMEM)?;
    let mut slots = KVVec::with_capacity(len, GFP_KERNEL_ACCOUNT)?;
    for _ in 0..len {
        slots.push(Slot::empty(), GFP_KERNEL_ACCOUNT)?;
    }
    KeyMap::new(MapSlots(slots), random::u64()).ok_or(EINVAL)
}

fn empty_members(len: usize) -> Result<Members> {
    let mut places = KVVec::with_capacity(len, GFP_KERNEL_ACCOUNT)?;
    for _ in 0..len {
        places.push(empty_place(), GFP_KERNEL_ACCOUNT)?;
    }
    Ok(Members::new(Places(places)))
}
