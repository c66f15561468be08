// SPDX-License-Identifier: GPL-2.0
//! The arguments of commands about properties.

use std::str::FromStr;

use clap::Args;

use crate::model::IfName;
use crate::output::columns::Layout;

/// Arguments of `show-prop`.
#[derive(Debug, Args)]
pub struct ShowProp {
    /// Show those of this NIC or VNIC alone
    pub name: Option<IfName>,
    /// Show these properties alone
    #[arg(short, long, value_name = "PROPERTY,...", value_delimiter = ',')]
    pub properties: Option<Vec<String>>,
    /// Print JSON, which has everything
    #[arg(short, long, conflicts_with_all = ["output", "parsable"])]
    pub json: bool,
    /// Show these columns, in this order
    #[arg(short, long, value_name = "COLUMN,...|all", value_delimiter = ',')]
    pub output: Option<Vec<String>>,
    /// Print for scripts: no head, colons between the values
    #[arg(short = 'c', long, requires = "output")]
    pub parsable: bool,
}

impl ShowProp {
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

/// Arguments of `set-prop`.
#[derive(Debug, Args)]
pub struct SetProp {
    /// Name of the NIC or VNIC
    pub name: IfName,
    /// What to set, and to what
    #[arg(short, long, value_name = "PROPERTY=VALUE,...")]
    pub properties: Assignments,
}

/// Arguments of `reset-prop`.
#[derive(Debug, Args)]
pub struct ResetProp {
    /// Name of the NIC or VNIC
    pub name: IfName,
    /// Reset these properties; all that have a default if none is named
    #[arg(short, long, value_name = "PROPERTY,...", value_delimiter = ',')]
    pub properties: Option<Vec<String>>,
}

/// Properties and their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignments(pub Vec<(String, String)>);

/// `mtu=9000,vlans=0,10,20-30`: what has no `=` belongs to the value before.
impl FromStr for Assignments {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all: Vec<(String, String)> = Vec::new();
        for part in text.split(',') {
            match (part.split_once('='), all.last_mut()) {
                (Some((name, value)), _) if !name.is_empty() => {
                    all.push((name.to_owned(), value.to_owned()));
                }
                (None, Some((_, value))) => {
                    value.push(',');
                    value.push_str(part);
                }
                _ => return Err(format!("'{part}' must be PROPERTY=VALUE")),
            }
        }
        Ok(Self(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments() {
        let text = "mtu=9000,vlans=0,10,20-30,mode=vepa";
        let want = [("mtu", "9000"), ("vlans", "0,10,20-30"), ("mode", "vepa")];
        let want = want.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(text.parse(), Ok(Assignments(want.into())));
        for text in ["", "mtu", "=5", "mtu,vlan=1", "mtu=1,=2"] {
            assert!(text.parse::<Assignments>().is_err(), "{text}");
        }
    }
}
