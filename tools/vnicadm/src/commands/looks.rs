// SPDX-License-Identifier: GPL-2.0
//! Looks at counters: what `stat` and `top` ask the kernel for.
//!
//! Counters come by index alone. Names are read again when an index is seen
//! that is not known, and now and then, because a device may be renamed.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use rustix::io::Errno;

use super::generic::GenericClient;
use super::session::Session;
use crate::error::Error;
use crate::model::counters::{Counters, Field};
use crate::model::family;
use crate::model::family::numbers::{port, ring};
use crate::model::queues::{self, Queues};
use crate::model::uapi::{SOFTNIC_KIND, VNIC_KIND};
use crate::model::{Found, IfName};
use crate::output::stat::Needs;
use crate::stat::{Device, Kind, Look, Ring};

/// After how many looks names are read again.
const NAMES_LAST: u32 = 30;

/// Which rings are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rings {
    /// None.
    No,
    /// Those of a device, for which the module need not be able to tell.
    Of(u32),
    /// Those of all devices that are looked at.
    All,
}

/// Looks at devices, again and again.
pub struct Looks<'s, 'ns> {
    session: &'s mut Session<'ns>,
    begin: Instant,
    wanted: Vec<IfName>,
    queues: Option<GenericClient<'ns>>,
    /// Whether to look at what the family tells of ports.
    ports: bool,
    /// Devices of all kinds by index; none where one is no softnic device.
    known: BTreeMap<u32, Option<(Rc<str>, Kind)>>,
    known_for: u32,
}

impl<'s, 'ns> Looks<'s, 'ns> {
    /// Looks at the devices of these names, or without any at all of them;
    /// at what else is needed of their queues and ports, too.
    pub fn new(
        session: &'s mut Session<'ns>,
        wanted: Vec<IfName>,
        needs: Needs,
    ) -> Result<Self, Error> {
        for name in &wanted {
            session.port(name)?;
        }
        let queues = match needs.queues {
            true => Some(session.other_family(queues::FAMILY)?),
            false => None,
        };
        Ok(Self {
            session,
            begin: Instant::now(),
            wanted,
            queues,
            ports: needs.ports,
            known: BTreeMap::new(),
            known_for: 0,
        })
    }

    /// Looks once. Devices that are not there are left out.
    pub fn look(&mut self, rings: Rings) -> Result<Look, Error> {
        let mut devices = match self.wanted.is_empty() {
            true => self.all()?,
            false => self.chosen()?,
        };
        // What follows is asked for after this moment, as what came before was
        // asked for before it: all are as late each time.
        let at = self.begin.elapsed();
        self.add_queues(&mut devices)?;
        self.add_ports(&mut devices)?;
        self.add_rings(&mut devices, rings)?;
        let date = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Ok(Look {
            at,
            date: date.unwrap_or_default(),
            devices,
        })
    }

    /// Those that were named, as far as they are there.
    fn chosen(&mut self) -> Result<Vec<Device>, Error> {
        let mut devices = Vec::new();
        for name in &self.wanted {
            let found = match self.session.named(name) {
                Err(Error::NoDevice(_)) => continue,
                found => found?,
            };
            let ifindex = found.link().ifindex;
            let Some(kind) = kind_of(&found) else {
                continue;
            };
            if let Some(counters) = self.session.counted(ifindex)? {
                devices.push(device(ifindex, name.as_str().into(), kind, counters));
            }
        }
        devices.sort_by_key(|device| device.ifindex);
        devices.dedup_by_key(|device| device.ifindex);
        Ok(devices)
    }

    /// All NICs and VNICs.
    fn all(&mut self) -> Result<Vec<Device>, Error> {
        let mut counted = self.session.all_counted()?;
        counted.sort_by_key(|(ifindex, _)| *ifindex);
        counted.dedup_by_key(|(ifindex, _)| *ifindex);
        self.learn_names(&counted)?;
        let device = |(ifindex, counters)| {
            let (name, kind) = self.known.get(&ifindex)?.as_ref()?;
            Some(device(ifindex, Rc::clone(name), *kind, counters))
        };
        Ok(counted.into_iter().filter_map(device).collect())
    }

