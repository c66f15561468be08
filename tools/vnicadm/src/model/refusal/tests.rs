// SPDX-License-Identifier: GPL-2.0
//! Offsets in requests, and the names that they get.

use super::*;
use crate::model::named::{Mode, VlanProtocol};
use crate::model::request::{End, NicSettings, connect, create, vnic};
use crate::model::{IfName, netnsid};

fn pair() -> Request {
    let (nic, peer): (IfName, IfName) = ("nic0".parse().unwrap(), "nic1".parse().unwrap());
    let end = |name| End {
        name: Some(name),
        mtu: Some(9000),
        ..End::default()
    };
    create(&end(&nic), Some(&end(&peer)), &NicSettings::default())
}

fn bad(request: &Request, offset: usize) -> Option<Attribute> {
    let failure = Failure {
        offset: Some(offset),
        ..Failure::default()
    };
    attribute(request, &failure)
}

fn missing(request: &Request, missing_type: u16, nest: Option<usize>) -> Option<Attribute> {
    let failure = Failure {
        missing_type: Some(missing_type),
        missing_nest: nest,
        ..Failure::default()
    };
    attribute(request, &failure)
}

#[test]
fn every_attribute_of_a_pair_has_its_name() {
    // Headers of message and link take 32 bytes; the name's attribute 12
    // with its padding, the number's 8, the kind's 12, each nest's head 4.
    let named = [
        (32, "name"),
        (44, "mtu"),
        (52, "link info"),
        (56, "kind"),
        (68, "data of the kind"),
        (72, "peer"),
        (92, "peer name"),
        (104, "peer mtu"),
    ];
    let request = pair();
    assert_eq!(request.payload.len() + HEADER_LEN, 112);
    for offset in 0..120 {
        let want = named.iter().find(|(at, _)| *at == offset);
        let want = want.map(|(_, name)| Attribute::Bad((*name).to_owned()));
        assert_eq!(bad(&request, offset), want, "{offset}");
    }
}

#[test]
fn missing_attributes() {
    let request = pair();
    let text = |name: &str| Some(Attribute::Missing(name.to_owned()));
    assert_eq!(missing(&request, 3, Some(72)), text("peer name"));
    assert_eq!(missing(&request, 3, None), text("name"));
    assert_eq!(missing(&request, 1, Some(68)), text("peer"));
    assert_eq!(missing(&request, 3, Some(44)), None);
    assert_eq!(missing(&request, 999, None), None);
}

#[test]
fn connection_attributes() {
    let request = connect(1, 2, Some(3));
    let text = |name: &str| Some(Attribute::Bad(name.to_owned()));
    assert_eq!(bad(&request, 52), text("peer ifindex"));
    assert_eq!(bad(&request, 60), text("peer netns"));
}

#[test]
fn other_messages_have_no_names() {
    assert_eq!(bad(&netnsid::get(3), 32), None);
}

#[test]
fn attributes_of_a_vnic() {
    let vlans = "1,2-3".parse().unwrap();
    let settings = vnic::Settings {
        vlan: Some(1),
        vlan_protocol: Some(VlanProtocol(0x8100)),
        vlans: Some(&vlans),
        mode: Some(Mode(1)),
        rings: Some(2),
        derive: true,
    };
    let request = vnic::set(7, &End::default(), &settings);
    let text = |name: &str| Some(Attribute::Bad(name.to_owned()));
    // Headers take 32 bytes, the heads of the nests 4 each, the kind 12.
    let named = ["vlan", "vlan-protocol", "mode", "rings", "vlans"];
    for (number, name) in named.into_iter().enumerate() {
        assert_eq!(bad(&request, 52 + number * 8), text(name));
    }
    assert_eq!(bad(&request, 96), text("mac derived"));
    let request = vnic::create(&End::default(), 3, &vnic::Settings::default());
    assert_eq!(bad(&request, 32), text("over"));
    assert_eq!(
        missing(&request, 5, None),
        Some(Attribute::Missing("over".to_owned()))
    );
}
