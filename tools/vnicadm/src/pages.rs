// SPDX-License-Identifier: GPL-2.0
//! The man pages, made from the command line's definition.

use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli;
use crate::completion;
use crate::error::Error;

const SECTION: &str = "8";

/// A page without a date is no good page.
const DATE: &str = "2026-11-21";

/// The names under which shells look for their files.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "vnicadm"),
    ("zsh", "_vnicadm"),
    ("fish", "vnicadm.fish"),
];

/// Writes a man page for the tool and one for each subcommand, and the scripts
/// for the shells.
pub fn write(folder: &Path) -> Result<(), Error> {
    let man = folder.join("man");
    let scripts = folder.join("completions");
    for folder in [&man, &scripts] {
        std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    for (name, text) in pages() {
        put(&man.join(name), &text)?;
    }
    for (shell, name) in SHELLS {
        put(&scripts.join(name), completion::script(shell).as_bytes())?;
    }
    Ok(())
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    std::fs::write(path, bytes).map_err(Error::file(path))
}

/// Each man page with its file's name.
pub fn pages() -> Vec<(String, Vec<u8>)> {
    let command = cli::command();
    let subcommands = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    let subcommands: Vec<Command> = subcommands
        .filter(|sub| sub.get_name() != "help")
        .cloned()
        .collect();
    let mut pages: Vec<_> = subcommands.into_iter().map(subcommand).collect();
    pages.push(whole(command));
    pages
}

fn man(command: Command) -> Man {
    Man::new(command)
        .section(SECTION)
        .date(DATE)
        .source(concat!("softnic ", env!("CARGO_PKG_VERSION")))
        .manual("softnic")
}

/// The tool's own page.
fn whole(command: Command) -> (String, Vec<u8>) {
    let mut end = Roff::new();
    section(&mut end, "FILES");
    end.control("TP", []);
    end.text([bold(cli::CONFIG)]);
    end.text([roman("what vnicadm restore makes at boot")]);
    section(&mut end, "SEE ALSO");
    end.text([roman("ip-link(8), ip-netns(8), bridge(8), ethtool(8)")]);
    page(man(command), &end)
}

/// A subcommand's page.
fn subcommand(command: Command) -> (String, Vec<u8>) {
    let mut end = Roff::new();
    section(&mut end, "SEE ALSO");
    end.text([roman("vnicadm(8)")]);
    page(man(command), &end)
}

fn section(roff: &mut Roff, title: &str) {
    roff.control("SH", [title]);
}

fn page(man: Man, end: &Roff) -> (String, Vec<u8>) {
    let mut text = Vec::new();
    // Writing into memory does not fail.
    let _ = man.render(&mut text);
    let _ = end.to_writer(&mut text);
    (man.get_filename(), text)
}
