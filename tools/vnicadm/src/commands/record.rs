// SPDX-License-Identifier: GPL-2.0
//! Has what commands do written down, so that it is there after a reboot.

use std::path::Path;
use std::time::{Duration, Instant};

use super::session::Session;
use crate::cli::{CONFIG, Tool};
use crate::config::{Book, Outcome, Store};
use crate::error::Error;
use crate::model::IfName;
use crate::netns::{self, Nameless, NetNs};
use crate::output;
use crate::statement::{Grammar, Key, SYSTEM, Statement, is_recorded};

/// How long a batch does things before it writes them down.
const PAUSE: Duration = Duration::from_secs(1);

/// Options that name a namespace.
const NAMESPACES: [&str; 4] = ["netns", "nic-netns", "peer-netns", "vnic-netns"];

/// What was done and is to be written down.
pub struct Journal {
    grammar: Grammar,
    /// Of a batch: what is not written down yet, and since when.
    waiting: Option<(Vec<(Store, Statement)>, Instant)>,
}

impl Journal {
    /// For a command that is written down as soon as it is done.
    pub fn new(tool: &Tool) -> Self {
        Self {
            grammar: tool.grammar(),
            waiting: None,
        }
    }

    /// For many, which are written down together.
    pub fn of_batch(tool: &Tool) -> Self {
        Self {
            waiting: Some((Vec::new(), Instant::now())),
            ..Self::new(tool)
        }
    }

    /// Does what these words say, and takes it down. What can't be written
    /// down is not done.
    pub fn around(
        &mut self,
        words: &[String],
        act: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some((store, mut statement)) = self.wanted(words)? else {
            return act();
        };
        let label = statement.to_string();
        if let Err(reason) = localize(&mut statement) {
            act()?;
            output::note(&label, &format!("not written down: {reason}"));
            return Ok(());
        }
        if self.waiting.is_some() {
            return self.later(store, statement, act);
        }
        let locked = store.lock().map_err(unrecordable)?;
        act()?;
        complete(&mut statement);
        let grammar = &self.grammar;
        let write = || {
            let text = locked.read()?;
            match updated(grammar, &store, text, vec![statement]) {
                Some(text) => locked.write(&text),
                None => Ok(()),
            }
        };
        write().map_err(unrecorded)
    }

    /// As a part of a batch.
    fn later(
        &mut self,
        store: Store,
        mut statement: Statement,
        act: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some((waiting, _)) = &mut self.waiting else {
            return act();
        };
        let first = waiting.is_empty();
        if first {
            drop(store.lock().map_err(unrecordable)?);
        }
        act()?;
        complete(&mut statement);
        waiting.push((store, statement));
        if first {
            self.waiting.iter_mut().for_each(|w| w.1 = Instant::now());
        }
        match self.waiting.as_ref().is_some_and(|w| w.1.elapsed() > PAUSE) {
            true => self.write(),
            false => Ok(()),
        }
    }

    /// Writes down what waits.
    pub fn write(&mut self) -> Result<(), Error> {
        let Some((waiting, _)) = &mut self.waiting else {
            return Ok(());
        };
        let mut rest = std::mem::take(waiting).into_iter().peekable();
        while let Some((store, first)) = rest.next() {
            let mut together = vec![first];
            while let Some((_, next)) = rest.next_if(|(other, _)| other.path() == store.path()) {
                together.push(next);
            }
            let locked = store.lock().map_err(unrecorded)?;
            let text = locked.read().map_err(unrecorded)?;
            if let Some(text) = updated(&self.grammar, &store, text, together) {
                locked.write(&text).map_err(unrecorded)?;
            }
        }
        Ok(())
    }

    /// What is to be written down, and where; none: nothing is.
    fn wanted(&self, words: &[String]) -> Result<Option<(Store, Statement)>, Error> {
        let Some(mut statement) = self.grammar.read(words) else {
            return Ok(None);
        };
        if !is_recorded(&statement.command) || statement.has("temporary") {
            return Ok(None);
        }
        let named = statement.get("config").map(str::to_owned);
        statement.remove("config");
        let path = named.as_deref().unwrap_or(CONFIG);
        let store = Store::find(Path::new(path), named.is_some()).map_err(unrecordable)?;
        Ok(store.map(|store| (store, statement)))
    }
}

fn unrecordable(err: Error) -> Error {
    Error::Unrecordable(Box::new(err))
}

fn unrecorded(err: Error) -> Error {
    Error::Unrecorded(Box::new(err))
}

/// Gives a command the namespace that this process is in, by name.
fn localize(statement: &mut Statement) -> Result<(), &'static str> {
    if statement.names.iter().any(|name| name.contains('%')) {
        return Err("the kernel chooses its name");
    }
    let mut given = NAMESPACES.iter().filter_map(|option| statement.get(option));
    if !given.all(|netns| netns == SYSTEM || netns::is_name(netns)) {
        return Err("a path or process id of a namespace does not outlive a reboot");
    }
    if !statement.has("netns") {
        match netns::own() {
            Ok(Some(name)) => statement.set("netns", Some(name)),
            Ok(None) => {}
            Err(Nameless) => return Err("its namespace has no name"),
        }
    }
    Ok(())
}

/// Adds the MAC addresses that a new device got, so that it gets them again.
fn complete(statement: &mut Statement) {
    let options = match statement.command.as_str() {
        "create-nic" => ["mac", "peer-mac"],
        "create-vnic" if statement.get("mode") != Some("passthru") => ["mac", ""],
        _ => return,
    };
    for (key, option) in statement.makes().iter().zip(options) {
        if let Some(mac) = mac(key) {
            statement.set(option, Some(mac));
        }
    }
}

/// The MAC address of a device that is there.
fn mac(key: &Key) -> Option<String> {
    let netns = key.netns.as_deref().map(NetNs::open).transpose().ok()?;
    let name: IfName = key.name.parse().ok()?;
    let found = Session::open(netns.as_ref()).ok()?.named(&name).ok()?;
    found.link().mac.map(|mac| mac.to_string())
}

/// The text with what was done; none: it is as it was.
fn updated(
    grammar: &Grammar,
    store: &Store,
    text: Option<String>,
    done: Vec<Statement>,
) -> Option<String> {
    let mut book = Book::new(grammar, text.as_deref());
    let mut taken = false;
    for statement in done {
        let label = statement.to_string();
        match book.take(statement) {
            Outcome::Recorded => taken = true,
            Outcome::Unknown(key) => output::note(
                &label,
                &format!(
                    "not written down: {key} is not in {}",
                    store.path().display()
                ),
            ),
            Outcome::Entangled(key) => output::note(
                &label,
                &format!("not written down: VNICs are over {key}; vnicadm save tells all"),
            ),
        }
    }
    // Nothing to say is no reason for a file.
    let empty = text.is_none() && book.statements().next().is_none();
    let new = book.text();
    (taken && !empty && text.as_ref() != Some(&new)).then_some(new)
}
