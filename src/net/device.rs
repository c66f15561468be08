// SPDX-License-Identifier: GPL-2.0

//! Network devices: allocation, private data, registration.
//!
//! C header: `include/linux/netdevice.h`; life cycle as in
//! Documentation/networking/netdevices.rst and net/core/dev.c. The states are
//! types: [`Unregistered`] (allocated, no private data), [`Registered`]
//! (registered, taken back on drop), [`Device`] (what callbacks see; the
//! private data behind it is in `private.rs`).

use crate::bindings;
use crate::net::context::{RcuRead, Softirq};
use crate::net::ethtool::{Ethtool, FlowRules, StandardStats};
use crate::net::netlink::ExtAck;
use crate::net::netns::NetRef;
use crate::net::ops::AddressList;
use crate::net::peer_link::PeerLink;
use crate::net::private;
pub(crate) use crate::net::private::{Device, PortDevice};
use crate::net::queue_stats::QueueStats;
use crate::net::rtnl::Rtnl;
use crate::net::setup::Features;
use crate::net::skb::{Frame, TxSkb};
use crate::net::stats::LinkStats;
use core::marker::PhantomData;
use core::mem;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use kernel::error::{from_err_ptr, to_result};
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

/// A device that is allocated and not registered.
///
/// # Invariants
///
/// The device is of driver `T`, not registered, and without private data. If
/// `owned`, this value is to free it, else the core is.
pub(crate) struct Unregistered<'a, T: Driver> {
    dev: NonNull<bindings::net_device>,
    owned: bool,
    _life: PhantomData<(&'a Rtnl, T)>,
}

impl<'a, T: Driver> Unregistered<'a, T> {
    /// # Safety
    ///
    /// `dev` must be as the type invariant says; the core frees it.
    pub(super) unsafe fn borrowed(dev: NonNull<bindings::net_device>) -> Self {
        // INVARIANT: By the requirement.
        Self {
            dev,
            owned: false,
            _life: PhantomData,
        }
    }

    /// Allocates a second device of the same kind, as the link attributes
    /// `link` say, in namespace `net`. Process context, RTNL.
    pub(crate) fn create_like(
        &self,
        net: &NetRef<'_>,
        name: &[u8],
        link: &PeerLink<'_>,
        extack: &ExtAck<'_>,
        _: &'a Rtnl,
    ) -> Result<Self> {
        let mut ifname = [0u8; bindings::SOFTNIC_IFNAMSIZ as usize];
        let room = ifname.len().saturating_sub(1);
        if name.is_empty() || name.len() > room {
            return Err(EINVAL);
        }
        ifname
            .iter_mut()
            .zip(name)
            .for_each(|(to, from)| *to = *from);
        // SAFETY: Our device is of the same kind, so its operations fit; the
        // name is terminated; the table has IFLA_MAX + 1 entries.
        let dev = from_err_ptr(unsafe {
            bindings::rtnl_create_link(
                net.as_ptr(),
                ifname.as_ptr().cast(),
                bindings::SOFTNIC_NET_NAME_USER,
                (*self.dev.as_ptr()).rtnl_link_ops,
                link.attributes().as_ptr(),
                extack.as_ptr(),
            )
        })?;
        let dev = NonNull::new(dev).ok_or(ENOMEM)?;
        // SAFETY: The device is ours alone.
        unsafe {
            if (*self.dev.as_ptr()).ifindex != 0 {
                (*dev.as_ptr()).ifindex = link.header().ifi_index;
            }
        }
        // INVARIANT: Just made, for us to free.
        Ok(Self {
            dev,
            owned: true,
            _life: PhantomData,
        })
    }

    /// Gives the device a random MAC address.
    pub(crate) fn set_random_mac(&mut self) {
        // SAFETY: The device is valid and not registered.
        unsafe { bindings::eth_hw_addr_random(self.dev.as_ptr()) };
    }

