// SPDX-License-Identifier: GPL-2.0
//! Commands as they are written down: by what they make and what they are
//! about.

use std::collections::HashMap;
use std::fmt;

use clap::{ArgAction, Command};

use crate::script::quote;

/// Whether what a subcommand does is written down.
pub fn is_recorded(command: &str) -> bool {
    let verbs = ["create-", "delete-", "set-", "reset-"];
    let changes = verbs.iter().any(|verb| command.starts_with(verb));
    changes || matches!(command, "connect" | "disconnect")
}

/// How the system's own namespace is written, which has no name: as that of
/// process 1.
pub const SYSTEM: &str = "1";

/// A device by its namespace, none for the system's own, and its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The namespace's name.
    pub netns: Option<String>,
    /// The device's name.
    pub name: String,
}

/// What words the command line knows.
pub struct Grammar {
    commands: HashMap<String, Vec<OptionWord>>,
}

struct OptionWord {
    long: String,
    short: Option<char>,
    has_value: bool,
}

impl Grammar {
    /// That of a command line, which has been built.
    pub fn new(command: &Command) -> Self {
        let options = |sub: &Command| {
            let named = sub.get_arguments().filter_map(|arg| {
                Some(OptionWord {
                    long: arg.get_long()?.to_owned(),
                    short: arg.get_short(),
                    has_value: matches!(arg.get_action(), ArgAction::Set | ArgAction::Append),
                })
            });
            (sub.get_name().to_owned(), named.collect())
        };
        Self {
            commands: command.get_subcommands().map(options).collect(),
        }
    }

    /// Reads a command; none: it is none, or has words that it does not know.
    pub fn read(&self, words: &[String]) -> Option<Statement> {
        let at = words.iter().position(|w| self.commands.contains_key(w))?;
        let command = words.get(at)?;
        let options = self.commands.get(command)?;
        let mut statement = Statement::new(command);
        // What stands before the command are options of all commands.
        let before = words.get(..at)?.iter();
        let mut rest = before.chain(words.get(at + 1..)?);
        let mut only_names = false;
        while let Some(word) = rest.next() {
            if only_names || !word.starts_with('-') || word == "-" {
                statement.names.push(word.clone());
                continue;
            }
            if word == "--" {
                only_names = true;
                continue;
            }
            let (option, joined) = find(options, word)?;
            let value = match (option.has_value, joined) {
                (false, None) => None,
                (false, Some(_)) => return None,
                (true, Some(value)) => Some(value),
                (true, None) => Some(rest.next()?.clone()),
            };
            statement.options.push((option.long.clone(), value));
        }
        Some(statement)
    }
}

/// The option that a word names, and the value that is joined to it.
fn find<'a>(options: &'a [OptionWord], word: &str) -> Option<(&'a OptionWord, Option<String>)> {
    if let Some(long) = word.strip_prefix("--") {
        let (long, value) = match long.split_once('=') {
            Some((long, value)) => (long, Some(value.to_owned())),
            None => (long, None),
        };
        let option = options.iter().find(|option| option.long == long)?;
        return Some((option, value));
    }
    let mut letters = word.strip_prefix('-')?.chars();
    let letter = letters.next();
    let option = options.iter().find(|option| option.short == letter)?;
    let value = letters.as_str();
    let value = value.strip_prefix('=').unwrap_or(value);
    Some((option, (!value.is_empty()).then(|| value.to_owned())))
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The subcommand.
    pub command: String,
    /// What it is about.
    pub names: Vec<String>,
    /// Its options by their long names.
    pub options: Vec<(String, Option<String>)>,
}

impl Statement {
    /// One without names or options.
    pub fn new(command: &str) -> Self {
        Self {
            command: command.to_owned(),
            names: Vec::new(),
            options: Vec::new(),
        }
    }

    /// An option's value.
    pub fn get(&self, option: &str) -> Option<&str> {
        let mut found = self.options.iter().filter(|(name, _)| name == option);
        found.next_back()?.1.as_deref()
    }

    /// Whether an option is there.
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|(name, _)| name == option)
    }

    /// Gives an option a value, in its old place if it has one.
    pub fn set(&mut self, option: &str, value: Option<String>) {
        match self.options.iter_mut().find(|(name, _)| name == option) {
            Some(found) => found.1 = value,
            None => self.options.push((option.to_owned(), value)),
        }
    }

    /// Takes an option away.
    pub fn remove(&mut self, option: &str) {
        self.options.retain(|(name, _)| name != option);
    }

    /// The namespace that it works in.
    pub fn netns(&self) -> Option<&str> {
        self.get("netns")
    }

    /// A device that it names, where an option of that name says, or else in
    /// its own namespace.
    fn key(&self, name: &str, option: &str) -> Key {
        let netns = self.get(option).or(self.netns());
        let netns = netns.filter(|netns| *netns != SYSTEM);
        Key {
            netns: netns.map(str::to_owned),
            name: name.to_owned(),
        }
    }

    /// The first name, as that of a device.
    pub fn about(&self) -> Option<Key> {
        let name = self.names.first();
        name.map(|name| self.key(name, "netns"))
    }

    /// The devices that it makes.
    pub fn makes(&self) -> Vec<Key> {
        let Some(name) = self.names.first() else {
            return Vec::new();
        };
        match self.command.as_str() {
            "create-nic" => {
                let peer = self.get("peer").map(|peer| self.key(peer, "peer-netns"));
                let nic = self.key(name, "nic-netns");
                [nic].into_iter().chain(peer).collect()
            }
            "create-vnic" => vec![self.key(name, "vnic-netns")],
            _ => Vec::new(),
        }
    }

    /// The device that what it makes is over.
    pub fn over(&self) -> Option<Key> {
        self.get("over").map(|over| self.key(over, "netns"))
    }

    /// The two ends that it joins, or the one that it takes off.
    pub fn wires(&self) -> Vec<Key> {
        let nic = self.about();
        match self.command.as_str() {
            "connect" => {
                let peer = self.names.get(1).map(|peer| self.key(peer, "peer-netns"));
                nic.into_iter().chain(peer).collect()
            }
            "disconnect" => nic.into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.command)?;
        // Names that look like options stand behind all that are.
        let odd = self.names.iter().any(|name| name.starts_with('-'));
        let names = || self.names.iter().map(|name| quote(name));
        if !odd {
            names().try_for_each(|name| write!(f, " {name}"))?;
        }
        for (option, value) in &self.options {
            match value {
                Some(value) if value.starts_with('-') => {
                    write!(f, " --{option}={}", quote(value))?;
                }
                Some(value) => write!(f, " --{option} {}", quote(value))?,
                None => write!(f, " --{option}")?,
            }
        }
        if odd {
            f.write_str(" --")?;
            names().try_for_each(|name| write!(f, " {name}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.netns {
            Some(netns) => write!(f, "@{netns}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
