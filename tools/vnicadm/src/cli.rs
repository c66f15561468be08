// SPDX-License-Identifier: GPL-2.0
//! The command line: what may be asked, nothing of how it is done.

pub mod files;
pub mod group;
pub mod monitor;
pub mod prop;
pub mod shell;
pub mod show;
pub mod stat;
pub mod vnic;

use std::path::PathBuf;

use clap::{
    Arg, ArgAction, ArgGroup, Args, CommandFactory, FromArgMatches, Parser, Subcommand,
    value_parser,
};

use crate::model::{IfName, MacAddr};
use crate::statement::{Grammar, is_recorded};
use files::{Batch, Config};
use group::{CreateGroup, FilterArg, SetCoalesce, SetGroup, SetRing, SetRss};
use monitor::Monitor;
use prop::{ResetProp, SetProp, ShowProp};
use shell::{Completion, Pages};
pub use show::Show;
use show::{Explain, List, ShowDrops, label};
use stat::{Stat, Top};
use vnic::{CreateVnic, SetVnic, VnicArg};

/// Where what is to be there after a reboot is written down.
pub const CONFIG: &str = "/etc/softnic/softnic.conf";

/// Administer softnic NICs.
#[derive(Debug, Parser)]
#[command(name = "vnicadm", version, arg_required_else_help = true)]
#[command(after_help = "Exit status: 0 done, 1 wrong usage, 2 refused or failed.")]
pub struct Cli {
    /// Work in this network namespace (a name, a path or a process id)
    #[arg(long, global = true, value_name = "NS")]
    pub netns: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a NIC, or two NICs joined by a wire
    CreateNic(CreateNic),
    /// Delete a NIC
    DeleteNic(NicArg),
    /// Change a NIC
    SetNic(SetNic),
    /// Join two NICs by a wire
    Connect(Connect),
    /// Take a NIC off its wire
    Disconnect(NicArg),
    /// Show NICs
    ShowNic(Show),
    /// Create a VNIC over a NIC
    CreateVnic(CreateVnic),
    /// Delete a VNIC
    DeleteVnic(VnicArg),
    /// Change a VNIC
    SetVnic(SetVnic),
    /// Show VNICs
    ShowVnic(Show),
    /// Give a VNIC a group of rings of its own
    CreateGroup(CreateGroup),
    /// Have a VNIC share its NIC's rings again
    DeleteGroup(VnicArg),
    /// Change how many rings of a group are in use
    SetGroup(SetGroup),
    /// Show ring groups
    ShowGroup(List),
    /// Change the size of rings
    SetRing(SetRing),
    /// Show rings
    ShowRing(Show),
    /// Give a NIC or VNIC a further address
    CreateFilter(FilterArg),
    /// Take a further address away
    DeleteFilter(FilterArg),
    /// Show the filter tables of NICs
    ShowFilter(List),
    /// Change how flows are spread over rings
    SetRss(SetRss),
    /// Show how flows are spread over rings
    ShowRss(List),
    /// Change when rings are polled
    SetCoalesce(SetCoalesce),
    /// Show when rings are polled
    ShowCoalesce(List),
    /// Show how many frames were dropped, and why
    ShowDrops(ShowDrops),
    /// Show properties: what they are, would be, can be and come to
    ShowProp(ShowProp),
    /// Explain where a VNIC is placed, and what it would need for better
    Explain(Explain),
    /// Set properties
    SetProp(SetProp),
    /// Set properties back to their defaults
    ResetProp(ResetProp),
    /// Tell what happens to NICs and VNICs
    Monitor(Monitor),
    /// Carry out the commands of a file
    Batch(Batch),
    /// Make what is written down and is not there
    Restore(Config),
    /// Write down what is there
    Save(Config),
    /// Show what NICs and VNICs do: rates a second, and totals
    Stat(Stat),
    /// Watch what they do, on the whole screen
    Top(Top),
    /// Print what has a shell complete this tool's words
    Completion(Completion),
    /// Write the man pages and the shells' files into a folder
    #[command(hide = true)]
    Pages(Pages),
}

