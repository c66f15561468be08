// SPDX-License-Identifier: GPL-2.0
//! `set-nic`.

use super::session::Session;
use crate::cli::SetNic;
use crate::error::Error;
use crate::model::request::{self, NicSettings};

/// Changes a NIC.
pub fn run(session: &mut Session<'_>, args: &SetNic) -> Result<(), Error> {
    let nic = session.nic(&args.nic)?;
    let settings = NicSettings {
        finish: args.finish,
        slots: args.limits.slots,
        pool: args.limits.pool,
        storm: args.limits.storm,
    };
    session.change(&request::set(nic.link.ifindex, &settings))
}
