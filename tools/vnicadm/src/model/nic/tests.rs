// SPDX-License-Identifier: GPL-2.0
//! Descriptions as the kernel sends them.

use super::*;
use crate::model::link::{AdminState, OperState, Statistics};
use crate::model::uapi::IFINFOMSG_LEN;
use crate::model::{Found, MacAddr};
use netlink_bindings::rt_link::{Ifinfomsg, PushLinkAttrs};
use netlink_bindings::traits::Pusher;
use netlink_bindings::utils::{finalize_nested_header, push_header, push_nested_header};

/// A NIC joined to one in another namespace.
pub(crate) fn sample() -> Nic {
    Nic {
        link: Link {
            name: "nic0".to_owned(),
            ifindex: 7,
            admin_state: AdminState::Up,
            oper_state: OperState::LowerLayerDown,
            carrier: false,
            mac: Some(MacAddr([2, 0, 0, 0, 0, 1])),
            mtu: 1500,
            rx_rings: 4,
            tx_queues: 2,
            statistics: None,
        },
        wire: Wire(1),
        finish: false,
        peer: Some(Related {
            ifindex: 5,
            name: None,
            netnsid: Some(0),
            netns: None,
        }),
        slots: Some(4),
        slots_used: Some(4),
        slots_waiting: Some(6),
        pool: Some(256),
        pool_used: Some(2),
        storm: Some(0),
    }
}

/// A device of a kind, with the kind's own numbers.
pub(crate) fn describe(kind: &std::ffi::CStr, data: &[(u16, u32)]) -> Vec<u8> {
    let mut header = Ifinfomsg::new();
    header.ifi_index = 7;
    header.ifi_flags = 1;
    let mut payload = header.as_slice().to_vec();
    let attributes = PushLinkAttrs::new(&mut payload)
        .push_ifname(c"nic0")
        .push_address(&[2, 0, 0, 0, 0, 1])
        .push_mtu(1500)
        .push_operstate(3)
        .push_carrier(0)
        .push_num_rx_queues(4)
        .push_num_tx_queues(2);
    let mut info = attributes.nested_linkinfo().push_kind(kind);
    let buffer = info.as_vec_mut();
    let start = push_nested_header(buffer, 2);
    for (attribute, value) in data {
        push_header(buffer, *attribute, 4);
        buffer.extend(value.to_ne_bytes());
    }
    finalize_nested_header(buffer, start);
    drop(info);
    payload
}

fn nic(data: &[(u16, u32)]) -> Nic {
    Found::read(&describe(c"softnic", data))
        .unwrap()
        .nic()
        .unwrap()
}

#[test]
fn peer_in_another_namespace() {
    let limits = [(7, 4), (8, 4), (9, 6), (10, 256), (11, 2), (12, 0)];
    let wire = [(2, 1), (3, 5), (5, 0)];
    assert_eq!(nic(&[&wire[..], &limits].concat()), sample());
}

#[test]
fn peer_in_the_same_namespace() {
    let peer = nic(&[(2, 1), (3, 5)]).peer.unwrap();
    assert_eq!((peer.ifindex, peer.netnsid), (5, None));
}

#[test]
fn a_wire_that_finishes() {
    assert!(nic(&[(2, 1), (6, 1)]).finish);
    assert!(!nic(&[(2, 1), (6, 0)]).finish);
}

#[test]
fn no_wire() {
    for data in [&[(2, 0)][..], &[(2, 0), (3, 0)], &[]] {
        let nic = nic(data);
        assert_eq!((nic.wire, nic.peer), (Wire::default(), None));
    }
}

#[test]
fn wire_and_attributes_of_the_future() {
    let nic = nic(&[(2, 9), (99, 1)]);
    assert_eq!(nic.wire.to_string(), "9");
    assert_eq!((nic.slots, nic.pool, nic.storm), (None, None, None));
}

#[test]
fn counters() {
    let mut payload = describe(c"softnic", &[]);
    let numbers: Vec<u8> = (1u64..=30).flat_map(u64::to_ne_bytes).collect();
    // Older kernels send fewer counters than there are now, newer ones more.
    for count in [10, 30] {
        let len = payload.len();
        push_header(&mut payload, 23, count * 8);
        payload.extend(&numbers[..usize::from(count) * 8]);
        let nic = Found::read(&payload).unwrap().nic().unwrap();
        payload.truncate(len);
        let want = Statistics {
            rx_packets: 1,
            tx_packets: 2,
            rx_bytes: 3,
            tx_bytes: 4,
            rx_dropped: 7,
            tx_dropped: 8,
        };
        assert_eq!(nic.link.statistics, Some(want));
    }
}

#[test]
fn another_kind() {
    // The same numbers mean something else there.
    let found = Found::read(&describe(c"veth", &[(2, 1), (3, 5)])).unwrap();
    assert_eq!(found.link().name, "nic0");
    let text = found.nic().unwrap_err().to_string();
    assert_eq!(text, "nic0 is not a softnic NIC but of kind veth");
}

#[test]
fn every_cut_is_read_without_panic() {
    let whole = describe(c"softnic", &[(2, 1), (3, 5), (5, 0)]);
    for len in 0..IFINFOMSG_LEN {
        assert!(Found::read(&whole[..len]).is_err(), "{len}");
    }
    let named = IFINFOMSG_LEN + 12;
    for len in named..whole.len() {
        assert_eq!(
            Found::read(&whole[..len]).unwrap().link().name,
            "nic0",
            "{len}"
        );
    }
}

#[test]
fn peers_as_text() {
    let mut peer = sample().peer.unwrap();
    assert_eq!(peer.to_string(), "if5@nsid:0");
    peer.name = Some("nic1".to_owned());
    assert_eq!(peer.to_string(), "nic1@nsid:0");
    peer.netns = Some("blue".to_owned());
    assert_eq!(peer.to_string(), "nic1@blue");
    peer.netns = None;
    peer.netnsid = None;
    assert_eq!(peer.to_string(), "nic1");
}
