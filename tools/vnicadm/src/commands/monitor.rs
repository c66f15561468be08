// SPDX-License-Identifier: GPL-2.0
//! `monitor`.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::SystemTime;

use rustix::event::{PollFd, PollFlags, poll};

use super::session::Session;
use crate::cli::monitor::Monitor;
use crate::error::Error;
use crate::model::family::numbers::command;
use crate::model::family::{self, Object};
use crate::model::link::Related;
use crate::model::uapi::{IFINFOMSG_LEN, RTM_DELLINK, RTM_NEWLINK, RTNLGRP_LINK};
use crate::model::{Found, generic};
use crate::netlink::listener::{Heard, Listener, Scope};
use crate::netlink::socket::Protocol;
use crate::netns::NetNs;
use crate::output::monitor::{Event, What, json, text};

/// The family's group that events are told to.
const EVENTS: &str = "events";

/// Tells what happens, until nobody reads it any more.
pub fn run(netns: Option<&NetNs>, args: &Monitor) -> Result<(), Error> {
    let mut session = Session::open(netns)?;
    let mut links = Listener::open(Protocol::Route, RTNLGRP_LINK, netns, scope(args))?;
    let (id, mut family) = family(&mut session, netns, args)?.unzip();
    let mut watch = Watch::new(id, scope(args));
    // Those that are there were not added.
    watch.look(&mut session)?;
    loop {
        let mut events = Vec::new();
        let mut heard =
            links.hear(|from, number, payload| events.extend(watch.link(from, number, payload)))?;
        if let Some(family) = &mut family {
            let more = |from, number, payload: &[u8]| {
                events.extend(watch.notice(from, number, payload));
            };
            if family.hear(more)? == Heard::Lost {
                heard = Heard::Lost;
            }
        }
        if heard == Heard::Lost {
            events.push((None, Event::Lost));
            events.extend(watch.look(&mut session)?);
        }
        print(args, &events)?;
        wait(&links, family.as_ref())?;
    }
}

/// The family's number and its events. A module that has no family tells
/// nothing of rings and placement, which is an error only where these were
/// asked for.
fn family<'ns>(
    session: &mut Session<'ns>,
    netns: Option<&'ns NetNs>,
    args: &Monitor,
) -> Result<Option<(u16, Listener)>, Error> {
    let found = match session.family() {
        Ok(client) => client.family().clone(),
        Err(Error::NoFamily(_)) if args.kinds.iter().all(|k| k == "nic" || k == "vnic") => {
            return Ok(None);
        }
        Err(err) => return Err(err),
    };
    let group = found.group(EVENTS);
    let group = group.ok_or(Error::Malformed("a family without events"))?;
    Ok(Some((
        found.id,
        Listener::open(Protocol::Generic, group, netns, scope(args))?,
    )))
}

/// Where to listen.
fn scope(args: &Monitor) -> Scope {
    match args.all_nsid {
        true => Scope::Numbered,
        false => Scope::Own,
    }
}

/// Waits for messages, or for the reader to go.
fn wait(links: &Listener, family: Option<&Listener>) -> Result<(), Error> {
    let out = io::stdout();
    let mut sources = vec![
        // Only that its other end is closed is of interest.
        PollFd::new(&out, PollFlags::empty()),
        PollFd::new(links, PollFlags::IN),
    ];
    sources.extend(family.map(|family| PollFd::new(family, PollFlags::IN)));
    rustix::io::retry_on_intr(|| poll(&mut sources, None))
        .map_err(|err| Error::Socket(err.into()))?;
    let gone = PollFlags::ERR | PollFlags::HUP;
    match sources
        .first()
        .is_some_and(|out| out.revents().intersects(gone))
    {
        true => Err(Error::Output(io::ErrorKind::BrokenPipe.into())),
        false => Ok(()),
    }
}

