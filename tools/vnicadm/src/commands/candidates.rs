// SPDX-License-Identifier: GPL-2.0
//! Names of what is there, for shells to complete. Whatever goes wrong, there
//! is nothing to offer.

use std::collections::BTreeMap;

use super::prop;
use super::session::Session;
use crate::model::{Nic, Vnic};
use crate::netns::{self, NetNs};

/// Names of the NICs of a namespace.
pub fn nics(netns: Option<&str>) -> Vec<String> {
    let names = |nics: Vec<Nic>| nics.into_iter().map(|nic| nic.link.name).collect();
    within(netns, |session| session.nics(false).ok().map(names))
}

/// Names of the VNICs of a namespace.
pub fn vnics(netns: Option<&str>) -> Vec<String> {
    let names = |vnics: Vec<Vnic>| vnics.into_iter().map(|vnic| vnic.link.name).collect();
    within(netns, |session| session.vnics(false).ok().map(names))
}

/// The properties that NICs and VNICs of a namespace have, each with the values
/// that it can have.
pub fn properties(netns: Option<&str>) -> BTreeMap<String, Vec<String>> {
    let found = within(netns, |session| {
        let mut all = Vec::new();
        for port in prop::all(session).ok()? {
            all.extend(prop::properties(session, &port).ok()?);
        }
        Some(all)
    });
    let found = found.into_iter();
    found
        .map(|found| (found.property.to_owned(), found.possible))
        .collect()
}

/// Names of network namespaces.
pub fn namespaces() -> Vec<String> {
    let named = netns::named();
    named.iter().map(|netns| netns.name().to_owned()).collect()
}

fn within<T>(netns: Option<&str>, ask: impl FnOnce(&mut Session<'_>) -> Option<Vec<T>>) -> Vec<T> {
    let open = || -> Option<Vec<T>> {
        let netns = netns.map(NetNs::open).transpose().ok()?;
        ask(&mut Session::open(netns.as_ref()).ok()?)
    };
    open().unwrap_or_default()
}
