// SPDX-License-Identifier: GPL-2.0
//! The arguments of `monitor`.

use clap::Args;

/// Arguments of `monitor`.
#[derive(Debug, Args)]
pub struct Monitor {
    /// Kinds of events; all if none is given
    #[arg(value_name = "nic|vnic|ring|placement", hide_possible_values = true)]
    #[arg(value_parser = ["nic", "vnic", "ring", "placement"])]
    pub kinds: Vec<String>,
    /// Print the time of each event, in UTC
    #[arg(short, long)]
    pub timestamps: bool,
    /// Tell of all namespaces that have a number in this one, too
    #[arg(short, long)]
    pub all_nsid: bool,
    /// Print JSON, an object on each line
    #[arg(short, long)]
    pub json: bool,
}

impl Monitor {
    /// Whether events of a kind are wanted.
    pub fn wants(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind)
    }
}
