// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Numbers that have names, by which they are written and shown.

use std::ffi::CStr;

use crate::words::{Refusal, Words};

/// Numbers and their names.
pub struct Names(pub &'static [(u32, &'static CStr)]);

impl Names {
    /// The name of a number.
    pub fn name(&self, number: u32) -> Option<&'static CStr> {
        let named = |(known, name): &(u32, &'static CStr)| (*known == number).then_some(*name);
        self.0.iter().find_map(named)
    }

    /// The value of `word`: the number that a name stands for.
    pub fn number(&self, word: &str, words: &mut Words) -> Result<u32, Refusal> {
        let text = words.value()?;
        let same = |name: &CStr| name.to_bytes().eq_ignore_ascii_case(text.as_bytes());
        match self.0.iter().find(|(_, name)| same(name)) {
            Some((number, _)) => Ok(*number),
            None => {
                let names: Vec<_> = self
                    .0
                    .iter()
                    .map(|(_, name)| name.to_string_lossy())
                    .collect();
                let why = format!("\"{word}\" is one of {}", names.join(", "));
                Err(Refusal::Wrong(text, why))
            }
        }
    }
}

/// A setting that is on or off.
pub const ON_OFF: Names = Names(&[(1, c"on"), (0, c"off")]);

/// What carries a NIC's frames.
pub const WIRE: Names = Names(&[(0, c"none"), (1, c"peer")]);

/// Whom a VNIC may talk to.
pub const MODE: Names = Names(&[
    (0, c"bridge"),
    (1, c"private"),
    (2, c"vepa"),
    (3, c"passthru"),
]);

/// The kind of a VLAN's tag, as its EtherType.
pub const VLAN_PROTOCOL: Names = Names(&[(0x8100, c"802.1q"), (0x88a8, c"802.1ad")]);

/// Where a VNIC's frames are served.
pub const PLACEMENT: Names = Names(&[
    (0, c"shared"),
    (1, c"own-group"),
    (2, c"forced-promiscuous"),
]);

/// Why they are served there.
pub const PLACEMENT_REASON: Names = Names(&[(0, c"asked-for"), (1, c"no-free-slot")]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        let read = |text: &str| MODE.number("mode", &mut Words::new(vec![text.to_owned()]));
        assert_eq!(read("vepa"), Ok(2));
        assert_eq!(read("PRIVATE"), Ok(1));
        assert_eq!(
            read("hub").unwrap_err().to_string(),
            "Error: argument \"hub\" is wrong: \"mode\" is one of bridge, private, vepa, passthru"
        );
        assert!(read("").is_err());
        assert_eq!(MODE.name(3), Some(c"passthru"));
        assert_eq!(MODE.name(4), None);
    }
}
