// SPDX-License-Identifier: GPL-2.0
//! Command lines, right and wrong.

use super::vnic::MacChoice;
use super::*;
use crate::model::named::{Mode, VlanProtocol};
use clap::{CommandFactory, error::ErrorKind};

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split(' '))
}

fn kind(line: &str) -> ErrorKind {
    parse(line).expect_err(line).kind()
}

#[test]
fn definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn create_takes_both_ends() {
    let cli = parse(
        "vnicadm create-nic nic0 --peer nic1 --mac 02:00:00:00:00:01 --mtu 9000 \
         --rx-queues 4 --tx-queues 2 --peer-netns blue --peer-mtu 1400",
    )
    .unwrap();
    let Command::CreateNic(args) = cli.command else {
        panic!("not create-nic");
    };
    assert_eq!(args.name.as_str(), "nic0");
    assert_eq!(args.peer.unwrap().as_str(), "nic1");
    assert_eq!(args.mac.unwrap().to_string(), "02:00:00:00:00:01");
    assert_eq!((args.mtu, args.peer_mtu), (Some(9000), Some(1400)));
    assert_eq!((args.rx_queues, args.tx_queues), (Some(4), Some(2)));
    assert_eq!(args.peer_netns.as_deref(), Some("blue"));
}

#[test]
fn settings_are_on_or_off() {
    for (text, want) in [("on", true), ("off", false)] {
        let cli = parse(&format!("vnicadm set-nic nic0 --finish {text}")).unwrap();
        let Command::SetNic(args) = cli.command else {
            panic!("not set-nic");
        };
        assert_eq!(args.finish, Some(want));
    }
    assert_eq!(
        kind("vnicadm set-nic nic0 --finish 1"),
        ErrorKind::ValueValidation
    );
    assert_eq!(
        kind("vnicadm set-nic nic0"),
        ErrorKind::MissingRequiredArgument
    );
}

#[test]
fn netns_stands_before_or_after() {
    for line in [
        "vnicadm --netns blue show-nic",
        "vnicadm show-nic --netns blue",
    ] {
        assert_eq!(parse(line).unwrap().netns.as_deref(), Some("blue"));
    }
}

#[test]
fn wrong_usage() {
    assert_eq!(
        kind("vnicadm create-nic nic0 --peer-mtu 1500"),
        ErrorKind::MissingRequiredArgument
    );
    for line in [
        "vnicadm create-nic a/b",
        "vnicadm create-nic nic0 --mtu -1",
        "vnicadm create-nic nic0 --mtu 4294967296",
        "vnicadm create-nic nic0 --mac 1:2:3",
    ] {
        assert!(
            matches!(
                kind(line),
                ErrorKind::ValueValidation | ErrorKind::UnknownArgument
            ),
            "{line}"
        );
    }
    assert_eq!(kind("vnicadm destroy x"), ErrorKind::InvalidSubcommand);
}

#[test]
fn limits_of_a_nic() {
    let line = "vnicadm set-nic nic0 --slots 0 --pool 3 --storm 100";
    let Command::SetNic(args) = parse(line).unwrap().command else {
        panic!("not set-nic");
    };
    let NicLimits { slots, pool, storm } = args.limits;
    assert_eq!((slots, pool, storm), (Some(0), Some(3), Some(100)));
    assert_eq!(args.finish, None);
    assert!(parse("vnicadm create-nic nic0 --peer nic1 --slots 4").is_ok());
}

#[test]
fn vnic_with_everything() {
    let line = "vnicadm create-vnic -l nic0 v0 --mac derived --vlan 10 --vlan-protocol 802.1ad \
                --mode vepa --rings 2 --mtu 1400 --rx-queues 4 --tx-queues 3 --vnic-netns blue";
    let Command::CreateVnic(args) = parse(line).unwrap().command else {
        panic!("not create-vnic");
    };
    assert_eq!((args.name.as_str(), args.over.as_str()), ("v0", "nic0"));
    assert_eq!(args.mac, Some(MacChoice::Derived));
    assert_eq!((args.rx_queues, args.tx_queues), (Some(4), Some(3)));
    let settings = args.settings;
    assert_eq!(settings.vlan, Some(10));
    assert_eq!(settings.vlan_protocol, Some(VlanProtocol(0x88a8)));
    assert_eq!((settings.mode, settings.rings), (Some(Mode(2)), Some(2)));
    assert_eq!(settings.mtu, Some(1400));
    assert_eq!(settings.vnic_netns.as_deref(), Some("blue"));
}

