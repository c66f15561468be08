// SPDX-License-Identifier: GPL-2.0
//! What the user sees. `NO_COLOR` and pipes are minded by `anstream`.

pub mod columns;
pub mod ethtool;
pub mod explain;
pub mod family;
mod link;
pub mod monitor;
pub mod nic;
pub mod property;
pub mod stat;
pub mod table;
pub mod vnic;

use std::io::Write;

use serde::Serialize;

use crate::error::Error;

/// What the columns are called that a subcommand shows, of rings or of devices.
pub fn columns_of(command: &str, rings: bool) -> Vec<String> {
    match command {
        "show-nic" => columns::names(nic::columns()),
        "show-vnic" => columns::names(vnic::columns()),
        "show-ring" => columns::names(family::rings()),
        "show-group" => columns::names(family::groups()),
        "show-filter" => columns::names(family::filters()),
        "show-drops" => columns::names(family::drops()),
        "show-rss" => columns::names(ethtool::rss()),
        "show-coalesce" => columns::names(ethtool::coalesce()),
        "show-prop" => columns::names(property::columns()),
        "stat" if rings => stat::names(stat::View::Rings),
        "stat" => stat::names(stat::View::Devices),
        _ => Vec::new(),
    }
}

/// Writes a result to standard output.
pub fn print(text: &str) -> Result<(), Error> {
    // Looking for styles takes long in long texts, and only heads have some.
    let line_end = |place: usize| text[place..].find('\n').map(|end| place + end + 1);
    let styled = text.rfind('\x1b').map_or(Some(0), line_end);
    let (head, rest) = text.split_at(styled.unwrap_or(text.len()));
    let mut out = std::io::stdout().lock();
    anstream::stdout()
        .write_all(head.as_bytes())
        .and_then(|()| out.write_all(rest.as_bytes()))
        .and_then(|()| out.flush())
        .map_err(Error::Output)
}

/// A JSON array.
pub fn json<T: Serialize>(objects: &[T]) -> String {
    // Strings, numbers and nothing that could fail to be written.
    let mut text = serde_json::to_string_pretty(objects).unwrap_or_default();
    text.push('\n');
    text
}

/// Writes to standard error what is no error.
pub fn note(label: &str, text: &str) {
    let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{yellow}vnicadm: {label}:{yellow:#} {text}");
}

/// Adds a value for scripts: backslashes stand before colons and backslashes.
pub fn escape(text: &mut String, value: &str) {
    for c in value.chars() {
        if matches!(c, ':' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
}

/// Writes an error to standard error.
pub fn error(label: &str, err: &dyn std::fmt::Display) {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let mut out = anstream::stderr().lock();
    // Where even this fails, the exit status alone has to tell.
    let _ = writeln!(out, "{red}vnicadm: {label}:{red:#} {err}");
}
