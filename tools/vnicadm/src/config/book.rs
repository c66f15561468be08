// SPDX-License-Identifier: GPL-2.0
//! The text of the file, and how a command that was carried out changes it.
//!
//! A line that a change has no part in stays as it was written, in its place.

use std::collections::HashSet;

use crate::script::{self, Line};
use crate::statement::{Grammar, Key, Statement};

mod prop;

const HEAD: &str = "\
# What `vnicadm restore` makes at boot: vnicadm's own commands, one a line.
# vnicadm writes here what it does, unless it is told -t. Lines of yours, their
# order and comments stay.
";

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The text has changed, or says it already.
    Recorded,
    /// It is about a device that is not written down.
    Unknown(Key),
    /// It can't be written down in one line with what is there.
    Entangled(Key),
}

/// A line, and what it says if it says something.
struct Entry {
    text: String,
    comment: Option<usize>,
    statement: Option<Statement>,
}

/// The file's text.
pub struct Book<'a> {
    grammar: &'a Grammar,
    entries: Vec<Entry>,
}

impl<'a> Book<'a> {
    /// Reads a text; none: a new one.
    pub fn new(grammar: &'a Grammar, text: Option<&str>) -> Self {
        let entry = |mut line: Line| {
            // The last one must not go on in what is written behind it.
            if script::goes_on(&line.text) {
                line.text.push('\n');
            }
            Entry {
                statement: line.words.ok().and_then(|words| grammar.read(&words)),
                text: line.text,
                comment: line.comment,
            }
        };
        let lines = script::lines(text.unwrap_or(HEAD));
        Self {
            grammar,
            entries: lines.into_iter().map(entry).collect(),
        }
    }

    /// The text.
    pub fn text(&self) -> String {
        let lines = self.entries.iter().flat_map(|entry| [&entry.text, "\n"]);
        lines.collect()
    }

    /// What the lines say.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.entries.iter().filter_map(|e| e.statement.as_ref())
    }

    /// Takes down a command that was carried out.
    pub fn take(&mut self, done: Statement) -> Outcome {
        match done.command.as_str() {
            "create-nic" | "create-vnic" => self.create(done),
            "delete-nic" | "delete-vnic" => self.forget(done.about()),
            "connect" | "disconnect" => return self.wire(done),
            "set-nic" | "set-vnic" => return self.set(done),
            "set-prop" => return self.set_properties(&done),
            "reset-prop" => return self.reset_properties(&done),
            "create-group" => return self.set(rings(done, None)),
            "delete-group" => return self.set(rings(done, Some("0"))),
            command if command.starts_with("create-") => match self.stranger(&done) {
                Some(key) => return Outcome::Unknown(key),
                None => self.append_once(done),
            },
            command if command.starts_with("delete-") => {
                let made = Statement {
                    command: command.replacen("delete-", "create-", 1),
                    ..done
                };
                self.drop_lines(|statement| same(statement, &made));
            }
            _ => return self.merge_or_append(done),
        }
        Outcome::Recorded
    }

    /// Whether a line makes this device.
    pub fn makes(&self, key: &Key) -> bool {
        self.statements().any(|s| s.makes().contains(key))
    }

    fn create(&mut self, done: Statement) {
        // What was here under the name went without this tool.
        for key in done.makes() {
            self.forget(Some(key));
        }
        self.append(done);
    }

    /// Takes away all lines about a device, and about what goes with it: the
    /// other end of its pair, and the VNICs over either.
    fn forget(&mut self, key: Option<Key>) {
        let mut gone: HashSet<Key> = key.into_iter().collect();
        loop {
            let before = gone.len();
            let more: Vec<Key> = self
                .statements()
                .filter(|s| {
                    let over = s.over().filter(|_| s.command == "create-vnic");
                    s.makes().iter().chain(&over).any(|key| gone.contains(key))
                })
                .flat_map(Statement::makes)
                .collect();
            gone.extend(more);
            if gone.len() == before {
                break;
            }
        }
        self.drop_lines(|s| {
            let about = s.about().filter(|_| s.makes().is_empty());
            let named = s.makes().into_iter().chain(s.wires()).chain(about);
            named.into_iter().any(|key| gone.contains(&key))
        });
    }

    /// A connection takes the place of those that the two had.
    fn wire(&mut self, done: Statement) -> Outcome {
        let ends = done.wires();
        if let Some(unknown) = ends.iter().find(|key| !self.makes(key)) {
            return Outcome::Unknown(unknown.clone());
        }
        self.drop_lines(|s| s.wires().iter().any(|key| ends.contains(key)));
        let paired = |ends: &[Key]| {
            let mut made = self.statements().map(Statement::makes);
            made.any(|pair| pair.len() == 2 && ends.iter().all(|end| pair.contains(end)))
        };
        // What the pair's own line says already need not be said; what it says
        // else does.
        if paired(&ends) == (done.command == "disconnect") {
            self.append(done);
        }
        Outcome::Recorded
    }

    fn set(&mut self, done: Statement) -> Outcome {
        let Some(key) = done.about() else {
            return Outcome::Recorded;
        };
        let moves = done.has("vnic-netns");
        if moves && self.statements().any(|s| s.over().as_ref() == Some(&key)) {
            return Outcome::Entangled(key);
        }
        let first_end = |s: &Statement| s.makes().first() == Some(&key);
        match self
            .entries
            .iter_mut()
            .find(|e| e.statement.as_ref().is_some_and(first_end))
        {
            Some(entry) => entry.merge(&done),
            None => return self.merge_or_append(done),
        }
        Outcome::Recorded
    }

    /// What a command sets replaces what one like it set before.
    fn merge_or_append(&mut self, done: Statement) -> Outcome {
        if let Some(key) = self.stranger(&done) {
            return Outcome::Unknown(key);
        }
        let like = |s: &Statement| {
            s.command == done.command && s.names == done.names && s.netns() == done.netns()
        };
        // Properties have all one option, which tells nothing of what is set.
        let mergeable = !done.command.ends_with("-prop");
        let old = self.entries.iter_mut();
        match old
            .filter(|_| mergeable)
            .find(|e| e.statement.as_ref().is_some_and(like))
        {
            Some(entry) => entry.merge(&done),
            None => self.append_once(done),
        }
        Outcome::Recorded
    }

    /// The device that a command is about, if no line makes it.
    fn stranger(&self, done: &Statement) -> Option<Key> {
        done.about().filter(|key| !self.makes(key))
    }

    fn append_once(&mut self, done: Statement) {
        // Said again, it is said last.
        self.drop_lines(|statement| same(statement, &done));
        self.append(done);
    }

    fn append(&mut self, done: Statement) {
        self.entries.push(Entry {
            text: done.to_string(),
            comment: None,
            statement: Some(done),
        });
    }

    fn drop_lines(&mut self, gone: impl Fn(&Statement) -> bool) {
        self.entries
            .retain(|entry| !entry.statement.as_ref().is_some_and(&gone));
    }

    /// Has the lines that make devices say what there is now: `there` makes
    /// all of it, in an order in which it can be made.
    pub fn replace(&mut self, there: Vec<Statement>) {
        let now: HashSet<Key> = there.iter().flat_map(Statement::makes).collect();
        let before: Vec<Key> = self.statements().flat_map(Statement::makes).collect();
        for key in before.into_iter().filter(|key| !now.contains(key)) {
            self.forget(Some(key));
        }
        self.drop_lines(|s| !s.wires().is_empty());
        for statement in there {
            let made = statement.makes();
            let same_place = |s: &Statement| !made.is_empty() && s.makes() == made;
            let mut old = self.entries.iter_mut();
            match old.find(|e| e.statement.as_ref().is_some_and(same_place)) {
                Some(entry) if entry.statement.as_ref() == Some(&statement) => {}
                Some(entry) => entry.say(statement),
                None => self.append_new(statement),
            }
        }
    }

    /// Adds what may be there in another form.
    fn append_new(&mut self, statement: Statement) {
        let made = statement.makes();
        self.drop_lines(|s| s.makes().iter().any(|key| made.contains(key)));
        match statement.makes().is_empty() && statement.wires().is_empty() {
            true => drop(self.merge_or_append(statement)),
            false => self.append(statement),
        }
    }

    /// The words that the lines are read by.
    pub fn grammar(&self) -> &Grammar {
        self.grammar
    }
}

