// SPDX-License-Identifier: GPL-2.0
//! What messages say happened.

use netlink_bindings::rt_link::{Ifinfomsg, PushLinkAttrs};
use netlink_bindings::utils::align;

use super::*;
use crate::model::family::numbers::{nic, port, ring};
use crate::model::generic::{push_text, push_u32};

/// A device's description, by the protocol family of this number.
fn link(family: u8, kind: &std::ffi::CStr, index: i32) -> Vec<u8> {
    let mut header = Ifinfomsg::new();
    header.ifi_index = index;
    let mut payload = header.as_slice().to_vec();
    payload[0] = family;
    PushLinkAttrs::new(&mut payload)
        .push_ifname(c"v0")
        .nested_linkinfo()
        .push_kind(kind);
    align(&mut payload);
    payload
}

fn what(told: Option<Told>) -> Option<What> {
    match told?.1 {
        Event::Device(what, _) => Some(what),
        other => panic!("{other:?}"),
    }
}

#[test]
fn devices_come_change_and_go() {
    let mut watch = Watch::new(None, Scope::Own);
    let vnic = link(0, c"vnic", 7);
    assert_eq!(
        what(watch.link(None, RTM_NEWLINK, &vnic)),
        Some(What::Added)
    );
    assert_eq!(
        what(watch.link(None, RTM_NEWLINK, &vnic)),
        Some(What::Changed)
    );
    assert_eq!(
        what(watch.link(None, RTM_DELLINK, &vnic)),
        Some(What::Deleted)
    );
    assert_eq!(
        what(watch.link(None, RTM_NEWLINK, &vnic)),
        Some(What::Added)
    );
}

#[test]
fn namespaces_have_indices_of_their_own() {
    let mut watch = Watch::new(Some(33), Scope::Numbered);
    let vnic = link(0, c"vnic", 7);
    assert_eq!(
        what(watch.link(None, RTM_NEWLINK, &vnic)),
        Some(What::Added)
    );
    let (from, event) = watch.link(Some(4), RTM_NEWLINK, &vnic).unwrap();
    assert_eq!(from, Some(4));
    assert!(matches!(event, Event::Device(What::Added, _)));
    assert_eq!(
        what(watch.link(None, RTM_DELLINK, &vnic)),
        Some(What::Deleted)
    );
    let mut mode = vec![command::RING_MODE_NTF, 1, 0, 0];
    push_u32(&mut mode, ring::IFINDEX, 7);
    push_u32(&mut mode, ring::ID, 1);
    let name = |from| match watch.notice(from, 33, &mode) {
        Some((found, Event::Ring(name, _))) if found == from => name,
        other => panic!("{other:?}"),
    };
    assert_eq!((name(None), name(Some(4))), (None, Some("v0".to_owned())));
}

#[test]
fn what_is_not_ours_is_not_told() {
    let mut watch = Watch::new(None, Scope::Own);
    assert_eq!(watch.link(None, RTM_NEWLINK, &link(0, c"veth", 7)), None);
    assert_eq!(
        watch.link(None, RTM_DELLINK, &link(7, c"vnic", 7)),
        None,
        "a bridge's port"
    );
    assert_eq!(watch.link(None, 99, &link(0, c"vnic", 7)), None);
    for len in 0..16 {
        assert_eq!(
            watch.link(None, RTM_NEWLINK, &link(0, c"vnic", 7)[..len]),
            None
        );
    }
}

/// A notice of the family, about something of that name and number.
fn notice(command: u8, index: (u16, u32), name: u16) -> Vec<u8> {
    let mut payload = vec![command, 1, 0, 0];
    push_u32(&mut payload, index.0, index.1);
    push_text(&mut payload, name, "v0");
    payload
}

#[test]
fn notices_of_the_family() {
    let mut watch = Watch::new(Some(33), Scope::Own);
    watch.link(None, RTM_NEWLINK, &link(0, c"vnic", 7));
    let placement = notice(command::PLACEMENT_NTF, (port::IFINDEX, 7), port::IFNAME);
    let (_, event) = watch.notice(None, 33, &placement).unwrap();
    assert_eq!(event.kind(), Some("placement"));
    assert_eq!(watch.notice(None, 34, &placement), None, "another family");
    let wire = notice(command::WIRE_NTF, (nic::IFINDEX, 7), nic::IFNAME);
    assert!(matches!(
        watch.notice(None, 33, &wire),
        Some((None, Event::Wire(_)))
    ));
    let stock = notice(command::STOCK_NTF, (nic::IFINDEX, 7), nic::IFNAME);
    assert!(matches!(
        watch.notice(None, 33, &stock),
        Some((None, Event::Stock(_)))
    ));
    let mut mode = vec![command::RING_MODE_NTF, 1, 0, 0];
    push_u32(&mut mode, ring::IFINDEX, 7);
    push_u32(&mut mode, ring::ID, 1);
    let Some((None, Event::Ring(name, ring))) = watch.notice(None, 33, &mode) else {
        panic!("no ring");
    };
    assert_eq!((name.as_deref(), ring.id), (Some("v0"), 1));
    // Links tell of ports.
    let port = notice(command::PORT_ADD_NTF, (port::IFINDEX, 7), port::IFNAME);
    assert_eq!(watch.notice(None, 33, &port), None);
    assert_eq!(watch.notice(None, 33, &[]), None);
}
