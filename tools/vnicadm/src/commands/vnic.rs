// SPDX-License-Identifier: GPL-2.0
//! `create-vnic` and `set-vnic`.

use super::session::Session;
use crate::cli::vnic::{CreateVnic, MacChoice, SetVnic, VnicSettings};
use crate::error::Error;
use crate::model::IfName;
use crate::model::request::End;
use crate::model::request::vnic::{self, Settings};
use crate::netns::NetNs;

/// Creates a VNIC by one request. Whether it can be over that device is for
/// the kernel to say.
pub fn create(session: &mut Session<'_>, args: &CreateVnic) -> Result<(), Error> {
    let netns = open(&args.settings)?;
    let over = session.named(&args.over)?.link().ifindex;
    let end = End {
        name: Some(&args.name),
        mac: match args.mac {
            Some(MacChoice::Given(mac)) => Some(mac),
            _ => None,
        },
        mtu: args.settings.mtu,
        rx_queues: args.rx_queues.or(args.queues),
        tx_queues: args.tx_queues.or(args.queues),
        netns_fd: netns.as_ref().map(NetNs::raw_fd),
    };
    let settings = Settings {
        derive: args.mac == Some(MacChoice::Derived),
        ..settings(&args.settings)
    };
    session.change(&vnic::create(&end, over, &settings))
}

/// Changes a VNIC by one request.
pub fn set(session: &mut Session<'_>, args: &SetVnic) -> Result<(), Error> {
    let netns = open(&args.settings)?;
    let vnic = session.vnic(&args.vnic)?;
    let end = End {
        mac: args.mac,
        mtu: args.settings.mtu,
        netns_fd: netns.as_ref().map(NetNs::raw_fd),
        ..End::default()
    };
    session.change(&vnic::set(
        vnic.link.ifindex,
        &end,
        &settings(&args.settings),
    ))
}

/// Reserves rings for a VNIC, in place of those that it has.
pub fn reserve(session: &mut Session<'_>, name: &IfName, rings: u32) -> Result<(), Error> {
    let vnic = session.vnic(name)?;
    let settings = Settings {
        rings: Some(rings),
        ..Settings::default()
    };
    session.change(&vnic::set(vnic.link.ifindex, &End::default(), &settings))
}

fn open(args: &VnicSettings) -> Result<Option<NetNs>, Error> {
    args.vnic_netns.as_deref().map(NetNs::open).transpose()
}

fn settings(args: &VnicSettings) -> Settings<'_> {
    Settings {
        vlan: args.vlan,
        vlan_protocol: args.vlan_protocol,
        vlans: args.vlans.as_ref(),
        mode: args.mode,
        rings: args.rings,
        derive: false,
    }
}