/// The whole command line. What commands write down is the same for all.
pub fn command() -> clap::Command {
    let mut command = Cli::command().mut_subcommands(|sub| match is_recorded(sub.get_name()) {
        true => sub.args([temporary(), config()]),
        false => sub,
    });
    command.build();
    command
}

/// The command line, ready to read many.
pub struct Tool {
    command: clap::Command,
}

impl Tool {
    /// Makes it ready.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self { command: command() }
    }

    /// Reads one, of which the first word is the tool's own name.
    pub fn parse<T>(&self, words: &[T]) -> Result<Cli, clap::Error>
    where
        T: Into<std::ffi::OsString> + Clone,
    {
        let mut command = self.command.clone();
        let mut matches = command.try_get_matches_from_mut(words.iter().cloned())?;
        Cli::from_arg_matches_mut(&mut matches).map_err(|err| err.format(&mut command))
    }

    /// The words that it knows.
    pub fn grammar(&self) -> Grammar {
        Grammar::new(&self.command)
    }
}

fn temporary() -> Arg {
    Arg::new("temporary")
        .short('t')
        .long("temporary")
        .action(ArgAction::SetTrue)
        .help("Don't write it down: it is gone after a reboot")
}

fn config() -> Arg {
    Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help(format!("Write it down in this file, in place of {CONFIG}"))
}

impl Command {
    /// The command and its object, to head an error message.
    pub fn label(&self) -> String {
        match self {
            Self::CreateNic(args) => format!("create-nic {}", args.name),
            Self::DeleteNic(args) => format!("delete-nic {}", args.nic),
            Self::SetNic(args) => format!("set-nic {}", args.nic),
            Self::Connect(args) => format!("connect {} {}", args.nic, args.peer),
            Self::Disconnect(args) => format!("disconnect {}", args.nic),
            Self::ShowNic(args) => label("show-nic", args.name.as_ref()),
            Self::CreateVnic(args) => format!("create-vnic {}", args.name),
            Self::DeleteVnic(args) => format!("delete-vnic {}", args.vnic),
            Self::SetVnic(args) => format!("set-vnic {}", args.vnic),
            Self::ShowVnic(args) => label("show-vnic", args.name.as_ref()),
            Self::CreateGroup(args) => format!("create-group {}", args.vnic),
            Self::DeleteGroup(args) => format!("delete-group {}", args.vnic),
            Self::SetGroup(args) => format!("set-group {}", args.name),
            Self::ShowGroup(args) => label("show-group", args.name.as_ref()),
            Self::SetRing(args) => format!("set-ring {}", args.name),
            Self::ShowRing(args) => label("show-ring", args.name.as_ref()),
            Self::CreateFilter(args) => format!("create-filter {} {}", args.name, args.mac),
            Self::DeleteFilter(args) => format!("delete-filter {} {}", args.name, args.mac),
            Self::ShowFilter(args) => label("show-filter", args.name.as_ref()),
            Self::SetRss(args) => format!("set-rss {}", args.name),
            Self::ShowRss(args) => label("show-rss", args.name.as_ref()),
            Self::SetCoalesce(args) => format!("set-coalesce {}", args.name),
            Self::ShowCoalesce(args) => label("show-coalesce", args.name.as_ref()),
            Self::ShowDrops(args) => label("show-drops", args.list.name.as_ref()),
            Self::ShowProp(args) => label("show-prop", args.name.as_ref()),
            Self::Explain(args) => format!("explain {}", args.vnic),
            Self::SetProp(args) => format!("set-prop {}", args.name),
            Self::ResetProp(args) => format!("reset-prop {}", args.name),
            Self::Monitor(_) => "monitor".to_owned(),
            Self::Batch(args) => format!("batch {}", args.file.display()),
            Self::Restore(_) => "restore".to_owned(),
            Self::Save(_) => "save".to_owned(),
            Self::Stat(args) => args.label(),
            Self::Top(_) => "top".to_owned(),
            Self::Completion(_) => "completion".to_owned(),
            Self::Pages(_) => "pages".to_owned(),
        }
    }
}

