// SPDX-License-Identifier: GPL-2.0
//! What the user sees. `NO_COLOR` and pipes are minded by `anstream`.

pub mod nic;
pub mod table;

use std::io::Write;

use crate::error::Error;

/// Writes a result to standard output.
pub fn print(text: &str) -> Result<(), Error> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(Error::Output)
}

/// Writes an error to standard error.
pub fn error(label: &str, err: &Error) {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let mut out = anstream::stderr().lock();
    // Where even this fails, the exit status alone has to tell.
    let _ = writeln!(out, "{red}vnicadm: {label}:{red:#} {err}");
}
