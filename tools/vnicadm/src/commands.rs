// SPDX-License-Identifier: GPL-2.0
//! What each subcommand does.

mod batch;
pub(crate) mod candidates;
mod connect;
mod create;
mod delete;
mod ethtool;
mod explain;
mod family;
mod filter;
mod fits;
pub mod generic;
mod looks;
mod monitor;
mod names;
mod prop;
mod record;
mod restore;
mod save;
pub mod session;
mod set;
mod show;
mod stat;
mod top;
mod vnic;

use crate::cli::{Cli, Command, Tool};
use crate::error::Error;
use crate::netns::NetNs;
use crate::{completion, pages};
use record::Journal;
use session::Session;

/// Carries out what was asked for, by these words.
pub fn run(tool: &Tool, cli: &Cli, words: &[String]) -> Result<(), Error> {
    match &cli.command {
        Command::Batch(args) => batch::run(tool, cli.netns.as_deref(), args),
        Command::Restore(args) => restore::run(tool, args),
        Command::Save(args) => save::run(tool, args),
        Command::Completion(args) => completion::print(&args.shell),
        Command::Pages(args) => pages::write(&args.folder),
        _ => Journal::new(tool).around(words, || dispatch(cli)),
    }
}

/// Carries out a command that speaks to the kernel.
fn dispatch(cli: &Cli) -> Result<(), Error> {
    let netns = cli.netns.as_deref().map(NetNs::open).transpose()?;
    if let Command::Monitor(args) = &cli.command {
        return monitor::run(netns.as_ref(), args);
    }
    let mut session = Session::open(netns.as_ref())?;
    match &cli.command {
        Command::CreateNic(args) => create::run(&mut session, args),
        Command::DeleteNic(args) => delete::nic(&mut session, args),
        Command::SetNic(args) => set::run(&mut session, args),
        Command::Connect(args) => connect::connect(&mut session, args),
        Command::Disconnect(args) => connect::disconnect(&mut session, args),
        Command::ShowNic(args) => show::nics(&mut session, args),
        Command::CreateVnic(args) => vnic::create(&mut session, args),
        Command::DeleteVnic(args) => delete::vnic(&mut session, args),
        Command::SetVnic(args) => vnic::set(&mut session, args),
        Command::ShowVnic(args) => show::vnics(&mut session, args),
        Command::CreateGroup(args) => vnic::reserve(&mut session, &args.vnic, args.rings),
        Command::DeleteGroup(args) => vnic::reserve(&mut session, &args.vnic, 0),
        Command::SetGroup(args) => ethtool::set_group(&mut session, args),
        Command::ShowGroup(args) => family::groups(&mut session, args),
        Command::SetRing(args) => ethtool::set_ring(&mut session, args),
        Command::ShowRing(args) => family::rings(&mut session, args),
        Command::CreateFilter(args) => filter::create(&mut session, args),
        Command::DeleteFilter(args) => filter::delete(&mut session, args),
        Command::ShowFilter(args) => family::filters(&mut session, args),
        Command::SetRss(args) => ethtool::set_rss(&mut session, args),
        Command::ShowRss(args) => ethtool::show_rss(&mut session, args),
        Command::SetCoalesce(args) => ethtool::set_coalesce(&mut session, args),
        Command::ShowCoalesce(args) => ethtool::show_coalesce(&mut session, args),
        Command::ShowDrops(args) => family::drops(&mut session, args),
        Command::ShowProp(args) => prop::show(&mut session, args),
        Command::Explain(args) => explain::run(&mut session, args),
        Command::SetProp(args) => prop::set(&mut session, args),
        Command::ResetProp(args) => prop::reset(&mut session, args),
        Command::Stat(args) => stat::run(&mut session, args),
        Command::Top(args) => top::run(&mut session, args),
        _ => Err(Error::Misplaced),
    }
}
