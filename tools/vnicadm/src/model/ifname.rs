// SPDX-License-Identifier: GPL-2.0
//! Names of network devices.

use std::fmt;
use std::str::FromStr;

/// The longest name that the kernel takes.
const MAX_LEN: usize = 15;

/// A name that a network device can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfName(String);

impl IfName {
    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IfName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = |b: u8| b == b'/' || b == b':' || b == 0x0b || b.is_ascii_whitespace() || b == 0;
        match text {
            "" => Err("a device name can't be empty"),
            "." | ".." => Err("not a device name"),
            _ if text.len() > MAX_LEN => Err("a device name has at most 15 bytes"),
            _ if text.bytes().any(bad) => Err("a device name has no '/', ':' or white space"),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "nic0", "nic%d", "a.b-c_d", "123456789012345", "né"] {
            assert_eq!(good.parse::<IfName>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "a:b",
            "a b",
            "a\tb",
            "a\nb",
            "a\x0bb",
            "a\0b",
            "1234567890123456",
        ] {
            assert!(bad.parse::<IfName>().is_err(), "{bad:?}");
        }
    }
}
