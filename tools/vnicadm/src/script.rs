// SPDX-License-Identifier: GPL-2.0
//! Command lines in files: words, quotes and comments.
//!
//! Words are split by white space. `'...'` keeps everything, `"..."` everything
//! but `\`, which keeps the next character, as it does outside of quotes. A
//! word that begins with `#` begins a comment. A line whose end is a lone `\`
//! goes on in the next one; between `"` it keeps the end of the line, too.

use std::io::{self, BufRead};

/// A line, or several that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Number of its first line, from 1.
    pub number: usize,
    /// As it stands there, without the last line's end.
    pub text: String,
    /// Its words, or what is wrong with it.
    pub words: Result<Vec<String>, &'static str>,
    /// Where the comment begins that ends it.
    pub comment: Option<usize>,
}

/// Splits a text into lines.
pub fn lines(text: &str) -> Vec<Line> {
    // Reading from memory does not fail.
    Lines::new(text.as_bytes()).flatten().collect()
}

/// Lines as they come.
pub struct Lines<R> {
    reader: R,
    number: usize,
}

impl<R: BufRead> Lines<R> {
    /// Those of a file.
    pub fn new(reader: R) -> Self {
        Self { reader, number: 0 }
    }

    /// The next one without its end; none: there is none.
    fn one(&mut self) -> io::Result<Option<String>> {
        let mut text = String::new();
        if self.reader.read_line(&mut text)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let kept = text.strip_suffix('\n').unwrap_or(&text).len();
        text.truncate(kept);
        Ok(Some(text))
    }

    /// The next one and those that it goes on in.
    fn whole(&mut self) -> io::Result<Option<Line>> {
        let Some(mut text) = self.one()? else {
            return Ok(None);
        };
        let number = self.number;
        while goes_on(&text) {
            let Some(next) = self.one()? else { break };
            text.push('\n');
            text.push_str(&next);
        }
        Ok(Some(Line::new(number, text)))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.whole().transpose()
    }
}

/// Whether a line ends in a `\` that is not itself kept by one, and is no
/// comment.
pub fn goes_on(text: &str) -> bool {
    let kept = text.chars().rev().take_while(|c| *c == '\\').count();
    kept % 2 == 1 && split(text).1.is_none()
}

impl Line {
    /// Reads a line of that number.
    pub fn new(number: usize, text: String) -> Self {
        let (words, comment) = split(&text);
        Self {
            number,
            text,
            words,
            comment,
        }
    }
}

/// The words of a line, and where its comment begins.
fn split(text: &str) -> (Result<Vec<String>, &'static str>, Option<usize>) {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c.is_whitespace() => words.extend(word.take()),
            '#' if word.is_none() => return (Ok(words), Some(at)),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                if !quoted(c, &mut chars, word) {
                    return (Err("a quote without its end"), None);
                }
            }
            '\\' => match chars.next() {
                Some((_, '\n')) | None => {}
                Some((_, c)) => word.get_or_insert_default().push(c),
            },
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (Ok(words), None)
}

/// Takes what is quoted; says whether the quote has an end.
fn quoted(quote: char, chars: &mut std::str::CharIndices<'_>, word: &mut String) -> bool {
    while let Some((_, c)) = chars.next() {
        match c {
            c if c == quote => return true,
            '\\' if quote == '"' => match chars.next() {
                Some((_, c)) => word.push(c),
                None => return false,
            },
            c => word.push(c),
        }
    }
    false
}

/// A word as it stands in a line.
pub fn quote(word: &str) -> String {
    let special = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '\\' | '#');
    if !word.is_empty() && !word.contains(special) {
        return word.to_owned();
    }
    let mut text = String::from('"');
    for c in word.chars() {
        if matches!(c, '"' | '\\' | '\n') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Line::new(1, text.to_owned()).words.unwrap()
    }

    #[test]
    fn words_quotes_and_comments() {
        for (text, want) in [
            ("a  b\tc", vec!["a", "b", "c"]),
            ("a 'b c' \"d \\\" e\"f", vec!["a", "b c", "d \" ef"]),
            ("a #b c", vec!["a"]),
            ("a#b '#' \\#", vec!["a#b", "#", "#"]),
            ("a \\\n b", vec!["a", "b"]),
            ("'' \"\"", vec!["", ""]),
            ("  # all of it", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(words(text), want, "{text:?}");
        }
        for text in ["'a", "a \"b", "\"a\\"] {
            assert!(Line::new(1, text.to_owned()).words.is_err(), "{text:?}");
        }
    }

    #[test]
    fn lines_that_go_on_keep_their_number() {
        let found = lines("one\n\ntwo \\\n  three\n# no \\\nfour\\\\\nfive \\");
        let told: Vec<_> = found
            .iter()
            .map(|line| (line.number, line.words.clone().unwrap().join(" ")))
            .collect();
        let want = [
            (1, "one"),
            (2, ""),
            (3, "two three"),
            (5, ""),
            (6, "four\\"),
            (7, "five"),
        ];
        assert_eq!(told, want.map(|(number, text)| (number, text.to_owned())));
        assert_eq!(Line::new(1, "a # b".into()).comment, Some(2));
    }

    #[test]
    fn quoted_words_are_read_back() {
        for word in [
            "a", "", "a b", "#a", "a\"b", "a\\b", "it's", "né", "\n", "a\nb", "a\\\nb", "a\n\n",
        ] {
            let lines = lines(&quote(word));
            assert_eq!(lines.len(), 1, "{word:?}");
            assert_eq!(lines[0].words, Ok(vec![word.to_owned()]));
        }
        assert_eq!(quote("nic0"), "nic0");
    }
}
