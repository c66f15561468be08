// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The numbers of the `vnic` kind's link attributes, in `IFLA_INFO_DATA`.
//! Documentation/link-attributes.md describes them for users.

use crate::net::netlink::Policy;

/// The VLAN that the VNIC is on: 1 to 4094, or 0 for none.
pub(super) const VLAN_ID: u16 = 1;
/// The kind of its tag, as its EtherType: 0x8100 or 0x88a8.
pub(super) const VLAN_PROTOCOL: u16 = 2;
/// Whom the VNIC may talk to, a `Mode`.
pub(super) const MODE: u16 = 3;

/// How many rings the VNIC has reserved; with none it shares those of its NIC.
pub(super) const RINGS: u16 = 4;
/// The VLANs of a VNIC that sees their tags, as `model::vlan_set` has it; empty:
/// it is no trunk.
pub(super) const VLANS: u16 = 5;
/// Where its frames are served, a `Placement`. Read only.
pub(super) const PLACEMENT: u16 = 6;
/// Why there, a `Reason`. Read only.
pub(super) const PLACEMENT_REASON: u16 = 7;
/// How often that has changed. Read only.
pub(super) const PLACEMENT_CHANGES: u16 = 8;
/// How many filter slots it wants. Read only.
pub(super) const SLOTS: u16 = 9;
/// 1: the address is derived from the NIC's address and the name. On creation.
pub(super) const DERIVE: u16 = 10;

/// What each may hold.
pub(super) const POLICY: &[Policy] = &[
    Policy::UNUSED,
    Policy::U32,
    Policy::U32,
    Policy::U32,
    Policy::U32,
    Policy::BINARY,
    Policy::READ_ONLY,
    Policy::READ_ONLY,
    Policy::READ_ONLY,
    Policy::READ_ONLY,
    Policy::U32,
];
