// SPDX-License-Identifier: GPL-2.0
//! The columns of properties.

use super::columns::Column;
use crate::model::property::Property;

/// All of them.
pub fn columns() -> Vec<Column<Property>> {
    vec![
        Column::text("NAME", |row: &Property| Some(row.name.clone())),
        Column::text("PROPERTY", |row| Some(row.property.to_owned())),
        Column::text("PERM", |row| Some(row.perm.to_owned())),
        Column::text("CURRENT", |row| row.current.clone()),
        Column::text("DEFAULT", |row| row.default.clone()),
        Column::text("POSSIBLE", |row| Some(row.possible.join(","))),
        Column::text("EFFECTIVE", |row| row.effective.clone()),
    ]
}
