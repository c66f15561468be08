// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Which frames a NIC's receiver takes off the wire, by destination address.

use super::mac::Mac;
use super::mac_set::MacSet;

/// A receiver's filter, apart from its own address.
pub(crate) struct RxFilter<S> {
    /// Take everything.
    pub(crate) promiscuous: bool,
    /// Take every multicast.
    pub(crate) all_multicast: bool,
    /// The further addresses to take, unicast and multicast.
    pub(crate) others: MacSet<S>,
}

impl<S: AsRef<[u64]> + AsMut<[u64]>> RxFilter<S> {
    /// Whether a receiver takes a frame to `to`, which is not its own address.
    #[inline]
    pub(crate) fn takes(&self, to: Mac) -> bool {
        self.promiscuous
            || to.is_broadcast()
            || (self.all_multicast && to.is_multicast())
            || self.others.contains(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: Mac = Mac::from_bytes([2, 0, 0, 0, 0, 2]);
    const GROUP: Mac = Mac::from_bytes([1, 0, 0x5e, 0, 0, 9]);
    const ALL: Mac = Mac::from_bytes([0xff; 6]);

    fn filter(promiscuous: bool, all_multicast: bool, others: &[Mac]) -> RxFilter<[u64; 8]> {
        RxFilter {
            promiscuous,
            all_multicast,
            others: MacSet::build([0; 8], 1, others.iter().copied()).unwrap(),
        }
    }

    #[test]
    fn plain_takes_broadcast() {
        let f = filter(false, false, &[]);
        assert!(f.takes(ALL));
        assert!(!f.takes(OTHER));
        assert!(!f.takes(GROUP));
    }

    #[test]
    fn lists_add_addresses() {
        let f = filter(false, false, &[OTHER, GROUP]);
        assert!(f.takes(OTHER));
        assert!(f.takes(GROUP));
        assert!(!f.takes(Mac::from_bytes([1, 0, 0x5e, 0, 0, 8])));
    }

    #[test]
    fn all_multicast_takes_groups_only() {
        let f = filter(false, true, &[]);
        assert!(f.takes(GROUP));
        assert!(!f.takes(OTHER));
    }

    #[test]
    fn promiscuous_takes_all() {
        let f = filter(true, false, &[]);
        assert!(f.takes(OTHER));
        assert!(f.takes(GROUP));
    }
}
