// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The VLANs of a trunk: ranges of ids, where 0 stands for untagged frames.

use std::collections::BTreeSet;

use crate::words::Refusal;

/// How many ids a trunk can have.
const MOST_IDS: usize = 256;
/// The last id that there is.
const LAST_ID: u16 = 4094;

/// First and last id.
pub type Range = (u16, u16);

/// Reads `0,10,20-30` or `none`.
pub fn parse(text: &str) -> Result<Vec<Range>, Refusal> {
    if text == "none" {
        return Ok(Vec::new());
    }
    let wrong = |why: &str| Refusal::Wrong(text.to_owned(), format!("\"vlans\" {why}"));
    let mut ranges = Vec::new();
    let mut ids = BTreeSet::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let range = id(first)
            .zip(id(last))
            .filter(|(first, last)| first <= last);
        let Some((first, last)) = range else {
            return Err(wrong(
                "is none, or a list of ids and ranges from 0 to 4094 such as 0,10,20-30",
            ));
        };
        if !(first..=last).all(|id| ids.insert(id)) {
            return Err(wrong("has an id twice"));
        }
        ranges.push((first, last));
    }
    if ids.len() > MOST_IDS {
        return Err(wrong("has more than 256 ids"));
    }
    Ok(ranges)
}

fn id(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let id = text.parse().ok().filter(|_| digits)?;
    (id <= LAST_ID).then_some(id)
}

/// Ranges as they stand in a message.
pub fn to_bytes(ranges: &[Range]) -> Vec<u8> {
    let ids = ranges.iter().flat_map(|(first, last)| [first, last]);
    ids.flat_map(|id| id.to_ne_bytes()).collect()
}

/// Reads what stands in a message.
pub fn from_bytes(bytes: &[u8]) -> Vec<Range> {
    let pair = |bytes: &[u8]| match *bytes {
        [a, b, c, d] => Some((u16::from_ne_bytes([a, b]), u16::from_ne_bytes([c, d]))),
        _ => None,
    };
    bytes.chunks_exact(4).filter_map(pair).collect()
}

/// Ranges as [`parse`] reads them.
pub fn text(ranges: &[Range]) -> String {
    let range = |(first, last): &Range| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    match ranges {
        [] => "none".to_owned(),
        _ => ranges.iter().map(range).collect::<Vec<_>>().join(","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        for list in ["none", "0", "0,10,20-30,4094", "0-255"] {
            let ranges = parse(list).unwrap();
            assert_eq!(text(&ranges), list);
            assert_eq!(from_bytes(&to_bytes(&ranges)), ranges);
        }
        assert_eq!(parse("5-5").unwrap(), [(5, 5)]);
    }

    #[test]
    fn wrong_lists() {
        let said = |list: &str| parse(list).unwrap_err().to_string();
        for list in [
            "", ",", "1,", "a", "-1", "1-", "1-2-3", "65536", "+1", "1 2", "30-20", "4095",
        ] {
            assert_eq!(
                said(list),
                format!(
                    "Error: argument \"{list}\" is wrong: \"vlans\" is none, or a list of ids and \
                     ranges from 0 to 4094 such as 0,10,20-30"
                )
            );
        }
        assert!(said("1,1").ends_with("\"vlans\" has an id twice"));
        assert!(said("0-4094,5").ends_with("\"vlans\" has an id twice"));
        assert!(said("0-256").ends_with("\"vlans\" has more than 256 ids"));
    }
}