#[test]
fn vnic_addresses() {
    for (text, want) in [
        ("random", MacChoice::Random),
        ("2:0:0:0:0:1", MacChoice::Given(MacAddr([2, 0, 0, 0, 0, 1]))),
    ] {
        let line = format!("vnicadm create-vnic --over nic0 v0 --mac {text} --vlans 0,10,20-30");
        let Command::CreateVnic(args) = parse(&line).unwrap().command else {
            panic!("not create-vnic");
        };
        assert_eq!(args.mac, Some(want));
        assert_eq!(args.settings.vlans.unwrap().0.len(), 3);
    }
    // An address that is there already can't be chosen again.
    assert_eq!(
        kind("vnicadm set-vnic v0 --mac random"),
        ErrorKind::ValueValidation
    );
}

#[test]
fn wrong_usage_of_vnics() {
    for line in ["vnicadm create-vnic v0", "vnicadm set-vnic v0"] {
        assert_eq!(kind(line), ErrorKind::MissingRequiredArgument, "{line}");
    }
    for line in [
        "vnicadm create-vnic -l nic0 v0 --mode hub",
        "vnicadm create-vnic -l nic0 v0 --vlans 1,,2",
        "vnicadm create-vnic -l nic0 v0 --vlan-protocol 0x8100",
        "vnicadm create-vnic -l nic0 v0 --vlan -1",
    ] {
        let got = kind(line);
        assert!(
            matches!(got, ErrorKind::ValueValidation | ErrorKind::UnknownArgument),
            "{line}: {got:?}"
        );
    }
    assert_eq!(
        kind("vnicadm create-vnic -l nic0 v0 --queues 2 --rx-queues 3"),
        ErrorKind::ArgumentConflict
    );
    // What the kernel refuses, it explains better.
    assert!(parse("vnicadm create-vnic -l nic0 v0 --vlan 9999 --vlans 2").is_ok());
}

#[test]
fn forms_of_lists() {
    let line = "vnicadm show-vnic v0 -p -o name,mac -s";
    let Command::ShowVnic(args) = parse(line).unwrap().command else {
        panic!("not show-vnic");
    };
    let layout = args.layout();
    assert!(layout.parsable && layout.counters && !layout.json);
    assert_eq!(layout.columns.unwrap(), ["name", "mac"]);
    assert!(args.wants_counters());
    for command in [
        "show-nic",
        "show-vnic",
        "show-ring",
        "show-group",
        "show-filter",
        "show-rss",
        "show-coalesce",
        "show-drops",
    ] {
        let line = format!("vnicadm {command}");
        assert!(parse(&format!("{line} x0 --json")).is_ok());
        assert!(parse(&format!("{line} -o all")).is_ok());
        let got = kind(&format!("{line} -p"));
        assert_eq!(got, ErrorKind::MissingRequiredArgument);
        assert_eq!(
            kind(&format!("{line} -j -o all")),
            ErrorKind::ArgumentConflict
        );
    }
}

#[test]
fn settings_of_rings() {
    for line in [
        "vnicadm create-group v0 --rings 2",
        "vnicadm delete-group v0",
        "vnicadm set-group nic0 --rings 2",
        "vnicadm set-ring nic0 --size 512",
        "vnicadm create-filter v0 02:00:00:00:00:09",
        "vnicadm delete-filter v0 02:00:00:00:00:09",
        "vnicadm set-rss nic0 --key 6d:5a --function xor --equal 2",
        "vnicadm set-rss nic0 --weights 1,0,3",
        "vnicadm set-rss nic0 --default",
        "vnicadm set-coalesce nic0 --adaptive-rx off --rx-usecs 50 --rx-frames 32",
    ] {
        assert!(parse(line).is_ok(), "{line}");
    }
    for line in [
        "vnicadm create-group v0",
        "vnicadm set-group nic0",
        "vnicadm set-ring nic0",
        "vnicadm set-rss nic0",
        "vnicadm set-coalesce nic0",
        "vnicadm create-filter v0",
    ] {
        assert_eq!(kind(line), ErrorKind::MissingRequiredArgument, "{line}");
    }
    for line in [
        "vnicadm set-rss nic0 --key 6d:5",
        "vnicadm set-rss nic0 --function md5",
        "vnicadm set-rss nic0 --weights 1,,3",
        "vnicadm set-coalesce nic0 --adaptive-rx 1",
        "vnicadm create-filter v0 2:3",
    ] {
        assert_eq!(kind(line), ErrorKind::ValueValidation, "{line}");
    }
    let line = "vnicadm set-rss nic0 --equal 2 --default";
    assert_eq!(kind(line), ErrorKind::ArgumentConflict);
}
