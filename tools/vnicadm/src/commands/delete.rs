// SPDX-License-Identifier: GPL-2.0
//! `delete-nic`.

use super::session::Session;
use crate::cli::NicArg;
use crate::error::Error;
use crate::model::request;

/// Deletes a NIC, and no device of another kind.
pub fn run(session: &mut Session<'_>, args: &NicArg) -> Result<(), Error> {
    let nic = session.nic(&args.nic)?;
    session.change(&request::delete(nic.ifindex))
}
