// SPDX-License-Identifier: GPL-2.0

use super::*;
use vnicadm::netlink::frame;

const SPEC: &str = "
attribute-sets:
  -
    name: all
    attributes:
      - { name: ifindex, type: u32 }
      - { name: address, type: binary }
      - { name: deep, type: nest, nested-attributes: all }
      - { name: many, type: indexed-array, sub-type: nest, nested-attributes: all }
      - { name: text, type: string }
      - { name: wide, type: u64 }
";

#[test]
fn attributes_have_lengths_and_end_at_words() {
    let mut out = Vec::new();
    attribute(&mut out, 5, |out| out.push(9));
    assert_eq!(out, [5, 0, 5, 0, 9, 0, 0, 0]);
}

#[test]
fn attributes_by_chance_fit_into_one_another() {
    let spec = Spec::parse(SPEC).unwrap();
    let mut chance = Chance::new(3, vec![]);
    let mut named = 0;
    for _ in 0..1000 {
        let mut out = Vec::new();
        some(&mut chance, &spec, 0, &[], &mut out);
        let mut rest = &out[..];
        while !rest.is_empty() {
            let length = usize::from(u16::from_ne_bytes([rest[0], rest[1]]));
            assert!(length >= 4);
            named += usize::from(rest[2] == 1);
            rest = &rest[length.next_multiple_of(4)..];
        }
    }
    assert!(named > 900, "{named}");
}

#[test]
fn two_of_three_are_as_they_should_be() {
    let mut chance = Chance::new(4, vec![]);
    let mut right = Vec::new();
    attribute(&mut right, 1, |out| out.extend([7; 20]));
    let (mut whole, mut lost) = (0, 0);
    for _ in 0..10_000 {
        let message = Message {
            kind: 20,
            flags: 0,
            head: vec![3; 4],
            body: right.clone(),
        };
        let mut out = Vec::new();
        if !encode(&mut chance, message, &mut out) {
            lost += 1;
            continue;
        }
        // What is told to be found is found.
        let mut rest = &out[..];
        let found = frame::next(&mut rest).unwrap().unwrap();
        assert!(rest.is_empty());
        if found.message_type == 20 && out[20..] == right {
            whole += 1;
        }
    }
    assert!((5500..8000).contains(&whole), "{whole}");
    assert!((1..200).contains(&lost), "{lost}");
}
