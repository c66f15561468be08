// SPDX-License-Identifier: GPL-2.0
//! The family's numbers. They follow from the order in its specification; a
//! test compares them with it.

/// Names the commands, or the attributes of a set.
macro_rules! numbers {
    ($(#[$about:meta])* $set:ident: $type:ty { $($number:literal $constant:ident $name:literal,)+ }) => {
        $(#[$about])*
        #[allow(missing_docs)]
        pub mod $set {
            $(pub const $constant: $type = $number;)+
            /// All of them by the specification's names.
            pub const ALL: &[($type, &str)] = &[$(($number, $name),)+];

            /// What a number is called.
            pub fn name(number: $type) -> Option<&'static str> {
                ALL.iter().find(|(other, _)| *other == number).map(|(_, name)| *name)
            }
        }
    };
}

numbers! {
    /// Commands, and the notices that are spelt as their answers.
    command: u8 {
        1 NIC_GET "nic-get",
        2 WIRE_NTF "wire-ntf",
        3 PORT_GET "port-get",
        4 PORT_ADD_NTF "port-add-ntf",
        5 PORT_DEL_NTF "port-del-ntf",
        6 PLACEMENT_NTF "placement-ntf",
        7 GROUP_GET "group-get",
        8 RING_GET "ring-get",
        9 RING_MODE_NTF "ring-mode-ntf",
        10 FILTER_GET "filter-get",
        11 DROPS_GET "drops-get",
        12 STOCK_NTF "stock-ntf",
    }
}

numbers! {
    /// Attributes of a NIC.
    nic: u16 {
        1 IFINDEX "ifindex",
        2 IFNAME "ifname",
        3 WIRE "wire",
        4 PEER_IFINDEX "peer-ifindex",
        5 PEER_NETNSID "peer-netnsid",
        6 CARRIER "carrier",
        7 VNICS "vnics",
        8 SLOTS "slots",
        9 SLOTS_USED "slots-used",
        10 SLOTS_WAITING "slots-waiting",
        11 POOL "pool",
        12 POOL_USED "pool-used",
        13 STORM "storm",
    }
}

numbers! {
    /// Attributes of a port.
    port: u16 {
        1 IFINDEX "ifindex",
        2 IFNAME "ifname",
        3 KIND "kind",
        4 NIC_IFINDEX "nic-ifindex",
        5 NIC_NETNSID "nic-netnsid",
        6 LOWER_IFINDEX "lower-ifindex",
        7 LOWER_NETNSID "lower-netnsid",
        8 MODE "mode",
        9 PLACEMENT "placement",
        10 PLACEMENT_REASON "placement-reason",
        11 PLACEMENT_CHANGES "placement-changes",
        12 SLOTS_WANTED "slots-wanted",
        13 RINGS_RESERVED "rings-reserved",
        14 TX_BUSY "tx-busy",
    }
}

numbers! {
    /// Attributes of a group.
    group: u16 {
        1 IFINDEX "ifindex",
        2 IFNAME "ifname",
        3 NIC_IFINDEX "nic-ifindex",
        4 NIC_NETNSID "nic-netnsid",
        5 DEFAULT "default",
        6 RINGS "rings",
        7 RINGS_MAX "rings-max",
        8 CAPACITY "capacity",
        9 PORTS "ports",
    }
}

numbers! {
    /// Attributes of a ring.
    ring: u16 {
        1 IFINDEX "ifindex",
        2 ID "id",
        3 NAPI_ID "napi-id",
        4 MODE "mode",
        5 DEPTH "depth",
        6 CAPACITY "capacity",
        7 PACKETS "packets",
        8 BYTES "bytes",
        9 POLLS "polls",
        10 BATCH_1 "batch-1",
        11 BATCH_2_9 "batch-2-9",
        12 BATCH_10_49 "batch-10-49",
        13 BATCH_50 "batch-50",
        14 INTERRUPTS "interrupts",
        15 TIMER "timer",
        16 MODE_SWITCHES "mode-switches",
        17 ADAPTATIONS "adaptations",
        18 FULL "full",
        19 FRAMES "frames",
        20 AGE "age",
        21 WAIT_TIME "wait-time",
        22 WAIT_LENGTH_TIME "wait-length-time",
        23 RUN_TIME "run-time",
        24 RUN_LENGTH_TIME "run-length-time",
        25 LOST_FULL "lost-full",
        26 LOST_PURGED "lost-purged",
        27 AWAY "away",
    }
}

numbers! {
    /// Attributes of a filter.
    filter: u16 {
        1 NIC_IFINDEX "nic-ifindex",
        2 MAC "mac",
        3 VLAN_ID "vlan-id",
        4 VLAN_PROTOCOL "vlan-protocol",
        5 IFINDEX "ifindex",
        6 NETNSID "netnsid",
        7 IN_SLOT "in-slot",
    }
}

numbers! {
    /// Attributes of one reason's drops.
    drop: u16 {
        1 REASON "reason",
        2 PACKETS "packets",
    }
}

numbers! {
    /// Attributes of a port's drops.
    drops: u16 {
        1 IFINDEX "ifindex",
        2 IFNAME "ifname",
        3 DROP "drop",
    }
}
