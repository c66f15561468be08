// SPDX-License-Identifier: GPL-2.0
//! MAC addresses.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// An Ethernet address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MacAddr(pub [u8; 6]);

impl FromStr for MacAddr {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a MAC address is six hexadecimal bytes with ':' between them";
        let mut octets = [0; 6];
        let mut parts = text.split(':');
        for octet in &mut octets {
            let part = parts.next().ok_or(wrong)?;
            // from_str_radix alone would let a sign pass.
            if part.len() > 2 || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(wrong);
            }
            *octet = u8::from_str_radix(part, 16).map_err(|_| wrong)?;
        }
        match parts.next() {
            None => Ok(Self(octets)),
            Some(_) => Err(wrong),
        }
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl Serialize for MacAddr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let mac: MacAddr = "2:0:0a:FF:1:10".parse().unwrap();
        assert_eq!(mac, MacAddr([2, 0, 10, 255, 1, 16]));
        assert_eq!(mac.to_string(), "02:00:0a:ff:01:10");
    }

    #[test]
    fn refused() {
        for bad in [
            "",
            "02:00:00:00:00",
            "02:00:00:00:00:00:00",
            "02:00:00:00:00:",
            "02:00:00:00:00:+1",
            "02:00:00:00:00:100",
            "02:00:00:00:00:0g",
            "020000000000",
        ] {
            assert!(bad.parse::<MacAddr>().is_err(), "{bad:?}");
        }
    }
}
