// SPDX-License-Identifier: GPL-2.0

//! Any bytes as a trunk's VLANs: they are refused, or are told again as the
//! same ones.

use crate::model::vlan_set::{VlanSet, LAST_ID, MAX_BYTES, MAX_LEN};

/// One run.
pub fn run(bytes: &[u8]) {
    let Ok(set) = VlanSet::from_bytes(bytes) else {
        return;
    };
    assert!(set.len() <= MAX_LEN && set.iter().count() == usize::from(set.len()));
    assert!(set.iter().all(|id| id <= LAST_ID && set.contains(id)));
    let mut room = [0; MAX_BYTES];
    let told = set.to_bytes(&mut room);
    assert!(told.len() <= bytes.len());
    assert_eq!(VlanSet::from_bytes(told), Ok(set));
}
