// SPDX-License-Identifier: GPL-2.0
//! Rings in use and their size, RSS and moderation.

use rustix::io::Errno;

use super::session::Session;
use crate::cli::group::{SetCoalesce, SetGroup, SetRing, SetRss};
use crate::cli::show::List;
use crate::error::{Attribute, Error, Refusal};
use crate::model::ethtool::{self, Channels, Coalesce, CoalesceSettings, Rss, RssSettings};
use crate::model::family::Port;
use crate::model::generic::Object;
use crate::output;
use crate::output::columns::Selection;
use crate::output::ethtool as columns;

/// Changes how many rings are in use. The transmit queues stay.
pub fn set_group(session: &mut Session<'_>, args: &SetGroup) -> Result<(), Error> {
    let ifindex = session.port(&args.name)?;
    set_rings_in_use(session, ifindex, args.rings)
}

/// The same for a device that is known.
pub fn set_rings_in_use(session: &mut Session<'_>, ifindex: u32, rings: u32) -> Result<(), Error> {
    let ethtool = session.ethtool()?;
    let now: Channels = ethtool.object_of(&ethtool::of_device(ifindex))?;
    ethtool
        .change(&ethtool::set_channels(ifindex, now.with_rings(rings)))
        .map_err(|err| match (err, now.most) {
            // A driver has no words for the refusal of channels.
            (Error::Refused(refusal), Some(most)) if refusal.message.is_none() && rings > most => {
                Error::Refused(Refusal {
                    message: Some(format!("rings in use must be 1 to {most}")),
                    attribute: Some(Attribute::Bad("rings".to_owned())),
                    ..refusal
                })
            }
            (err, _) => err,
        })
}

/// Changes the size of rings.
pub fn set_ring(session: &mut Session<'_>, args: &SetRing) -> Result<(), Error> {
    let ifindex = session.port(&args.name)?;
    let change = ethtool::set_ring_size(ifindex, args.size);
    session.ethtool()?.change(&change)
}

/// Changes how flows are spread over rings.
pub fn set_rss(session: &mut Session<'_>, args: &SetRss) -> Result<(), Error> {
    let ifindex = session.port(&args.name)?;
    let ethtool = session.ethtool()?;
    let mut settings = RssSettings {
        key: args.key.as_ref().map(|key| key.0.as_slice()),
        function: args.function,
        table: args.default.then(Vec::new),
    };
    if let Some(weights) = weights(args)? {
        let now: Rss = ethtool.object_of(&ethtool::of_device(ifindex))?;
        settings.table = Some(ethtool::weighted(now.table.len(), &weights));
    }
    ethtool.change(&ethtool::set_rss(ifindex, &settings))
}

/// The rings' weights, if any were given.
fn weights(args: &SetRss) -> Result<Option<Vec<u32>>, Error> {
    /// More rings than a device can have.
    const MOST: usize = 65536;

    let (option, weights) = match (args.equal, &args.weights) {
        (Some(count), _) => ("--equal", vec![1; MOST.min(count as usize)]),
        (None, Some(weights)) => ("--weights", weights.clone()),
        (None, None) => return Ok(None),
    };
    match weights.iter().any(|weight| *weight > 0) {
        true => Ok(Some(weights)),
        false => Err(Error::Usage(format!("{option}: no ring would be used"))),
    }
}

/// Changes when rings are polled.
pub fn set_coalesce(session: &mut Session<'_>, args: &SetCoalesce) -> Result<(), Error> {
    let ifindex = session.port(&args.name)?;
    let settings = CoalesceSettings {
        adaptive_rx: args.adaptive_rx,
        rx_usecs: args.rx_usecs,
        rx_frames: args.rx_frames,
    };
    let change = ethtool::set_coalesce(ifindex, settings);
    session.ethtool()?.change(&change)
}

/// Shows how flows are spread over the rings of one port or of all.
pub fn show_rss(session: &mut Session<'_>, args: &List) -> Result<(), Error> {
    let selection = Selection::new(columns::rss(), args.form.layout())?;
    let rows: Vec<Rss> = of_ports(session, args)?;
    output::print(&selection.render(&rows))
}

/// Shows when the rings of one port or of all are polled.
pub fn show_coalesce(session: &mut Session<'_>, args: &List) -> Result<(), Error> {
    let selection = Selection::new(columns::coalesce(), args.form.layout())?;
    let rows: Vec<Coalesce> = of_ports(session, args)?;
    output::print(&selection.render(&rows))
}

/// What is kept of one port, or of all that have rings.
fn of_ports<T: Object>(session: &mut Session<'_>, args: &List) -> Result<Vec<T>, Error> {
    if let Some(name) = &args.name {
        let device = ethtool::of_device(session.port(name)?);
        return Ok(vec![session.ethtool()?.object_of(&device)?]);
    }
    let ports: Vec<Port> = session.family()?.objects(&[])?;
    let mut found = Vec::new();
    for port in ports {
        let device = ethtool::of_device(port.ifindex);
        match session.ethtool()?.object_of(&device) {
            Ok(object) => found.push(object),
            Err(Error::Refused(refusal)) if passed_over(refusal.errno) => {}
            Err(err) => return Err(err),
        }
    }
    Ok(found)
}

/// Whether this refusal means that the port has no rings, or is gone.
fn passed_over(errno: i32) -> bool {
    [Errno::OPNOTSUPP, Errno::NODEV]
        .map(Errno::raw_os_error)
        .contains(&errno)
}
