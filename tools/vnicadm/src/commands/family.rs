// SPDX-License-Identifier: GPL-2.0
//! `show-ring`, `show-group`, `show-filter` and `show-drops`.

use std::collections::HashMap;

use super::names::{self, Names};
use super::session::Session;
use crate::cli::Show;
use crate::cli::show::{List, ShowDrops};
use crate::error::Error;
use crate::model::Found;
use crate::model::family::numbers::{drops, filter, group, ring};
use crate::model::family::{Drops, Filter, Group, Port, Ring};
use crate::output;
use crate::output::columns::Selection;
use crate::output::family::{self as columns, Dropped};

/// Shows the rings of one port or of all.
pub fn rings(session: &mut Session<'_>, args: &Show) -> Result<(), Error> {
    let selection = Selection::new(columns::rings(), args.layout())?;
    let mut rings: Vec<Ring> = match &args.name {
        Some(name) => {
            let ifindex = session.port(name)?;
            session.family()?.objects(&[(ring::IFINDEX, ifindex)])?
        }
        None => session.family()?.objects(&[])?,
    };
    let names = ports(session)?;
    for ring in &mut rings {
        ring.name = names.get(&ring.ifindex).cloned();
    }
    output::print(&selection.render(&rings))
}

/// Shows the group of one port or all groups.
pub fn groups(session: &mut Session<'_>, args: &List) -> Result<(), Error> {
    let selection = Selection::new(columns::groups(), args.form.layout())?;
    let mut groups: Vec<Group> = match &args.name {
        Some(name) => {
            let ifindex = session.port(name)?;
            vec![session.family()?.object(&[(group::IFINDEX, ifindex)])?]
        }
        None => session.family()?.objects(&[])?,
    };
    let mut names = port_names(session)?;
    let nics = groups.iter_mut().filter_map(|group| group.nic.as_mut());
    names::find(session, &mut names, nics);
    output::print(&selection.render(&groups))
}

/// Shows the filter table of one NIC, the filters that lead to one VNIC, or
/// all tables.
pub fn filters(session: &mut Session<'_>, args: &List) -> Result<(), Error> {
    let selection = Selection::new(columns::filters(), args.form.layout())?;
    let mut filters: Vec<Filter> = match &args.name {
        Some(name) => {
            let found = session.named(name)?;
            filters_of(session, found)?
        }
        None => session.family()?.objects(&[])?,
    };
    let mut names = port_names(session)?;
    let nics = filters.iter_mut().filter_map(|filter| filter.nic.as_mut());
    names::find(session, &mut names, nics);
    let ports = filters.iter_mut().filter_map(|filter| filter.port.as_mut());
    names::find(session, &mut names, ports);
    output::print(&selection.render(&filters))
}

/// The whole table of a NIC, or what leads to a VNIC, whose NIC has to be in
/// this namespace.
fn filters_of(session: &mut Session<'_>, found: Found) -> Result<Vec<Filter>, Error> {
    let ifindex = found.link().ifindex;
    match found {
        Found::Nic(_) => session.family()?.objects(&[(filter::NIC_IFINDEX, ifindex)]),
        Found::Vnic(_) => {
            let leads_there = |filter: &Filter| {
                let port = filter.port.as_ref();
                port.is_some_and(|port| port.ifindex == ifindex && port.netnsid.is_none())
            };
            let filters: Vec<Filter> = session.family()?.objects(&[])?;
            Ok(filters.into_iter().filter(leads_there).collect())
        }
        other => Err(other.wrong_kind("softnic NIC or VNIC")),
    }
}

/// Shows why frames of one port, or of all, were dropped.
pub fn drops(session: &mut Session<'_>, args: &ShowDrops) -> Result<(), Error> {
    let list = &args.list;
    let selection = Selection::new(columns::drops(), list.form.layout())?;
    let found: Vec<Drops> = match &list.name {
        Some(name) => {
            let ifindex = session.port(name)?;
            vec![session.family()?.object(&[(drops::IFINDEX, ifindex)])?]
        }
        None => session.family()?.objects(&[])?,
    };
    let rows: Vec<Dropped> = found.iter().flat_map(|port| rows(port, args.all)).collect();
    output::print(&selection.render_as(&rows, &found))
}

fn rows(port: &Drops, all: bool) -> impl Iterator<Item = Dropped> {
    let drops = port.drops.iter();
    let wanted = drops.filter(move |drop| all || drop.packets > 0);
    wanted.map(|drop| Dropped {
        name: port.name.clone(),
        reason: drop.reason,
        packets: drop.packets,
    })
}

/// The names of this namespace's ports by index.
fn ports(session: &mut Session<'_>) -> Result<HashMap<u32, String>, Error> {
    let ports: Vec<Port> = session.family()?.objects(&[])?;
    let names = ports.into_iter().map(|port| (port.ifindex, port.name));
    Ok(names.collect())
}

/// The same, to begin with when names of other devices are looked for.
fn port_names(session: &mut Session<'_>) -> Result<Names, Error> {
    let names = ports(session)?.into_iter();
    Ok(names
        .map(|(index, name)| ((None, index), Some(name)))
        .collect())
}
