// SPDX-License-Identifier: GPL-2.0
//! The family's numbers against its specification, and its messages.

use netlink_bindings::utils::{finalize_nested_header, push_header, push_nested_header};
use yaml_rust2::{Yaml, YamlLoader};

use super::numbers::{command, drop, drops, filter, group, nic, port, ring};
use super::*;
use crate::model::generic::{push_text, push_u32};
use crate::model::named::{
    DropReason, Mode, Placement, PlacementReason, PortKind, RingMode, VlanProtocol, Wire,
};

const SPECIFICATION: &str = include_str!("../../../../../Documentation/netlink/specs/softnic.yaml");

fn specification() -> Yaml {
    YamlLoader::load_from_str(SPECIFICATION).unwrap().remove(0)
}

/// The names of a list, whose items are names or have them.
fn names(list: &Yaml) -> Vec<&str> {
    let items = list.as_vec().expect("a list").iter();
    items
        .map(|item| item.as_str().or(item["name"].as_str()).expect("a name"))
        .collect()
}

/// The item of a list that has this name.
fn item<'a>(list: &'a Yaml, name: &str) -> &'a Yaml {
    let mut items = list.as_vec().expect("a list").iter();
    items
        .find(|item| item["name"].as_str() == Some(name))
        .unwrap_or_else(|| panic!("no {name}"))
}

fn numbered<N: TryFrom<usize>>(names: Vec<&str>, first: usize) -> Vec<(N, &str)> {
    let number = |at: usize| N::try_from(at + first).ok().expect("a small number");
    let names = names.into_iter().enumerate();
    names.map(|(at, name)| (number(at), name)).collect()
}

#[test]
fn numbers_are_those_of_the_specification() {
    let spec = specification();
    assert_eq!(spec["name"].as_str(), Some(NAME));
    let commands = numbered(names(&spec["operations"]["list"]), 1);
    assert_eq!(commands, command::ALL);
    for (set, ours) in [
        ("nic", nic::ALL),
        ("port", port::ALL),
        ("group", group::ALL),
        ("ring", ring::ALL),
        ("filter", filter::ALL),
        ("drop", drop::ALL),
        ("drops", drops::ALL),
    ] {
        let attributes = &item(&spec["attribute-sets"], set)["attributes"];
        assert_eq!(numbered::<u16>(names(attributes), 1), ours, "{set}");
    }
    let groups = names(&spec["mcast-groups"]["list"]);
    assert_eq!(groups, ["events"]);
}

#[test]
fn names_of_numbers_are_those_of_the_specification() {
    let spec = specification();
    let entries = |name: &str| {
        let list = &item(&spec["definitions"], name)["entries"];
        numbered::<u32>(names(list), 0)
    };
    assert_eq!(entries("wire"), Wire::ALL);
    assert_eq!(entries("port-kind"), PortKind::ALL);
    assert_eq!(entries("mode"), Mode::ALL);
    assert_eq!(entries("placement"), Placement::ALL);
    assert_eq!(entries("ring-mode"), RingMode::ALL);
    // These have the names that `show-vnic` and `ethtool -S` give them.
    assert_eq!(entries("placement-reason"), [(0, "asked"), (1, "no-slot")]);
    assert_eq!(
        PlacementReason::ALL,
        [(0, "asked-for"), (1, "no-free-slot")]
    );
    let reasons = entries("drop-reason");
    assert_eq!(reasons.len(), DropReason::ALL.len());
    for ((number, name), ours) in reasons.into_iter().zip(DropReason::ALL) {
        assert_eq!((number, name.replace('-', "_").as_str()), *ours);
    }
}

/// The begin of a message of the family.
fn message() -> Vec<u8> {
    vec![1, 1, 0, 0]
}

fn push_u64(attributes: &mut Vec<u8>, attribute: u16, value: u64) {
    push_header(attributes, attribute, 8);
    attributes.extend(value.to_ne_bytes());
}

#[test]
fn reads_a_nic() {
    let mut bytes = message();
    for (attribute, value) in [
        (nic::IFINDEX, 7),
        (nic::WIRE, 1),
        (nic::PEER_IFINDEX, 5),
        (nic::PEER_NETNSID, 0),
        (nic::CARRIER, 1),
        (nic::VNICS, 3),
        (nic::SLOTS, 128),
        (nic::STORM, 100_000),
    ] {
        push_u32(&mut bytes, attribute, value);
    }
    push_text(&mut bytes, nic::IFNAME, "nic0");
    let found = Nic::read(&bytes).unwrap();
    assert_eq!((found.name.as_str(), found.ifindex), ("nic0", 7));
    assert_eq!((found.wire, found.carrier), (Some(Wire(1)), true));
    assert_eq!(found.peer.unwrap().to_string(), "if5@nsid:0");
    assert_eq!((found.vnics, found.slots), (Some(3), Some(128)));
    assert_eq!((found.pool, found.storm), (None, Some(100_000)));
}

