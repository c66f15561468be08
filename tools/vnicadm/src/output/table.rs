// SPDX-License-Identifier: GPL-2.0
//! Tables with aligned columns.

use anstyle::Style;

/// On which side a column is padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A table under construction.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: Vec<(&'static str, Align)>) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row with a cell for each column.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table as text, its head in bold.
    pub fn render(&self) -> String {
        let widths = self.widths();
        let head: Vec<&str> = self.columns.iter().map(|(title, _)| *title).collect();
        let bold = Style::new().bold();
        let mut text = format!("{bold}{}{bold:#}\n", self.line(&widths, &head));
        for row in &self.rows {
            text.push_str(&self.line(&widths, row));
            text.push('\n');
        }
        text
    }

    fn line<S: AsRef<str>>(&self, widths: &[usize], cells: &[S]) -> String {
        let mut line = String::new();
        for ((cell, (_, align)), &width) in cells.iter().zip(&self.columns).zip(widths) {
            if !line.is_empty() {
                line.push_str("  ");
            }
            let cell = cell.as_ref();
            line += &match align {
                Align::Left => format!("{cell:<width$}"),
                Align::Right => format!("{cell:>width$}"),
            };
        }
        line.truncate(line.trim_end().len());
        line
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(column, (title, _))| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                let cells = cells.map(|cell| cell.chars().count());
                cells.chain([title.len()]).max().unwrap_or(0)
            })
            .collect()
    }
}
