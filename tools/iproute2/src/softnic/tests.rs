// SPDX-License-Identifier: GPL-2.0
use super::*;
use crate::message::tests::{added, attributes, buffer};
use crate::show::tests::Said;
use crate::show::{json, text};

/// Takes two words, as `name nic1`, and brings the device up.
#[derive(Default)]
struct Fake {
    from: usize,
    said: bool,
}

impl Ip for Fake {
    fn link_words(&mut self, from: usize, message: &mut Message<'_>) -> Result<usize, Refusal> {
        if self.said {
            return Err(Refusal::Said);
        }
        self.from = from;
        message.buffer()[24] = 1;
        message.push(3, b"nic1\0")?;
        Ok(2)
    }
}

/// The attributes that a command adds.
fn parse_with(command: &str, ip: &mut Fake) -> Result<Vec<(u16, Vec<u8>)>, Refusal> {
    let mut words = Words::new(command.split_whitespace().map(str::to_owned).collect());
    let mut buffer = buffer();
    let mut message = Message::new(&mut buffer).unwrap();
    Softnic::parse(&mut words, &mut message, ip)?;
    Ok(added(&buffer))
}

fn parse(command: &str) -> Result<Vec<(u16, Vec<u8>)>, Refusal> {
    parse_with(command, &mut Fake::default())
}

fn u32s(attributes: &[(u16, u32)]) -> Vec<(u16, Vec<u8>)> {
    let bytes = |&(attribute, value): &(u16, u32)| (attribute, value.to_ne_bytes().to_vec());
    attributes.iter().map(bytes).collect()
}

#[test]
fn every_word() {
    assert_eq!(
        parse("slots 64 pool 8 storm 4294967295 finish on").unwrap(),
        u32s(&[(7, 64), (10, 8), (12, u32::MAX), (6, 1)])
    );
    assert_eq!(
        parse("finish off connect lo").unwrap(),
        u32s(&[(6, 0), (3, 1)])
    );
    assert_eq!(parse("disconnect").unwrap(), u32s(&[(3, 0)]));
    assert_eq!(
        parse("peer-ifindex 5 peer-netnsid 2").unwrap(),
        u32s(&[(3, 5), (5, 2)])
    );
}

#[test]
fn a_namespace_is_named_by_its_descriptor() {
    let found = parse("connect lo netns /proc/self/ns/net");
    // Only root may go to a namespace, even to its own.
    match found {
        Ok(found) => {
            assert_eq!(found.iter().map(|(a, _)| *a).collect::<Vec<_>>(), [3, 4]);
            assert_eq!(found[0].1, 1_u32.to_ne_bytes());
        }
        Err(said) => assert!(said.to_string().contains("not permitted"), "{said}"),
    }
}

#[test]
fn a_pair() {
    let mut ip = Fake::default();
    let found = parse_with("slots 64 peer name nic1 pool 8", &mut ip).unwrap();
    assert_eq!(ip.from, 3);
    assert_eq!(found[0], u32s(&[(7, 64)])[0]);
    let (attribute, peer) = &found[1];
    assert_eq!((*attribute, peer[8]), (1, 1), "flags");
    assert_eq!(attributes(&peer[16..]), [(3, b"nic1\0".to_vec())]);
    assert_eq!(found[2..], u32s(&[(10, 8)]));
    let mut ip = Fake {
        said: true,
        ..Fake::default()
    };
    assert_eq!(parse_with("peer name", &mut ip), Err(Refusal::Said));
}

