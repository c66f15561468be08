// SPDX-License-Identifier: GPL-2.0
//! `stat`.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::looks::{Looks, Rings};
use super::session::Session;
use crate::cli::stat::Stat;
use crate::error::Error;
use crate::output;
use crate::output::stat::{Form, Printer, View};
use crate::stat::Report;
use crate::stat::report::Lines;

/// Reports as often as was asked for.
pub fn run(session: &mut Session<'_>, args: &Stat) -> Result<(), Error> {
    let plan = args.plan()?;
    let mut printer = Printer::new(view(args), form(args), args.output.as_deref())?;
    let needs = printer.needs();
    let rings = if needs.rings { Rings::All } else { Rings::No };
    let lines = match view(args) {
        View::Devices => Lines::Devices,
        View::Rings | View::Lanes => Lines::Rings,
    };
    let mut looks = Looks::new(session, plan.names, needs)?;
    let mut due = Instant::now();
    let mut now = looks.look(rings)?;
    let mut left = plan.count;
    if !args.no_totals {
        output::print(&printer.render(&Report::new(None, &now, lines)))?;
        left = left.map(|left| left - 1);
    }
    while left != Some(0) {
        wait(&mut due, plan.interval);
        let then = std::mem::replace(&mut now, looks.look(rings)?);
        output::print(&printer.render(&Report::new(Some(&then), &now, lines)))?;
        left = left.map(|left| left - 1);
    }
    Ok(())
}

/// Sleeps until the next look is due. Looks that are missed, as over a stop of
/// the process, are not made up for.
fn wait(due: &mut Instant, interval: Duration) {
    *due += interval;
    let now = Instant::now();
    match due.checked_duration_since(now) {
        Some(rest) => sleep(rest),
        None => *due = now,
    }
}

fn view(args: &Stat) -> View {
    match (args.ring, args.lanes) {
        (true, _) => View::Rings,
        (_, true) => View::Lanes,
        _ => View::Devices,
    }
}

fn form(args: &Stat) -> Form {
    match (args.parsable, args.json) {
        (true, _) => Form::Parsable,
        (_, true) => Form::Json,
        _ => Form::Table,
    }
}
