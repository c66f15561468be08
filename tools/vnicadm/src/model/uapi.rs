// SPDX-License-Identifier: GPL-2.0
//! Numbers shared with the kernel that no library names.

/// The link kind of a NIC.
pub const SOFTNIC_KIND: &std::ffi::CStr = c"softnic";

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

/// `IFLA_SOFTNIC_SLOTS`: filter slots.
pub const SOFTNIC_SLOTS: u16 = 7;
/// `IFLA_SOFTNIC_SLOTS_USED`: filter slots that are taken.
pub const SOFTNIC_SLOTS_USED: u16 = 8;
/// `IFLA_SOFTNIC_SLOTS_WAITING`: VNICs that wait for a slot.
pub const SOFTNIC_SLOTS_WAITING: u16 = 9;
/// `IFLA_SOFTNIC_POOL`: rings that VNICs may reserve.
pub const SOFTNIC_POOL: u16 = 10;
/// `IFLA_SOFTNIC_POOL_USED`: rings that VNICs have reserved.
pub const SOFTNIC_POOL_USED: u16 = 11;
/// `IFLA_SOFTNIC_STORM`: broadcasts and multicasts a second for VNICs.
pub const SOFTNIC_STORM: u16 = 12;

/// The link kind of a VNIC.
pub const VNIC_KIND: &std::ffi::CStr = c"vnic";

/// `IFLA_VNIC_VLAN_ID`: the VLAN it is on, 0 for none.
pub const VNIC_VLAN_ID: u16 = 1;
/// `IFLA_VNIC_VLAN_PROTOCOL`: the kind of its tag.
pub const VNIC_VLAN_PROTOCOL: u16 = 2;
/// `IFLA_VNIC_MODE`: whom it may talk to.
pub const VNIC_MODE: u16 = 3;
/// `IFLA_VNIC_RINGS`: rings reserved for it.
pub const VNIC_RINGS: u16 = 4;
/// `IFLA_VNIC_VLANS`: VLANs of a trunk, pairs of the first and last of a range.
pub const VNIC_VLANS: u16 = 5;
/// `IFLA_VNIC_PLACEMENT`: where its frames are served.
pub const VNIC_PLACEMENT: u16 = 6;
/// `IFLA_VNIC_PLACEMENT_REASON`: why there.
pub const VNIC_PLACEMENT_REASON: u16 = 7;
/// `IFLA_VNIC_PLACEMENT_CHANGES`: how often that changed.
pub const VNIC_PLACEMENT_CHANGES: u16 = 8;
/// `IFLA_VNIC_SLOTS`: filter slots that it wants.
pub const VNIC_SLOTS: u16 = 9;
/// `IFLA_VNIC_DERIVE`: its MAC follows from the NIC's and its name.
pub const VNIC_DERIVE: u16 = 10;

/// Message type `RTM_NEWLINK`.
pub const RTM_NEWLINK: u16 = 16;
/// Message type `RTM_DELLINK`.
pub const RTM_DELLINK: u16 = 17;
/// Message type `RTM_GETLINK`.
pub const RTM_GETLINK: u16 = 18;
/// The multicast group that is told of devices.
pub const RTNLGRP_LINK: u32 = 1;
/// Message type `RTM_GETNSID`.
pub const RTM_GETNSID: u16 = 90;

/// Message type `RTM_GETSTATS`.
pub const RTM_GETSTATS: u16 = 94;
/// Length of `struct if_stats_msg`.
pub const IF_STATS_MSG_LEN: usize = 12;
/// Attribute `IFLA_STATS_LINK_64`.
pub const IFLA_STATS_LINK_64: u16 = 1;

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
