// SPDX-License-Identifier: GPL-2.0

//! Network devices: what drivers do for the core, and what every device has.
//!
//! The states of a device are types: [`Unregistered`] (allocated, no private
//! data), [`Registered`] (registered, taken back on drop), both in
//! `registration.rs`, and [`Device`] (what callbacks see; the private data behind
//! it is in `private.rs`).
//!
//! C header: `include/linux/netdevice.h`.

use crate::bindings;
use crate::net::context::{RcuRead, Softirq};
use crate::net::ethtool::{Ethtool, FlowRules, StandardStats};
use crate::net::ops::AddressList;
pub(crate) use crate::net::private::{Device, PortDevice};
use crate::net::queue_stats::QueueStats;
pub(crate) use crate::net::registration::{Registered, Unregistered};
use crate::net::rtnl::Rtnl;
use crate::net::setup::Features;
use crate::net::skb::{Frame, TxSkb};
use crate::net::stats::LinkStats;
use core::ptr;
use kernel::error::to_result;
use kernel::prelude::*;
use kernel::types::Opaque;

/// What became of a frame that the stack wanted sent.
pub(crate) enum Transmit {
    /// The driver took it, to send or to drop.
    Done,
    /// No room now: the stack keeps it and tries again when the queue, which
    /// the driver has stopped, is woken.
    Busy(Frame),
}

/// Which frames the stack wants to see.
pub(crate) struct RxMode<'a> {
    /// All.
    pub(crate) promiscuous: bool,
    /// All multicasts.
    pub(crate) all_multicast: bool,
    /// Unicast addresses besides the device's own.
    pub(crate) unicast: AddressList<'a>,
    /// Multicast addresses.
    pub(crate) multicast: AddressList<'a>,
}

/// What the core asks of the ports of devices of all kinds.
pub(crate) trait PortOps:
    Ethtool + FlowRules + QueueStats + StandardStats + Send + Sync + 'static
{
}

impl<P> PortOps for P where
    P: Ethtool + FlowRules + QueueStats + StandardStats + Send + Sync + 'static
{
}

