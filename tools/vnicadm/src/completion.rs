// SPDX-License-Identifier: GPL-2.0
//! Completion of the command line in shells.
//!
//! A shell's script calls the tool again at each completion, with the words so
//! far and [`VARIABLE`] set, so that names are those of the running system.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use clap::builder::StyledStr;
use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter};
use clap_complete::env::{CompleteEnv, Shells};

use crate::cli;
use crate::commands::candidates;
use crate::error::Error;
use crate::output;
use crate::output::columns::ALL;

/// Set to the shell's name when the tool is called to complete.
const VARIABLE: &str = "VNICADM_COMPLETE";

const NAME: &str = "vnicadm";

/// Answers a shell that asks for completions, if it is that which called.
pub fn answer(args: &[OsString]) -> Result<bool, clap::Error> {
    if std::env::var_os(VARIABLE).is_none() {
        return Ok(false);
    }
    let line = Line::new(args);
    CompleteEnv::with_factory(|| command(&line))
        .var(VARIABLE)
        .completer(NAME)
        .try_complete(args, std::env::current_dir().ok().as_deref())
}

/// Prints the script that has a shell ask.
pub fn print(shell: &str) -> Result<(), Error> {
    output::print(&script(shell))
}

/// The script for a shell; for an unknown one it is empty.
pub fn script(shell: &str) -> String {
    if shell == "bash" {
        return include_str!("completion/vnicadm.bash").to_owned();
    }
    let mut text = Vec::new();
    if let Some(shell) = Shells::builtins().completer(shell) {
        // Writing into memory does not fail.
        let _ = shell.write_registration(VARIABLE, NAME, NAME, NAME, &mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// What the words so far say that matters for others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The namespace.
    netns: Option<String>,
    /// Whether rings are to be shown, and not devices.
    rings: bool,
}

impl Line {
    fn new(args: &[OsString]) -> Self {
        let words = args.iter().skip_while(|word| *word != "--").skip(1);
        let words: Vec<&str> = words.filter_map(|word| word.to_str()).collect();
        let apart = words.windows(2).filter(|pair| pair[0] == "--netns");
        let joined = words.iter().filter_map(|w| w.strip_prefix("--netns="));
        let netns = apart.map(|pair| pair[1]).chain(joined).next_back();
        let of_rings = ["--ring", "--lanes", "-r", "-l"];
        Self {
            netns: netns.map(str::to_owned),
            rings: words.iter().any(|word| of_rings.contains(word)),
        }
    }
}

/// The command line with what each argument's value can be.
pub fn command(line: &Line) -> Command {
    let command = cli::command().mut_args(|arg| with_values("", arg, line));
    command.mut_subcommands(|sub| {
        let name = sub.get_name().to_owned();
        sub.mut_args(|arg| with_values(&name, arg, line))
    })
}

/// What a value names.
#[derive(Clone, Copy)]
enum Kind {
    Nic,
    Vnic,
    Either,
    Netns,
    Property,
    Assignment,
    Column,
    File,
    Words,
}

fn with_values(command: &str, arg: Arg, line: &Line) -> Arg {
    let Some(kind) = kind(command, &arg) else {
        return arg;
    };
    if let Kind::File = kind {
        return arg.add(ArgValueCompleter::new(PathCompleter::file()));
    }
    let words = match kind {
        Kind::Column => columns(command, line),
        _ => words(&arg),
    };
    let netns = line.netns.clone();
    arg.add(ArgValueCompleter::new(move |current: &OsStr| {
        let netns = netns.as_deref();
        match kind {
            Kind::Assignment => assignments(current, || candidates::properties(netns)),
            Kind::Property | Kind::Column => of_list(current, || values(kind, netns, &words)),
            _ => begin_with(current, values(kind, netns, &words)),
        }
    }))
}

/// The columns that a command can show.
fn columns(command: &str, line: &Line) -> Vec<String> {
    let mut columns = output::columns_of(command, line.rings);
    columns.push(ALL.to_owned());
    columns
}

/// What an argument's value names, by how it is called.
fn kind(command: &str, arg: &Arg) -> Option<Kind> {
    let value = value_name(arg);
    // What is to be made has no name yet.
    let new = matches!(command, "create-nic" | "create-vnic");
    match arg.get_id().as_str() {
        "nic" => Some(Kind::Nic),
        "vnic" => Some(Kind::Vnic),
        "peer" if command == "connect" => Some(Kind::Nic),
        "name" | "device" if !new => Some(match command {
            _ if command.ends_with("-nic") => Kind::Nic,
            _ if command.ends_with("-vnic") => Kind::Vnic,
            _ => Kind::Either,
        }),
        "over" => Some(Kind::Either),
        _ if value == "NS" => Some(Kind::Netns),
        _ if value == "PROPERTY,..." => Some(Kind::Property),
        _ if value == "PROPERTY=VALUE,..." => Some(Kind::Assignment),
        _ if value == "COLUMN,...|all" => Some(Kind::Column),
        _ if value == "FILE" => Some(Kind::File),
        _ if value.chars().any(|c| c == '|') => Some(Kind::Words),
        _ => None,
    }
}

fn value_name(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    names.first().map(ToString::to_string).unwrap_or_default()
}

/// The words that a value can be, out of a name such as `ADDRESS|random`.
fn words(arg: &Arg) -> Vec<String> {
    let name = value_name(arg);
    let words = name.split('|').filter(|word| {
        let capital = word.chars().any(|c| c.is_ascii_uppercase());
        name.contains('|') && !capital
    });
    words.map(str::to_owned).collect()
}

fn values(kind: Kind, netns: Option<&str>, words: &[String]) -> Vec<(String, &'static str)> {
    let with = |help: &'static str| move |name| (name, help);
    let nics = || candidates::nics(netns).into_iter().map(with("NIC"));
    let vnics = || candidates::vnics(netns).into_iter().map(with("VNIC"));
    match kind {
        Kind::Nic => nics().collect(),
        Kind::Vnic => vnics().collect(),
        Kind::Either => nics().chain(vnics()).collect(),
        Kind::Netns => candidates::namespaces()
            .into_iter()
            .map(with("namespace"))
            .collect(),
        Kind::Property => candidates::properties(netns)
            .into_keys()
            .map(with("property"))
            .collect(),
        Kind::Words | Kind::Column => words.iter().cloned().map(with("")).collect(),
        Kind::Assignment | Kind::File => Vec::new(),
    }
}

/// What can follow the last comma.
fn of_list(
    current: &OsStr,
    values: impl FnOnce() -> Vec<(String, &'static str)>,
) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else {
        return Vec::new();
    };
    let before = current.rfind(',').map_or("", |comma| &current[..=comma]);
    let whole = values().into_iter();
    let whole = whole.map(|(value, help)| (format!("{before}{value}"), help));
    begin_with(OsStr::new(current), whole.collect())
}

/// What can follow the last comma of `mtu=1400,mode=`: a property, or a value of
/// it that is a word.
fn assignments(
    current: &OsStr,
    properties: impl FnOnce() -> BTreeMap<String, Vec<String>>,
) -> Vec<CompletionCandidate> {
    of_list(current, || {
        let part = current.to_str().and_then(|text| text.rsplit(',').next());
        let set = part.and_then(|part| part.split_once('='));
        let properties = properties().into_iter();
        let Some((name, _)) = set else {
            return properties
                .map(|(name, _)| (name + "=", "property"))
                .collect();
        };
        let possible = properties.filter(|(found, _)| found == name);
        let words = possible
            .flat_map(|(_, values)| values)
            .filter(|value| is_word(value));
        words.map(|value| (format!("{name}={value}"), "")).collect()
    })
}

/// Whether a possible value is that itself, and no range or kind of values.
fn is_word(value: &str) -> bool {
    let range = value
        .split_once('-')
        .is_some_and(|(first, _)| first.parse::<u32>().is_ok());
    !range && !value.chars().any(|c| c.is_ascii_uppercase())
}

fn begin_with(current: &OsStr, values: Vec<(String, &'static str)>) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else {
        return Vec::new();
    };
    let fitting = values.into_iter().filter(|(v, _)| v.starts_with(current));
    fitting
        .map(|(value, help)| {
            let help = (!help.is_empty()).then(|| StyledStr::from(help));
            CompletionCandidate::new(value).help(help)
        })
        .collect()
}

#[cfg(test)]
mod tests;
