// SPDX-License-Identifier: GPL-2.0

//! The numbers of the netlink family `softnic`, as the kernel's generator made
//! them from Documentation/netlink/specs/softnic.yaml, which tells what they
//! are.

// Some numbers are only compared with, when the module is built.
#![allow(dead_code, missing_docs)]

use crate::bindings;

/// Names generated constants anew: the attributes of a set.
macro_rules! attributes {
    ($set:ident: $($name:ident = $generated:ident,)*) => {
        pub(crate) mod $set {
            $(pub(crate) const $name: u16 = super::bindings::$generated as u16;)*
        }
    };
}

/// As above: the values of an enumeration.
macro_rules! values {
    ($set:ident: $($name:ident = $generated:ident,)*) => {
        pub(crate) mod $set {
            $(pub(crate) const $name: u32 = super::bindings::$generated;)*
        }
    };
}

values! {
    wire:
    NONE = softnic_wire_SOFTNIC_WIRE_NONE,
    PEER = softnic_wire_SOFTNIC_WIRE_PEER,
}

values! {
    port_kind:
    NIC = softnic_port_kind_SOFTNIC_PORT_KIND_NIC,
    VNIC = softnic_port_kind_SOFTNIC_PORT_KIND_VNIC,
}

values! {
    mode:
    BRIDGE = softnic_mode_SOFTNIC_MODE_BRIDGE,
    PRIVATE = softnic_mode_SOFTNIC_MODE_PRIVATE,
    VEPA = softnic_mode_SOFTNIC_MODE_VEPA,
    PASSTHRU = softnic_mode_SOFTNIC_MODE_PASSTHRU,
}

values! {
    placement:
    SHARED = softnic_placement_SOFTNIC_PLACEMENT_SHARED,
    OWN_GROUP = softnic_placement_SOFTNIC_PLACEMENT_OWN_GROUP,
    FORCED_PROMISCUOUS = softnic_placement_SOFTNIC_PLACEMENT_FORCED_PROMISCUOUS,
}

values! {
    placement_reason:
    ASKED = softnic_placement_reason_SOFTNIC_PLACEMENT_REASON_ASKED,
    NO_SLOT = softnic_placement_reason_SOFTNIC_PLACEMENT_REASON_NO_SLOT,
}

values! {
    ring_mode:
    INTERRUPT = softnic_ring_mode_SOFTNIC_RING_MODE_INTERRUPT,
    MODERATED = softnic_ring_mode_SOFTNIC_RING_MODE_MODERATED,
    POLLING = softnic_ring_mode_SOFTNIC_RING_MODE_POLLING,
}

values! {
    drop_reason:
    TX_DROP_TRUNCATED = softnic_drop_reason_SOFTNIC_DROP_REASON_TX_DROP_TRUNCATED,
    TX_DROP_NO_MEMORY = softnic_drop_reason_SOFTNIC_DROP_REASON_TX_DROP_NO_MEMORY,
    TX_DROP_NO_WIRE = softnic_drop_reason_SOFTNIC_DROP_REASON_TX_DROP_NO_WIRE,
    TX_DROP_RECEIVER_DOWN = softnic_drop_reason_SOFTNIC_DROP_REASON_TX_DROP_RECEIVER_DOWN,
    TX_DROP_RING_FULL = softnic_drop_reason_SOFTNIC_DROP_REASON_TX_DROP_RING_FULL,
    TX_DROP_BAD_BUNDLE = softnic_drop_reason_SOFTNIC_DROP_REASON_TX_DROP_BAD_BUNDLE,
    RX_FILTERED = softnic_drop_reason_SOFTNIC_DROP_REASON_RX_FILTERED,
    RX_VLAN_FILTERED = softnic_drop_reason_SOFTNIC_DROP_REASON_RX_VLAN_FILTERED,
    RX_DROP_TOO_LONG = softnic_drop_reason_SOFTNIC_DROP_REASON_RX_DROP_TOO_LONG,
    RX_DROP_BY_RULE = softnic_drop_reason_SOFTNIC_DROP_REASON_RX_DROP_BY_RULE,
    TX_DROP_VLAN_FORBIDDEN = softnic_drop_reason_SOFTNIC_DROP_REASON_TX_DROP_VLAN_FORBIDDEN,
    RX_DROP_OVERRUN = softnic_drop_reason_SOFTNIC_DROP_REASON_RX_DROP_OVERRUN,
    SWITCH_STORM = softnic_drop_reason_SOFTNIC_DROP_REASON_SWITCH_STORM,
    RX_DROP_PURGED = softnic_drop_reason_SOFTNIC_DROP_REASON_RX_DROP_PURGED,
    RX_DROP_NO_MEMORY = softnic_drop_reason_SOFTNIC_DROP_REASON_RX_DROP_NO_MEMORY,
    MAX = softnic_drop_reason_SOFTNIC_DROP_REASON_MAX,
}

attributes! {
    nic:
    IFINDEX = SOFTNIC_A_NIC_IFINDEX,
    IFNAME = SOFTNIC_A_NIC_IFNAME,
    WIRE = SOFTNIC_A_NIC_WIRE,
    PEER_IFINDEX = SOFTNIC_A_NIC_PEER_IFINDEX,
    PEER_NETNSID = SOFTNIC_A_NIC_PEER_NETNSID,
    CARRIER = SOFTNIC_A_NIC_CARRIER,
    VNICS = SOFTNIC_A_NIC_VNICS,
    SLOTS = SOFTNIC_A_NIC_SLOTS,
    SLOTS_USED = SOFTNIC_A_NIC_SLOTS_USED,
    SLOTS_WAITING = SOFTNIC_A_NIC_SLOTS_WAITING,
    POOL = SOFTNIC_A_NIC_POOL,
    POOL_USED = SOFTNIC_A_NIC_POOL_USED,
    STORM = SOFTNIC_A_NIC_STORM,
}

