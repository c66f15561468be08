// SPDX-License-Identifier: GPL-2.0
//! What can go wrong once the arguments have been understood.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A failed operation.
#[derive(Debug)]
pub enum Error {
    /// What was asked for makes no sense.
    Usage(String),
    /// The kernel refused the request.
    Refused(Refusal),
    /// There is no such device.
    NoDevice(String),
    /// The device is there, but is not of the kind that is wanted.
    WrongKind {
        /// The device's name.
        name: String,
        /// Its link kind, where it has one.
        kind: Option<String>,
        /// What the command works on.
        wanted: &'static str,
    },
    /// The kernel has no generic netlink family of this name.
    NoFamily(String),
    /// A network namespace can't be used.
    Namespace {
        /// The namespace as the user wrote it.
        name: String,
        /// Why not.
        source: io::Error,
    },
    /// The kernel's answer to a change never came.
    Unanswered,
    /// The answer to a query never came, tried again and again.
    NoReply,
    /// The kernel's list changed during every attempt to read it.
    Unstable,
    /// The kernel sent what this tool can't read.
    Malformed(&'static str),
    /// The netlink socket failed.
    Socket(io::Error),
    /// There is no terminal where a view is to be shown.
    NoTerminal,
    /// The terminal failed.
    Terminal(io::Error),
    /// The result could not be written.
    Output(io::Error),
    /// What failed was told already; this is the exit status.
    Told(u8),
    /// The change was made, but could not be written down.
    Unrecorded(Box<Error>),
    /// It could not be written down, and was not made therefore.
    Unrecordable(Box<Error>),
    /// What is there is not what is written down.
    Differs(Vec<String>),
    /// Not a command for such a file.
    Misplaced,
    /// A file can't be read or written.
    File {
        /// Its path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A refusal in the kernel's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The error number, positive.
    pub errno: i32,
    /// The extended acknowledgement's text.
    pub message: Option<String>,
    /// The attribute that the kernel points at or misses.
    pub attribute: Option<Attribute>,
}

/// An attribute named in a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// It was given and is wrong.
    Bad(String),
    /// It was not given and is needed.
    Missing(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(message) = &self.message {
            write!(f, "{}: ", message.trim_end_matches(['.', '\n']))?;
        }
        match &self.attribute {
            Some(Attribute::Bad(name)) => write!(f, "attribute '{name}': ")?,
            Some(Attribute::Missing(name)) => write!(f, "attribute '{name}' is missing: ")?,
            None => {}
        }
        f.write_str(&strerror(&io::Error::from_raw_os_error(self.errno)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) => f.write_str(text),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NoDevice(name) => write!(f, "device {name} does not exist"),
            Self::WrongKind { name, kind, wanted } => {
                write!(f, "{name} is not a {wanted}")?;
                match kind {
                    Some(kind) => write!(f, " but of kind {kind}"),
                    None => Ok(()),
                }
            }
            Self::NoFamily(name) => write!(
                f,
                "the kernel has no netlink family '{name}': its module is missing or too old"
            ),
            Self::Namespace { name, source } => {
                write!(f, "network namespace '{name}': {}", strerror(source))
            }
            Self::Unanswered => {
                f.write_str("the kernel's answer was lost: the change may have been made")
            }
            Self::NoReply => f.write_str("no answer from the kernel"),
            Self::Unstable => f.write_str("the list of devices changed during every reading"),
            Self::Malformed(what) => write!(f, "unreadable answer from the kernel: {what}"),
            Self::Socket(err) => write!(f, "netlink socket: {}", strerror(err)),
            Self::NoTerminal => {
                f.write_str("this needs a terminal; 'vnicadm stat -i 1' tells the same without one")
            }
            Self::Terminal(err) => write!(f, "terminal: {}", strerror(err)),
            Self::Output(err) => write!(f, "cannot write the result: {}", strerror(err)),
            Self::Told(_) => Ok(()),
            Self::Unrecorded(err) => write!(f, "done, but not written down: {err}"),
            Self::Unrecordable(err) => {
                write!(f, "{err}: it can't be written down; -t does without")
            }
            Self::Differs(what) => write!(f, "is there, but {}", what.join(", ")),
            Self::Misplaced => f.write_str("not a command for a file of this kind"),
            Self::File { path, source } => write!(f, "{}: {}", path.display(), strerror(source)),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// What makes an error of the system's about a file.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

/// The text of an I/O error without the number that std appends.
fn strerror(err: &io::Error) -> String {
    let text = err.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(message: Option<&str>, attribute: Option<Attribute>) -> String {
        Error::Refused(Refusal {
            errno: 22,
            message: message.map(str::to_owned),
            attribute,
        })
        .to_string()
    }

    #[test]
    fn refusal_text() {
        assert_eq!(refusal(None, None), "Invalid argument");
        assert_eq!(
            refusal(
                Some("MTU too big."),
                Some(Attribute::Bad("peer mtu".into()))
            ),
            "MTU too big: attribute 'peer mtu': Invalid argument"
        );
        assert_eq!(
            refusal(None, Some(Attribute::Missing("peer name".into()))),
            "attribute 'peer name' is missing: Invalid argument"
        );
    }

    #[test]
    fn wrong_kind_text() {
        let text = |kind: Option<&str>, wanted| {
            let name = "v0".to_owned();
            let kind = kind.map(str::to_owned);
            Error::WrongKind { name, kind, wanted }.to_string()
        };
        assert_eq!(
            text(Some("veth"), "softnic NIC"),
            "v0 is not a softnic NIC but of kind veth"
        );
        assert_eq!(text(None, "VNIC"), "v0 is not a VNIC");
    }
}
