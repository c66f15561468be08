// SPDX-License-Identifier: GPL-2.0
//! `create-nic`.

use super::session::Session;
use crate::cli::CreateNic;
use crate::error::Error;
use crate::model::request::{self, End, NicSettings};
use crate::netns::NetNs;

/// Creates a NIC, with its peer if one is named, by one request.
pub fn run(session: &mut Session<'_>, args: &CreateNic) -> Result<(), Error> {
    let open = |name: &Option<String>| name.as_deref().map(NetNs::open).transpose();
    let nic_netns = open(&args.nic_netns)?;
    let peer_netns = open(&args.peer_netns)?;
    let nic = End {
        name: Some(&args.name),
        mac: args.mac,
        mtu: args.mtu,
        rx_queues: args.rx_queues,
        tx_queues: args.tx_queues,
        netns_fd: nic_netns.as_ref().map(NetNs::raw_fd),
    };
    let peer = args.peer.as_ref().map(|name| End {
        name: Some(name),
        mac: args.peer_mac,
        mtu: args.peer_mtu,
        rx_queues: args.peer_rx_queues,
        tx_queues: args.peer_tx_queues,
        netns_fd: peer_netns.as_ref().map(NetNs::raw_fd),
    });
    let settings = NicSettings {
        finish: args.finish.then_some(true),
        slots: args.limits.slots,
        pool: args.limits.pool,
        storm: args.limits.storm,
    };
    session.change(&request::create(&nic, peer.as_ref(), &settings))
}