/// Arguments of `create-nic`.
#[derive(Debug, Args)]
pub struct CreateNic {
    /// Name of the new NIC
    pub name: IfName,
    /// MAC address
    #[arg(long, value_name = "ADDRESS")]
    pub mac: Option<MacAddr>,
    /// Largest packet in bytes
    #[arg(long, value_name = "BYTES")]
    pub mtu: Option<u32>,
    /// Number of receive rings
    #[arg(long, value_name = "COUNT")]
    pub rx_queues: Option<u32>,
    /// Number of transmit queues
    #[arg(long, value_name = "COUNT")]
    pub tx_queues: Option<u32>,
    /// Put the new NIC into this network namespace
    #[arg(long, value_name = "NS")]
    pub nic_netns: Option<String>,
    /// Have the wire cut bundles and sum up checksums, as hardware does
    #[arg(long)]
    pub finish: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub limits: NicLimits,
    /// Create a second NIC of this name at the other end of a wire; finish, slots, pool and storm
    /// are for both
    #[arg(long, value_name = "NAME")]
    pub peer: Option<IfName>,
    /// MAC address of the peer
    #[arg(long, value_name = "ADDRESS", requires = "peer")]
    pub peer_mac: Option<MacAddr>,
    /// Largest packet of the peer in bytes
    #[arg(long, value_name = "BYTES", requires = "peer")]
    pub peer_mtu: Option<u32>,
    /// Number of receive rings of the peer
    #[arg(long, value_name = "COUNT", requires = "peer")]
    pub peer_rx_queues: Option<u32>,
    /// Number of transmit queues of the peer
    #[arg(long, value_name = "COUNT", requires = "peer")]
    pub peer_tx_queues: Option<u32>,
    /// Put the peer into this network namespace
    #[arg(long, value_name = "NS", requires = "peer")]
    pub peer_netns: Option<String>,
}

/// What a NIC has for the VNICs over it.
#[derive(Debug, Args)]
pub struct NicLimits {
    /// Number of filter slots
    #[arg(long, value_name = "COUNT")]
    pub slots: Option<u32>,
    /// Number of rings that VNICs may reserve in all
    #[arg(long, value_name = "COUNT")]
    pub pool: Option<u32>,
    /// Broadcasts and multicasts a second that reach VNICs, 0 for no limit
    #[arg(long, value_name = "FRAMES")]
    pub storm: Option<u32>,
}

/// The NIC that a command works on.
#[derive(Debug, Args)]
pub struct NicArg {
    /// Name of the NIC
    pub nic: IfName,
}

/// Arguments of `set-nic`.
#[derive(Debug, Args)]
#[command(group = changes(&["finish", "slots", "pool", "storm"]))]
pub struct SetNic {
    /// Name of the NIC
    pub nic: IfName,
    /// Have its wire cut bundles and sum up checksums of what it sends
    #[arg(long, value_name = "on|off", value_parser = on_off, action = ArgAction::Set)]
    pub finish: Option<bool>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub limits: NicLimits,
}

/// The options of which a command that changes something needs one.
fn changes(options: &'static [&'static str]) -> ArgGroup {
    ArgGroup::new("changes")
        .args(options)
        .required(true)
        .multiple(true)
}

/// Reads a setting.
fn on_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off".to_owned()),
    }
}

/// Arguments of `connect`.
#[derive(Debug, Args)]
pub struct Connect {
    /// Name of the NIC
    pub nic: IfName,
    /// Name of the NIC at the other end
    pub peer: IfName,
    /// Network namespace of the other end
    #[arg(long, value_name = "NS")]
    pub peer_netns: Option<String>,
}

#[cfg(test)]
mod tests;
