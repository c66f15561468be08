// SPDX-License-Identifier: GPL-2.0
//! `set-nic`.

use super::session::Session;
use crate::cli::SetNic;
use crate::error::Error;
use crate::model::request;

/// Changes a NIC.
pub fn run(session: &mut Session<'_>, args: &SetNic) -> Result<(), Error> {
    let nic = session.nic(&args.nic)?;
    session.change(&request::set_finish(nic.ifindex, args.finish))
}
