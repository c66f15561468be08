// SPDX-License-Identifier: GPL-2.0
//! Requests about VNICs.

use netlink_bindings::utils::{align, push_header};

use super::{End, NEW, link_request, push_info, push_u32};
use crate::model::named::{Mode, VlanProtocol};
use crate::model::uapi::{
    RTM_NEWLINK, VNIC_DERIVE, VNIC_KIND, VNIC_MODE, VNIC_RINGS, VNIC_VLAN_ID, VNIC_VLAN_PROTOCOL,
    VNIC_VLANS,
};
use crate::model::vlans::VlanList;
use crate::netlink::Request;

/// What is particular to a VNIC. What is none is left to the kernel, or as it
/// is.
#[derive(Debug, Clone, Default)]
pub struct Settings<'a> {
    /// The VLAN that it is on, 0 for none.
    pub vlan: Option<u32>,
    /// The kind of its VLANs' tags.
    pub vlan_protocol: Option<VlanProtocol>,
    /// The VLANs whose tagged frames it sees.
    pub vlans: Option<&'a VlanList>,
    /// Whom it may talk to.
    pub mode: Option<Mode>,
    /// Rings reserved for it.
    pub rings: Option<u32>,
    /// Whether its MAC address follows from the NIC's and its name.
    pub derive: bool,
}

impl Settings<'_> {
    fn push(&self, data: &mut Vec<u8>) {
        push_u32(data, VNIC_VLAN_ID, self.vlan);
        push_u32(data, VNIC_VLAN_PROTOCOL, self.vlan_protocol.map(|p| p.0));
        push_u32(data, VNIC_MODE, self.mode.map(|mode| mode.0));
        push_u32(data, VNIC_RINGS, self.rings);
        if let Some(vlans) = self.vlans {
            let bytes = vlans.to_bytes();
            // At most 4096 ranges of 4 bytes.
            push_header(data, VNIC_VLANS, bytes.len() as u16);
            data.extend(bytes);
            align(data);
        }
        push_u32(data, VNIC_DERIVE, self.derive.then_some(1));
    }
}

/// Creates a VNIC over a device.
pub fn create(vnic: &End<'_>, over: u32, settings: &Settings<'_>) -> Request {
    link_request(RTM_NEWLINK, NEW, 0, |attrs| {
        let attrs = vnic.push(attrs).push_link(over);
        push_info(attrs, VNIC_KIND, |data| settings.push(data));
    })
}

/// Changes a VNIC.
pub fn set(ifindex: u32, device: &End<'_>, settings: &Settings<'_>) -> Request {
    link_request(RTM_NEWLINK, 0, ifindex, |attrs| {
        push_info(device.push(attrs), VNIC_KIND, |data| settings.push(data));
    })
}
