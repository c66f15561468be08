// SPDX-License-Identifier: GPL-2.0
//! Requests byte for byte, against an encoding made here by hand.

use super::*;

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

fn linkinfo(data: &[u8]) -> Vec<u8> {
    let inner = [attr(1, b"softnic\0"), attr(NESTED | 2, data)].concat();
    attr(NESTED | 18, &inner)
}

fn end(name: &IfName) -> End<'_> {
    End {
        name,
        mac: None,
        mtu: None,
        rx_queues: None,
        tx_queues: None,
        netns_fd: None,
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
        &create(&end(&nic), None, false),
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
        &create(&first, Some(&second), true),
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
    for (finish, value) in [(false, 0), (true, 1)] {
        check(
            &set_finish(7, finish),
            16,
            0,
            &[ifinfomsg(7), linkinfo(&num(6, value))],
        );
    }
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
    check(&list(true), 18, 0, &[ifinfomsg(0), kind.clone()]);
    check(&list(false), 18, 0, &[ifinfomsg(0), num(29, 8), kind]);
}
