// SPDX-License-Identifier: GPL-2.0
//! Numbers shared with the kernel that no library names.

/// The link kind of a NIC.
pub const KIND: &std::ffi::CStr = c"softnic";

/// `IFLA_SOFTNIC_PEER`: the second end, when both are created at once.
pub const SOFTNIC_PEER: u16 = 1;
/// `IFLA_SOFTNIC_WIRE`: what the NIC is connected by.
pub const SOFTNIC_WIRE: u16 = 2;
/// `IFLA_SOFTNIC_PEER_IFINDEX`: the NIC at the other end, 0 for none.
pub const SOFTNIC_PEER_IFINDEX: u16 = 3;
/// `IFLA_SOFTNIC_PEER_NETNS_FD`: where to look that index up.
pub const SOFTNIC_PEER_NETNS_FD: u16 = 4;
/// `IFLA_SOFTNIC_PEER_NETNSID`: where that index is valid.
pub const SOFTNIC_PEER_NETNSID: u16 = 5;

/// `IFLA_SOFTNIC_FINISH`: whether the wire finishes what offloads put off.
pub const SOFTNIC_FINISH: u16 = 6;

/// Message type `RTM_NEWLINK`.
pub const RTM_NEWLINK: u16 = 16;
/// Message type `RTM_DELLINK`.
pub const RTM_DELLINK: u16 = 17;
/// Message type `RTM_GETLINK`.
pub const RTM_GETLINK: u16 = 18;
/// Message type `RTM_GETNSID`.
pub const RTM_GETNSID: u16 = 90;

/// Length of `struct ifinfomsg`.
pub const IFINFOMSG_LEN: usize = 16;

/// Attribute `IFLA_LINKINFO`.
pub const IFLA_LINKINFO: u16 = 18;
/// Attribute `IFLA_INFO_KIND` in `IFLA_LINKINFO`.
pub const IFLA_INFO_KIND: u16 = 1;
/// Attribute `IFLA_INFO_DATA` in `IFLA_LINKINFO`.
pub const IFLA_INFO_DATA: u16 = 2;

/// Bit of `IFLA_EXT_MASK`: leave the counters out.
pub const RTEXT_FILTER_SKIP_STATS: u32 = 1 << 3;

/// Length of `struct rtgenmsg` with its padding.
pub const RTGENMSG_LEN: usize = 4;
/// Attribute `NETNSA_NSID`.
pub const NETNSA_NSID: u16 = 1;
/// Attribute `NETNSA_FD`.
pub const NETNSA_FD: u16 = 3;
