// SPDX-License-Identifier: GPL-2.0
//! A VNIC as the kernel describes it.

use netlink_bindings::utils::{IterableChunks, parse_u32};
use serde::Serialize;

use super::link::{Link, Related};
use super::named::{Mode, Placement, PlacementReason, VlanProtocol};
use super::uapi::{
    VNIC_MODE, VNIC_PLACEMENT, VNIC_PLACEMENT_CHANGES, VNIC_PLACEMENT_REASON, VNIC_RINGS,
    VNIC_SLOTS, VNIC_VLAN_ID, VNIC_VLAN_PROTOCOL, VNIC_VLANS,
};
use super::vlans::VlanList;

/// A VNIC. What its module does not tell, because it is older, is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vnic {
    /// What every device has.
    #[serde(flatten)]
    pub link: Link,
    /// What it was made over.
    pub over: Option<Related>,
    /// The VLAN that it is on, if it is on one.
    pub vlan: Option<u32>,
    /// The kind of its VLANs' tags.
    pub vlan_protocol: Option<VlanProtocol>,
    /// The VLANs whose tagged frames it sees.
    pub vlans: VlanList,
    /// Whom it may talk to.
    pub mode: Option<Mode>,
    /// Rings reserved for it.
    pub rings: Option<u32>,
    /// Where its frames are served.
    pub placement: Option<Placement>,
    /// Why there.
    pub placement_reason: Option<PlacementReason>,
    /// How often that changed.
    pub placement_changes: Option<u32>,
    /// Filter slots that it wants.
    pub slots: Option<u32>,
}

impl Vnic {
    /// Reads what is particular to the kind.
    pub(super) fn read(link: Link, over: Option<Related>, data: &[u8]) -> Self {
        let mut vnic = Self {
            link,
            over,
            vlan: None,
            vlan_protocol: None,
            vlans: VlanList::default(),
            mode: None,
            rings: None,
            placement: None,
            placement_reason: None,
            placement_changes: None,
            slots: None,
        };
        for (header, value) in IterableChunks::new(data) {
            let number = parse_u32(value);
            match header.r#type {
                VNIC_VLAN_ID => vnic.vlan = number.filter(|id| *id != 0),
                VNIC_VLAN_PROTOCOL => vnic.vlan_protocol = number.map(VlanProtocol),
                VNIC_MODE => vnic.mode = number.map(Mode),
                VNIC_RINGS => vnic.rings = number,
                VNIC_VLANS => vnic.vlans = VlanList::from_bytes(value),
                VNIC_PLACEMENT => vnic.placement = number.map(Placement),
                VNIC_PLACEMENT_REASON => vnic.placement_reason = number.map(PlacementReason),
                VNIC_PLACEMENT_CHANGES => vnic.placement_changes = number,
                VNIC_SLOTS => vnic.slots = number,
                _ => {}
            }
        }
        vnic
    }
}

#[cfg(test)]
pub(crate) mod tests;
