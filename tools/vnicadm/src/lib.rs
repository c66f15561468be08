// SPDX-License-Identifier: GPL-2.0
//! `vnicadm` administers softnic NICs over netlink.
//!
//! The layers, each using only those below it:
//! [`commands`] do what [`cli`] was asked and hand the result to [`output`],
//! or to [`top`], the live view; [`stat`] works out what counters tell;
//! [`config`] keeps what is to be there after a reboot, as [`statement`]s in the
//! words of the command line, which [`script`] splits;
//! [`model`] knows the kernel's objects and how they are spelt in messages;
//! [`netlink`] carries messages and knows nothing of their meaning;
//! [`netns`] opens network namespaces. [`completion`] and [`pages`] put the
//! command line into what shells and `man` read.
#![forbid(unsafe_code)]

pub mod cli;
pub mod commands;
pub mod completion;
pub mod config;
pub mod error;
pub mod model;
pub mod netlink;
pub mod netns;
pub mod output;
pub mod pages;
pub mod script;
pub mod stat;
pub mod statement;
pub mod top;

use std::ffi::OsString;
use std::process::ExitCode;

use cli::Tool;
use error::Error;

/// Runs the tool with the given arguments (the first is its own name).
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    match completion::answer(&args) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(err) => return usage(&err),
    }
    let tool = Tool::new();
    let cli = match tool.parse(&args) {
        Ok(cli) => cli,
        Err(err) => return usage(&err),
    };
    match commands::run(&tool, &cli, &words(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Told(status)) => ExitCode::from(status),
        // The reader has seen enough: that is no fault.
        Err(Error::Output(err)) if err.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(err) => {
            output::error(&cli.command.label(), &err);
            ExitCode::from(match err {
                Error::Usage(_) => 1,
                _ => 2,
            })
        }
    }
}

/// The arguments behind the tool's own name. What is no text was refused
/// already.
fn words(args: &[OsString]) -> Vec<String> {
    let words = args.iter().skip(1);
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

fn usage(err: &clap::Error) -> ExitCode {
    let printed = err.print();
    if err.use_stderr() {
        return ExitCode::from(1);
    }
    match printed {
        Err(io) if io.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(2),
        _ => ExitCode::SUCCESS,
    }
}