attributes! {
    port:
    IFINDEX = SOFTNIC_A_PORT_IFINDEX,
    IFNAME = SOFTNIC_A_PORT_IFNAME,
    KIND = SOFTNIC_A_PORT_KIND,
    NIC_IFINDEX = SOFTNIC_A_PORT_NIC_IFINDEX,
    NIC_NETNSID = SOFTNIC_A_PORT_NIC_NETNSID,
    LOWER_IFINDEX = SOFTNIC_A_PORT_LOWER_IFINDEX,
    LOWER_NETNSID = SOFTNIC_A_PORT_LOWER_NETNSID,
    MODE = SOFTNIC_A_PORT_MODE,
    PLACEMENT = SOFTNIC_A_PORT_PLACEMENT,
    PLACEMENT_REASON = SOFTNIC_A_PORT_PLACEMENT_REASON,
    PLACEMENT_CHANGES = SOFTNIC_A_PORT_PLACEMENT_CHANGES,
    SLOTS_WANTED = SOFTNIC_A_PORT_SLOTS_WANTED,
    RINGS_RESERVED = SOFTNIC_A_PORT_RINGS_RESERVED,
    TX_BUSY = SOFTNIC_A_PORT_TX_BUSY,
}

attributes! {
    group:
    IFINDEX = SOFTNIC_A_GROUP_IFINDEX,
    IFNAME = SOFTNIC_A_GROUP_IFNAME,
    NIC_IFINDEX = SOFTNIC_A_GROUP_NIC_IFINDEX,
    NIC_NETNSID = SOFTNIC_A_GROUP_NIC_NETNSID,
    DEFAULT = SOFTNIC_A_GROUP_DEFAULT,
    RINGS = SOFTNIC_A_GROUP_RINGS,
    RINGS_MAX = SOFTNIC_A_GROUP_RINGS_MAX,
    CAPACITY = SOFTNIC_A_GROUP_CAPACITY,
    PORTS = SOFTNIC_A_GROUP_PORTS,
}

attributes! {
    ring:
    IFINDEX = SOFTNIC_A_RING_IFINDEX,
    ID = SOFTNIC_A_RING_ID,
    NAPI_ID = SOFTNIC_A_RING_NAPI_ID,
    MODE = SOFTNIC_A_RING_MODE,
    DEPTH = SOFTNIC_A_RING_DEPTH,
    CAPACITY = SOFTNIC_A_RING_CAPACITY,
    PACKETS = SOFTNIC_A_RING_PACKETS,
    BYTES = SOFTNIC_A_RING_BYTES,
    POLLS = SOFTNIC_A_RING_POLLS,
    BATCH_1 = SOFTNIC_A_RING_BATCH_1,
    BATCH_2_9 = SOFTNIC_A_RING_BATCH_2_9,
    BATCH_10_49 = SOFTNIC_A_RING_BATCH_10_49,
    BATCH_50 = SOFTNIC_A_RING_BATCH_50,
    INTERRUPTS = SOFTNIC_A_RING_INTERRUPTS,
    TIMER = SOFTNIC_A_RING_TIMER,
    MODE_SWITCHES = SOFTNIC_A_RING_MODE_SWITCHES,
    ADAPTATIONS = SOFTNIC_A_RING_ADAPTATIONS,
    FULL = SOFTNIC_A_RING_FULL,
    FRAMES = SOFTNIC_A_RING_FRAMES,
    AGE = SOFTNIC_A_RING_AGE,
    WAIT_TIME = SOFTNIC_A_RING_WAIT_TIME,
    WAIT_LENGTH_TIME = SOFTNIC_A_RING_WAIT_LENGTH_TIME,
    RUN_TIME = SOFTNIC_A_RING_RUN_TIME,
    RUN_LENGTH_TIME = SOFTNIC_A_RING_RUN_LENGTH_TIME,
    LOST_FULL = SOFTNIC_A_RING_LOST_FULL,
    LOST_PURGED = SOFTNIC_A_RING_LOST_PURGED,
    AWAY = SOFTNIC_A_RING_AWAY,
}

attributes! {
    filter:
    NIC_IFINDEX = SOFTNIC_A_FILTER_NIC_IFINDEX,
    MAC = SOFTNIC_A_FILTER_MAC,
    VLAN_ID = SOFTNIC_A_FILTER_VLAN_ID,
    VLAN_PROTOCOL = SOFTNIC_A_FILTER_VLAN_PROTOCOL,
    IFINDEX = SOFTNIC_A_FILTER_IFINDEX,
    NETNSID = SOFTNIC_A_FILTER_NETNSID,
    IN_SLOT = SOFTNIC_A_FILTER_IN_SLOT,
}

attributes! {
    drop:
    REASON = SOFTNIC_A_DROP_REASON,
    PACKETS = SOFTNIC_A_DROP_PACKETS,
}

attributes! {
    drops:
    IFINDEX = SOFTNIC_A_DROPS_IFINDEX,
    IFNAME = SOFTNIC_A_DROPS_IFNAME,
    DROP = SOFTNIC_A_DROPS_DROP,
}
