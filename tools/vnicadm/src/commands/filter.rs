// SPDX-License-Identifier: GPL-2.0
//! `create-filter` and `delete-filter`.

use super::session::Session;
use crate::cli::group::FilterArg;
use crate::error::Error;
use crate::model::fdb;

/// Gives a port a further address.
pub fn create(session: &mut Session<'_>, args: &FilterArg) -> Result<(), Error> {
    let ifindex = session.port(&args.name)?;
    session.change(&fdb::add(ifindex, args.mac))
}

/// Takes a further address of a port away.
pub fn delete(session: &mut Session<'_>, args: &FilterArg) -> Result<(), Error> {
    let ifindex = session.port(&args.name)?;
    session.change(&fdb::delete(ifindex, args.mac))
}