fn print(args: &Monitor, events: &[Told]) -> Result<(), Error> {
    let now = SystemTime::now();
    let mut out = io::stdout().lock();
    for (from, event) in events {
        if !event.kind().is_none_or(|kind| args.wants(kind)) {
            continue;
        }
        let line = match args.json {
            true => json(*from, event, now),
            false => text(*from, event, args.timestamps.then_some(now)),
        };
        out.write_all(line.as_bytes()).map_err(Error::Output)?;
    }
    out.flush().map_err(Error::Output)
}

/// An event, with the number of its namespace if that is another.
type Told = (Option<i32>, Event);

/// What is known of what there is, by namespaces' numbers and indices.
struct Watch {
    family: Option<u16>,
    scope: Scope,
    names: HashMap<(Option<i32>, u32), String>,
}

impl Watch {
    fn new(family: Option<u16>, scope: Scope) -> Self {
        Self {
            family,
            scope,
            names: HashMap::new(),
        }
    }

    /// Looks what there is.
    fn look(&mut self, session: &mut Session<'_>) -> Result<Vec<Told>, Error> {
        self.names.clear();
        let mut present = self.note(None, session.devices_in(None)?);
        if self.scope == Scope::Numbered {
            for id in session.netnsids()? {
                // One that is gone, or closed to the user, has nothing to tell.
                if let Ok(found) = session.devices_in(Some(id)) {
                    present.extend(self.note(Some(id), found));
                }
            }
        }
        Ok(present)
    }

    /// Notes what there is in a namespace.
    fn note(&mut self, from: Option<i32>, found: Vec<Found>) -> Vec<Told> {
        for found in &found {
            let link = found.link();
            self.names.insert((from, link.ifindex), link.name.clone());
        }
        let present = found.into_iter();
        present
            .map(|found| (from, Event::Device(What::Present, found)))
            .collect()
    }

    /// Gives a device of this namespace the name that is known of it.
    fn name(&self, related: Option<&mut Related>) {
        if let Some(related) = related.filter(|related| related.netnsid.is_none()) {
            related.name = self.names.get(&(None, related.ifindex)).cloned();
        }
    }

    /// What a message about a device says.
    fn link(&mut self, from: Option<i32>, number: u16, payload: &[u8]) -> Option<Told> {
        // What a bridge tells of its ports is about the bridge.
        if payload.len() < IFINFOMSG_LEN || payload.first() != Some(&0) {
            return None;
        }
        let mut found = Found::read(payload).ok()?;
        // Counters are in some messages, and nothing that happens.
        match &mut found {
            Found::Nic(nic) => {
                nic.link.statistics = None;
                self.name(nic.peer.as_mut().filter(|_| from.is_none()));
            }
            Found::Vnic(vnic) => {
                vnic.link.statistics = None;
                self.name(vnic.over.as_mut().filter(|_| from.is_none()));
            }
            Found::Other { .. } => return None,
        }
        let index = (from, found.link().ifindex);
        let what = match number {
            RTM_NEWLINK => match self.names.insert(index, found.link().name.clone()) {
                None => What::Added,
                Some(_) => What::Changed,
            },
            RTM_DELLINK => {
                self.names.remove(&index);
                What::Deleted
            }
            _ => return None,
        };
        Some((from, Event::Device(what, found)))
    }

    /// What a notice of the family says.
    fn notice(&self, from: Option<i32>, number: u16, payload: &[u8]) -> Option<Told> {
        if Some(number) != self.family || payload.len() < generic::GENLMSG_LEN {
            return None;
        }
        let event = match *payload.first()? {
            command::PLACEMENT_NTF => family::Port::read(payload).ok().map(Event::Placement),
            command::WIRE_NTF => family::Nic::read(payload).ok().map(Event::Wire),
            command::STOCK_NTF => family::Nic::read(payload).ok().map(Event::Stock),
            command::RING_MODE_NTF => {
                let ring = family::Ring::read(payload).ok()?;
                let name = self.names.get(&(from, ring.ifindex)).cloned();
                Some(Event::Ring(name, ring))
            }
            // Links tell of these, and more of them.
            _ => None,
        };
        event.map(|event| (from, event))
    }
}

#[cfg(test)]
mod tests;
