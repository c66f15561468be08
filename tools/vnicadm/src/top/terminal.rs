// SPDX-License-Identifier: GPL-2.0
//! The user's terminal, given back as it was however the tool ends.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::low_level::{emulate_default_handler, unregister};

use super::draw::{Palette, draw};
use super::screen::{Command, Order, Screen};
use crate::error::Error;

/// How late a signal is noticed, at the most.
const SLICE: Duration = Duration::from_millis(100);

/// Signals that end the tool.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Another look: the time has come.
    Look,
    /// The end.
    Quit,
}

/// What happened at the terminal.
#[derive(Debug, PartialEq, Eq)]
enum Happened {
    Quit,
    /// The user wants it all drawn again.
    Redraw,
    /// There is more room, or less.
    Resized,
    Command(Command),
}

/// The whole screen of a terminal.
pub struct Terminal {
    terminal: DefaultTerminal,
    palette: Palette,
    signal: Arc<AtomicUsize>,
    handlers: Vec<SigId>,
}

/// Whether there is a terminal to show something on.
pub fn check() -> Result<(), Error> {
    match io::stdout().is_terminal() && io::stdin().is_terminal() {
        true => Ok(()),
        false => Err(Error::NoTerminal),
    }
}

impl Terminal {
    /// Takes the terminal over. A panic, too, gives it back first.
    pub fn open() -> Result<Self, Error> {
        let signal = Arc::new(AtomicUsize::new(0));
        let mut handlers = Vec::new();
        for number in ENDING {
            let flag = Arc::clone(&signal);
            let handler = signal_hook::flag::register_usize(number, flag, number as usize);
            handlers.push(handler.map_err(Error::Terminal)?);
        }
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let terminal = ratatui::try_init().inspect_err(|_| ratatui::restore());
        Ok(Self {
            terminal: terminal.map_err(Error::Terminal)?,
            palette: Palette { colours },
            signal,
            handlers,
        })
    }

    /// Shows the screen, and does what keys ask for, until it is time for
    /// another look.
    pub fn show(&mut self, screen: &mut Screen, until: Instant) -> Result<Next, Error> {
        loop {
            let palette = self.palette;
            self.terminal
                .draw(|frame| draw(frame, screen, palette))
                .map_err(Error::Terminal)?;
            match self.wait(until)? {
                None => return Ok(Next::Look),
                Some(Happened::Quit) => return Ok(Next::Quit),
                Some(Happened::Redraw) => self.terminal.clear().map_err(Error::Terminal)?,
                Some(Happened::Resized) => {}
                Some(Happened::Command(command)) => screen.command(command),
            }
        }
    }

    /// Waits for something to happen; none: the time has come.
    fn wait(&mut self, until: Instant) -> Result<Option<Happened>, Error> {
        loop {
            if self.signal.load(Ordering::Relaxed) != 0 {
                return Ok(Some(Happened::Quit));
            }
            let rest = until.saturating_duration_since(Instant::now());
            if event::poll(rest.min(SLICE)).map_err(Error::Terminal)? {
                let happened = match event::read().map_err(Error::Terminal)? {
                    Event::Key(pressed) => key(pressed),
                    Event::Resize(..) => Some(Happened::Resized),
                    _ => None,
                };
                if happened.is_some() {
                    return Ok(happened);
                }
            } else if rest.is_zero() {
                return Ok(None);
            }
        }
    }

    /// Gives the terminal back. A signal that came ends the tool now, as it
    /// would have done without.
    pub fn close(self) {
        let signal = self.signal.load(Ordering::Relaxed);
        drop(self);
        if signal != 0 {
            // Where even this fails, the tool ends as if the user had quit.
            let _ = emulate_default_handler(signal as i32);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        ratatui::restore();
        for handler in self.handlers.drain(..) {
            unregister(handler);
        }
    }
}

fn key(pressed: KeyEvent) -> Option<Happened> {
    if pressed.kind == KeyEventKind::Release {
        return None;
    }
    if pressed.modifiers.contains(KeyModifiers::CONTROL) {
        return match pressed.code {
            KeyCode::Char('c') => Some(Happened::Quit),
            KeyCode::Char('l') => Some(Happened::Redraw),
            _ => None,
        };
    }
    let command = match pressed.code {
        KeyCode::Char('q') | KeyCode::Esc => return Some(Happened::Quit),
        KeyCode::Char('p') => Command::Sort(Order::Packets),
        KeyCode::Char('b') => Command::Sort(Order::Bytes),
        KeyCode::Char('d') => Command::Sort(Order::Drops),
        KeyCode::Char('n') => Command::Sort(Order::Name),
        KeyCode::Up | KeyCode::Char('k') => Command::Move(-1),
        KeyCode::Down | KeyCode::Char('j') => Command::Move(1),
        KeyCode::PageUp => Command::Page(-1),
        KeyCode::PageDown => Command::Page(1),
        KeyCode::Home => Command::First,
        KeyCode::End => Command::Last,
        _ => return None,
    };
    Some(Happened::Command(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let pressed = |code| key(KeyEvent::new(code, KeyModifiers::NONE));
        assert_eq!(pressed(KeyCode::Char('q')), Some(Happened::Quit));
        for (code, command) in [
            (KeyCode::Char('p'), Command::Sort(Order::Packets)),
            (KeyCode::Char('b'), Command::Sort(Order::Bytes)),
            (KeyCode::Char('d'), Command::Sort(Order::Drops)),
            (KeyCode::Char('n'), Command::Sort(Order::Name)),
            (KeyCode::Down, Command::Move(1)),
            (KeyCode::PageUp, Command::Page(-1)),
        ] {
            assert_eq!(pressed(code), Some(Happened::Command(command)));
        }
        assert_eq!(pressed(KeyCode::Char('x')), None);
        let control = |c| key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL));
        assert_eq!(control('c'), Some(Happened::Quit));
        assert_eq!(control('l'), Some(Happened::Redraw));
        assert_eq!(control('d'), None);
    }
}
