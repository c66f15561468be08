// SPDX-License-Identifier: GPL-2.0
//! Commands with what they print, as a person would see them in a shell.
//!
//! `$ ` begins a command; what it prints follows as it is, but for what goes to
//! standard error, which `! ` begins, and an exit status that is not 0, after
//! `? `. A word in round brackets before the command says where it is run:
//! `(nobody)` by a user without rights, `(no-module)` with no module there.
//! Lines before the first command are comments.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::recorded::ASTRAY;

/// The commands of a subcommand.
#[derive(Clone)]
pub struct Transcript {
    /// The subcommand.
    pub name: String,
    path: PathBuf,
    comment: String,
    /// The commands, in their order.
    pub cases: Vec<Case>,
}

/// A command and what it prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Case {
    line: String,
    told: String,
    status: i32,
}

impl Transcript {
    /// Those of a folder.
    pub fn all(folder: &Path) -> Vec<Self> {
        let entries = std::fs::read_dir(folder).expect("a folder of transcripts");
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        paths.into_iter().map(Self::read).collect()
    }

    fn read(path: PathBuf) -> Self {
        let text = std::fs::read_to_string(&path).expect("a transcript");
        let mut comment = String::new();
        let mut cases: Vec<Case> = Vec::new();
        for line in text.lines() {
            let case = cases.last_mut();
            match (line.strip_prefix("$ "), line.strip_prefix("? "), case) {
                (Some(line), ..) => cases.push(Case {
                    line: line.to_owned(),
                    told: String::new(),
                    status: 0,
                }),
                (_, Some(status), Some(case)) => case.status = status.parse().expect("a status"),
                (_, _, Some(case)) => case.told += &format!("{line}\n"),
                (_, _, None) => comment += &format!("{line}\n"),
            }
        }
        let name = path.file_stem().and_then(|name| name.to_str());
        Self {
            name: name.expect("a name").to_owned(),
            path,
            comment,
            cases,
        }
    }

    /// Writes it down.
    pub fn write(&self) -> Result<(), String> {
        let cases: String = self.cases.iter().map(Case::to_string).collect();
        let text = format!("{}{cases}", self.comment);
        std::fs::write(&self.path, text).map_err(|err| err.to_string())
    }
}

impl Case {
    /// The command as it is recorded, with where it is run.
    pub fn command(&self) -> &str {
        &self.line
    }

    /// The words behind the tool's name.
    pub fn words(&self) -> Vec<&str> {
        let words = self.line.split_whitespace();
        words
            .skip_while(|word| *word != "vnicadm")
            .skip(1)
            .collect()
    }

    /// Whether it ended well.
    pub fn ended_well(&self) -> bool {
        self.status == 0
    }

    /// Whether it did not ask for what was recorded.
    pub fn went_astray(&self) -> bool {
        self.status == i32::from(ASTRAY)
    }

    /// Whether the kernel or the tool refused it, and told why in a line.
    pub fn told_an_error(&self) -> bool {
        self.status != 0 && self.told.contains("! ")
    }

    /// Notes what a run of it printed, but for the time of day.
    pub fn note(&mut self, stdout: &str, stderr: &str, status: i32) {
        let errors = stderr.lines().map(|line| format!("! {line}\n"));
        self.told = without_time(stdout) + &errors.collect::<String>();
        self.status = status;
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$ {}\n{}", self.line, self.told)?;
        match self.status {
            0 => Ok(()),
            status => writeln!(f, "? {status}"),
        }
    }
}

/// Sets the times of reports to 0.
fn without_time(text: &str) -> String {
    const TIME: &str = "\"time\":";
    let mut parts = text.split(TIME);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find([',', '}']).unwrap_or(part.len());
        out += &format!("{TIME}0{}", &part[end..]);
    }
    out
}