    fn learn_names(&mut self, counted: &[(u32, Counters)]) -> Result<(), Error> {
        let stranger = |(ifindex, _): &(u32, Counters)| !self.known.contains_key(ifindex);
        if self.known_for > 0 && !counted.iter().any(stranger) {
            self.known_for -= 1;
            return Ok(());
        }
        self.known_for = NAMES_LAST;
        self.known = counted
            .iter()
            .map(|(ifindex, _)| (*ifindex, None))
            .collect();
        for kind in [SOFTNIC_KIND, VNIC_KIND] {
            for found in self.session.passing(kind)? {
                let (ifindex, name) = (found.link().ifindex, found.link().name.as_str().into());
                if let Some(kind) = kind_of(&found) {
                    self.known.insert(ifindex, Some((name, kind)));
                }
            }
        }
        Ok(())
    }

    fn add_queues(&mut self, devices: &mut [Device]) -> Result<(), Error> {
        let Some(client) = &mut self.queues else {
            return Ok(());
        };
        let mut found: HashMap<u32, Queues> = HashMap::new();
        let mut add = |queues: Vec<Queues>| {
            found.extend(queues.into_iter().map(|queues| (queues.ifindex, queues)));
        };
        if self.wanted.is_empty() {
            add(client.sample(&[])?);
        } else {
            for device in devices.iter() {
                add(unless_gone(
                    client.sample(&[(queues::IFINDEX, device.ifindex)]),
                )?);
            }
        }
        for device in devices {
            if let Some(queues) = found.get(&device.ifindex) {
                device.counters.add(&queues.counters);
            }
        }
        Ok(())
    }

    fn add_ports(&mut self, devices: &mut [Device]) -> Result<(), Error> {
        if !self.ports {
            return Ok(());
        }
        let family = self.session.family()?;
        let mut found: Vec<family::Port> = Vec::new();
        if self.wanted.is_empty() {
            found = family.sample(&[])?;
        } else {
            for device in devices.iter() {
                let one = family.object(&[(port::IFINDEX, device.ifindex)]);
                found.extend(unless_gone(one.map(|port| vec![port]))?);
            }
        }
        let busy: HashMap<u32, u64> = found
            .iter()
            .filter_map(|port| Some((port.ifindex, port.tx_busy?)))
            .collect();
        for device in devices {
            if let Some(busy) = busy.get(&device.ifindex) {
                device.counters.set(Field::Busy, *busy);
            }
        }
        Ok(())
    }

    fn add_rings(&mut self, devices: &mut [Device], wanted: Rings) -> Result<(), Error> {
        if wanted == Rings::No {
            return Ok(());
        }
        let one = match wanted {
            Rings::Of(ifindex) => Some(ifindex),
            _ if devices.len() == 1 => devices.first().map(|device| device.ifindex),
            _ => None,
        };
        let family = match self.session.family() {
            // A live view does without what an older module does not tell.
            Err(Error::NoFamily(_)) if matches!(wanted, Rings::Of(_)) => return Ok(()),
            family => family?,
        };
        let mut found: Vec<family::Ring> = match one {
            Some(ifindex) => unless_gone(family.sample(&[(ring::IFINDEX, ifindex)]))?,
            None => family.sample(&[])?,
        };
        found.sort_by_key(|ring| (ring.ifindex, ring.id));
        found.dedup_by_key(|ring| (ring.ifindex, ring.id));
        for device in devices {
            if one.is_none_or(|ifindex| ifindex == device.ifindex) {
                device.rings = Some(rings_of(&found, device.ifindex));
            }
        }
        Ok(())
    }
}

/// A device's share of all rings, which are in order.
fn rings_of(rings: &[family::Ring], ifindex: u32) -> Vec<Ring> {
    let first = rings.partition_point(|ring| ring.ifindex < ifindex);
    let own = rings[first..]
        .iter()
        .take_while(|ring| ring.ifindex == ifindex);
    own.map(Ring::from).collect()
}

fn device(ifindex: u32, name: Rc<str>, kind: Kind, counters: Counters) -> Device {
    Device {
        ifindex,
        name,
        kind,
        counters,
        rings: None,
    }
}

/// What a softnic device is.
fn kind_of(found: &Found) -> Option<Kind> {
    match found {
        Found::Nic(_) => Some(Kind::Nic),
        Found::Vnic(_) => Some(Kind::Vnic),
        Found::Other { .. } => None,
    }
}

/// A list of what a device has: nothing, if the device is gone or has none.
fn unless_gone<T>(listed: Result<Vec<T>, Error>) -> Result<Vec<T>, Error> {
    let none = [Errno::NODEV, Errno::NOENT, Errno::OPNOTSUPP].map(Errno::raw_os_error);
    match listed {
        Err(Error::Refused(refusal)) if none.contains(&refusal.errno) => Ok(Vec::new()),
        listed => listed,
    }
}
