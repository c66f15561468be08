// SPDX-License-Identifier: GPL-2.0
//! The arguments of `stat` and `top`.

use std::time::Duration;

use clap::Args;

use crate::error::Error;
use crate::model::IfName;

/// The interval of `stat` where only a number of reports is given, and of
/// `top`, in seconds.
const USUAL: Duration = Duration::from_secs(1);

/// Arguments of `stat`.
#[derive(Debug, Args)]
#[command(
    after_help = "The first report has totals since creation; each later one has rates \
                        a second over its interval. A dash: not known, as of a device that \
                        was not there at the report before."
)]
pub struct Stat {
    /// Devices to look at, all NICs and VNICs if none is named; a number at
    /// the end is that of reports
    #[arg(id = "device", value_name = "NAME|COUNT")]
    pub words: Vec<String>,
    /// Report every so many seconds, 0.1 to 86400
    #[arg(short, long, value_name = "SECONDS", value_parser = interval)]
    pub interval: Option<Duration>,
    /// Tell of each ring
    #[arg(short, long)]
    pub ring: bool,
    /// Tell of each ring how many frames its polls found
    #[arg(short, long, conflicts_with = "ring")]
    pub lanes: bool,
    /// Show these columns, or all
    #[arg(short, long, value_name = "COLUMN,...|all", value_delimiter = ',')]
    pub output: Option<Vec<String>>,
    /// Print for scripts: values with colons between them, no head
    #[arg(short, long, requires = "output", conflicts_with = "json")]
    pub parsable: bool,
    /// Print JSON, an object for each line
    #[arg(short, long)]
    pub json: bool,
    /// Leave the totals out
    #[arg(short = 'y', long)]
    pub no_totals: bool,
}

/// Arguments of `top`.
#[derive(Debug, Args)]
pub struct Top {
    /// Look every so many seconds, 0.1 to 86400
    #[arg(short, long, value_name = "SECONDS", value_parser = interval)]
    pub interval: Option<Duration>,
}

/// How often to look, and at what.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// The devices.
    pub names: Vec<IfName>,
    /// How many reports; none: no end.
    pub count: Option<u64>,
    /// The time from one to the next.
    pub interval: Duration,
}

impl Stat {
    /// Tells names and numbers apart.
    pub fn plan(&self) -> Result<Plan, Error> {
        let (mut words, mut count) = (self.words.as_slice(), None);
        if let Some((last, others)) = words.split_last() {
            if last.bytes().all(|byte| byte.is_ascii_digit()) {
                let reports = last.parse().ok().filter(|count| *count > 0);
                let wrong = || Error::Usage(format!("'{last}' is no number of reports"));
                (words, count) = (others, Some(reports.ok_or_else(wrong)?));
            }
        }
        let name = |word: &String| {
            let wrong = |why| Error::Usage(format!("'{word}': {why}"));
            word.parse().map_err(wrong)
        };
        Ok(Plan {
            names: words.iter().map(name).collect::<Result<_, _>>()?,
            // A look with neither is one look.
            count: count.or((self.interval.is_none()).then_some(1)),
            interval: self.interval.unwrap_or(USUAL),
        })
    }

    /// The command and its objects, to head an error message.
    pub fn label(&self) -> String {
        let words = self.words.iter().map(|word| format!(" {word}"));
        format!("stat{}", words.collect::<String>())
    }
}

impl Top {
    /// The time from one look to the next.
    pub fn interval(&self) -> Duration {
        self.interval.unwrap_or(USUAL)
    }
}

/// Reads a time in seconds.
fn interval(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=86400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("must be 0.1 to 86400 seconds".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn stat(args: &str) -> Stat {
        let words = format!("vnicadm stat {args}");
        match Cli::try_parse_from(words.split_whitespace())
            .unwrap()
            .command
        {
            Command::Stat(args) => args,
            _ => panic!("not stat"),
        }
    }

    fn plan(args: &str) -> (Vec<String>, Option<u64>, u64) {
        let plan = stat(args).plan().unwrap();
        let names = plan.names.iter().map(ToString::to_string).collect();
        (names, plan.count, plan.interval.as_millis() as u64)
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_and_numbers() {
        assert_eq!(plan(""), (names(&[]), Some(1), 1000));
        assert_eq!(plan("3"), (names(&[]), Some(3), 1000));
        assert_eq!(plan("-i 0.5"), (names(&[]), None, 500));
        assert_eq!(plan("-i 2 4"), (names(&[]), Some(4), 2000));
        assert_eq!(plan("nic0 v1"), (names(&["nic0", "v1"]), Some(1), 1000));
        assert_eq!(plan("7 -i 1 2"), (names(&["7"]), Some(2), 1000));
        assert_eq!(stat("nic0 3").label(), "stat nic0 3");
    }

    #[test]
    fn wrong_words() {
        for args in ["0", "99999999999999999999", "a/b", "nic0 a/b 3"] {
            assert!(matches!(stat(args).plan(), Err(Error::Usage(_))), "{args}");
        }
    }

    #[test]
    fn wrong_options() {
        for args in [
            "-i 0",
            "-i x",
            "-i 86401",
            "-i -1",
            "-i nan",
            "-p",
            "-p -j -o all",
            "--ring --lanes",
        ] {
            let words = format!("vnicadm stat {args}");
            assert!(
                Cli::try_parse_from(words.split_whitespace()).is_err(),
                "{args}"
            );
        }
    }
}
