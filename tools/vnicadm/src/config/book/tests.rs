// SPDX-License-Identifier: GPL-2.0
//! What a command makes of the file's text.

use super::*;
use crate::cli;

fn grammar() -> Grammar {
    Grammar::new(&cli::command())
}

fn statement(grammar: &Grammar, text: &str) -> Statement {
    let words = Line::new(1, text.to_owned()).words.unwrap();
    grammar.read(&words).expect(text)
}

/// The text after commands were taken down.
fn after(text: &str, commands: &[&str]) -> String {
    let grammar = grammar();
    let mut book = Book::new(&grammar, Some(text));
    for command in commands {
        assert_eq!(book.take(statement(&grammar, command)), Outcome::Recorded);
    }
    book.text()
}

fn outcome(text: &str, command: &str) -> Outcome {
    let grammar = grammar();
    Book::new(&grammar, Some(text)).take(statement(&grammar, command))
}

const BOTH: &str = "create-nic nic0\ncreate-vnic v0 --over nic0\n";

#[test]
fn what_is_made_is_added_and_a_new_file_says_what_it_is() {
    let grammar = grammar();
    let mut book = Book::new(&grammar, None);
    book.take(statement(&grammar, "create-nic nic0 --mtu 9000"));
    let text = book.text();
    assert!(text.starts_with('#'));
    assert!(text.ends_with("\ncreate-nic nic0 --mtu 9000\n"));
}

#[test]
fn comments_order_and_other_lines_stay() {
    let text = "# mine\n\n  create-nic   nic0   # the first\nnonsense 'x\ncreate-nic nic1\n";
    assert_eq!(
        after(text, &["create-nic nic2"]),
        format!("{text}create-nic nic2\n")
    );
    let want = "# mine\n\ncreate-nic nic0 --slots 3  # the first\nnonsense 'x\n\
                create-nic nic1\n";
    assert_eq!(after(text, &["set-nic nic0 --slots 3"]), want);
    let want = "# mine\n\nnonsense 'x\ncreate-nic nic1\n";
    assert_eq!(after(text, &["delete-nic nic0"]), want);
}

#[test]
fn a_last_line_that_goes_on_ends_before_what_is_added() {
    for last in ["nonsense \\", "nonsense \"\\", "create-nic nic1 \\"] {
        let text = after(last, &["create-nic nic0"]);
        assert_eq!(text, format!("{last}\n\ncreate-nic nic0\n"));
        assert_eq!(
            after(&text, &["create-nic nic2"]),
            format!("{text}create-nic nic2\n")
        );
    }
}

#[test]
fn what_is_set_is_merged() {
    let text = after(
        BOTH,
        &[
            "set-nic nic0 --finish on --pool 4",
            "set-vnic v0 --vlan 10 --mtu 1400",
            "set-vnic v0 --vlan 20",
        ],
    );
    let want = "create-nic nic0 --finish --pool 4\n\
                create-vnic v0 --over nic0 --vlan 20 --mtu 1400\n";
    assert_eq!(text, want);
    let text = after(
        &text,
        &[
            "set-nic nic0 --finish off",
            "set-vnic v0 --vlans 1-2 --vlan-protocol 802.1ad",
        ],
    );
    let want = "create-nic nic0 --pool 4\n\
                create-vnic v0 --over nic0 --mtu 1400 --vlans 1-2 --vlan-protocol 802.1ad\n";
    assert_eq!(text, want);
}

#[test]
fn the_far_end_of_a_pair_has_a_line_of_its_own() {
    let text = after(
        "create-nic a --peer b\n",
        &["set-nic b --slots 1", "set-nic b --pool 2"],
    );
    assert_eq!(
        text,
        "create-nic a --peer b\nset-nic b --slots 1 --pool 2\n"
    );
    assert_eq!(after(&text, &["delete-nic b"]), "");
}

#[test]
fn what_goes_takes_along_what_is_over_it() {
    let text = "create-nic a --peer b\ncreate-vnic v0 --over b\ncreate-vnic v1 --over v0\n\
                create-nic c\nconnect c d\n";
    assert_eq!(
        after(text, &["delete-nic a"]),
        "create-nic c\nconnect c d\n"
    );
    let want = "create-nic a --peer b\ncreate-nic c\nconnect c d\n";
    assert_eq!(after(text, &["delete-vnic v0"]), want);
}

#[test]
fn names_are_those_of_their_namespace() {
    let text = "create-nic a --netns x\ncreate-nic a --netns y\n";
    assert_eq!(
        after(text, &["delete-nic a --netns y"]),
        "create-nic a --netns x\n"
    );
    assert_eq!(after(text, &["delete-nic a"]), text);
    let text = "create-vnic v --over a --netns x --vnic-netns y\n";
    assert_eq!(after(text, &["delete-vnic v --netns x"]), text);
    assert_eq!(after(text, &["delete-vnic v --netns y"]), "");
}

#[test]
fn what_is_made_again_is_there_once() {
    let text = after(BOTH, &["create-nic nic0 --mtu 9000"]);
    assert_eq!(text, "create-nic nic0 --mtu 9000\n");
}

