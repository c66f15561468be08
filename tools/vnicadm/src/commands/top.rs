// SPDX-License-Identifier: GPL-2.0
//! `top`.

use std::time::Instant;

use super::looks::{Looks, Rings};
use super::session::Session;
use crate::cli::stat::Top;
use crate::error::Error;
use crate::output::stat::Needs;
use crate::top::Screen;
use crate::top::terminal::{self, Next, Terminal};

/// Shows what devices do until the user has seen enough.
pub fn run(session: &mut Session<'_>, args: &Top) -> Result<(), Error> {
    terminal::check()?;
    let mut looks = Looks::new(session, Vec::new(), Needs::default())?;
    let mut screen = Screen::new(args.interval());
    screen.update(looks.look(Rings::No)?);
    let mut terminal = Terminal::open()?;
    let ended = watch(&mut looks, &mut screen, &mut terminal);
    // An error is told after the terminal was given back.
    terminal.close();
    ended
}

fn watch(
    looks: &mut Looks<'_, '_>,
    screen: &mut Screen,
    terminal: &mut Terminal,
) -> Result<(), Error> {
    loop {
        let due = Instant::now() + screen.interval;
        if terminal.show(screen, due)? == Next::Quit {
            return Ok(());
        }
        let rings = screen.selected().map_or(Rings::No, Rings::Of);
        screen.update(looks.look(rings)?);
    }
}
