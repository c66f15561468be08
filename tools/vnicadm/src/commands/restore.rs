// SPDX-License-Identifier: GPL-2.0
//! `restore`.

use std::collections::HashSet;
use std::path::Path;

use rustix::io::Errno;

use super::session::Session;
use super::{dispatch, fits};
use crate::cli::files::Config;
use crate::cli::vnic::{CreateVnic, SetVnic};
use crate::cli::{CONFIG, Cli, Command, Connect, CreateNic, NicArg, SetNic, Tool};
use crate::config::{Book, Store};
use crate::error::Error;
use crate::model::{Found, IfName};
use crate::netns::NetNs;
use crate::output;
use crate::script::{self, Line};
use crate::statement::{Grammar, Key, Statement, is_recorded};

/// Makes what is written down and is not there, and tells what is there and is
/// otherwise.
pub fn run(tool: &Tool, args: &Config) -> Result<(), Error> {
    let path = args.config.as_deref().unwrap_or(Path::new(CONFIG));
    let Some(store) = Store::find(path, args.config.is_some())? else {
        return Ok(());
    };
    let Some(text) = store.read()? else {
        return Ok(());
    };
    let mut status = 0;
    let mut restore = Restore::new(tool, &text);
    for line in script::lines(&text) {
        let place = format!("{}:{}", path.display(), line.number);
        status = status.max(restore.line(&place, &line));
    }
    match status {
        0 => Ok(()),
        status => Err(Error::Told(status)),
    }
}

/// The way through the file.
struct Restore<'a> {
    tool: &'a Tool,
    grammar: Grammar,
    /// NICs whose wires a line of their own tells of.
    rewired: HashSet<Key>,
    /// What was made, and so may be changed.
    made: HashSet<Key>,
}

impl<'a> Restore<'a> {
    fn new(tool: &'a Tool, text: &str) -> Self {
        let grammar = tool.grammar();
        let book = Book::new(&grammar, Some(text));
        let rewired = book.statements().flat_map(Statement::wires).collect();
        Self {
            tool,
            grammar,
            rewired,
            made: HashSet::new(),
        }
    }

    /// Does what a line says; returns an exit status.
    fn line(&mut self, place: &str, line: &Line) -> u8 {
        let words = match &line.words {
            Ok(words) if words.is_empty() => return 0,
            Ok(words) => words,
            Err(err) => {
                output::error(place, err);
                return 2;
            }
        };
        let mut all = vec!["vnicadm".to_owned()];
        all.extend_from_slice(words);
        let cli = match self.tool.parse(&all) {
            Ok(cli) => cli,
            Err(err) => {
                let text = err.render().to_string();
                output::error(place, &text.trim_end().trim_start_matches("error: "));
                return 2;
            }
        };
        let statement = self.grammar.read(words);
        let done = match statement.filter(|s| is_recorded(&s.command)) {
            Some(statement) => self.ensure(&cli, &statement),
            None => Err(Error::Misplaced),
        };
        match done {
            Ok(()) => 0,
            Err(err) => {
                output::error(&format!("{place}: {}", cli.command.label()), &err);
                2
            }
        }
    }

    /// Has what a command says be so.
    fn ensure(&mut self, cli: &Cli, statement: &Statement) -> Result<(), Error> {
        let netns = cli.netns.as_deref();
        let wrong = match &cli.command {
            Command::DeleteNic(_) | Command::DeleteVnic(_) => return Err(Error::Misplaced),
            Command::CreateNic(args) => self.nic(statement, args)?,
            Command::CreateVnic(args) => vnic(statement, args)?,
            Command::SetNic(args) => set_nic(netns, args)?,
            Command::SetVnic(args) => set_vnic(netns, args)?,
            Command::Connect(args) => connect(netns, args)?,
            Command::Disconnect(args) => disconnect(netns, args)?,
            // What sets something can do so again, and what is there can stay.
            _ => return dispatch(cli).or_else(there_already),
        };
        match wrong {
            None => {
                self.made.extend(statement.makes());
                dispatch(cli)
            }
            Some(wrong) if wrong.is_empty() => Ok(()),
            Some(_) if self.is_ours(statement) => dispatch(cli),
            Some(wrong) => Err(Error::Differs(wrong)),
        }
    }

    /// Whether a change is one of what was just made.
    fn is_ours(&self, statement: &Statement) -> bool {
        let ends = statement.wires().into_iter().chain(statement.about());
        statement.makes().is_empty() && ends.into_iter().any(|key| self.made.contains(&key))
    }

