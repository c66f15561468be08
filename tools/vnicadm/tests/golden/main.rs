// SPDX-License-Identifier: GPL-2.0
//! Every subcommand, in each of its forms, against what a kernel answered when
//! it was recorded: the requests that it makes, what it prints, its exit status.
//!
//! `transcripts/` has what is printed, a file for each subcommand; `kernel.txt`
//! has the messages (see [`recorded`]). Each command is a process of its own:
//! this program, which is then the tool with a recorded kernel below it.
//! `GOLDEN=renew` has the transcripts written anew.

mod matrix;
mod recorded;
mod transcript;

use std::collections::HashMap;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use recorded::{Book, PLAY};
use transcript::{Case, Transcript};

fn main() -> ExitCode {
    if std::env::var_os(PLAY).is_some() {
        return recorded::play();
    }
    std::fs::create_dir_all("/tmp/vnicadm-golden").expect("a folder to save in");
    let filter = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let (mut passed, mut failed) = (0, 0);
    let mut check = |name: &str, done: Result<(), String>| {
        if filter.as_ref().is_some_and(|part| !name.contains(part)) {
            return;
        }
        match done {
            Ok(()) => {
                println!("test golden::{name} ... ok");
                passed += 1;
            }
            Err(why) => {
                println!("test golden::{name} ... FAILED\n{why}");
                failed += 1;
            }
        }
    };
    let read = || Transcript::all(&folder().join("transcripts"));
    let book = Book::read(&folder().join("kernel.txt"));
    for transcript in &read() {
        check(&transcript.name, compare(transcript, &book));
    }
    check("matrix", matrix::complete(&read()));
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored");
    ExitCode::from(u8::from(failed != 0))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Runs a transcript's commands; they must print what it says.
fn compare(transcript: &Transcript, book: &Book) -> Result<(), String> {
    let mut now = transcript.clone();
    let mut numbers = HashMap::new();
    for case in &mut now.cases {
        let number = numbers.entry(case.command().to_owned()).or_insert(0);
        *number += 1;
        let messages = book.of(&transcript.name, *number, case.command());
        run(case, &messages);
    }
    // What was not recorded can't be renewed.
    let astray = now.cases.iter().any(Case::went_astray);
    if std::env::var("GOLDEN").as_deref() == Ok("renew") && !astray {
        return now.write();
    }
    let mut wrong = String::new();
    for (old, new) in transcript.cases.iter().zip(&now.cases) {
        if old != new {
            wrong += &format!("--- is to be\n{old}+++ is\n{new}");
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false if astray => Err(format!("{wrong}scripts/record-golden records anew")),
        false => Err(wrong),
    }
}

/// Runs a command, and notes how it went.
fn run(case: &mut Case, messages: &str) {
    let exchanges = std::env::temp_dir().join(format!("vnicadm-golden-{}", std::process::id()));
    std::fs::write(&exchanges, messages).expect("a file for the messages");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .arg0("vnicadm")
        .args(case.words())
        .current_dir(folder())
        .stdin(Stdio::null())
        .env(PLAY, &exchanges)
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("this program starts");
    std::fs::remove_file(&exchanges).expect("the file is there");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let status = output.status.code().unwrap_or(-1);
    case.note(&text(&output.stdout), &text(&output.stderr), status);
}