#[test]
fn wrong_words() {
    for (command, said) in [
        (
            "slots 65537",
            "Error: argument \"65537\" is wrong: \"slots\" is a number from 0 to 65536",
        ),
        (
            "pool x",
            "Error: argument \"x\" is wrong: \"pool\" is a number from 0 to 65536",
        ),
        (
            "storm -1",
            "Error: argument \"-1\" is wrong: \"storm\" is a number from 0 to 4294967295",
        ),
        (
            "finish yes",
            "Error: argument \"yes\" is wrong: \"finish\" is one of on, off",
        ),
        (
            "peer-netnsid -1",
            "Error: argument \"-1\" is wrong: \"peer-netnsid\" is a number from 0 to 2147483647",
        ),
        ("connect no-such-nic", "Cannot find device \"no-such-nic\""),
        (
            "connect",
            "Command line is not complete. Try option \"help\"",
        ),
        (
            "connect lo netns",
            "Command line is not complete. Try option \"help\"",
        ),
        (
            "connect lo disconnect",
            "Error: duplicate \"connect\": \"disconnect\" is the second value.",
        ),
        (
            "disconnect peer-ifindex 5",
            "Error: duplicate \"connect\": \"5\" is the second value.",
        ),
        (
            "pool 1 pool 2",
            "Error: duplicate \"pool\": \"2\" is the second value.",
        ),
        (
            "finish on finish off",
            "Error: duplicate \"finish\": \"off\" is the second value.",
        ),
        (
            "peer name a peer name b",
            "Error: duplicate \"peer\": \"peer\" is the second value.",
        ),
        ("wire peer", "softnic: unknown option \"wire\"?"),
        ("help", ""),
    ] {
        assert_eq!(parse(command).unwrap_err().to_string(), said, "{command}");
    }
}

#[test]
fn help_names_every_word() {
    let help = Softnic::HELP.to_str().unwrap();
    for word in [
        "slots",
        "pool",
        "storm",
        "finish",
        "peer",
        "connect",
        "disconnect",
    ] {
        let line = help
            .lines()
            .find(|line| line.split(' ').next() == Some(word));
        assert!(line.is_some(), "{word}");
    }
    assert!(help.contains(" peer-ifindex INDEX [ peer-netnsid ID ]"));
}

fn shown(attributes: &[(u16, u32)]) -> (String, String) {
    let bytes: Vec<_> = attributes
        .iter()
        .map(|(_, value)| value.to_ne_bytes())
        .collect();
    let mut table = vec![None; usize::from(Softnic::LAST_ATTRIBUTE) + 1];
    for ((attribute, _), value) in attributes.iter().zip(&bytes) {
        table[usize::from(*attribute)] = Some(value.as_slice());
    }
    let fields = Softnic::show(&Attributes(table));
    let mut said = Said::default();
    json(&fields, &mut said);
    (text(&fields), said.0)
}

#[test]
fn every_attribute_is_shown() {
    let (text, json) = shown(&[
        (2, 1),
        (3, 5),
        (5, 0),
        (6, 1),
        (7, 64),
        (8, 3),
        (9, 2),
        (10, 8),
        (11, 4),
        (12, 1000),
    ]);
    assert_eq!(
        text,
        "slots 64 pool 8 storm 1000 finish on wire peer peer-ifindex 5 peer-netnsid 0 \
         slots-used 3 slots-waiting 2 pool-used 4 "
    );
    assert_eq!(
        json,
        "slots=64;pool=8;storm=1000;finish=true;wire=peer;peer_ifindex=5;peer_netnsid=0;\
         slots_used=3;slots_waiting=2;pool_used=4;"
    );
}

#[test]
fn a_nic_without_a_peer() {
    assert_eq!(shown(&[(2, 0), (6, 0)]).0, "finish off wire none ");
    assert_eq!(shown(&[]), (String::new(), String::new()));
}

#[test]
fn the_numbers_are_the_modules() {
    let module = include_str!("../../../../src/nic/attributes.rs");
    let own = [
        ("PEER", PEER),
        ("WIRE", WIRE_ATTRIBUTE),
        ("PEER_IFINDEX", PEER_IFINDEX),
        ("PEER_NETNS_FD", PEER_NETNS_FD),
        ("PEER_NETNSID", PEER_NETNSID),
        ("FINISH", FINISH),
        ("SLOTS", SLOTS),
        ("SLOTS_USED", SLOTS_USED),
        ("SLOTS_WAITING", SLOTS_WAITING),
        ("POOL", POOL),
        ("POOL_USED", POOL_USED),
        ("STORM", STORM),
    ];
    for (name, number) in own {
        let line = format!(" {name}: u16 = {number};");
        assert!(module.contains(&line), "no {line}");
    }
    assert_eq!(module.matches(": u16 = ").count(), own.len());
}
