// SPDX-License-Identifier: GPL-2.0
//! Numbers of the kernel's that have names.

/// Defines a type for such a number. It is written and shown by its name; a
/// value that this tool has no name for is shown as the number.
macro_rules! named {
    ($(#[$about:meta])* $type:ident { $($value:literal => $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $type(pub u32);

        impl $type {
            /// Every number that has a name.
            pub const ALL: &'static [(u32, &'static str)] = &[$(($value, $name),)+];
        }

        impl std::str::FromStr for $type {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($name => Ok(Self($value)),)+
                    _ => Err(concat!("must be one of", $(" ", $name),+)),
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.0 {
                    $($value => f.write_str($name),)+
                    other => other.fmt(f),
                }
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

pub(crate) use named;

named! {
    /// What carries a NIC's frames: nothing, or another NIC at the other end.
    #[derive(Default)]
    Wire {
        0 => "none",
        1 => "peer",
    }
}

named! {
    /// Whom a VNIC may talk to.
    Mode {
        0 => "bridge",
        1 => "private",
        2 => "vepa",
        3 => "passthru",
    }
}

named! {
    /// The kind of a VLAN's tag, as its EtherType.
    VlanProtocol {
        0x8100 => "802.1q",
        0x88a8 => "802.1ad",
    }
}

named! {
    /// Where a VNIC's frames are served.
    Placement {
        0 => "shared",
        1 => "own-group",
        2 => "forced-promiscuous",
    }
}

/// In the default group of its NIC.
pub const SHARED: Placement = Placement(0);
/// In a group of its own.
pub const OWN_GROUP: Placement = Placement(1);
/// In the default group, told apart by software.
pub const FORCED_PROMISCUOUS: Placement = Placement(2);

named! {
    /// Why they are served there.
    PlacementReason {
        0 => "asked-for",
        1 => "no-free-slot",
    }
}

named! {
    /// What kind of device a port is.
    PortKind {
        0 => "nic",
        1 => "vnic",
    }
}

named! {
    /// What a ring waits for.
    RingMode {
        0 => "interrupt",
        1 => "moderated",
        2 => "polling",
    }
}

named! {
    /// Why frames were not delivered, as `ethtool -S` calls it.
    DropReason {
        0 => "tx_drop_truncated",
        1 => "tx_drop_no_memory",
        2 => "tx_drop_no_wire",
        3 => "tx_drop_receiver_down",
        4 => "tx_drop_ring_full",
        5 => "tx_drop_bad_bundle",
        6 => "rx_filtered",
        7 => "rx_vlan_filtered",
        8 => "rx_drop_too_long",
        9 => "rx_drop_by_rule",
        10 => "tx_drop_vlan_forbidden",
        11 => "rx_drop_overrun",
        12 => "switch_storm",
        13 => "rx_drop_purged",
        14 => "rx_drop_no_memory",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        assert_eq!("vepa".parse(), Ok(Mode(2)));
        assert_eq!(Mode(3).to_string(), "passthru");
        assert_eq!(Mode(4).to_string(), "4");
        assert_eq!("802.1ad".parse(), Ok(VlanProtocol(0x88a8)));
        assert_eq!(
            "hub".parse::<Mode>().unwrap_err(),
            "must be one of bridge private vepa passthru"
        );
        assert!("0".parse::<Mode>().is_err());
    }
}
