// SPDX-License-Identifier: GPL-2.0
//! The `vnicadm` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    vnicadm::run(std::env::args_os())
}
