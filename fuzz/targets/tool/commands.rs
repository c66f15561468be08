// SPDX-License-Identifier: GPL-2.0

//! Any text as a file of commands, as `batch` and `restore` read it, and as a change
//! of what is written down: a statement is written so that it is read as the same
//! again, and the other lines of the file stay as they are.

use std::sync::LazyLock;

use vnicadm::cli::Tool;
use vnicadm::cli::prop::Assignments;
use vnicadm::config::Book;
use vnicadm::model::property::Wanted;
use vnicadm::script::{self, lines};
use vnicadm::statement::{Grammar, Statement};

static TOOL: LazyLock<Tool> = LazyLock::new(Tool::new);
static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| TOOL.grammar());

/// One run.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut last = Vec::new();
    for line in lines(text) {
        let Ok(words) = line.words else { continue };
        for word in &words {
            let again = lines(&script::quote(word));
            assert!(
                again
                    .iter()
                    .any(|line| line.words.as_ref() == Ok(&vec![word.clone()]))
            );
        }
        if let Some(statement) = GRAMMAR.read(&words) {
            assert_eq!(read(&statement.to_string()).as_ref(), Some(&statement));
        }
        last = words;
    }
    // The command line takes the same words, or refuses them; it takes longer than all
    // of the above.
    let _ = TOOL.parse(&[vec!["vnicadm".to_owned()], last].concat());
    write_down(text);
}

fn read(text: &str) -> Option<Statement> {
    let line = lines(text).into_iter().next()?;
    GRAMMAR.read(&line.words.ok()?)
}

/// The last statement of a file is carried out once more.
fn write_down(text: &str) {
    let mut book = Book::new(&GRAMMAR, Some(text));
    let whole = book.text();
    assert_eq!(whole.trim_end_matches('\n'), text.trim_end_matches('\n'));
    let Some(last) = book.statements().last().cloned() else {
        return;
    };
    if !has_been_done(&last) {
        return;
    }
    book.take(last);
    let told: Vec<_> = book.statements().cloned().collect();
    let text = book.text();
    let again = Book::new(&GRAMMAR, Some(&text));
    assert!(again.statements().eq(&told), "{text:?}");
}

/// Whether a command's properties are some: others are refused, and not written down.
fn has_been_done(statement: &Statement) -> bool {
    let mut wanted = Wanted::default();
    match statement.get("properties").map(str::parse) {
        Some(Ok(Assignments(all))) => all
            .iter()
            .all(|(property, value)| wanted.note(property, value).is_ok()),
        _ => true,
    }
}
