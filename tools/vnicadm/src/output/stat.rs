// SPDX-License-Identifier: GPL-2.0
//! Reports of counters, one after another: as tables, for scripts, or as JSON
//! with an object a line.

mod columns;

use std::fmt::Write;

use anstyle::Style;
use serde::{Serialize, Serializer};

use super::escape;
use crate::error::Error;
use crate::stat::{Report, Row};
pub use columns::names;
use columns::{Column, Value};

/// After how many lines a table's head is printed again.
const HEAD_EVERY: usize = 20;

/// What is reported on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Devices.
    Devices,
    /// Rings.
    Rings,
    /// Rings, and how many frames their polls found.
    Lanes,
}

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Table,
    /// For scripts.
    Parsable,
    /// For programs.
    Json,
}

/// What has to be asked for, for the chosen columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// How often queues were stopped.
    pub queues: bool,
    /// What queues gave back.
    pub ports: bool,
    /// What rings counted.
    pub rings: bool,
}

/// Prints reports in the same columns.
pub struct Printer {
    form: Form,
    columns: Vec<Column>,
    widths: Vec<usize>,
    /// Whether the head that was printed last was of rates; none: no head was.
    head_of_rates: Option<bool>,
    since_head: usize,
}

impl Printer {
    /// A printer of the named columns, or of those that are usual.
    pub fn new(view: View, form: Form, names: Option<&[String]>) -> Result<Self, Error> {
        let columns = columns::choose(view, names)?;
        Ok(Self {
            form,
            widths: vec![0; columns.len()],
            columns,
            head_of_rates: None,
            since_head: 0,
        })
    }

    /// What the columns tell of.
    pub fn needs(&self) -> Needs {
        Needs {
            queues: self.columns.iter().any(|column| column.of_queues),
            ports: self.columns.iter().any(|column| column.of_ports),
            rings: self.columns.iter().any(|column| column.of_rings),
        }
    }

    /// A report as text.
    pub fn render(&mut self, report: &Report) -> String {
        match self.form {
            Form::Table => self.table(report),
            Form::Parsable => self.parsable(report),
            Form::Json => self.json(report),
        }
    }

    /// The same columns for every report, never narrower than before. Texts of
    /// cells lie behind one another: there may be thousands a second.
    fn table(&mut self, report: &Report) -> String {
        let (mut texts, mut ends) = (String::new(), Vec::new());
        for row in &report.rows {
            for (column, width) in self.columns.iter().zip(&mut self.widths) {
                let start = texts.len();
                // Nothing fails that is written into a string.
                let _ = match column.value(report, row) {
                    Value::None => write!(texts, "-"),
                    value => write!(texts, "{value}"),
                };
                *width = (*width).max(texts.len() - start);
                ends.push(texts.len());
            }
        }
        let mut text = self.head(report);
        let mut start = 0;
        for line in ends.chunks(self.columns.len().max(1)) {
            let cells = line.iter().map(|end| {
                let cell = &texts[start..*end];
                start = *end;
                cell
            });
            self.line(&mut text, cells);
        }
        self.since_head += report.rows.len();
        text
    }

    /// The head, where one is due: before several lines always, and when what
    /// is counted has changed.
    fn head(&mut self, report: &Report) -> String {
        let rates = report.span.is_some();
        let same = self.head_of_rates == Some(rates);
        if same && report.rows.len() < 2 && self.since_head < HEAD_EVERY {
            return String::new();
        }
        let titles: Vec<_> = self
            .columns
            .iter()
            .map(|column| column.title(rates))
            .collect();
        for (title, width) in titles.iter().zip(&mut self.widths) {
            *width = (*width).max(title.len());
        }
        let mut line = String::new();
        self.line(&mut line, titles.iter().map(|title| title.as_ref()));
        let gap = if self.head_of_rates.is_some() {
            "\n"
        } else {
            ""
        };
        (self.head_of_rates, self.since_head) = (Some(rates), 0);
        let bold = Style::new().bold();
        format!("{gap}{bold}{}{bold:#}\n", line.trim_end())
    }

    fn line<'a>(&self, text: &mut String, cells: impl Iterator<Item = &'a str>) {
        let start = text.len();
        for ((cell, column), &width) in cells.zip(&self.columns).zip(&self.widths) {
            if text.len() > start {
                text.push_str("  ");
            }
            let _ = match column.is_text() {
                true => write!(text, "{cell:<width$}"),
                false => write!(text, "{cell:>width$}"),
            };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }

    fn parsable(&self, report: &Report) -> String {
        let mut text = String::new();
        for row in &report.rows {
            for (number, column) in self.columns.iter().enumerate() {
                if number > 0 {
                    text.push(':');
                }
                escape(&mut text, &column.value(report, row).to_string());
            }
            text.push('\n');
        }
        text
    }

    fn json(&self, report: &Report) -> String {
        let mut text = String::new();
        for row in &report.rows {
            let columns = &self.columns;
            let object = Object {
                columns,
                report,
                row,
            };
            // Strings, numbers and nothing that could fail to be written.
            text.push_str(&serde_json::to_string(&object).unwrap_or_default());
            text.push('\n');
        }
        text
    }
}

/// A line as an object, with its columns in order.
struct Object<'a> {
    columns: &'a [Column],
    report: &'a Report,
    row: &'a Row,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = |column: &Column| (column.key, column.value(self.report, self.row));
        let chosen = self.columns.iter().map(value);
        // Without these two nobody could tell what the numbers are of.
        let always = columns::ALWAYS
            .iter()
            .filter(|column| !self.columns.iter().any(|other| other.key == column.key))
            .map(value);
        serializer.collect_map(always.chain(chosen))
    }
}

#[cfg(test)]
mod tests;
