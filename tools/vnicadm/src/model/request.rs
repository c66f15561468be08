// SPDX-License-Identifier: GPL-2.0
//! Requests about NICs, and about any device.

pub mod vnic;

use std::ffi::CStr;

use netlink_bindings::consts::{NLM_F_CREATE, NLM_F_EXCL};
use netlink_bindings::rt_link::{Ifinfomsg, PushLinkAttrs};
use netlink_bindings::traits::Pusher;
use netlink_bindings::utils::{align, finalize_nested_header, push_header, push_nested_header};

use super::uapi::{
    IFINFOMSG_LEN, IFLA_INFO_DATA, RTEXT_FILTER_SKIP_STATS, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK,
    SOFTNIC_FINISH, SOFTNIC_KIND, SOFTNIC_PEER, SOFTNIC_PEER_IFINDEX, SOFTNIC_PEER_NETNS_FD,
    SOFTNIC_POOL, SOFTNIC_SLOTS, SOFTNIC_STORM,
};
use super::{IfName, MacAddr};
use crate::netlink::Request;

/// Flags of a request that makes something new.
const NEW: u16 = (NLM_F_CREATE | NLM_F_EXCL) as u16;

/// What a new device, or one end of a pair, is given, or what becomes of a
/// device. What is none is left to the kernel, or as it is.
#[derive(Debug, Clone, Default)]
pub struct End<'a> {
    /// Name.
    pub name: Option<&'a IfName>,
    /// MAC address.
    pub mac: Option<MacAddr>,
    /// Largest packet.
    pub mtu: Option<u32>,
    /// Number of receive rings.
    pub rx_queues: Option<u32>,
    /// Number of transmit queues.
    pub tx_queues: Option<u32>,
    /// Descriptor of its network namespace.
    pub netns_fd: Option<u32>,
}

impl End<'_> {
    fn push<P: Pusher>(&self, mut attrs: PushLinkAttrs<P>) -> PushLinkAttrs<P> {
        if let Some(name) = self.name {
            attrs = attrs.push_ifname_bytes(name.as_str().as_bytes());
        }
        if let Some(mac) = self.mac {
            attrs = attrs.push_address(&mac.0);
        }
        if let Some(mtu) = self.mtu {
            attrs = attrs.push_mtu(mtu);
        }
        if let Some(count) = self.rx_queues {
            attrs = attrs.push_num_rx_queues(count);
        }
        if let Some(count) = self.tx_queues {
            attrs = attrs.push_num_tx_queues(count);
        }
        if let Some(fd) = self.netns_fd {
            attrs = attrs.push_net_ns_fd(fd);
        }
        attrs
    }
}

/// What is particular to a NIC. What is none is left to the kernel, or as it
/// is.
#[derive(Debug, Clone, Default)]
pub struct NicSettings {
    /// Whether its wire finishes what offloads put off.
    pub finish: Option<bool>,
    /// Filter slots.
    pub slots: Option<u32>,
    /// Rings that VNICs may reserve.
    pub pool: Option<u32>,
    /// Broadcasts and multicasts a second that reach VNICs, 0 for no limit.
    pub storm: Option<u32>,
}

impl NicSettings {
    fn push(&self, data: &mut Vec<u8>) {
        push_u32(data, SOFTNIC_FINISH, self.finish.map(u32::from));
        push_u32(data, SOFTNIC_SLOTS, self.slots);
        push_u32(data, SOFTNIC_POOL, self.pool);
        push_u32(data, SOFTNIC_STORM, self.storm);
    }
}

/// Creates a NIC, or two that are joined.
pub fn create(nic: &End<'_>, peer: Option<&End<'_>>, settings: &NicSettings) -> Request {
    link_request(RTM_NEWLINK, NEW, 0, |attrs| {
        push_info(nic.push(attrs), SOFTNIC_KIND, |data| {
            settings.push(data);
            let Some(peer) = peer else { return };
            // The nest begins with a header of its own and is no plain list
            // of attributes, so it does not bear the flag of one.
            let start = push_header(data, SOFTNIC_PEER, 0);
            data.extend([0; IFINFOMSG_LEN]);
            peer.push(PushLinkAttrs::new(&mut *data));
            finalize_nested_header(data, start);
        });
    })
}

