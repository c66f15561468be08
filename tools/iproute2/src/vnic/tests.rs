// SPDX-License-Identifier: GPL-2.0
use super::*;
use crate::message::tests::{added, buffer};
use crate::show::tests::Said;
use crate::show::{json, text};

/// There are no words of a link behind those of a VNIC.
struct NoLink;

impl Ip for NoLink {
    fn link_words(&mut self, _: usize, _: &mut Message<'_>) -> Result<usize, Refusal> {
        panic!("asked for")
    }
}

/// The attributes that a command adds.
fn parse(command: &str) -> Result<Vec<(u16, Vec<u8>)>, Refusal> {
    let mut words = Words::new(command.split_whitespace().map(str::to_owned).collect());
    let mut buffer = buffer();
    let mut message = Message::new(&mut buffer).unwrap();
    Vnic::parse(&mut words, &mut message, &mut NoLink)?;
    Ok(added(&buffer))
}

fn u32s(attributes: &[(u16, u32)]) -> Vec<(u16, Vec<u8>)> {
    let bytes = |&(attribute, value): &(u16, u32)| (attribute, value.to_ne_bytes().to_vec());
    attributes.iter().map(bytes).collect()
}

#[test]
fn every_word() {
    assert_eq!(
        parse("vlan 10 vlan-protocol 802.1ad mode vepa rings 4 derive").unwrap(),
        u32s(&[(1, 10), (2, 0x88a8), (3, 2), (4, 4), (10, 1)])
    );
    let ids = [0u16, 0, 20, 30].into_iter().flat_map(u16::to_ne_bytes);
    assert_eq!(parse("vlans 0,20-30").unwrap(), [(5, ids.collect())]);
    assert_eq!(parse("vlans none").unwrap(), [(5, vec![])]);
}

#[test]
fn wrong_words() {
    for (command, said) in [
        (
            "vlan 4095",
            "Error: argument \"4095\" is wrong: \"vlan\" is a number from 0 to 4094",
        ),
        (
            "rings 257",
            "Error: argument \"257\" is wrong: \"rings\" is a number from 0 to 256",
        ),
        (
            "mode hub",
            "Error: argument \"hub\" is wrong: \"mode\" is one of bridge, private, vepa, passthru",
        ),
        (
            "vlan-protocol qinq",
            "Error: argument \"qinq\" is wrong: \"vlan-protocol\" is one of 802.1q, 802.1ad",
        ),
        ("rings", "Command line is not complete. Try option \"help\""),
        (
            "vlan 1 mode vepa vlan 2",
            "Error: duplicate \"vlan\": \"2\" is the second value.",
        ),
        (
            "vlans 1 vlans none",
            "Error: duplicate \"vlans\": \"none\" is the second value.",
        ),
        (
            "mode vepa mode bridge",
            "Error: duplicate \"mode\": \"bridge\" is the second value.",
        ),
        (
            "rings 1 rings 1",
            "Error: duplicate \"rings\": \"1\" is the second value.",
        ),
        (
            "derive derive",
            "Error: duplicate \"derive\": \"derive\" is the second value.",
        ),
        ("placement shared", "vnic: unknown option \"placement\"?"),
        ("help", ""),
    ] {
        assert_eq!(parse(command).unwrap_err().to_string(), said, "{command}");
    }
}

#[test]
fn a_list_that_is_too_long_for_a_request() {
    let list = |count: u32| {
        let ids: Vec<_> = (0..count).map(|id| (2 * id).to_string()).collect();
        format!("vlans {}", ids.join(","))
    };
    assert!(parse(&list(255)).is_ok());
    assert_eq!(parse(&list(256)), Err(Refusal::Full));
}

#[test]
fn help_names_every_word() {
    let help = Vnic::HELP.to_str().unwrap();
    for word in ["vlan", "vlans", "vlan-protocol", "mode", "rings", "derive"] {
        let line = help
            .lines()
            .find(|line| line.split(' ').next() == Some(word));
        assert!(line.is_some(), "{word}");
    }
}

