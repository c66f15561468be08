// SPDX-License-Identifier: GPL-2.0
//! The arguments of what shells and packages want of the tool.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `completion`.
#[derive(Debug, Args)]
pub struct Completion {
    /// The shell
    #[arg(value_name = "bash|zsh|fish", value_parser = ["bash", "zsh", "fish"])]
    #[arg(hide_possible_values = true)]
    pub shell: String,
}

/// Arguments of `pages`.
#[derive(Debug, Args)]
pub struct Pages {
    /// Folder that gets man/ and completions/
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
}
