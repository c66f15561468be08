// SPDX-License-Identifier: GPL-2.0
//! The arguments of commands that show something.

use clap::Args;

use crate::model::IfName;
use crate::output::columns::Layout;

/// In which form a list is shown.
#[derive(Debug, Args)]
pub struct Form {
    /// Print JSON, which has everything
    #[arg(short, long, conflicts_with_all = ["output", "parsable"])]
    pub json: bool,
    /// Show these columns, in this order
    #[arg(short, long, value_name = "COLUMN,...|all", value_delimiter = ',')]
    pub output: Option<Vec<String>>,
    /// Print for scripts: no head, colons between the values
    #[arg(short, long, requires = "output")]
    pub parsable: bool,
}

impl Form {
    /// How to lay the list out.
    pub fn layout(&self) -> Layout<'_> {
        Layout {
            json: self.json,
            parsable: self.parsable,
            counters: false,
            columns: self.output.as_deref(),
        }
    }
}

/// Arguments of commands that list things with counters.
#[derive(Debug, Args)]
pub struct Show {
    /// Show this one alone
    pub name: Option<IfName>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub form: Form,
    /// Show counters too
    #[arg(short, long)]
    pub stats: bool,
}

impl Show {
    /// How to lay the list out.
    pub fn layout(&self) -> Layout<'_> {
        Layout {
            counters: self.stats,
            ..self.form.layout()
        }
    }

    /// Whether counters are to be shown, by name or with all the rest.
    pub fn wants_counters(&self) -> bool {
        self.stats || self.form.output.is_some()
    }
}

/// Arguments of commands that list things.
#[derive(Debug, Args)]
pub struct List {
    /// Show what belongs to this NIC or VNIC alone
    pub name: Option<IfName>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub form: Form,
}

/// Arguments of `show-drops`.
#[derive(Debug, Args)]
pub struct ShowDrops {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub list: List,
    /// Show reasons for which nothing was dropped, too
    #[arg(short, long)]
    pub all: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// Name of the VNIC
    pub vnic: IfName,
    /// Print JSON
    #[arg(short, long)]
    pub json: bool,
}

/// A command and its object.
pub(super) fn label(command: &str, name: Option<&IfName>) -> String {
    match name {
        Some(name) => format!("{command} {name}"),
        None => command.to_owned(),
    }
}
