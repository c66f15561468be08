// SPDX-License-Identifier: GPL-2.0
//! The one way in which every list is shown: as a table, for scripts, or as
//! JSON; and of which columns.

use serde::Serialize;

use super::table::{Align, Table};
use super::{escape, json};
use crate::error::Error;

/// What stands in a table where there is nothing to tell.
const NOTHING: &str = "-";

/// The word that stands for every column.
pub const ALL: &str = "all";

/// When a column is shown that nobody named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    WithCounters,
    Never,
}

/// A column of a list of `T`s. Its name is its title in small letters.
pub struct Column<T> {
    title: &'static str,
    align: Align,
    when: When,
    cell: fn(&T) -> Option<String>,
}

impl<T> Column<T> {
    /// A column of words.
    pub fn text(title: &'static str, cell: fn(&T) -> Option<String>) -> Self {
        Self {
            title,
            align: Align::Left,
            when: When::Always,
            cell,
        }
    }

    /// A column of numbers.
    pub fn number(title: &'static str, cell: fn(&T) -> Option<String>) -> Self {
        Self {
            align: Align::Right,
            ..Self::text(title, cell)
        }
    }

    /// A column of numbers that is shown with the counters.
    pub fn counter(title: &'static str, cell: fn(&T) -> Option<String>) -> Self {
        Self {
            when: When::WithCounters,
            ..Self::number(title, cell)
        }
    }

    /// The same, shown only where it is named.
    pub fn if_named(mut self) -> Self {
        self.when = When::Never;
        self
    }

    fn is_called(&self, name: &str) -> bool {
        self.title.eq_ignore_ascii_case(name)
    }
}

/// How a list is to be shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layout<'a> {
    /// As JSON, which has everything.
    pub json: bool,
    /// For scripts.
    pub parsable: bool,
    /// With counters.
    pub counters: bool,
    /// The names of the columns, in their order.
    pub columns: Option<&'a [String]>,
}

/// A list's columns, chosen.
pub struct Selection<'a, T> {
    layout: Layout<'a>,
    columns: Vec<Column<T>>,
}

impl<'a, T> Selection<'a, T> {
    /// Chooses among all columns. One that there is not is refused.
    pub fn new(all: Vec<Column<T>>, layout: Layout<'a>) -> Result<Self, Error> {
        let columns = match layout.columns {
            None => all
                .into_iter()
                .filter(|column| match column.when {
                    When::Always => true,
                    When::WithCounters => layout.counters,
                    When::Never => false,
                })
                .collect(),
            Some(names) => named(all, names)?,
        };
        Ok(Self { layout, columns })
    }

    /// Shows rows, each of which is an object in JSON.
    pub fn render(&self, rows: &[T]) -> String
    where
        T: Serialize,
    {
        self.render_as(rows, rows)
    }

    /// Shows rows, or objects where JSON is wanted.
    pub fn render_as<O: Serialize>(&self, rows: &[T], objects: &[O]) -> String {
        match self.layout {
            Layout { json: true, .. } => json(objects),
            Layout { parsable: true, .. } => self.parsable(rows),
            _ => self.table(rows),
        }
    }

    fn table(&self, rows: &[T]) -> String {
        let titles = self
            .columns
            .iter()
            .map(|column| (column.title, column.align));
        let mut table = Table::new(titles.collect());
        for row in rows {
            let cell = |column: &Column<T>| (column.cell)(row).unwrap_or(NOTHING.to_owned());
            table.row(self.columns.iter().map(cell).collect());
        }
        table.render()
    }

    /// Colons between the values, backslashes before colons and backslashes
    /// in them, and nothing where there is nothing to tell.
    fn parsable(&self, rows: &[T]) -> String {
        let mut text = String::new();
        for row in rows {
            for (number, column) in self.columns.iter().enumerate() {
                if number > 0 {
                    text.push(':');
                }
                escape(&mut text, &(column.cell)(row).unwrap_or_default());
            }
            text.push('\n');
        }
        text
    }
}

/// The columns of these names, in their order. A column may be named twice.
fn named<T>(all: Vec<Column<T>>, names: &[String]) -> Result<Vec<Column<T>>, Error> {
    if names.iter().any(|name| name == ALL) {
        return Ok(all);
    }
    let find = |name: &String| {
        let column = all.iter().find(|column| column.is_called(name))?;
        Some(Column { ..*column })
    };
    names
        .iter()
        .map(|name| find(name).ok_or_else(|| unknown(all.iter().map(|column| column.title), name)))
        .collect()
}

/// What columns are called, as they are named.
pub fn names<T>(columns: Vec<Column<T>>) -> Vec<String> {
    let titles = columns.iter().map(|column| column.title.to_lowercase());
    titles.collect()
}

/// A column that there is not, among those of these titles.
pub fn unknown(titles: impl Iterator<Item = &'static str>, name: &str) -> Error {
    let known: Vec<_> = titles.map(str::to_lowercase).collect();
    Error::Usage(format!(
        "unknown column '{name}': must be all, or of {}",
        known.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Row {
        name: &'static str,
        count: Option<u32>,
    }

    fn columns() -> Vec<Column<Row>> {
        vec![
            Column::text("NAME", |row| Some(row.name.to_owned())),
            Column::counter("COUNT", |row| row.count.map(|count| count.to_string())),
            Column::text("LENGTH", |row: &Row| Some(row.name.len().to_string())).if_named(),
        ]
    }

    const ROWS: [Row; 2] = [
        Row {
            name: "a:b\\",
            count: Some(7),
        },
        Row {
            name: "c",
            count: None,
        },
    ];

    fn shown(layout: Layout<'_>) -> String {
        let selection = Selection::new(columns(), layout).expect("known columns");
        anstream::adapter::strip_str(&selection.render(&ROWS)).to_string()
    }

    fn split(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn tables() {
        assert_eq!(shown(Layout::default()), "NAME\na:b\\\nc\n");
        let counters = true;
        let layout = Layout {
            counters,
            ..Layout::default()
        };
        assert_eq!(shown(layout), "NAME  COUNT\na:b\\      7\nc         -\n");
        let chosen = split("count,NAME");
        let columns = Some(chosen.as_slice());
        let layout = Layout {
            columns,
            ..Layout::default()
        };
        assert_eq!(shown(layout), "COUNT  NAME\n    7  a:b\\\n    -  c\n");
    }

    #[test]
    fn for_scripts() {
        for (chosen, want) in [
            ("name,count", "a\\:b\\\\:7\nc:\n"),
            ("all", "a\\:b\\\\:7:4\nc::1\n"),
            ("count,all", "a\\:b\\\\:7:4\nc::1\n"),
            ("count,count", "7:7\n:\n"),
        ] {
            let chosen = split(chosen);
            let columns = Some(chosen.as_slice());
            let layout = Layout {
                parsable: true,
                columns,
                ..Layout::default()
            };
            assert_eq!(shown(layout), want);
        }
    }

    #[test]
    fn json_has_everything() {
        let layout = Layout {
            json: true,
            ..Layout::default()
        };
        let value: serde_json::Value = serde_json::from_str(&shown(layout)).unwrap();
        assert_eq!(value[0]["name"], "a:b\\");
        assert_eq!(value[0]["count"], 7);
        assert!(value[1]["count"].is_null());
    }

    #[test]
    fn unknown_columns_are_refused() {
        let chosen = split("name,size");
        let layout = Layout {
            columns: Some(&chosen),
            ..Layout::default()
        };
        let text = Selection::new(columns(), layout).err().unwrap().to_string();
        let want = "unknown column 'size': must be all, or of name count length";
        assert_eq!(text, want);
    }
}
