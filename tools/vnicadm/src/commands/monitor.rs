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
use crate::netlink::listener::{Heard, Listener};
use crate::netlink::socket::Protocol;
use crate::netns::NetNs;
use crate::output::monitor::{Event, What, json, text};

/// The family's group that events are told to.
const EVENTS: &str = "events";

/// Tells what happens, until nobody reads it any more.
pub fn run(netns: Option<&NetNs>, args: &Monitor) -> Result<(), Error> {
    let mut session = Session::open(netns)?;
    let mut links = Listener::open(Protocol::Route, RTNLGRP_LINK, netns)?;
    let (id, mut family) = family(&mut session, netns, args)?.unzip();
    let mut watch = Watch::new(id);
    // Those that are there were not added.
    watch.look(&mut session)?;
    loop {
        let mut events = Vec::new();
        let mut heard = links.hear(|number, payload| events.extend(watch.link(number, payload)))?;
        if let Some(family) = &mut family {
            let more = |number, payload: &[u8]| events.extend(watch.notice(number, payload));
            if family.hear(more)? == Heard::Lost {
                heard = Heard::Lost;
            }
        }
        if heard == Heard::Lost {
            events.push(Event::Lost);
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
        Listener::open(Protocol::Generic, group, netns)?,
    )))
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

fn print(args: &Monitor, events: &[Event]) -> Result<(), Error> {
    let now = SystemTime::now();
    let mut out = io::stdout().lock();
    for event in events {
        if !event.kind().is_none_or(|kind| args.wants(kind)) {
            continue;
        }
        let line = match args.json {
            true => json(event, now),
            false => text(event, args.timestamps.then_some(now)),
        };
        out.write_all(line.as_bytes()).map_err(Error::Output)?;
    }
    out.flush().map_err(Error::Output)
}

/// What is known of what there is.
struct Watch {
    family: Option<u16>,
    names: HashMap<u32, String>,
}

impl Watch {
    fn new(family: Option<u16>) -> Self {
        Self {
            family,
            names: HashMap::new(),
        }
    }

    /// Looks what there is.
    fn look(&mut self, session: &mut Session<'_>) -> Result<Vec<Event>, Error> {
        let nics = session.nics(false)?.into_iter();
        let nics = nics.map(|nic| Found::Nic(Box::new(nic)));
        let vnics = session.vnics(false)?.into_iter();
        let vnics = vnics.map(|vnic| Found::Vnic(Box::new(vnic)));
        let found: Vec<Found> = nics.chain(vnics).collect();
        let links = found.iter().map(Found::link);
        self.names = links
            .map(|link| (link.ifindex, link.name.clone()))
            .collect();
        let present = found
            .into_iter()
            .map(|found| Event::Device(What::Present, found));
        Ok(present.collect())
    }

    /// Gives a device of this namespace the name that is known of it.
    fn name(&self, related: Option<&mut Related>) {
        if let Some(related) = related.filter(|related| related.netnsid.is_none()) {
            related.name = self.names.get(&related.ifindex).cloned();
        }
    }

    /// What a message about a device says.
    fn link(&mut self, number: u16, payload: &[u8]) -> Option<Event> {
        // What a bridge tells of its ports is about the bridge.
        if payload.len() < IFINFOMSG_LEN || payload.first() != Some(&0) {
            return None;
        }
        let mut found = Found::read(payload).ok()?;
        // Counters are in some messages, and nothing that happens.
        match &mut found {
            Found::Nic(nic) => {
                nic.link.statistics = None;
                self.name(nic.peer.as_mut());
            }
            Found::Vnic(vnic) => {
                vnic.link.statistics = None;
                self.name(vnic.over.as_mut());
            }
            Found::Other { .. } => return None,
        }
        let index = found.link().ifindex;
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
        Some(Event::Device(what, found))
    }

    /// What a notice of the family says.
    fn notice(&self, number: u16, payload: &[u8]) -> Option<Event> {
        if Some(number) != self.family || payload.len() < generic::GENLMSG_LEN {
            return None;
        }
        match *payload.first()? {
            command::PLACEMENT_NTF => family::Port::read(payload).ok().map(Event::Placement),
            command::WIRE_NTF => family::Nic::read(payload).ok().map(Event::Wire),
            command::RING_MODE_NTF => {
                let ring = family::Ring::read(payload).ok()?;
                let name = self.names.get(&ring.ifindex).cloned();
                Some(Event::Ring(name, ring))
            }
            // Links tell of these, and more of them.
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
