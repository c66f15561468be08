// SPDX-License-Identifier: GPL-2.0
//! `connect` and `disconnect`.

use super::session::Session;
use crate::cli::{Connect, NicArg};
use crate::error::Error;
use crate::model::request;
use crate::netns::NetNs;

/// Joins two NICs.
pub fn connect(session: &mut Session<'_>, args: &Connect) -> Result<(), Error> {
    let nic = session.nic(&args.nic)?;
    let Some(netns) = &args.peer_netns else {
        let peer = session.nic(&args.peer)?;
        return session.change(&request::connect(nic.link.ifindex, peer.link.ifindex, None));
    };
    let netns = NetNs::open(netns)?;
    let peer = Session::open(Some(&netns))?.nic(&args.peer)?;
    let fd = Some(netns.raw_fd());
    session.change(&request::connect(nic.link.ifindex, peer.link.ifindex, fd))
}

/// Takes a NIC off its wire.
pub fn disconnect(session: &mut Session<'_>, args: &NicArg) -> Result<(), Error> {
    let nic = session.nic(&args.nic)?;
    session.change(&request::disconnect(nic.link.ifindex))
}
