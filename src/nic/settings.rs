// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a request sets of a NIC besides its wire. All of it is checked before
//! any of it is put in place.

use super::attributes;
use super::Nic;
use crate::datapath::placement;
use crate::datapath::wire;
use crate::net::device::Device;
use crate::net::netlink::{Attributes, Dump, ExtAck};
use crate::net::rtnl::Rtnl;
use kernel::prelude::*;

/// Most slots of a filter table, and most rings of a pool.
const MAX_STOCK: u32 = 65_536;

/// What a request asks for.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    finish: Option<u32>,
    slots: Option<u32>,
    pool: Option<u32>,
    storm: Option<u32>,
}

impl Settings {
    /// Reads and checks a request. `EINVAL` for what is out of range.
    pub(super) fn read(data: &Attributes<'_>, extack: &ExtAck<'_>) -> Result<Self> {
        let read = |kind: u16, what: &str, max: u32| match data.get(kind) {
            Some(attr) if attr.u32() > max => {
                Err(extack.refuse_attr(EINVAL, &attr, fmt!("{what} must be 0 to {max}")))
            }
            attr => Ok(attr.map(|attr| attr.u32())),
        };
        Ok(Self {
            finish: match data.get(attributes::FINISH) {
                Some(attr) if attr.u32() > 1 => {
                    let message = fmt!("finish must be 0 or 1");
                    return Err(extack.refuse_attr(EINVAL, &attr, message));
                }
                attr => attr.map(|attr| attr.u32()),
            },
            slots: read(attributes::SLOTS, "slots", MAX_STOCK)?,
            pool: read(attributes::POOL, "pool", MAX_STOCK)?,
            storm: read(attributes::STORM, "storm", u32::MAX)?,
        })
    }

    /// Checks what depends on the state of a NIC. `EBUSY`: more rings are
    /// reserved than the pool is to have.
    pub(super) fn check(
        &self,
        dev: &Device<Nic>,
        data: &Attributes<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        let used = dev.port().stock().pool(rtnl).used();
        match data.get(attributes::POOL) {
            Some(attr) if attr.u32() < used => Err(extack.refuse_attr(
                EBUSY,
                &attr,
                fmt!("pool must be {used} to {MAX_STOCK}: {used} rings are reserved"),
            )),
            _ => Ok(()),
        }
    }

    /// Puts them in place, which was checked.
    pub(super) fn apply(&self, dev: &Device<Nic>, rtnl: &Rtnl) -> Result {
        if let Some(rings) = self.pool {
            dev.port().stock().set_pool(rings, rtnl)?;
        }
        if let Some(finish) = self.finish {
            wire::set_finishes(dev, finish != 0, rtnl);
        }
        if let Some(slots) = self.slots {
            placement::set_slots(dev, slots, rtnl);
        }
        if let Some(rate) = self.storm {
            dev.port().switch().storm().set_rate(rate);
        }
        Ok(())
    }
}

/// How many attributes [`fill`] writes.
pub(super) const COUNT: usize = 7;

/// Writes the settings of a NIC.
pub(super) fn fill(dev: &Device<Nic>, dump: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
    let port = dev.port();
    let (slots, pool) = (port.stock().slots(rtnl), port.stock().pool(rtnl));
    dump.put_u32(attributes::FINISH, port.wire().finishes(rtnl).into())?;
    dump.put_u32(attributes::SLOTS, slots.capacity())?;
    dump.put_u32(attributes::SLOTS_USED, slots.used())?;
    dump.put_u32(attributes::SLOTS_WAITING, slots.waiting())?;
    dump.put_u32(attributes::POOL, pool.capacity())?;
    dump.put_u32(attributes::POOL_USED, pool.used())?;
    dump.put_u32(attributes::STORM, port.switch().storm().rate())
}
