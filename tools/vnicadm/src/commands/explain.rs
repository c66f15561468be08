// SPDX-License-Identifier: GPL-2.0
//! `explain`.

use super::names::{self, Names};
use super::session::Session;
use crate::cli::show::Explain;
use crate::error::Error;
use crate::model::family::numbers::{nic, port};
use crate::model::family::{Nic, Port};
use crate::model::link::Related;
use crate::model::{explain, request};
use crate::output;

/// Explains where a VNIC is placed.
pub fn run(session: &mut Session<'_>, args: &Explain) -> Result<(), Error> {
    let vnic = session.vnic(&args.vnic)?;
    let family = session.family()?;
    let own: Port = family.object(&[(port::IFINDEX, vnic.link.ifindex)])?;
    let mut home = own.nic.ok_or(Error::Malformed("a port without a NIC"))?;
    names::find(session, &mut Names::new(), [&mut home].into_iter());
    let nic = nic_of(session, &home)?;
    let ports = ports(session, &home)?;
    let found = explain::vnic(&vnic, &nic, &home.to_string(), &ports);
    output::print(&match args.json {
        true => output::json(&[found]),
        false => output::explain::text(&found),
    })
}

/// The NIC, wherever it is: by the family in this namespace, and by its link
/// in another.
fn nic_of(session: &mut Session<'_>, home: &Related) -> Result<Nic, Error> {
    if home.netnsid.is_none() {
        return session.family()?.object(&[(nic::IFINDEX, home.ifindex)]);
    }
    let request = request::by_index_in(home.ifindex, home.netnsid);
    let found = session.device(&request)?.nic()?;
    Ok(Nic {
        name: found.link.name,
        ifindex: found.link.ifindex,
        wire: Some(found.wire),
        peer: found.peer,
        carrier: found.link.carrier,
        vnics: None,
        slots: found.slots,
        slots_used: found.slots_used,
        slots_waiting: found.slots_waiting,
        pool: found.pool,
        pool_used: found.pool_used,
        storm: found.storm,
    })
}

/// The ports of the NIC that are in this namespace.
fn ports(session: &mut Session<'_>, home: &Related) -> Result<Vec<Port>, Error> {
    let family = session.family()?;
    if home.netnsid.is_none() {
        return family.objects(&[(port::NIC_IFINDEX, home.ifindex)]);
    }
    let mut ports: Vec<Port> = family.objects(&[])?;
    let at_home = |nic: &Related| nic.ifindex == home.ifindex && nic.netnsid == home.netnsid;
    ports.retain(|port| port.nic.as_ref().is_some_and(at_home));
    Ok(ports)
}