#[test]
fn groups_filters_and_what_ethtool_sets() {
    let text = after(
        BOTH,
        &[
            "create-group v0 --rings 2",
            "create-filter v0 02:00:00:00:00:01",
            "create-filter v0 02:00:00:00:00:02",
            "create-filter v0 02:00:00:00:00:01",
            "set-rss nic0 --equal 2",
            "set-rss nic0 --weights 1,2",
            "set-coalesce v0 --rx-usecs 5",
            "set-coalesce v0 --rx-frames 7",
        ],
    );
    let want = "create-nic nic0\ncreate-vnic v0 --over nic0 --rings 2\n\
                create-filter v0 02:00:00:00:00:02\ncreate-filter v0 02:00:00:00:00:01\n\
                set-rss nic0 --weights 1,2\nset-coalesce v0 --rx-usecs 5 --rx-frames 7\n";
    assert_eq!(text, want);
    let text = after(
        &text,
        &[
            "delete-group v0",
            "delete-filter v0 02:00:00:00:00:02",
            "delete-filter v0 02:00:00:00:00:09",
        ],
    );
    let want = "create-nic nic0\ncreate-vnic v0 --over nic0 --rings 0\n\
                create-filter v0 02:00:00:00:00:01\n\
                set-rss nic0 --weights 1,2\nset-coalesce v0 --rx-usecs 5 --rx-frames 7\n";
    assert_eq!(text, want);
    assert_eq!(after(&text, &["delete-nic nic0"]), "");
}

#[test]
fn properties_are_written_as_what_sets_them() {
    let text = after(
        "create-nic a --peer b\ncreate-vnic v --over a --vlan 10\n",
        &[
            "set-prop a -p mtu=9000,slots=4,finish=on",
            "set-prop b -p mtu=8000",
            "set-prop b -p pool=7",
            "set-prop v -p vlans=0,10,20-30,ring-size=512",
            "set-prop v -p rx-usecs=5,rx-frames=3",
        ],
    );
    let want = "create-nic a --peer b --mtu 9000 --slots 4 --finish --peer-mtu 8000\n\
                create-vnic v --over a --vlans 0,10,20-30\nset-nic b --pool 7\n\
                set-ring v --size 512\nset-coalesce v --rx-usecs 5 --rx-frames 3\n";
    assert_eq!(text, want);
    let text = after(
        &text,
        &[
            "reset-prop a -p mtu,finish",
            "reset-prop b",
            "reset-prop v -p ring-size,rx-usecs",
        ],
    );
    let want = "create-nic a --peer b --slots 4\ncreate-vnic v --over a --vlans 0,10,20-30\n\
                set-coalesce v --rx-frames 3\n";
    assert_eq!(text, want);
    assert!(matches!(
        outcome(&text, "set-prop w -p mtu=1"),
        Outcome::Unknown(_)
    ));
    assert!(matches!(
        outcome(&text, "reset-prop w"),
        Outcome::Unknown(_)
    ));
}

#[test]
fn wires() {
    let text = "create-nic a\ncreate-nic b\ncreate-nic c --peer d\n";
    let joined = after(text, &["connect a b"]);
    assert_eq!(joined, format!("{text}connect a b\n"));
    assert_eq!(after(&joined, &["disconnect b"]), text);
    let apart = after(text, &["disconnect d"]);
    assert_eq!(apart, format!("{text}disconnect d\n"));
    assert_eq!(after(&apart, &["connect d c"]), text);
}

#[test]
fn what_is_not_written_down_can_not_be_changed() {
    let unknown = |command| match outcome(BOTH, command) {
        Outcome::Unknown(key) => key.to_string(),
        other => panic!("{command}: {other:?}"),
    };
    assert_eq!(unknown("set-nic nic1 --slots 1"), "nic1");
    assert_eq!(unknown("set-nic nic0 --slots 1 --netns x"), "nic0@x");
    assert_eq!(unknown("connect nic0 nic9"), "nic9");
    assert_eq!(outcome(BOTH, "delete-nic nic9"), Outcome::Recorded);
}

#[test]
fn what_others_are_over_is_not_moved_in_one_line() {
    let text = format!("{BOTH}create-vnic v1 --over v0\n");
    let moved = after(BOTH, &["set-vnic v0 --vnic-netns x"]);
    assert!(moved.ends_with("create-vnic v0 --over nic0 --vnic-netns x\n"));
    let got = outcome(&text, "set-vnic v0 --vnic-netns x");
    assert!(matches!(got, Outcome::Entangled(_)), "{got:?}");
}

#[test]
fn replaced_by_what_there_is() {
    let grammar = grammar();
    let text = "# mine\ncreate-nic a --mtu 1500  # first\ncreate-nic gone\nconnect a gone\n\
                create-vnic v --over gone\n";
    let mut book = Book::new(&grammar, Some(text));
    let there = [
        "create-nic a --mtu 9000",
        "create-nic b --peer c",
        "connect a b",
    ];
    book.replace(there.iter().map(|text| statement(&grammar, text)).collect());
    let want = "# mine\ncreate-nic a --mtu 9000  # first\ncreate-nic b --peer c\n\
                connect a b\n";
    assert_eq!(book.text(), want);
}
