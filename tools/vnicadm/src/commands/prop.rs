// SPDX-License-Identifier: GPL-2.0
//! `show-prop`, `set-prop` and `reset-prop`.

use rustix::io::Errno;

use super::ethtool::set_rings_in_use;
use super::session::Session;
use crate::cli::prop::{ResetProp, SetProp, ShowProp};
use crate::error::Error;
use crate::model::generic::Object;
use crate::model::property::{self, Property, Rings, Wanted};
use crate::model::request::{self, vnic};
use crate::model::{Found, IfName, Vnic, ethtool};
use crate::output;
use crate::output::columns::Selection;
use crate::output::property as columns;

/// Shows the properties of one port or of all.
pub fn show(session: &mut Session<'_>, args: &ShowProp) -> Result<(), Error> {
    let selection = Selection::new(columns::columns(), args.layout())?;
    let ports = match &args.name {
        Some(name) => vec![named(session, name)?],
        None => all(session)?,
    };
    let mut rows = Vec::new();
    for port in &ports {
        let mut found = properties(session, port)?;
        if let Some(names) = &args.properties {
            // Of all ports, those that have it.
            if args.name.is_some() {
                names
                    .iter()
                    .try_for_each(|name| known(&found, name).map(drop))?;
            }
            found.retain(|property| names.iter().any(|name| name == property.property));
        }
        rows.extend(found);
    }
    output::print(&selection.render(&rows))
}

/// Sets properties: those of the link by one request, then the others.
pub fn set(session: &mut Session<'_>, args: &SetProp) -> Result<(), Error> {
    let port = named(session, &args.name)?;
    let found = properties(session, &port)?;
    let mut wanted = Wanted::default();
    for (name, value) in &args.properties.0 {
        // Those of rings are there only once it has some.
        if !OF_RINGS.contains(&name.as_str()) {
            known(&found, name)?;
        }
        wanted.note(name, value)?;
    }
    apply(session, &port, &wanted)
}

/// Sets properties back to their defaults.
pub fn reset(session: &mut Session<'_>, args: &ResetProp) -> Result<(), Error> {
    let port = named(session, &args.name)?;
    let found = properties(session, &port)?;
    let goes = gives_rings_back(&found);
    let chosen: Vec<&Property> = match &args.properties {
        // What a VNIC has while it has rings goes with them.
        None => found
            .iter()
            .filter(|property| !(goes && OF_RINGS.contains(&property.property)))
            .collect(),
        Some(names) => names
            .iter()
            .map(|name| known(&found, name))
            .collect::<Result<_, _>>()?,
    };
    let mut wanted = Wanted::default();
    for property in chosen {
        match &property.default {
            Some(value) if property.current.as_ref() != Some(value) => {
                wanted.note(property.property, value)?;
            }
            None if args.properties.is_some() => {
                let name = property.property;
                return Err(Error::Usage(format!("property '{name}' has no default")));
            }
            _ => {}
        }
    }
    apply(session, &port, &wanted)
}

/// Whether a VNIC has rings of its own that it would not have by default.
fn gives_rings_back(found: &[Property]) -> bool {
    let rings = found.iter().find(|property| property.property == "rings");
    rings.is_some_and(|rings| rings.current != rings.default)
}

/// Properties that a VNIC has while it has rings of its own.
const OF_RINGS: [&str; 5] = [
    "rings-in-use",
    "ring-size",
    "adaptive-rx",
    "rx-usecs",
    "rx-frames",
];

fn apply(session: &mut Session<'_>, port: &Found, wanted: &Wanted) -> Result<(), Error> {
    let ifindex = port.link().ifindex;
    if wanted.changes_link() {
        session.change(&match port {
            Found::Vnic(_) => vnic::set(ifindex, &wanted.end(), &wanted.vnic()),
            _ => request::change(ifindex, &wanted.end(), wanted.nic()),
        })?;
    }
    if let Some(rings) = wanted.rings_in_use {
        set_rings_in_use(session, ifindex, rings)?;
    }
    if let Some(size) = wanted.ring_size {
        let change = ethtool::set_ring_size(ifindex, size);
        session.ethtool()?.change(&change)?;
    }
    if wanted.coalesce != ethtool::CoalesceSettings::default() {
        let change = ethtool::set_coalesce(ifindex, wanted.coalesce);
        session.ethtool()?.change(&change)?;
    }
    Ok(())
}

/// The property of this name.
fn known<'a>(found: &'a [Property], name: &str) -> Result<&'a Property, Error> {
    let property = found.iter().find(|property| property.property == name);
    property.ok_or_else(|| {
        let names: Vec<_> = found.iter().map(|property| property.property).collect();
        let names = names.join(" ");
        Error::Usage(format!("unknown property '{name}': must be of {names}"))
    })
}

fn named(session: &mut Session<'_>, name: &IfName) -> Result<Found, Error> {
    match session.named(name)? {
        found @ Found::Other { .. } => Err(found.wrong_kind("softnic NIC or VNIC")),
        found => Ok(found),
    }
}

pub(super) fn all(session: &mut Session<'_>) -> Result<Vec<Found>, Error> {
    let nics = session.nics(false)?.into_iter();
    let mut all: Vec<Found> = nics.map(|nic| Found::Nic(Box::new(nic))).collect();
    let vnics = session.vnics(false)?.into_iter();
    all.extend(vnics.map(|vnic| Found::Vnic(Box::new(vnic))));
    Ok(all)
}

pub(super) fn properties(session: &mut Session<'_>, port: &Found) -> Result<Vec<Property>, Error> {
    Ok(match port {
        Found::Nic(nic) => property::of_nic(nic, &rings(session, nic.link.ifindex)?),
        Found::Vnic(vnic) => {
            let lower = lower(session, vnic);
            // One without rings of its own would be told of its NIC's queue.
            let rings = match vnic.rings {
                Some(1..) => rings(session, vnic.link.ifindex)?,
                _ => Rings::default(),
            };
            property::of_vnic(vnic, lower.as_ref(), &rings)
        }
        Found::Other { .. } => Vec::new(),
    })
}

/// What a VNIC is over, where that can be looked up.
fn lower(session: &mut Session<'_>, vnic: &Vnic) -> Option<Found> {
    let over = vnic.over.as_ref()?;
    let request = request::by_index_in(over.ifindex, over.netnsid);
    session.device(&request).ok()
}

fn rings(session: &mut Session<'_>, ifindex: u32) -> Result<Rings, Error> {
    Ok(Rings {
        size: kept(session, ifindex)?,
        channels: kept(session, ifindex)?,
        coalesce: kept(session, ifindex)?,
    })
}

/// What the ethtool family keeps of a device, if it does.
fn kept<T: Object>(session: &mut Session<'_>, ifindex: u32) -> Result<Option<T>, Error> {
    let device = ethtool::of_device(ifindex);
    match session.ethtool()?.object_of(&device) {
        Ok(object) => Ok(Some(object)),
        Err(Error::Refused(refusal)) if refusal.errno == Errno::OPNOTSUPP.raw_os_error() => {
            Ok(None)
        }
        Err(err) => Err(err),
    }
}
