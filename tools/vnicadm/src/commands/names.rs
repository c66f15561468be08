// SPDX-License-Identifier: GPL-2.0
//! Names of devices that others are related to, and of their namespaces.

use std::collections::HashMap;

use super::session::Session;
use crate::model::link::{Link, Related};
use crate::model::request;
use crate::netns;

/// Names by namespace and index; none where there is none to be had.
pub type Names = HashMap<(Option<i32>, u32), Option<String>>;

/// The names of devices of this namespace that are known already.
pub fn known<'a>(links: impl Iterator<Item = &'a Link>) -> Names {
    links
        .map(|link| ((None, link.ifindex), Some(link.name.clone())))
        .collect()
}

/// Finds out what devices and their namespaces are called. Each is asked for
/// once, however many are related to it.
pub fn find<'a>(
    session: &mut Session<'_>,
    names: &mut Names,
    related: impl Iterator<Item = &'a mut Related>,
) {
    let mut namespaces = None;
    for device in related {
        device.name = names
            .entry((device.netnsid, device.ifindex))
            .or_insert_with(|| ask_name(session, device))
            .clone();
        if let Some(id) = device.netnsid {
            let known = namespaces.get_or_insert_with(|| namespace_names(session));
            device.netns = known.get(&id).cloned();
        }
    }
}

/// Asks for a device's name. A namespace that the user may not look into, or
/// a device just deleted, leaves the index to be shown.
fn ask_name(session: &mut Session<'_>, device: &Related) -> Option<String> {
    let request = request::by_index_in(device.ifindex, device.netnsid);
    let found = session.device(&request).ok()?;
    Some(found.link().name.clone())
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
