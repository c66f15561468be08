// SPDX-License-Identifier: GPL-2.0
//! The arguments of commands about files of commands.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `batch`.
#[derive(Debug, Args)]
pub struct Batch {
    /// File with a command on each line, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Go on after a command that failed
    #[arg(short, long)]
    pub force: bool,
}

/// Arguments of `restore` and `save`.
#[derive(Debug, Args)]
pub struct Config {
    /// The file, in place of /etc/softnic/softnic.conf
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}
