// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The numbers of the `softnic` kind's link attributes, in `IFLA_INFO_DATA`.
//! Documentation/link-attributes.md describes them for users.

use crate::net::family;
use crate::net::netlink::Policy;

/// Second end of a pair: `struct ifinfomsg` and link attributes. On creation.
pub(super) const PEER: u16 = 1;
/// What carries the NIC's frames, a [`WireKind`]. Read only.
pub(super) const WIRE: u16 = 2;
/// Index of the NIC at the other end of the wire; written: connects, or with
/// 0 disconnects.
pub(super) const PEER_IFINDEX: u16 = 3;
/// File descriptor of the namespace to look [`PEER_IFINDEX`] up in. Written.
pub(super) const PEER_NETNS_FD: u16 = 4;
/// Id of the namespace that [`PEER_IFINDEX`] belongs to, when it is another.
pub(super) const PEER_NETNSID: u16 = 5;

/// Whether the wire finishes what is sent, 0 or 1: bundles are cut, and frames
/// get their checksums, as hardware does. A new pair's is for both ends.
pub(super) const FINISH: u16 = 6;

/// How many slots the filter table has.
pub(super) const SLOTS: u16 = 7;
/// How many of them are taken. Read only.
pub(super) const SLOTS_USED: u16 = 8;
/// How many VNICs wait for some, and are served by the default group. Read only.
pub(super) const SLOTS_WAITING: u16 = 9;
/// How many rings VNICs may reserve in all.
pub(super) const POOL: u16 = 10;
/// How many of them are reserved. Read only.
pub(super) const POOL_USED: u16 = 11;
/// How many frames a second are copied to many VNICs at the most; 0 is no limit.
pub(super) const STORM: u16 = 12;

/// What each may hold.
pub(super) const POLICY: &[Policy] = &[
    Policy::UNUSED,
    Policy::LINK,
    Policy::READ_ONLY,
    Policy::S32,
    Policy::U32,
    Policy::S32,
    Policy::U32,
    Policy::U32,
    Policy::READ_ONLY,
    Policy::READ_ONLY,
    Policy::U32,
    Policy::READ_ONLY,
    Policy::U32,
];

/// Values of [`WIRE`].
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum WireKind {
    /// Nothing: the NIC is a switch of its own, and its link is up.
    None = 0,
    /// Another NIC, or a wire whose other end hangs loose.
    Peer = 1,
}

// The netlink family has the same numbers.
const _: () = assert!(WireKind::None as u32 == family::wire::NONE);
const _: () = assert!(WireKind::Peer as u32 == family::wire::PEER);
