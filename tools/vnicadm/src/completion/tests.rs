// SPDX-License-Identifier: GPL-2.0
//! What is completed, and that nothing that can be said is left out of it, of
//! the help texts and of the man pages.

use clap_complete::engine::complete;

use super::*;
use crate::pages;

/// What can follow these words, of which the last is completed.
fn completions(line: &str) -> Vec<String> {
    let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
    let last = words.len() - 1;
    let found = complete(&mut command(&Line::default()), words, last, None).unwrap();
    let values = found.iter().map(|c| c.get_value().to_str().unwrap());
    values.map(str::to_owned).collect()
}

/// Each subcommand's name and long options.
fn options() -> Vec<(String, Vec<String>)> {
    let command = cli::command();
    let subcommands = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    let subcommands = subcommands.filter(|sub| sub.get_name() != "help");
    let options = subcommands.map(|sub| {
        let longs = sub.get_arguments().filter_map(Arg::get_long);
        let longs = longs.map(|long| format!("--{long}")).collect();
        (sub.get_name().to_owned(), longs)
    });
    options.collect()
}

#[test]
fn every_option_is_completed_explained_and_in_the_man_page() {
    let pages = pages::pages();
    let all = options();
    assert!(all.len() >= 10);
    for (name, options) in all {
        assert!(completions("vnicadm ").contains(&name), "{name}");
        let offered = completions(&format!("vnicadm {name} --"));
        let mut command = cli::command();
        let sub = command.find_subcommand_mut(&name).unwrap();
        let help = sub.render_long_help().to_string();
        let file = format!("vnicadm-{name}.8");
        let page = pages.iter().find(|(found, _)| *found == file).expect(&file);
        let page = String::from_utf8(page.1.clone()).unwrap().replace('\\', "");
        for option in options {
            assert!(offered.contains(&option), "{name} {option}: completion");
            assert!(help.contains(&option), "{name} {option}: help");
            assert!(page.contains(&option), "{name} {option}: man page");
        }
    }
}

#[test]
fn the_whole_page_names_every_subcommand() {
    let pages = pages::pages();
    let (_, page) = pages.iter().find(|(name, _)| name == "vnicadm.8").unwrap();
    let page = String::from_utf8(page.clone()).unwrap().replace('\\', "");
    for (name, _) in options() {
        assert!(page.contains(&format!("vnicadm-{name}(8)")), "{name}");
    }
    assert!(!page.contains("vnicadm-pages"), "what is hidden is told");
}

#[test]
fn values_that_are_words_are_completed() {
    for (line, want) in [
        ("vnicadm create-vnic v0 --mode p", "private passthru"),
        ("vnicadm create-vnic v0 --mac ", "random derived"),
        (
            "vnicadm create-vnic v0 --vlan-protocol=802.1q",
            "--vlan-protocol=802.1q",
        ),
        ("vnicadm set-nic nic0 --finish ", "on off"),
        ("vnicadm completion z", "zsh"),
        ("vnicadm create-n", "create-nic"),
    ] {
        assert_eq!(completions(line).join(" "), want, "{line}");
    }
}

#[test]
fn a_name_to_be_made_is_not_completed_from_those_that_are_there() {
    let only_options = |line| completions(line).iter().all(|word| word.starts_with('-'));
    assert!(only_options("vnicadm create-nic "));
    assert!(only_options("vnicadm create-vnic "));
}

#[test]
fn lists_are_completed_behind_their_last_comma() {
    let of = |current: &str| {
        let values = || vec![("mtu".to_owned(), ""), ("mode".to_owned(), "")];
        let found = of_list(OsStr::new(current), values).into_iter();
        let values = found.map(|c| c.get_value().to_str().unwrap().to_owned());
        values.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of("m"), "mtu mode");
    assert_eq!(of("vlan,mt"), "vlan,mtu");
    assert_eq!(of("vlan=1,"), "vlan=1,mtu vlan=1,mode");
    assert_eq!(of("vlan,x"), "");
}

#[test]
fn values_follow_their_properties() {
    let of = |current: &str| {
        let possible = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        let properties = || {
            BTreeMap::from([
                ("mode".to_owned(), possible(&["bridge", "private"])),
                ("mtu".to_owned(), possible(&["68-1500"])),
                ("vlan-protocol".to_owned(), possible(&["802.1q", "802.1ad"])),
                ("vlans".to_owned(), possible(&["none", "LIST"])),
            ])
        };
        let found = assignments(OsStr::new(current), properties).into_iter();
        let values = found.map(|c| c.get_value().to_str().unwrap().to_owned());
        values.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of("m"), "mode= mtu=");
    assert_eq!(of("mode=p"), "mode=private");
    assert_eq!(of("mtu=1400,vlan-"), "mtu=1400,vlan-protocol=");
    assert_eq!(
        of("mtu=1400,mode="),
        "mtu=1400,mode=bridge mtu=1400,mode=private"
    );
    assert_eq!(of("vlan-protocol=802.1a"), "vlan-protocol=802.1ad");
    assert_eq!(of("vlans="), "vlans=none");
    assert_eq!(of("mtu="), "");
    assert_eq!(of("vlans=0,10,mo"), "vlans=0,10,mode=");
    assert_eq!(of("none=x"), "");
}

#[test]
fn columns_are_completed_wherever_they_are_chosen() {
    for sub in cli::command().get_subcommands() {
        if sub
            .get_arguments()
            .any(|arg| arg.get_long() == Some("output"))
        {
            let name = sub.get_name();
            let found = completions(&format!("vnicadm {name} -o name,"));
            assert!(found.contains(&"name,all".to_owned()), "{name}: {found:?}");
            assert!(found.len() > 2, "{name}: {found:?}");
        }
    }
    let found = completions("vnicadm show-nic --output name,car");
    assert_eq!(found, ["name,carrier"]);
    let line = |words: &str| {
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        columns("stat", &Line::new(&words))
    };
    assert!(line("x -- vnicadm stat --ring -o ").contains(&"capacity".to_owned()));
    assert!(!line("x -- vnicadm stat -o ").contains(&"capacity".to_owned()));
}

#[test]
fn the_namespace_is_that_of_the_line() {
    let of = |line: &str| {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Line::new(&words).netns
    };
    assert_eq!(
        of("vnicadm -- vnicadm --netns blue show-nic "),
        Some("blue".into())
    );
    assert_eq!(
        of("vnicadm -- vnicadm show-nic --netns=a "),
        Some("a".into())
    );
    assert_eq!(of("vnicadm -- vnicadm show-nic "), None);
}

#[test]
fn scripts_ask_the_tool() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(script(shell).contains(VARIABLE), "{shell}");
    }
    assert_eq!(script("csh"), "");
}
