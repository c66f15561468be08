// SPDX-License-Identifier: GPL-2.0
//! The VLANs of a trunk.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// More ranges than there are VLANs would say nothing more.
const MOST_RANGES: usize = 4096;

/// VLAN ids that follow on one another; 0 is untagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct VlanRange {
    /// The first id.
    pub first: u16,
    /// The last.
    pub last: u16,
}

/// Ranges of VLAN ids; none: no trunk. The kernel says which it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct VlanList(pub Vec<VlanRange>);

impl VlanList {
    /// Whether there is no range.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the kernel would tell it: in order, in as few ranges as there can be.
    pub fn sorted(&self) -> Self {
        let mut ranges = self.0.clone();
        ranges.sort_by_key(|range| range.first);
        let mut joined: Vec<VlanRange> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last) if range.first == last.last.saturating_add(1) => last.last = range.last,
                _ => joined.push(range),
            }
        }
        Self(joined)
    }

    /// As it stands in a message.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let ids = self.0.iter().flat_map(|range| [range.first, range.last]);
        ids.flat_map(u16::to_ne_bytes).collect()
    }

    /// Reads what stands in a message.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let read = |pair: &[u8]| match *pair {
            [a, b, c, d] => Some(VlanRange {
                first: u16::from_ne_bytes([a, b]),
                last: u16::from_ne_bytes([c, d]),
            }),
            _ => None,
        };
        Self(bytes.chunks_exact(4).filter_map(read).collect())
    }
}

impl FromStr for VlanRange {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
            true => text.parse().map_err(|_| "not a VLAN id"),
            false => Err("must be none, or VLAN ids and ranges such as 0,10,20-30"),
        };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Ok(Self {
            first: id(first)?,
            last: id(last)?,
        })
    }
}

/// `0,10,20-30`, or `none`.
impl FromStr for VlanList {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::default()),
            _ if text.split(',').count() > MOST_RANGES => {
                Err("a list of VLANs has at most 4096 ranges")
            }
            _ => text
                .split(',')
                .map(str::parse)
                .collect::<Result<_, _>>()
                .map(Self),
        }
    }
}

impl fmt::Display for VlanList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (number, VlanRange { first, last }) in self.0.iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            write!(f, "{comma}{first}")?;
            if last != first {
                write!(f, "-{last}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let list: VlanList = "0,10,20-30,5-5".parse().unwrap();
        assert_eq!(list.to_string(), "0,10,20-30,5");
        let want: Vec<u8> = [0u16, 0, 10, 10, 20, 30, 5, 5]
            .into_iter()
            .flat_map(u16::to_ne_bytes)
            .collect();
        assert_eq!(list.to_bytes(), want);
        assert_eq!(VlanList::from_bytes(&want), list);
        assert_eq!("none".parse(), Ok(VlanList::default()));
        let touching: VlanList = "11-12,0,10,30".parse().unwrap();
        assert_eq!(touching.sorted().to_string(), "0,10-12,30");
        assert_eq!(VlanList::default().to_string(), "none");
    }

    #[test]
    fn wrong_lists_are_left_to_the_kernel_where_they_can_be_spelt() {
        for text in ["30-20", "4095", "1,1"] {
            assert!(text.parse::<VlanList>().is_ok(), "{text}");
        }
        for text in [
            "", ",", "1,", "a", "-1", "1-", "1-2-3", "65536", "+1", "1 2",
        ] {
            assert!(text.parse::<VlanList>().is_err(), "{text}");
        }
        let long = "1,".repeat(MOST_RANGES);
        assert!((long.clone() + "1").parse::<VlanList>().is_err());
        assert!(long[..long.len() - 1].parse::<VlanList>().is_ok());
    }
}
