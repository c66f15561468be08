// SPDX-License-Identifier: GPL-2.0
//! Descriptions as the kernel sends them.

use super::*;
use crate::model::link::{AdminState, OperState};
use crate::model::nic::tests::describe;
use crate::model::{Found, MacAddr};
use netlink_bindings::rt_link::{Ifinfomsg, PushLinkAttrs};
use netlink_bindings::traits::Pusher;
use netlink_bindings::utils::{align, finalize_nested_header, push_header, push_nested_header};

/// A VNIC over a NIC in another namespace.
pub(crate) fn sample() -> Vnic {
    Vnic {
        link: Link {
            name: "v0".to_owned(),
            ifindex: 9,
            admin_state: AdminState::Up,
            oper_state: OperState::Up,
            carrier: true,
            mac: Some(MacAddr([2, 0, 0, 0, 0, 1])),
            mtu: 1500,
            rx_rings: 4,
            tx_queues: 4,
            statistics: None,
        },
        over: Related::new(Some(5), Some(0)),
        vlan: Some(10),
        vlan_protocol: Some(VlanProtocol(0x8100)),
        vlans: VlanList::default(),
        mode: Some(Mode(1)),
        rings: Some(2),
        placement: Some(Placement(1)),
        placement_reason: Some(PlacementReason(0)),
        placement_changes: Some(0),
        slots: Some(1),
    }
}

fn vnic(netnsid: Option<i32>, fill: impl FnOnce(&mut Vec<u8>)) -> Vnic {
    let mut header = Ifinfomsg::new();
    header.ifi_index = 9;
    header.ifi_flags = 1;
    let mut payload = header.as_slice().to_vec();
    let mut attributes = PushLinkAttrs::new(&mut payload)
        .push_ifname(c"v0")
        .push_address(&[2, 0, 0, 0, 0, 1])
        .push_mtu(1500)
        .push_operstate(6)
        .push_carrier(1)
        .push_num_rx_queues(4)
        .push_num_tx_queues(4)
        .push_link(5);
    if let Some(id) = netnsid {
        attributes = attributes.push_link_netnsid(id);
    }
    let mut info = attributes.nested_linkinfo().push_kind(c"vnic");
    let buffer = info.as_vec_mut();
    let start = push_nested_header(buffer, 2);
    fill(buffer);
    finalize_nested_header(buffer, start);
    drop(info);
    Found::read(&payload).unwrap().vnic().unwrap()
}

fn push(data: &mut Vec<u8>, attribute: u16, value: &[u8]) {
    push_header(data, attribute, value.len() as u16);
    data.extend(value);
    align(data);
}

fn numbers(data: &mut Vec<u8>, values: &[(u16, u32)]) {
    for (attribute, value) in values {
        push(data, *attribute, &value.to_ne_bytes());
    }
}

#[test]
fn with_a_group_of_its_own() {
    let got = vnic(Some(0), |data| {
        let placed = [(6, 1), (7, 0), (8, 0), (9, 1)];
        numbers(data, &[(1, 10), (2, 0x8100), (3, 1), (4, 2)]);
        push(data, 5, &[]);
        numbers(data, &placed);
    });
    assert_eq!(got, sample());
}

#[test]
fn trunk() {
    let ids = [0u16, 0, 20, 30].map(u16::to_ne_bytes).concat();
    let got = vnic(None, |data| {
        numbers(data, &[(1, 0)]);
        push(data, 5, &ids);
    });
    assert_eq!(got.vlans.to_string(), "0,20-30");
    assert_eq!((got.vlan, got.over.unwrap().netnsid), (None, None));
}

#[test]
fn list_that_is_cut() {
    let got = vnic(None, |data| push(data, 5, &[0; 7]));
    assert_eq!(got.vlans.to_string(), "0");
}

#[test]
fn what_is_not_told_and_what_is_new() {
    let got = vnic(None, |data| numbers(data, &[(3, 9), (99, 1)]));
    assert_eq!(got.mode.unwrap().to_string(), "9");
    assert_eq!((got.rings, got.placement, got.slots), (None, None, None));
}

#[test]
fn nics_are_not_vnics() {
    let found = Found::read(&describe(c"softnic", &[])).unwrap();
    let text = found.vnic().unwrap_err().to_string();
    assert_eq!(text, "nic0 is not a VNIC but of kind softnic");
    let found = Found::read(&describe(c"vnic", &[])).unwrap();
    let text = found.nic().unwrap_err().to_string();
    assert_eq!(text, "nic0 is not a softnic NIC but of kind vnic");
}
