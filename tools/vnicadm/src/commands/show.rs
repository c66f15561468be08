// SPDX-License-Identifier: GPL-2.0
//! `show-nic`.

use std::collections::HashMap;

use super::session::Session;
use crate::cli::ShowNic;
use crate::error::Error;
use crate::model::nic::{Nic, Peer};
use crate::model::request;
use crate::netns;
use crate::output;

/// Shows one NIC or all.
pub fn run(session: &mut Session<'_>, args: &ShowNic) -> Result<(), Error> {
    let mut nics = match &args.nic {
        Some(name) => vec![session.nic(name)?],
        None => session.nics(args.stats)?,
    };
    name_peers(session, &mut nics);
    if !args.stats {
        // A kernel may send counters that nobody asked for.
        nics.iter_mut().for_each(|nic| nic.statistics = None);
    }
    output::print(&match args.json {
        true => output::nic::json(&nics),
        false => output::nic::table(&nics, args.stats),
    })
}

/// Finds out what the peers and their namespaces are called.
fn name_peers(session: &mut Session<'_>, nics: &mut [Nic]) {
    let here: HashMap<u32, String> = nics
        .iter()
        .map(|nic| (nic.ifindex, nic.name.clone()))
        .collect();
    let mut namespaces = None;
    for peer in nics.iter_mut().filter_map(|nic| nic.peer.as_mut()) {
        peer.name = match peer.netnsid {
            None => here.get(&peer.ifindex).cloned(),
            Some(_) => None,
        };
        if peer.name.is_none() {
            peer.name = ask_name(session, peer);
        }
        if let Some(id) = peer.netnsid {
            let known = namespaces.get_or_insert_with(|| namespace_names(session));
            peer.netns = known.get(&id).cloned();
        }
    }
}

/// Asks for a peer's name. A namespace that the user may not look into, or a
/// peer just deleted, leaves the index to be shown.
fn ask_name(session: &mut Session<'_>, peer: &Peer) -> Option<String> {
    let request = request::by_index_in(peer.ifindex, peer.netnsid);
    let found = session.device(&request).ok()?;
    Some(found.name().to_owned())
}

/// The named namespaces by the numbers they have here. Those that can't be
/// asked for are shown by number.
fn namespace_names(session: &mut Session<'_>) -> HashMap<i32, String> {
    netns::named()
        .iter()
        .filter_map(|netns| {
            let id = session.netnsid(netns).ok()??;
            Some((id, netns.name().to_owned()))
        })
        .collect()
}
