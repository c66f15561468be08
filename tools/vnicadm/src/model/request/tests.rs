// SPDX-License-Identifier: GPL-2.0
//! Requests byte for byte, against an encoding made here by hand.

use super::*;
use crate::model::named::{Mode, VlanProtocol};
use crate::model::vlans::VlanList;

const NESTED: u16 = 0x8000;

/// An attribute: length, type, value, padding.
fn attr(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = ((value.len() + 4) as u16).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn num(kind: u16, value: u32) -> Vec<u8> {
    attr(kind, &value.to_ne_bytes())
}

/// `struct ifinfomsg` with nothing but an index.
fn ifinfomsg(ifindex: i32) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.extend(ifindex.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes
}

fn info(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let inner = [attr(1, kind), attr(NESTED | 2, data)].concat();
    attr(NESTED | 18, &inner)
}

fn linkinfo(data: &[u8]) -> Vec<u8> {
    info(b"softnic\0", data)
}

fn finish(finish: bool) -> NicSettings {
    NicSettings {
        finish: Some(finish),
        ..NicSettings::default()
    }
}

fn end(name: &IfName) -> End<'_> {
    End {
        name: Some(name),
        ..End::default()
    }
}

fn name(text: &str) -> IfName {
    text.parse().unwrap()
}

fn check(request: &Request, message_type: u16, flags: u16, payload: &[Vec<u8>]) {
    assert_eq!(request.message_type, message_type);
    assert_eq!(request.flags, flags);
    assert_eq!(request.payload, payload.concat());
}

#[test]
fn nic_alone() {
    let nic = name("nic0");
    check(
        &create(&end(&nic), None, &NicSettings::default()),
        16,
        0x600,
        &[ifinfomsg(0), attr(3, b"nic0\0"), linkinfo(&[])],
    );
}

#[test]
fn pair_with_everything() {
    let (nic, peer) = (name("nic0"), name("nic1"));
    let first = End {
        mac: Some(MacAddr([2, 0, 0, 0, 0, 1])),
        mtu: Some(9000),
        rx_queues: Some(4),
        tx_queues: Some(2),
        netns_fd: Some(5),
        ..end(&nic)
    };
    let second = End {
        mac: Some(MacAddr([2, 0, 0, 0, 0, 2])),
        mtu: Some(1400),
        rx_queues: Some(3),
        tx_queues: Some(1),
        netns_fd: Some(6),
        ..end(&peer)
    };
    let inner = [
        ifinfomsg(0),
        attr(3, b"nic1\0"),
        attr(1, &[2, 0, 0, 0, 0, 2]),
        num(4, 1400),
        num(32, 3),
        num(31, 1),
        num(28, 6),
    ];
    check(
        &create(&first, Some(&second), &finish(true)),
        16,
        0x600,
        &[
            ifinfomsg(0),
            attr(3, b"nic0\0"),
            attr(1, &[2, 0, 0, 0, 0, 1]),
            num(4, 9000),
            num(32, 4),
            num(31, 2),
            num(28, 5),
            linkinfo(&[num(6, 1), attr(1, &inner.concat())].concat()),
        ],
    );
}

#[test]
fn deletion() {
    check(&delete(7), 17, 0, &[ifinfomsg(7)]);
}

#[test]
fn connection() {
    check(
        &connect(7, 8, None),
        16,
        0,
        &[ifinfomsg(7), linkinfo(&num(3, 8))],
    );
    check(
        &connect(7, 8, Some(9)),
        16,
        0,
        &[ifinfomsg(7), linkinfo(&[num(3, 8), num(4, 9)].concat())],
    );
    check(&disconnect(7), 16, 0, &[ifinfomsg(7), linkinfo(&num(3, 0))]);
}

#[test]
fn finishing() {
    for (on, value) in [(false, 0), (true, 1)] {
        check(
            &set(7, &finish(on)),
            16,
            0,
            &[ifinfomsg(7), linkinfo(&num(6, value))],
        );
    }
}

#[test]
fn limits() {
    let settings = NicSettings {
        finish: None,
        slots: Some(0),
        pool: Some(3),
        storm: Some(9),
    };
    let data = [num(7, 0), num(10, 3), num(12, 9)].concat();
    check(&set(7, &settings), 16, 0, &[ifinfomsg(7), linkinfo(&data)]);
}

#[test]
fn vnic_with_everything() {
    let (v0, vlans) = (name("v0"), "0,20-30,5".parse().unwrap());
    let device = End {
        mac: Some(MacAddr([2, 0, 0, 0, 0, 1])),
        mtu: Some(1400),
        rx_queues: Some(4),
        tx_queues: Some(2),
        netns_fd: Some(5),
        ..end(&v0)
    };
    let settings = vnic::Settings {
        vlan: Some(10),
        vlan_protocol: Some(VlanProtocol(0x88a8)),
        vlans: Some(&vlans),
        mode: Some(Mode(2)),
        rings: Some(2),
        derive: true,
    };
    let ids = [0u16, 0, 20, 30, 5, 5].map(u16::to_ne_bytes).concat();
    let data = [
        num(1, 10),
        num(2, 0x88a8),
        num(3, 2),
        num(4, 2),
        attr(5, &ids),
        num(10, 1),
    ];
    check(
        &vnic::create(&device, 7, &settings),
        16,
        0x600,
        &[
            ifinfomsg(0),
            attr(3, b"v0\0"),
            attr(1, &[2, 0, 0, 0, 0, 1]),
            num(4, 1400),
            num(32, 4),
            num(31, 2),
            num(28, 5),
            num(5, 7),
            info(b"vnic\0", &data.concat()),
        ],
    );
}

#[test]
fn vnic_changed() {
    let device = End {
        mtu: Some(1400),
        ..End::default()
    };
    let no_trunk = VlanList::default();
    let settings = vnic::Settings {
        vlans: Some(&no_trunk),
        rings: Some(0),
        ..vnic::Settings::default()
    };
    let data = [num(4, 0), attr(5, &[])].concat();
    check(
        &vnic::set(9, &device, &settings),
        16,
        0,
        &[ifinfomsg(9), num(4, 1400), info(b"vnic\0", &data)],
    );
}

#[test]
fn queries() {
    check(
        &by_name(&name("nic0")),
        18,
        0,
        &[ifinfomsg(0), attr(3, b"nic0\0")],
    );
    check(&by_index_in(4, None), 18, 0, &[ifinfomsg(4)]);
    check(&by_index_in(4, Some(1)), 18, 0, &[ifinfomsg(4), num(46, 1)]);
    let kind = attr(NESTED | 18, &attr(1, b"softnic\0"));
    check(
        &list(SOFTNIC_KIND, true),
        18,
        0,
        &[ifinfomsg(0), kind.clone()],
    );
    check(
        &list(SOFTNIC_KIND, false),
        18,
        0,
        &[ifinfomsg(0), num(29, 8), kind],
    );
}
