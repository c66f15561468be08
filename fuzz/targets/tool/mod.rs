// SPDX-License-Identifier: GPL-2.0

//! Targets of vnicadm's parsers.

mod commands;
mod replies;
mod values;

/// A target takes any bytes.
type Run = fn(&[u8]);

/// The targets, by name.
pub const TARGETS: [(&str, Run); 3] = [
    ("tool_commands", commands::run),
    ("tool_replies", replies::run),
    ("tool_values", values::run),
];
