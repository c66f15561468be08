// SPDX-License-Identifier: GPL-2.0
//! `batch`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::dispatch;
use super::record::Journal;
use crate::cli::files::Batch;
use crate::cli::{Command, Tool};
use crate::error::Error;
use crate::output;
use crate::script::{Line, Lines};

/// Carries out a file's commands, up to the first that fails.
pub fn run(tool: &Tool, netns: Option<&str>, args: &Batch) -> Result<(), Error> {
    let mut journal = Journal::of_batch(tool);
    let done = open(&args.file).and_then(|file| {
        let lines = Lines::new(file);
        all(tool, &mut journal, netns, args, lines)
    });
    journal.write()?;
    match done? {
        0 => Ok(()),
        status => Err(Error::Told(status)),
    }
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, Error> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let file = File::open(path).map_err(Error::file(path))?;
    Ok(Box::new(BufReader::new(file)))
}

/// Carries out commands as they are read; returns the exit status of the first
/// that failed.
fn all(
    tool: &Tool,
    journal: &mut Journal,
    netns: Option<&str>,
    args: &Batch,
    lines: Lines<Box<dyn BufRead>>,
) -> Result<u8, Error> {
    let mut status = 0;
    for line in lines {
        let line = line.map_err(Error::file(&args.file))?;
        let place = format!("{}:{}", args.file.display(), line.number);
        let failed = match words(&line, netns) {
            Ok(words) if words.is_empty() => continue,
            Ok(words) => one(tool, journal, &place, &words)?,
            Err(err) => {
                output::error(&place, &err);
                1
            }
        };
        if status == 0 {
            status = failed;
        }
        if failed != 0 && !args.force {
            break;
        }
    }
    Ok(status)
}

/// A line's words, in the batch's own namespace if they name none.
fn words(line: &Line, netns: Option<&str>) -> Result<Vec<String>, &'static str> {
    let mut words = line.words.clone()?;
    let named = |word: &String| word == "--netns" || word.starts_with("--netns=");
    if let (Some(netns), false, false) = (netns, words.is_empty(), words.iter().any(named)) {
        words.splice(..0, ["--netns".to_owned(), netns.to_owned()]);
    }
    Ok(words)
}

/// Carries out one command; returns its exit status.
fn one(tool: &Tool, journal: &mut Journal, place: &str, words: &[String]) -> Result<u8, Error> {
    let mut line = vec!["vnicadm".to_owned()];
    line.extend_from_slice(words);
    let cli = match tool.parse(&line) {
        Ok(cli) => cli,
        Err(err) if !err.use_stderr() => {
            output::print(&err.render().to_string())?;
            return Ok(0);
        }
        Err(err) => {
            let text = err.render().to_string();
            output::error(place, &text.trim_end().trim_start_matches("error: "));
            return Ok(1);
        }
    };
    let done = match &cli.command {
        Command::Batch(_) => Err(Error::Misplaced),
        command if is_alone(command) => super::run(tool, &cli, words),
        _ => journal.around(words, || dispatch(&cli)),
    };
    match done {
        Ok(()) => Ok(0),
        // Who reads has seen enough.
        Err(err @ Error::Output(_)) => Err(err),
        Err(Error::Told(status)) => Ok(status),
        Err(err) => {
            output::error(&format!("{place}: {}", cli.command.label()), &err);
            Ok(2)
        }
    }
}

/// Whether a command speaks for itself, and is not written down.
fn is_alone(command: &Command) -> bool {
    use Command::{Completion, Pages, Restore, Save};
    matches!(command, Completion(_) | Pages(_) | Restore(_) | Save(_))
}