/// Deletes a device.
pub fn delete(ifindex: u32) -> Request {
    link_request(RTM_DELLINK, 0, ifindex, |_| {})
}

/// Joins a NIC to another, looked up in the namespace behind the descriptor.
pub fn connect(ifindex: u32, peer_ifindex: u32, peer_netns_fd: Option<u32>) -> Request {
    link_request(RTM_NEWLINK, 0, ifindex, |attrs| {
        push_info(attrs, SOFTNIC_KIND, |data| {
            push_u32(data, SOFTNIC_PEER_IFINDEX, Some(peer_ifindex));
            push_u32(data, SOFTNIC_PEER_NETNS_FD, peer_netns_fd);
        });
    })
}

/// Takes a NIC off its wire.
pub fn disconnect(ifindex: u32) -> Request {
    connect(ifindex, 0, None)
}

/// Changes a NIC.
pub fn set(ifindex: u32, settings: &NicSettings) -> Request {
    change(ifindex, &End::default(), settings)
}

/// Changes a NIC, and what it has like every device.
pub fn change(ifindex: u32, device: &End<'_>, settings: &NicSettings) -> Request {
    link_request(RTM_NEWLINK, 0, ifindex, |attrs| {
        push_info(device.push(attrs), SOFTNIC_KIND, |data| settings.push(data));
    })
}

/// Asks for a device by name.
pub fn by_name(name: &IfName) -> Request {
    link_request(RTM_GETLINK, 0, 0, |attrs| {
        attrs.push_ifname_bytes(name.as_str().as_bytes());
    })
}

/// Asks for a device by its index in the namespace with this number.
pub fn by_index_in(ifindex: u32, netnsid: Option<i32>) -> Request {
    link_request(RTM_GETLINK, 0, ifindex, |attrs| {
        if let Some(id) = netnsid {
            attrs.push_target_netnsid(id);
        }
    })
}

/// Asks for all devices of a kind. A kernel without the kind lists every
/// device.
pub fn list(kind: &CStr, stats: bool) -> Request {
    list_in(kind, stats, None)
}

/// The same of the namespace with this number.
pub fn list_in(kind: &CStr, stats: bool, netnsid: Option<i32>) -> Request {
    link_request(RTM_GETLINK, 0, 0, |mut attrs| {
        if !stats {
            attrs = attrs.push_ext_mask(RTEXT_FILTER_SKIP_STATS);
        }
        if let Some(id) = netnsid {
            attrs = attrs.push_target_netnsid(id);
        }
        attrs.nested_linkinfo().push_kind(kind);
    })
}

fn link_request(
    message_type: u16,
    flags: u16,
    ifindex: u32,
    fill: impl FnOnce(PushLinkAttrs<&mut Vec<u8>>),
) -> Request {
    let mut header = Ifinfomsg::new();
    header.ifi_index = ifindex as i32;
    let mut payload = header.as_slice().to_vec();
    fill(PushLinkAttrs::new(&mut payload));
    align(&mut payload);
    Request {
        message_type,
        flags,
        payload,
    }
}

fn push_info(attrs: PushLinkAttrs<&mut Vec<u8>>, kind: &CStr, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut info = attrs.nested_linkinfo().push_kind(kind);
    let buffer = info.as_vec_mut();
    let start = push_nested_header(buffer, IFLA_INFO_DATA);
    fill(buffer);
    finalize_nested_header(buffer, start);
}

fn push_u32(buffer: &mut Vec<u8>, attribute: u16, value: Option<u32>) {
    let Some(value) = value else { return };
    push_header(buffer, attribute, 4);
    buffer.extend(value.to_ne_bytes());
}

#[cfg(test)]
mod tests;
