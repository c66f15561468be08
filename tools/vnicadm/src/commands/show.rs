// SPDX-License-Identifier: GPL-2.0
//! `show-nic` and `show-vnic`.

use super::names;
use super::session::Session;
use crate::cli::Show;
use crate::error::Error;
use crate::output::columns::Selection;
use crate::output::{self, nic, vnic};

/// Shows one NIC or all.
pub fn nics(session: &mut Session<'_>, args: &Show) -> Result<(), Error> {
    let selection = Selection::new(nic::columns(), args.layout())?;
    let mut nics = match &args.name {
        Some(name) => vec![session.nic(name)?],
        None => session.nics(args.wants_counters())?,
    };
    let links = nics.iter().map(|nic| &nic.link);
    let mut names = names::known(links);
    let peers = nics.iter_mut().filter_map(|nic| nic.peer.as_mut());
    names::find(session, &mut names, peers);
    if !args.wants_counters() {
        // A kernel may send counters that nobody asked for.
        nics.iter_mut().for_each(|nic| nic.link.statistics = None);
    }
    output::print(&selection.render(&nics))
}

/// Shows one VNIC or all.
pub fn vnics(session: &mut Session<'_>, args: &Show) -> Result<(), Error> {
    let selection = Selection::new(vnic::columns(), args.layout())?;
    let mut vnics = match &args.name {
        Some(name) => vec![session.vnic(name)?],
        None => session.vnics(args.wants_counters())?,
    };
    let links = vnics.iter().map(|vnic| &vnic.link);
    let mut names = names::known(links);
    let lower = vnics.iter_mut().filter_map(|vnic| vnic.over.as_mut());
    names::find(session, &mut names, lower);
    if !args.wants_counters() {
        vnics
            .iter_mut()
            .for_each(|vnic| vnic.link.statistics = None);
    }
    output::print(&selection.render(&vnics))
}