    /// What is otherwise about a NIC; none: it is not there.
    fn nic(&self, statement: &Statement, args: &CreateNic) -> Result<Option<Vec<String>>, Error> {
        let keys = statement.makes();
        let [key, peer @ ..] = keys.as_slice() else {
            return Ok(None);
        };
        let Some(found) = there(key.netns.as_deref(), &args.name)? else {
            return Ok(None);
        };
        let nic = found.nic()?;
        let mut wrong = fits::nic(args, &nic);
        if let (Some(key), Some(name)) = (peer.first(), &args.peer) {
            match there(key.netns.as_deref(), name)? {
                Some(found) => wrong.extend(fits::peer(args, &found.nic()?)),
                None => wrong.push(format!("its peer {name} is not")),
            }
            let rewired = keys.iter().any(|key| self.rewired.contains(key));
            if !rewired && !joined(key.netns.as_deref(), &nic, name)? {
                wrong.push(format!("is not connected to {name}"));
            }
        }
        Ok(Some(wrong))
    }
}

/// It is no fault that something is there already.
fn there_already(err: Error) -> Result<(), Error> {
    match err {
        Error::Refused(refusal) if refusal.errno == Errno::EXIST.raw_os_error() => Ok(()),
        err => Err(err),
    }
}

/// A device, if it is there.
fn there(netns: Option<&str>, name: &IfName) -> Result<Option<Found>, Error> {
    let netns = netns.map(NetNs::open).transpose()?;
    match Session::open(netns.as_ref())?.named(name) {
        Ok(found) => Ok(Some(found)),
        Err(Error::NoDevice(_)) => Ok(None),
        Err(err) => Err(err),
    }
}

/// Whether the device of that name, in its namespace, is a NIC's other end.
fn joined(netns: Option<&str>, nic: &crate::model::Nic, name: &IfName) -> Result<bool, Error> {
    let Some(peer) = &nic.peer else {
        return Ok(false);
    };
    let found = there(netns, name)?;
    Ok(found.is_some_and(|found| found.link().ifindex == peer.ifindex))
}

fn vnic(statement: &Statement, args: &CreateVnic) -> Result<Option<Vec<String>>, Error> {
    let keys = statement.makes();
    let netns = keys.first().and_then(|key| key.netns.as_deref());
    let Some(found) = there(netns, &args.name)? else {
        return Ok(None);
    };
    let vnic = found.vnic()?;
    let mut wrong = fits::vnic(args, &vnic);
    let below = statement.over();
    let below = there(
        below.as_ref().and_then(|key| key.netns.as_deref()),
        &args.over,
    )?;
    let over = vnic.over.as_ref().map(|over| over.ifindex);
    if below.map(|found| found.link().ifindex) != over {
        wrong.push(format!("is not over {}", args.over));
    }
    Ok(Some(wrong))
}

fn set_nic(netns: Option<&str>, args: &SetNic) -> Result<Option<Vec<String>>, Error> {
    match there(netns, &args.nic)? {
        Some(found) => Ok(Some(fits::changed_nic(args, &found.nic()?))),
        None => Err(Error::NoDevice(args.nic.to_string())),
    }
}

fn set_vnic(netns: Option<&str>, args: &SetVnic) -> Result<Option<Vec<String>>, Error> {
    match there(netns, &args.vnic)? {
        Some(found) => Ok(Some(fits::changed_vnic(args, &found.vnic()?))),
        None => Err(Error::NoDevice(args.vnic.to_string())),
    }
}

fn connect(netns: Option<&str>, args: &Connect) -> Result<Option<Vec<String>>, Error> {
    let Some(found) = there(netns, &args.nic)? else {
        return Err(Error::NoDevice(args.nic.to_string()));
    };
    let nic = found.nic()?;
    let far = args.peer_netns.as_deref().or(netns);
    Ok(match (&nic.peer, joined(far, &nic, &args.peer)?) {
        (None, _) => None,
        (_, true) => Some(Vec::new()),
        (_, false) => Some(vec![format!("is not connected to {}", args.peer)]),
    })
}

fn disconnect(netns: Option<&str>, args: &NicArg) -> Result<Option<Vec<String>>, Error> {
    let Some(found) = there(netns, &args.nic)? else {
        return Err(Error::NoDevice(args.nic.to_string()));
    };
    Ok(Some(match found.nic()?.peer {
        None => Vec::new(),
        Some(_) => vec!["is connected".to_owned()],
    }))
}
