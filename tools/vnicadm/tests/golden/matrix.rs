// SPDX-License-Identifier: GPL-2.0
//! That no subcommand, and no form of one, is without a transcript.

use crate::transcript::{Case, Transcript};

/// Subcommands that print for as long as they run. Transcripts have what ends
/// them at once; the rest is tested where time passes: selftests/tool/.
const ENDLESS: [&str; 2] = ["monitor", "top"];

/// Forms of output, by the option that asks for them.
const FORMS: [(&str, char); 3] = [("json", 'j'), ("stats", 's'), ("parsable", 'p')];

/// Options about what is written down, which is the same for all subcommands:
/// tests/cli.rs and selftests/tool/config.py have them.
const COMMON: [&str; 2] = ["config", "temporary"];

/// Names what is missing.
pub fn complete(transcripts: &[Transcript]) -> Result<(), String> {
    let command = vnicadm::cli::command();
    let mut missing = Vec::new();
    let mut known = Vec::new();
    for sub in command.get_subcommands() {
        let name = sub.get_name();
        if sub.is_hide_set() || name == "help" {
            continue;
        }
        known.push(name);
        let Some(transcript) = transcripts.iter().find(|found| found.name == name) else {
            missing.push(format!("{name}: a transcript"));
            continue;
        };
        let mut lacks = |what: String, there: bool| {
            if !there {
                missing.push(format!("{name}: {what}"));
            }
        };
        let cases = &transcript.cases;
        lacks("an error".to_owned(), cases.iter().any(Case::told_an_error));
        let wrong_usage = |case: &Case| case.to_string().ends_with("? 1\n");
        lacks("wrong usage".to_owned(), cases.iter().any(wrong_usage));
        if ENDLESS.contains(&name) {
            continue;
        }
        lacks("a good end".to_owned(), cases.iter().any(Case::ended_well));
        for (long, short) in FORMS {
            let arg = sub.get_arguments().find(|arg| arg.get_long() == Some(long));
            let Some(arg) = arg else { continue };
            let short = arg.get_short().unwrap_or(short);
            let has = |case: &Case| case.ended_well() && asks(case, long, short);
            lacks(format!("--{long}"), cases.iter().any(has));
        }
        for arg in sub.get_arguments().filter(|arg| !arg.is_global_set()) {
            let (Some(long), false) = (arg.get_long(), arg.get_id() == "help") else {
                continue;
            };
            if COMMON.contains(&long) {
                continue;
            }
            let short = arg.get_short().unwrap_or('\0');
            let has = cases.iter().any(|case| asks(case, long, short));
            lacks(format!("any command with --{long}"), has);
        }
    }
    let strange = transcripts
        .iter()
        .filter(|t| !known.contains(&t.name.as_str()));
    missing.extend(strange.map(|t| format!("{}: such a subcommand", t.name)));
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("missing are\n{}", missing.join("\n"))),
    }
}

/// Whether a command has this option.
fn asks(case: &Case, long: &str, short: char) -> bool {
    case.words().iter().any(|word| {
        let option = word.strip_prefix("--");
        let option = option.map(|word| word.split('=').next().unwrap_or(word));
        let letters = word.strip_prefix('-').filter(|word| !word.starts_with('-'));
        option == Some(long) || letters.is_some_and(|letters| letters.contains(short))
    })
}
