// SPDX-License-Identifier: GPL-2.0
//! Commands are read as clap reads them, and written so that they are read back.

use super::*;
use crate::cli;
use crate::script::Line;

fn read(text: &str) -> Option<Statement> {
    let words = Line::new(1, text.to_owned()).words.unwrap();
    Grammar::new(&cli::command()).read(&words)
}

fn told(keys: Vec<Key>) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

#[test]
fn options_in_every_form() {
    let want = read("create-vnic v0 --over nic0 --vlan 10").unwrap();
    assert_eq!(want.get("over"), Some("nic0"));
    assert_eq!(want.get("vlan"), Some("10"));
    for text in [
        "create-vnic v0 -l nic0 --vlan=10",
        "create-vnic -lnic0 --vlan 10 v0",
        "create-vnic -l=nic0 --vlan 10 -- v0",
    ] {
        let got = read(text).unwrap();
        assert_eq!(got, want, "{text}");
        let words: Vec<_> = ["vnicadm"].into_iter().chain(text.split(' ')).collect();
        assert!(cli::command().try_get_matches_from(words).is_ok(), "{text}");
    }
}

#[test]
fn options_before_the_command() {
    let found = read("--netns blue create-nic nic0 --finish -t").unwrap();
    assert_eq!(found.netns(), Some("blue"));
    assert!(found.has("finish") && found.has("temporary"));
    assert_eq!(found.names, ["nic0"]);
}

#[test]
fn what_is_no_command() {
    for text in [
        "",
        "make nic0",
        "create-nic nic0 --no-such",
        "create-nic nic0 --mtu",
        "create-nic nic0 --finish=yes",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn is_written_as_it_is_read() {
    for text in [
        "create-nic nic0 --mtu 9000 --finish --netns blue",
        "create-vnic \"a#b\\\\\" --over nic0 --mac 02:00:00:00:00:01",
        "create-nic --mtu 9000 -- -odd",
    ] {
        let statement = read(text).unwrap();
        assert_eq!(statement.to_string(), text);
        assert_eq!(read(&statement.to_string()), Some(statement));
    }
}

#[test]
fn what_is_made_and_where() {
    let makes = |text: &str| told(read(text).unwrap().makes());
    assert_eq!(makes("create-nic a --peer b"), ["a", "b"]);
    let spread = "create-nic a --netns x --nic-netns y --peer b --peer-netns z";
    assert_eq!(makes(spread), ["a@y", "b@z"]);
    assert_eq!(makes("create-nic a --netns x --peer b"), ["a@x", "b@x"]);
    assert_eq!(
        makes("create-vnic v -l a --netns x --vnic-netns y"),
        ["v@y"]
    );
    assert_eq!(makes("set-nic a --slots 1"), [""; 0]);
    let over = read("create-vnic v -l a --netns x --vnic-netns y")
        .unwrap()
        .over();
    assert_eq!(over.unwrap().to_string(), "a@x");
    let wires = read("connect a b --peer-netns z").unwrap().wires();
    assert_eq!(told(wires), ["a", "b@z"]);
}

#[test]
fn changes_are_recorded() {
    for name in [
        "create-nic",
        "set-vnic",
        "delete-nic",
        "connect",
        "disconnect",
    ] {
        assert!(is_recorded(name), "{name}");
    }
    for name in [
        "show-nic",
        "batch",
        "restore",
        "save",
        "completion",
        "monitor",
    ] {
        assert!(!is_recorded(name), "{name}");
    }
}