/// A group of a VNIC's own is a setting of the VNIC.
fn rings(done: Statement, count: Option<&str>) -> Statement {
    let mut set = Statement {
        command: "set-vnic".to_owned(),
        ..done
    };
    if let Some(count) = count {
        set.set("rings", Some(count.to_owned()));
    }
    set
}

/// Options of which one takes the others' place.
const EITHER: [&[&str]; 2] = [
    &["vlan", "vlans", "vlan-protocol"],
    &["equal", "weights", "default"],
];

/// Whether two commands say the same, in whatever order of options.
fn same(one: &Statement, other: &Statement) -> bool {
    let within = |a: &Statement, b: &Statement| a.options.iter().all(|x| b.options.contains(x));
    one.command == other.command
        && one.names == other.names
        && within(one, other)
        && within(other, one)
}

impl Entry {
    /// Has the line say something else; its comment stays.
    fn say(&mut self, statement: Statement) {
        let comment = self.comment.and_then(|at| self.text.get(at..));
        let comment = comment.map(str::to_owned);
        self.text = statement.to_string();
        self.comment = comment.map(|comment| {
            self.text.push_str("  ");
            let at = self.text.len();
            self.text.push_str(&comment);
            at
        });
        self.statement = Some(statement);
    }

    /// Adds the options of a command that changes what this line makes or sets.
    fn merge(&mut self, change: &Statement) {
        let Some(mut statement) = self.statement.clone() else {
            return;
        };
        for other in EITHER {
            // A protocol alone is another one for the same VLANs.
            let first = other.iter().filter(|o| **o != "vlan-protocol");
            if first.into_iter().any(|option| change.has(option)) {
                let gone = other.iter().filter(|option| !change.has(option));
                gone.for_each(|option| statement.remove(option));
            }
        }
        for (option, value) in change.options.iter().filter(|(o, _)| o != "netns") {
            let option = option.as_str();
            match (option, value.as_deref()) {
                // On creation a word, on a change a setting.
                ("finish", Some("off")) if statement.command == "create-nic" => {
                    statement.remove(option);
                }
                ("finish", Some("on")) if statement.command == "create-nic" => {
                    statement.set(option, None);
                }
                _ => statement.set(option, value.clone()),
            }
        }
        if self.statement.as_ref() != Some(&statement) {
            self.say(statement);
        }
    }
}

#[cfg(test)]
mod tests;
