// SPDX-License-Identifier: GPL-2.0
//! The command line: what may be asked, nothing of how it is done.

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::model::{IfName, MacAddr};

/// Administer softnic NICs.
#[derive(Debug, Parser)]
#[command(name = "vnicadm", version, arg_required_else_help = true)]
#[command(after_help = "Exit status: 0 done, 1 wrong usage, 2 refused or failed.")]
pub struct Cli {
    /// Work in this network namespace (a name, a path or a process id)
    #[arg(long, global = true, value_name = "NS")]
    pub netns: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a NIC, or two NICs joined by a wire
    CreateNic(CreateNic),
    /// Delete a NIC
    DeleteNic(NicArg),
    /// Change a NIC
    SetNic(SetNic),
    /// Join two NICs by a wire
    Connect(Connect),
    /// Take a NIC off its wire
    Disconnect(NicArg),
    /// Show NICs
    ShowNic(ShowNic),
}

impl Command {
    /// The command and its object, to head an error message.
    pub fn label(&self) -> String {
        match self {
            Self::CreateNic(args) => format!("create-nic {}", args.name),
            Self::DeleteNic(args) => format!("delete-nic {}", args.nic),
            Self::SetNic(args) => format!("set-nic {}", args.nic),
            Self::Connect(args) => format!("connect {} {}", args.nic, args.peer),
            Self::Disconnect(args) => format!("disconnect {}", args.nic),
            Self::ShowNic(args) => match &args.nic {
                Some(nic) => format!("show-nic {nic}"),
                None => "show-nic".to_owned(),
            },
        }
    }
}

/// Arguments of `create-nic`.
#[derive(Debug, Args)]
pub struct CreateNic {
    /// Name of the new NIC
    pub name: IfName,
    /// MAC address
    #[arg(long, value_name = "ADDRESS")]
    pub mac: Option<MacAddr>,
    /// Largest packet in bytes
    #[arg(long, value_name = "BYTES")]
    pub mtu: Option<u32>,
    /// Number of receive rings
    #[arg(long, value_name = "COUNT")]
    pub rx_queues: Option<u32>,
    /// Number of transmit queues
    #[arg(long, value_name = "COUNT")]
    pub tx_queues: Option<u32>,
    /// Put the new NIC into this network namespace
    #[arg(long, value_name = "NS")]
    pub nic_netns: Option<String>,
    /// Have the wire cut bundles and sum up checksums, as hardware does
    #[arg(long)]
    pub finish: bool,
    /// Create a second NIC of this name at the other end of a wire
    #[arg(long, value_name = "NAME")]
    pub peer: Option<IfName>,
    /// MAC address of the peer
    #[arg(long, value_name = "ADDRESS", requires = "peer")]
    pub peer_mac: Option<MacAddr>,
    /// Largest packet of the peer in bytes
    #[arg(long, value_name = "BYTES", requires = "peer")]
    pub peer_mtu: Option<u32>,
    /// Number of receive rings of the peer
    #[arg(long, value_name = "COUNT", requires = "peer")]
    pub peer_rx_queues: Option<u32>,
    /// Number of transmit queues of the peer
    #[arg(long, value_name = "COUNT", requires = "peer")]
    pub peer_tx_queues: Option<u32>,
    /// Put the peer into this network namespace
    #[arg(long, value_name = "NS", requires = "peer")]
    pub peer_netns: Option<String>,
}

/// The NIC that a command works on.
#[derive(Debug, Args)]
pub struct NicArg {
    /// Name of the NIC
    pub nic: IfName,
}

/// Arguments of `set-nic`.
#[derive(Debug, Args)]
pub struct SetNic {
    /// Name of the NIC
    pub nic: IfName,
    /// Have its wire cut bundles and sum up checksums of what it sends
    #[arg(long, value_name = "on|off", value_parser = on_off, action = ArgAction::Set, required = true)]
    pub finish: bool,
}

/// Reads a setting.
fn on_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off".to_owned()),
    }
}

/// Arguments of `connect`.
#[derive(Debug, Args)]
pub struct Connect {
    /// Name of the NIC
    pub nic: IfName,
    /// Name of the NIC at the other end
    pub peer: IfName,
    /// Network namespace of the other end
    #[arg(long, value_name = "NS")]
    pub peer_netns: Option<String>,
}

/// Arguments of `show-nic`.
#[derive(Debug, Args)]
pub struct ShowNic {
    /// Show this NIC alone
    pub nic: Option<IfName>,
    /// Print JSON
    #[arg(short, long)]
    pub json: bool,
    /// Show packet, byte and drop counters too
    #[arg(short, long)]
    pub stats: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
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
            assert_eq!(args.finish, want);
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
}
