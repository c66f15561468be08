// SPDX-License-Identifier: GPL-2.0
//! The counters of devices, by `RTM_GETSTATS`: nothing else is told with them,
//! so that a thousand devices can be looked at each second.

use netlink_bindings::utils::{find_attr, parse_u32, parse_u64};

use super::counters::{Counters, Field};
use super::uapi::{IF_STATS_MSG_LEN, IFLA_STATS_LINK_64, RTM_GETSTATS};
use crate::error::Error;
use crate::netlink::Request;

/// Where the counters stand in `struct rtnl_link_stats64`, as 64-bit words.
const WORDS: [(Field, usize); 9] = [
    (Field::RxPackets, 0),
    (Field::TxPackets, 1),
    (Field::RxBytes, 2),
    (Field::TxBytes, 3),
    (Field::RxErrors, 4),
    (Field::TxErrors, 5),
    (Field::RxDrops, 6),
    (Field::TxDrops, 7),
    (Field::Multicast, 8),
];

/// Asks for a device's counters, or with 0 for those of all.
pub fn get(ifindex: u32) -> Request {
    let mut payload = vec![0; 4];
    payload.extend(ifindex.to_ne_bytes());
    payload.extend((1u32 << (IFLA_STATS_LINK_64 - 1)).to_ne_bytes());
    Request {
        message_type: RTM_GETSTATS,
        flags: 0,
        payload,
    }
}

/// Reads a device's index and counters.
pub fn read(payload: &[u8]) -> Result<(u32, Counters), Error> {
    let malformed = Error::Malformed("counters that are cut");
    let (Some(header), Some(attributes)) = (payload.get(4..), payload.get(IF_STATS_MSG_LEN..))
    else {
        return Err(malformed);
    };
    let stats = find_attr(attributes, IFLA_STATS_LINK_64).unwrap_or(&[]);
    let mut counters = Counters::default();
    for (field, word) in WORDS {
        match stats
            .get(word * 8..)
            .and_then(|rest| parse_u64(rest.get(..8)?))
        {
            Some(value) => counters.set(field, value),
            None => return Err(malformed),
        }
    }
    match header.get(..4).and_then(parse_u32) {
        Some(ifindex) => Ok((ifindex, counters)),
        None => Err(malformed),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use netlink_bindings::utils::push_header;

    /// An answer whose first counter is `first`, and each other one more.
    pub(crate) fn answer(ifindex: u32, first: u64) -> Vec<u8> {
        let mut payload = vec![0; 4];
        payload.extend(ifindex.to_ne_bytes());
        payload.extend(1u32.to_ne_bytes());
        push_header(&mut payload, 0, 0);
        push_header(&mut payload, IFLA_STATS_LINK_64, 25 * 8);
        payload.extend((first..first + 25).flat_map(u64::to_ne_bytes));
        payload
    }

    #[test]
    fn request_bytes() {
        let request = get(7);
        assert_eq!(request.message_type, 94);
        let mut want = vec![0; 4];
        want.extend(7u32.to_ne_bytes());
        want.extend(1u32.to_ne_bytes());
        assert_eq!(request.payload, want);
    }

    #[test]
    fn counters() {
        let (ifindex, counters) = read(&answer(7, 100)).unwrap();
        assert_eq!(ifindex, 7);
        for (field, value) in [
            (Field::RxPackets, 100),
            (Field::TxPackets, 101),
            (Field::RxBytes, 102),
            (Field::TxBytes, 103),
            (Field::RxErrors, 104),
            (Field::TxErrors, 105),
            (Field::RxDrops, 106),
            (Field::TxDrops, 107),
            (Field::Multicast, 108),
        ] {
            assert_eq!(counters.get(field), Some(value), "{field:?}");
        }
        assert_eq!(counters.get(Field::Polls), None);
    }

    #[test]
    fn every_cut_is_an_error_and_no_panic() {
        let whole = answer(7, 100);
        for len in 0..whole.len() {
            assert!(read(&whole[..len]).is_err(), "{len}");
        }
    }
}
