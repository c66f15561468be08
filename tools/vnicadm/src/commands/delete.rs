// SPDX-License-Identifier: GPL-2.0
//! `delete-nic` and `delete-vnic`.

use super::session::Session;
use crate::cli::NicArg;
use crate::cli::vnic::VnicArg;
use crate::error::Error;
use crate::model::request;

/// Deletes a NIC, and no device of another kind.
pub fn nic(session: &mut Session<'_>, args: &NicArg) -> Result<(), Error> {
    let nic = session.nic(&args.nic)?;
    session.change(&request::delete(nic.link.ifindex))
}

/// Deletes a VNIC, and no device of another kind.
pub fn vnic(session: &mut Session<'_>, args: &VnicArg) -> Result<(), Error> {
    let vnic = session.vnic(&args.vnic)?;
    session.change(&request::delete(vnic.link.ifindex))
}