#[test]
fn reads_a_port_and_its_group() {
    let mut bytes = message();
    for (attribute, value) in [
        (port::IFINDEX, 9),
        (port::KIND, 1),
        (port::NIC_IFINDEX, 7),
        (port::LOWER_IFINDEX, 8),
        (port::LOWER_NETNSID, 2),
        (port::PLACEMENT, 2),
        (port::PLACEMENT_REASON, 1),
        (port::SLOTS_WANTED, 4),
    ] {
        push_u32(&mut bytes, attribute, value);
    }
    push_text(&mut bytes, port::IFNAME, "v0");
    let found = Port::read(&bytes).unwrap();
    assert_eq!(found.kind, Some(PortKind(1)));
    assert_eq!(found.nic.unwrap().netnsid, None);
    assert_eq!(found.lower.unwrap().netnsid, Some(2));
    assert_eq!(found.placement, Some(Placement(2)));
    assert_eq!(found.placement_reason, Some(PlacementReason(1)));
    assert_eq!((found.mode, found.slots_wanted), (None, Some(4)));

    let mut bytes = message();
    push_u32(&mut bytes, group::IFINDEX, 7);
    push_text(&mut bytes, group::IFNAME, "nic0");
    push_u32(&mut bytes, group::RINGS, 2);
    assert!(!Group::read(&bytes).unwrap().default);
    push_header(&mut bytes, group::DEFAULT, 0);
    let found = Group::read(&bytes).unwrap();
    assert!(found.default);
    assert_eq!((found.rings, found.ports), (Some(2), None));
}

#[test]
fn counters_are_as_wide_as_they_need_to_be() {
    let mut bytes = message();
    push_u32(&mut bytes, ring::IFINDEX, 7);
    push_u32(&mut bytes, ring::ID, 1);
    push_u32(&mut bytes, ring::MODE, 2);
    push_u32(&mut bytes, ring::PACKETS, u32::MAX);
    push_u64(&mut bytes, ring::BYTES, u64::MAX);
    let found = Ring::read(&bytes).unwrap();
    assert_eq!((found.ifindex, found.id), (7, 1));
    assert_eq!(found.mode, Some(RingMode(2)));
    assert_eq!(found.packets, u64::from(u32::MAX));
    assert_eq!(found.bytes, u64::MAX);
    assert_eq!(found.polls, 0);
}

#[test]
fn reads_filters_and_drops() {
    let mut bytes = message();
    push_u32(&mut bytes, filter::NIC_IFINDEX, 7);
    push_header(&mut bytes, filter::MAC, 6);
    bytes.extend([2, 0, 0, 0, 0, 9]);
    push_u32(&mut bytes, filter::VLAN_ID, 10);
    push_u32(&mut bytes, filter::VLAN_PROTOCOL, 0x88a8);
    push_u32(&mut bytes, filter::IFINDEX, 3);
    push_u32(&mut bytes, filter::NETNSID, 0);
    push_header(&mut bytes, filter::IN_SLOT, 0);
    let found = Filter::read(&bytes).unwrap();
    assert_eq!(found.mac.to_string(), "02:00:00:00:00:09");
    assert_eq!(found.vlan, Some(10));
    assert_eq!(found.vlan_protocol, Some(VlanProtocol(0x88a8)));
    assert_eq!(found.port.unwrap().to_string(), "if3@nsid:0");
    assert!(found.in_slot);

    let mut bytes = message();
    push_u32(&mut bytes, drops::IFINDEX, 7);
    push_text(&mut bytes, drops::IFNAME, "nic0");
    for (reason, packets) in [(0, 4), (14, 1 << 40)] {
        let nest = push_nested_header(&mut bytes, drops::DROP);
        push_u32(&mut bytes, drop::REASON, reason);
        push_u64(&mut bytes, drop::PACKETS, packets);
        finalize_nested_header(&mut bytes, nest);
    }
    let found = Drops::read(&bytes).unwrap();
    let told: Vec<_> = found.drops.iter().map(|drop| drop.packets).collect();
    assert_eq!(told, [4, 1 << 40]);
    assert_eq!(found.drops[1].reason.to_string(), "rx_drop_no_memory");
}

#[test]
fn every_cut_is_read_without_panic() {
    let mut bytes = message();
    push_u32(&mut bytes, ring::IFINDEX, 7);
    push_u32(&mut bytes, ring::ID, 1);
    let named = bytes.len();
    push_u64(&mut bytes, ring::BYTES, 1 << 40);
    for len in 0..named {
        assert!(Ring::read(&bytes[..len]).is_err(), "{len}");
    }
    for len in named..bytes.len() {
        assert_eq!(Ring::read(&bytes[..len]).unwrap().bytes, 0, "{len}");
    }
}