/// A network driver. The value is a device's private data, beside its port;
/// both are made when the device is registered and dropped after its last user
/// is gone.
pub(crate) trait Driver: Sized + Send + Sync + 'static {
    /// What devices of all kinds have, by which they reach one another
    /// ([`PortDevice`]).
    type Port: PortOps;

    /// Name of the driver, for `ethtool -i`.
    const DRIVER: &'static [u8];

    /// Brings the device up. Process context, RTNL.
    fn open(dev: &Device<Self>, rtnl: &Rtnl) -> Result;
    /// Brings the device down. Process context, RTNL.
    fn stop(dev: &Device<Self>, rtnl: &Rtnl);
    /// Sends a frame. Bottom halves are off; the transmit queue is not locked.
    fn xmit(dev: &Device<Self>, skb: TxSkb, softirq: &Softirq) -> Transmit;
    /// Takes over what the stack wants to see. Process context, RTNL; on
    /// error the core tries again later.
    fn set_rx_mode(dev: &Device<Self>, mode: &RxMode<'_>, rtnl: &Rtnl) -> Result;
    /// Takes over a new MAC address, which [`Netdev`] does not tell yet.
    /// Process context, RTNL; on error all is as it was.
    fn set_mac(dev: &Device<Self>, mac: [u8; 6], rtnl: &Rtnl) -> Result;
    /// Follows a new MTU in bytes, which [`Netdev`] does not tell yet. Process
    /// context, RTNL.
    fn set_mtu(dev: &Device<Self>, mtu: u32, rtnl: &Rtnl);
    /// Takes over which offloads are on from now on; [`Netdev`] still tells the
    /// old ones. Process context, RTNL; on error all is as it was.
    fn set_features(dev: &Device<Self>, features: Features, rtnl: &Rtnl) -> Result;
    /// Takes over that a VLAN, with tags of that EtherType, is wanted from now
    /// on, or no longer; told while the filter of that kind of tag is on.
    /// Process context, RTNL.
    fn set_vlan(dev: &Device<Self>, ethertype: u16, id: u16, wanted: bool, rtnl: &Rtnl) -> Result;
    /// Adds up the statistics. Any context in which the device cannot go.
    fn stats(dev: &Device<Self>, stats: &mut LinkStats<'_>);
    /// The device at the other end or below, for `IFLA_LINK`.
    fn lower<'r>(dev: &'r Device<Self>, rcu: &'r impl RcuRead) -> Option<&'r Netdev>;
    /// Lets go of other devices; the last callback. Process context, RTNL.
    fn uninit(dev: &Device<Self>, rtnl: &Rtnl);
}

/// A live network device of any driver.
///
/// # Invariants
///
/// References are to a valid `net_device`.
#[repr(transparent)]
pub(crate) struct Netdev(Opaque<bindings::net_device>);

// SAFETY: The methods read fields that the core lets be read from anywhere,
// or call functions that may be called from the contexts that they document.
unsafe impl Sync for Netdev {}

impl Netdev {
    /// # Safety
    ///
    /// `dev` must be valid for the lifetime that the caller chooses.
    #[inline]
    pub(super) unsafe fn from_ptr<'a>(dev: *mut bindings::net_device) -> &'a Self {
        // SAFETY: By the requirement; the layout is transparent.
        unsafe { &*dev.cast() }
    }

    #[inline]
    pub(super) fn as_ptr(&self) -> *mut bindings::net_device {
        self.0.get()
    }

    /// Index in its namespace.
    pub(crate) fn ifindex(&self) -> i32 {
        // SAFETY: The device is valid, and one word does not tear.
        unsafe { (&raw const (*self.as_ptr()).ifindex).read_volatile() }
    }

    /// Largest payload of a frame in bytes.
    #[inline]
    pub(crate) fn mtu(&self) -> u32 {
        // SAFETY: As in `ifindex`.
        unsafe { (&raw const (*self.as_ptr()).mtu).read_volatile() }
    }

    /// How many transmit queues it was made with.
    #[inline]
    pub(crate) fn num_tx_queues(&self) -> usize {
        // SAFETY: The device is valid; the number never changes.
        unsafe { (*self.as_ptr()).num_tx_queues as usize }
    }

    /// How many receive queues it was made with.
    pub(crate) fn num_rx_queues(&self) -> usize {
        // SAFETY: As above.
        unsafe { (*self.as_ptr()).num_rx_queues as usize }
    }

    /// Whether received frames may be merged.
    #[inline]
    pub(crate) fn gro_enabled(&self) -> bool {
        // SAFETY: As in `ifindex`.
        let features = unsafe { (&raw const (*self.as_ptr()).features).read_volatile() };
        features & bindings::SOFTNIC_F_GRO != 0
    }

    /// Calls `f` with the EtherType and the id of every VLAN that a device on
    /// top asked for. The type is not told of those of which only a bridge or
    /// the like wants to know.
    pub(crate) fn for_each_vlan(&self, mut f: impl FnMut(Option<u16>, u16), _: &Rtnl) {
        // SAFETY: The device is registered and RTNL is held; `f` outlives the
        // call, which hands it to `vlan_action` of its type.
        unsafe { vlan_for_each(self.as_ptr(), &mut f) };
    }

    /// Whether steering rules are to be followed.
    pub(crate) fn steers_flows(&self) -> bool {
        // SAFETY: As in `ifindex`.
        let features = unsafe { (&raw const (*self.as_ptr()).features).read_volatile() };
        features & bindings::SOFTNIC_F_NTUPLE != 0
    }

    /// How many receive queues are in use.
    pub(crate) fn real_num_rx_queues(&self, _: &Rtnl) -> usize {
        // SAFETY: The device is valid, and RTNL keeps the number.
        unsafe { (*self.as_ptr()).real_num_rx_queues as usize }
    }

    /// How many transmit queues are in use.
    pub(crate) fn real_num_tx_queues(&self, _: &Rtnl) -> usize {
        // SAFETY: As above.
        unsafe { (*self.as_ptr()).real_num_tx_queues as usize }
    }

    /// Changes how many receive queues are in use; on error all is as it was.
    pub(crate) fn set_real_num_rx_queues(&self, count: u32, _: &Rtnl) -> Result {
        // SAFETY: The device is registered and RTNL is held; a count that is
        // too high is refused.
        to_result(unsafe { bindings::netif_set_real_num_rx_queues(self.as_ptr(), count) })
    }

    /// Changes how many transmit queues are in use; frames that wait in the
    /// qdiscs of others are dropped. On error all is as it was.
    pub(crate) fn set_real_num_tx_queues(&self, count: u32, _: &Rtnl) -> Result {
        // SAFETY: As above.
        to_result(unsafe { bindings::netif_set_real_num_tx_queues(self.as_ptr(), count) })
    }

    /// Whether the user has set the indirection table.
    pub(crate) fn has_user_rss_table(&self, _: &Rtnl) -> bool {
        // SAFETY: The device is valid, and RTNL keeps what is read.
        unsafe { bindings::netif_is_rxfh_configured(self.as_ptr()) }
    }

    /// Whether a wire is attached and its other end up. Any context.
    pub(crate) fn set_carrier(&self, on: bool) {
        // SAFETY: The device is valid; both may be called from anywhere, and
        // tell the core only of a change.
        unsafe {
            if on {
                bindings::netif_carrier_on(self.as_ptr());
            } else {
                bindings::netif_carrier_off(self.as_ptr());
            }
        }
    }

    /// Whether its link is up. Any context.
    pub(crate) fn has_carrier(&self) -> bool {
        // SAFETY: The device is valid.
        unsafe { bindings::netif_carrier_ok(self.as_ptr()) }
    }

    /// Whether it is being unregistered.
    pub(crate) fn is_leaving(&self, _: &Rtnl) -> bool {
        // SAFETY: The device is valid, and RTNL keeps the state.
        unsafe { (*self.as_ptr()).reg_state != bindings::SOFTNIC_NETREG_REGISTERED }
    }

    /// Whether it is up, by its administrator.
    pub(crate) fn is_up(&self, _: &Rtnl) -> bool {
        // SAFETY: As above, and its flags.
        unsafe { (*self.as_ptr()).flags & bindings::SOFTNIC_IFF_UP != 0 }
    }

    /// Brings the device down. Process context.
    pub(crate) fn close(&self, _: &Rtnl) {
        // SAFETY: The device is registered and RTNL is held.
        unsafe { bindings::dev_close(self.as_ptr()) };
    }

    /// Changes the largest MTU that may be asked for, and the MTU itself if that
    /// is larger. Process context.
    pub(crate) fn limit_mtu(&self, max: u32, _: &Rtnl) {
        // SAFETY: The device is registered and RTNL is held.
        unsafe {
            (&raw mut (*self.as_ptr()).max_mtu).write_volatile(max);
            if self.mtu() > max {
                // Nobody can refuse what lies in the range; who objects keeps
                // an MTU of which frames are lost on the way.
                bindings::dev_set_mtu(self.as_ptr(), max as i32);
            }
        }
    }

    /// The MAC address. RTNL, so that it does not change meanwhile.
    pub(crate) fn mac(&self, _: &Rtnl) -> [u8; 6] {
        // SAFETY: An Ethernet device's address has six bytes.
        unsafe { (*self.as_ptr()).dev_addr.cast::<[u8; 6]>().read() }
    }

    /// Whether both are the same device.
    pub(crate) fn is(&self, other: &Netdev) -> bool {
        ptr::eq(self, other)
    }

    /// Tells the core which instance polls receive queue `index`, or that
    /// none does.
    pub(super) fn set_queue_napi(&self, index: u32, napi: *mut bindings::napi_struct) {
        let kind = bindings::netdev_queue_type_NETDEV_QUEUE_TYPE_RX;
        // SAFETY: The device is valid; the index is that of an instance, so
        // there is such a queue.
        unsafe { bindings::netif_queue_set_napi(self.as_ptr(), index, kind, napi) };
    }

    /// Tells listeners that attributes of the device's kind have changed.
    pub(crate) fn notify_change(&self, _: &Rtnl) {
        let event = bindings::SOFTNIC_NETDEV_CHANGEINFODATA;
        // SAFETY: The device is registered and RTNL is held. Nobody may refuse
        // this event.
        unsafe { bindings::call_netdevice_notifiers(event, self.as_ptr()) };
    }
}

/// # Safety
///
/// `dev` must be registered, and RTNL held.
unsafe fn vlan_for_each<F: FnMut(Option<u16>, u16)>(dev: *mut bindings::net_device, f: &mut F) {
    let arg: *mut F = f;
    // SAFETY: By the requirement; the action takes its argument for what it is.
    unsafe { bindings::vlan_for_each(dev, Some(vlan_action::<F>), arg.cast()) };
}

/// # Safety
///
/// Called with a VLAN device or null, and with a pointer to an `F` that nobody
/// else uses.
unsafe extern "C" fn vlan_action<F: FnMut(Option<u16>, u16)>(
    vlan: *mut bindings::net_device,
    id: c_int,
    f: *mut c_void,
) -> c_int {
    let ethertype = match vlan.is_null() {
        true => None,
        // SAFETY: By the requirement it is a VLAN device.
        false => Some(u16::from_be(unsafe { bindings::vlan_dev_vlan_proto(vlan) })),
    };
    // SAFETY: By the requirement.
    let f = unsafe { &mut *f.cast::<F>() };
    f(ethertype, id as u16);
    0
}
