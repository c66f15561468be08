// SPDX-License-Identifier: GPL-2.0

//! Presets of a fresh device: offloads, limits, flags.
//!
//! C header: `include/linux/netdevice.h`, `include/linux/netdev_features.h`.

use crate::bindings;
use crate::net::device::Driver;
use crate::net::{ethtool, ops, private, queue_stats};
use kernel::prelude::*;

/// A set of offloads.
#[derive(Clone, Copy)]
pub(crate) struct Features(u64);

impl Features {
    /// Scattered frames, checksums both ways, and every kind of segmentation:
    /// frames pass as they are, and are cut or summed up where they leave for
    /// a device that needs it.
    pub(crate) const OFFLOADS: Self = Self(
        bindings::SOFTNIC_F_SG
            | bindings::SOFTNIC_F_FRAGLIST
            | bindings::SOFTNIC_F_HW_CSUM
            | bindings::SOFTNIC_F_RXCSUM
            | bindings::SOFTNIC_F_SCTP_CRC
            | bindings::SOFTNIC_F_HIGHDMA
            | bindings::SOFTNIC_F_GSO_SOFTWARE
            | bindings::SOFTNIC_F_GSO_ENCAP_ALL,
    );
    /// VLAN tags, 802.1Q and 802.1ad, travel beside the frame.
    pub(crate) const VLAN: Self = Self(bindings::SOFTNIC_F_VLAN_OFFLOADS);

    /// The flow's hash is told with each received frame.
    pub(crate) const RECEIVE_HASH: Self = Self(bindings::SOFTNIC_F_RXHASH);
    /// Received frames' checksums are verified by the device.
    pub(crate) const RECEIVE_CHECKSUM: Self = Self(bindings::SOFTNIC_F_RXCSUM);
    /// 802.1Q tags of received frames are taken out of them.
    pub(crate) const STRIP_CUSTOMER_TAG: Self = Self(bindings::SOFTNIC_F_HW_VLAN_CTAG_RX);
    /// 802.1ad tags likewise.
    pub(crate) const STRIP_SERVICE_TAG: Self = Self(bindings::SOFTNIC_F_HW_VLAN_STAG_RX);
    /// Frames with 802.1Q tags of VLANs that nobody asked for are dropped.
    pub(crate) const FILTER_CUSTOMER: Self = Self(bindings::SOFTNIC_F_HW_VLAN_CTAG_FILTER);
    /// Those with 802.1ad tags likewise.
    pub(crate) const FILTER_SERVICE: Self = Self(bindings::SOFTNIC_F_HW_VLAN_STAG_FILTER);

    /// What is sent comes back.
    pub(crate) const LOOPBACK: Self = Self(bindings::SOFTNIC_F_LOOPBACK);

    /// The set of these bits.
    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Whether all of `other` is in the set.
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Steering rules are followed.
    pub(crate) const STEERING: Self = Self(bindings::SOFTNIC_F_NTUPLE);

    /// Both sets.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Presets of a fresh device, in the link kind's setup.
pub(crate) struct DeviceSetup<'a> {
    dev: &'a mut bindings::net_device,
}

impl DeviceSetup<'_> {
    /// # Safety
    ///
    /// `dev` must be freshly allocated with [`private::size`] of `T`, and
    /// nobody else may know it.
    pub(super) unsafe fn new<T: Driver>(dev: *mut bindings::net_device) -> Self {
        // SAFETY: By the requirement.
        unsafe { bindings::ether_setup(dev) };
        // SAFETY: By the requirement.
        let dev = unsafe { &mut *dev };
        dev.netdev_ops = ops::netdev_ops::<T>();
        dev.ethtool_ops = ethtool::ethtool_ops::<T>();
        dev.stat_ops = queue_stats::stat_ops::<T::Port>();
        dev.needs_free_netdev = true;
        dev.priv_destructor = Some(private::destructor::<T>);
        Self { dev }
    }

    /// The offloads: on from the start, and changeable; and which of them
    /// VLAN devices on top have too.
    pub(crate) fn set_features(&mut self, features: Features, of_vlans: Features) {
        self.dev.features |= features.0;
        self.dev.hw_features |= features.0;
        self.dev.hw_enc_features |= features.0;
        self.dev.vlan_features |= of_vlans.0;
        self.dev.mpls_features |=
            features.0 & (bindings::SOFTNIC_F_HW_CSUM | bindings::SOFTNIC_F_GSO_SOFTWARE);
        // SAFETY: The device is ours alone.
        unsafe { bindings::netif_set_tso_max_size(self.dev, bindings::SOFTNIC_GSO_MAX_SIZE) };
    }

    /// Features that are on from the start, can be put off, and are this
    /// device's alone.
    pub(crate) fn enable_features(&mut self, features: Features) {
        self.dev.features |= features.0;
        self.dev.hw_features |= features.0;
    }

    /// Offloads that are off from the start, and can be put on.
    pub(crate) fn offer_features(&mut self, features: Features) {
        self.dev.hw_features |= features.0;
    }

    /// The MTU's range in bytes.
    pub(crate) fn set_mtu_range(&mut self, min: u32, max: u32) {
        self.dev.min_mtu = min;
        self.dev.max_mtu = max;
    }

    /// The device filters unicast addresses, keeps frames (so that the stack
    /// must not share them), and changes its address while up, and sends
    /// without a lock on its queues.
    pub(crate) fn set_nic_flags(&mut self) {
        // SAFETY: The union's members share the storage of the flags.
        unsafe {
            let bits = &mut self.dev.__bindgen_anon_1.__bindgen_anon_1;
            let flags = bits.priv_flags()
                & !(bindings::netdev_priv_flags_IFF_TX_SKB_SHARING as c_ulong)
                | bindings::netdev_priv_flags_IFF_UNICAST_FLT as c_ulong
                | bindings::netdev_priv_flags_IFF_LIVE_ADDR_CHANGE as c_ulong;
            bits.set_priv_flags(flags);
            bits.set_lltx(1);
        }
    }
}