fn shown(attributes: &[(u16, &[u8])]) -> (String, String) {
    let mut table = vec![None; usize::from(Vnic::LAST_ATTRIBUTE) + 1];
    for (attribute, value) in attributes {
        table[usize::from(*attribute)] = Some(*value);
    }
    let fields = Vnic::show(&Attributes(table));
    let mut said = Said::default();
    json(&fields, &mut said);
    (text(&fields), said.0)
}

#[test]
fn every_attribute_is_shown() {
    let numbers: Vec<_> = [10, 0x88a8, 2, 4, 0, 1, 1, 3, 7]
        .map(u32::to_ne_bytes)
        .into();
    let all: Vec<_> = (1..).zip(numbers.iter().map(<[u8; 4]>::as_slice)).collect();
    let on_a_vlan: Vec<_> = all.iter().copied().filter(|(a, _)| *a != VLANS).collect();
    let (text, json) = shown(&on_a_vlan);
    assert_eq!(
        text,
        "vlan 10 vlan-protocol 802.1ad mode vepa rings 4 placement own-group \
         placement-reason no-free-slot placement-changes 3 slots 7 "
    );
    assert_eq!(
        json,
        "vlan=10;vlans=[;]vlan_protocol=802.1ad;mode=vepa;rings=4;placement=own-group;\
         placement_reason=no-free-slot;placement_changes=3;slots=7;"
    );
}

#[test]
fn a_trunk_has_a_list_in_the_place_of_a_vlan() {
    let ranges = vlans::to_bytes(&[(0, 0), (20, 30)]);
    let (text, json) = shown(&[
        (VLAN_ID, &[0; 4]),
        (VLANS, &ranges),
        (MODE_ATTRIBUTE, &[9; 4]),
    ]);
    let number = u32::from_ne_bytes([9; 4]);
    assert_eq!(text, format!("vlans 0,20-30 mode {number} "));
    assert_eq!(
        json,
        format!("vlan=0;vlans=[;{{first=0;last=0;}}{{first=20;last=30;}}]mode={number};")
    );
}

#[test]
fn a_module_that_tells_nothing() {
    assert_eq!(shown(&[]), (String::new(), "vlans=[;]".to_owned()));
}

#[test]
fn the_words_shown_can_be_given_again() {
    let settings = "vlan 10 vlan-protocol 802.1ad mode vepa rings 4 ";
    let attributes = parse(settings).unwrap();
    let read: Vec<_> = attributes
        .iter()
        .map(|(a, value)| (*a, value.as_slice()))
        .collect();
    assert_eq!(shown(&read).0, settings);
}

#[test]
fn no_words_are_too_much() {
    let some = [
        "vlan",
        "vlans",
        "vlan-protocol",
        "mode",
        "rings",
        "derive",
        "help",
        "",
        "0",
        "4095",
        "none",
        "1,2-3",
        "vepa",
        "802.1q",
    ];
    for number in 0..some.len().pow(4) {
        let words = (0..4).map(|place| some[number / some.len().pow(place) % some.len()]);
        let command: Vec<_> = words.map(str::to_owned).collect();
        let mut buffer = buffer();
        let mut message = Message::new(&mut buffer).unwrap();
        let done = Vnic::parse(&mut Words::new(command), &mut message, &mut NoLink);
        assert!(message.is_whole());
        assert_ne!(done, Err(Refusal::Said));
    }
}

#[test]
fn the_numbers_are_the_modules() {
    let module = include_str!("../../../../src/vnic/attributes.rs");
    let own = [
        ("VLAN_ID", VLAN_ID),
        ("VLAN_PROTOCOL", PROTOCOL),
        ("MODE", MODE_ATTRIBUTE),
        ("RINGS", RINGS),
        ("VLANS", VLANS),
        ("PLACEMENT", PLACEMENT_ATTRIBUTE),
        ("PLACEMENT_REASON", REASON),
        ("PLACEMENT_CHANGES", CHANGES),
        ("SLOTS", SLOTS),
        ("DERIVE", DERIVE),
    ];
    for (name, number) in own {
        let line = format!(" {name}: u16 = {number};");
        assert!(module.contains(&line), "no {line}");
    }
    assert_eq!(module.matches(": u16 = ").count(), own.len());
}
