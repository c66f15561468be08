// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The words behind `type KIND`, and what is said of wrong ones.

use std::fmt;
use std::ops::RangeInclusive;

use crate::message::Full;

/// Why a command is not carried out. In the words of `ip`, where it has some.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A word has a value that it cannot have; the text says which it can.
    Wrong(String, String),
    /// A word that the kind does not know.
    Unknown(&'static str, String),
    /// A word came twice, or two that exclude one another.
    Twice(&'static str, String),
    /// The last word wants a value.
    Incomplete,
    /// A device that is not there, and where it was looked for.
    NoDevice(String, Option<String>),
    /// There is no room in the request that `ip` has begun.
    Full,
    /// The user asked for help.
    Help,
    /// `ip` has said already what is wrong.
    Said,
}

impl From<Full> for Refusal {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(value, why) => write!(f, "Error: argument \"{value}\" is wrong: {why}"),
            Self::Unknown(kind, word) => write!(f, "{kind}: unknown option \"{word}\"?"),
            Self::Twice(word, second) => write!(
                f,
                "Error: duplicate \"{word}\": \"{second}\" is the second value."
            ),
            Self::Incomplete => f.write_str("Command line is not complete. Try option \"help\""),
            Self::NoDevice(name, None) => write!(f, "Cannot find device \"{name}\""),
            Self::NoDevice(name, Some(netns)) => {
                write!(
                    f,
                    "Cannot find device \"{name}\" in network namespace \"{netns}\""
                )
            }
            Self::Full => f.write_str(
                "Error: this is more than a request of ip can hold; vnicadm's are longer",
            ),
            Self::Help | Self::Said => Ok(()),
        }
    }
}

/// The words, of which each is taken once.
pub struct Words {
    words: Vec<String>,
    taken: usize,
}

impl Words {
    /// All of a command.
    pub fn new(words: Vec<String>) -> Self {
        Self { words, taken: 0 }
    }

    /// How many were taken.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// Takes some that somebody else has read.
    pub fn skip(&mut self, count: usize) {
        self.taken = (self.taken + count).min(self.words.len());
    }

    /// The next word, if there is one.
    pub fn take(&mut self) -> Option<String> {
        let word = self.words.get(self.taken)?.clone();
        self.taken += 1;
        Some(word)
    }

    /// The value of the word before.
    pub fn value(&mut self) -> Result<String, Refusal> {
        self.take().ok_or(Refusal::Incomplete)
    }

    /// Takes the next word and its value, if it is this one.
    pub fn option(&mut self, word: &str) -> Result<Option<String>, Refusal> {
        if self.words.get(self.taken).map(String::as_str) != Some(word) {
            return Ok(None);
        }
        self.taken += 1;
        self.value().map(Some)
    }

    /// The value of `word`: a number within a range.
    pub fn number(&mut self, word: &str, range: RangeInclusive<u32>) -> Result<u32, Refusal> {
        let text = self.value()?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits && range.contains(&number) => Ok(number),
            _ => Err(Refusal::Wrong(
                text,
                format!(
                    "\"{word}\" is a number from {} to {}",
                    range.start(),
                    range.end()
                ),
            )),
        }
    }
}

/// The words of a command that were there, of those that may be there once.
#[derive(Default)]
pub struct Once(Vec<&'static str>);

impl Once {
    /// Notes a word, which names what may be given once; `second` is what would
    /// be its second value.
    pub fn note(&mut self, word: &'static str, second: &str) -> Result<(), Refusal> {
        if self.0.contains(&word) {
            return Err(Refusal::Twice(word, second.to_owned()));
        }
        self.0.push(word);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        Words::new(text.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn numbers_within_a_range() {
        assert_eq!(words("0").number("vlan", 0..=4094), Ok(0));
        assert_eq!(words("4094").number("vlan", 0..=4094), Ok(4094));
        for text in ["4095", "-1", "+1", "a", "", "0x10", "4294967296"] {
            let said = words(text).number("vlan", 0..=4094).unwrap_err();
            assert_eq!(
                said.to_string(),
                format!("Error: argument \"{text}\" is wrong: \"vlan\" is a number from 0 to 4094")
            );
        }
    }

    #[test]
    fn words_are_taken_one_by_one() {
        let mut words = words("connect nic1 netns blue x");
        assert_eq!(words.take().as_deref(), Some("connect"));
        assert_eq!(words.value().as_deref(), Ok("nic1"));
        assert_eq!(words.option("mode"), Ok(None));
        assert_eq!(words.option("netns"), Ok(Some("blue".to_owned())));
        assert_eq!(words.taken(), 4);
        words.skip(5);
        assert_eq!(words.take(), None);
        assert_eq!(words.value(), Err(Refusal::Incomplete));
    }

    #[test]
    fn a_word_that_comes_twice() {
        let mut once = Once::default();
        assert_eq!(once.note("vlan", "10"), Ok(()));
        assert_eq!(once.note("mode", "vepa"), Ok(()));
        assert_eq!(
            once.note("vlan", "20").unwrap_err().to_string(),
            "Error: duplicate \"vlan\": \"20\" is the second value."
        );
    }
}