    /// Gives the device this MAC address: its own, or one that it was `lent` by
    /// another device.
    pub(crate) fn set_mac(&mut self, mac: [u8; 6], lent: bool) {
        // SAFETY: The device is valid and not registered; an Ethernet address
        // has six bytes.
        unsafe {
            (*self.dev.as_ptr()).addr_assign_type = match lent {
                true => bindings::SOFTNIC_NET_ADDR_STOLEN,
                false => bindings::SOFTNIC_NET_ADDR_PERM,
            };
            bindings::dev_addr_mod(self.dev.as_ptr(), 0, mac.as_ptr().cast(), mac.len())
        };
    }

    /// Limits the MTU to `max` bytes, and sets it to that if `fully`.
    pub(crate) fn set_max_mtu(&mut self, max: u32, fully: bool) {
        // SAFETY: The device is valid, not registered, and ours.
        unsafe {
            (*self.dev.as_ptr()).max_mtu = max;
            if fully {
                (*self.dev.as_ptr()).mtu = max;
            }
        }
    }

    /// Changes how many receive queues are in use from the start.
    pub(crate) fn set_real_num_rx_queues(&mut self, count: u32, rtnl: &Rtnl) -> Result {
        self.netdev().set_real_num_rx_queues(count, rtnl)
    }

    /// The device, for what every device has.
    pub(crate) fn netdev(&self) -> &Netdev {
        // SAFETY: By the type invariant it is valid.
        unsafe { Netdev::from_ptr(self.dev.as_ptr()) }
    }

    /// Initialises port and private data, and registers the device. On failure
    /// they are dropped once and the device is freed, by us or by the core.
    /// Process context, RTNL.
    pub(crate) fn register(
        self,
        port: T::Port,
        data: impl PinInit<T, Error>,
        _: &'a Rtnl,
    ) -> Result<Registered<'a, T>> {
        let dev = self.dev.as_ptr();
        // SAFETY: The device is of driver `T` and without private data, which
        // is ours alone until registration.
        unsafe { private::init::<T>(dev, port, data) }?;
        // SAFETY: The device is valid, RTNL is held, and the data is there
        // before the first callback can come.
        let result = to_result(unsafe { bindings::register_netdevice(dev) });
        if let Err(error) = result {
            // A device whose registration was taken back late is still on
            // its way out; the core then calls the destructor.
            // SAFETY: The device is valid: nobody has freed it yet.
            unsafe {
                if (*dev).reg_state != bindings::SOFTNIC_NETREG_UNREGISTERING {
                    private::clear::<T>(dev);
                }
            }
            return Err(error);
        }
        mem::forget(self);
        Ok(Registered {
            // SAFETY: Registered, with private data.
            dev: unsafe { Device::from_ptr(dev) },
        })
    }
}

impl<T: Driver> Drop for Unregistered<'_, T> {
    fn drop(&mut self) {
        if self.owned {
            // SAFETY: By the type invariant it is ours to free; a device on
            // its way out is left to the core by the function itself.
            unsafe { bindings::free_netdev(self.dev.as_ptr()) };
        }
    }
}

/// A device that was just registered, and is unregistered on drop.
pub(crate) struct Registered<'a, T: Driver> {
    dev: &'a Device<T>,
}

impl<'a, T: Driver> Registered<'a, T> {
    /// Applies the flags of a request and announces the device. For devices
    /// that the core does not know of; it does this itself for its own.
    pub(crate) fn configure(&self, link: &PeerLink<'_>) -> Result {
        // SAFETY: The device is registered and RTNL is held; there is no
        // request message to refer to.
        to_result(unsafe {
            bindings::rtnl_configure_link(self.dev.as_ptr(), link.header(), 0, ptr::null())
        })
    }

    /// Keeps the device.
    pub(crate) fn keep(self) -> &'a Device<T> {
        let dev = self.dev;
        mem::forget(self);
        dev
    }
}

impl<T: Driver> Deref for Registered<'_, T> {
    type Target = Device<T>;

    fn deref(&self) -> &Device<T> {
        self.dev
    }
}

impl<T: Driver> Drop for Registered<'_, T> {
    fn drop(&mut self) {
        // SAFETY: The device is registered and RTNL is held: the value lives
        // inside a callback that runs under it.
        unsafe { bindings::unregister_netdevice_queue(self.dev.as_ptr(), ptr::null_mut()) };
    }
}
