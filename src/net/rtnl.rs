// SPDX-License-Identifier: GPL-2.0

//! Link kinds for `ip link add ... type KIND`, and state under the RTNL mutex.
//!
//! C headers: `include/linux/rtnetlink.h`, `include/net/rtnetlink.h`; the
//! callers are in net/core/rtnetlink.c.

use crate::bindings;
use crate::net::device::{Device, Driver, Netdev, Unregistered};
use crate::net::netlink::{Attributes, Dump, ExtAck, Policy};
use crate::net::netns::NetRef;
use crate::net::private;
use crate::net::rcu;
use crate::net::setup::DeviceSetup;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ptr::NonNull;
use kernel::error::to_result;
use kernel::prelude::*;
use kernel::types::{NotThreadSafe, Opaque};

/// Proof that the RTNL mutex is held by this thread.
///
/// # Invariants
///
/// The mutex is held for as long as the value exists.
pub(crate) struct Rtnl(NotThreadSafe);

impl Rtnl {
    /// Makes the proof in a callback that the core runs under RTNL.
    ///
    /// # Safety
    ///
    /// The mutex must stay held for as long as the value exists.
    #[inline]
    pub(crate) unsafe fn assume() -> Self {
        // SAFETY: Warns on a wrong caller; no requirements.
        unsafe { bindings::assert_rtnl() };
        // INVARIANT: By the safety requirement.
        Self(NotThreadSafe)
    }
}

/// Takes the RTNL mutex and runs `f`. Process context; it must not be held.
pub(crate) fn with_rtnl<R>(f: impl FnOnce(&Rtnl) -> R) -> R {
    // SAFETY: The caller does not hold it; `rtnl_unlock` below balances this.
    unsafe { bindings::rtnl_lock() };
    // INVARIANT: Held from just above until after `f` has returned.
    let result = f(&Rtnl(NotThreadSafe));
    // SAFETY: Taken above, by this thread.
    unsafe { bindings::rtnl_unlock() };
    result
}

/// A value that is read and written under the RTNL mutex only.
pub(crate) struct RtnlCell<T>(UnsafeCell<T>);

// SAFETY: Access needs the proof that this thread holds the mutex.
unsafe impl<T: Send> Sync for RtnlCell<T> {}

impl<T: Copy> RtnlCell<T> {
    /// The value.
    pub(crate) fn get(&self, _: &Rtnl) -> T {
        // SAFETY: RTNL is held, so no other thread is in `set`; `T: Copy`
        // means that no reference into the cell is handed out.
        unsafe { *self.0.get() }
    }
}

impl<T> RtnlCell<T> {
    /// Holds `value`.
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// The value, for who has the cell alone.
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// Puts `value` in, and returns what was there.
    pub(crate) fn set(&self, value: T, _: &Rtnl) -> T {
        // SAFETY: RTNL is held, so no other thread is in `get` or `set`, and
        // no reference into the cell is ever handed out.
        unsafe { self.0.get().replace(value) }
    }
}

/// A kind of link, and how its requests are served. All under RTNL.
pub(crate) trait LinkKind: Driver {
    /// Name of the kind.
    const NAME: &'static CStr;
    /// What may stand in `IFLA_INFO_DATA`; entry 0 is unused.
    const POLICY: &'static [Policy];
    /// The attribute that describes a second device to be made along.
    const PEER_ATTRIBUTE: u16;
    /// How many bytes [`Self::fill`] writes at the most.
    const INFO_SIZE: usize;

    /// Presets a fresh device.
    fn setup(setup: &mut DeviceSetup<'_>);
    /// How many receive queues a device gets that is asked for none in
    /// particular.
    fn default_rx_queues() -> u32;
    /// As above, of transmit queues.
    fn default_tx_queues() -> u32;
    /// Checks a request before anything is made or changed.
    fn validate(link: &Attributes<'_>, extack: &ExtAck<'_>) -> Result;
    /// Initialises and registers the device of a request.
    fn new_link(
        dev: Unregistered<'_, Self>,
        request: &LinkRequest<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result;
    /// Changes a device, before the core looks at the link's own attributes.
    fn change_link(
        dev: &Device<Self>,
        link: &Attributes<'_>,
        data: &Attributes<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result;
    /// Queues a device, and what goes with it, for unregistration.
    fn delete_link(dev: &Device<Self>, queue: &mut UnregisterQueue<'_>, rtnl: &Rtnl);
    /// Writes the attributes of a device.
    fn fill(dev: &Device<Self>, dump: &mut Dump<'_>, rtnl: &Rtnl) -> Result;
}

/// A request for a new link.
pub(crate) struct LinkRequest<'a> {
    /// The link's own attributes (`IFLA_*`).
    pub(crate) link: Attributes<'a>,
    /// The kind's attributes.
    pub(crate) data: Attributes<'a>,
    peer_net: NetRef<'a>,
    link_net: NetRef<'a>,
}

impl<'a> LinkRequest<'a> {
    /// The namespace that a device made along goes into. The core has checked
    /// that the requester may do so.
    pub(crate) fn peer_net(&self) -> &NetRef<'a> {
        &self.peer_net
    }

    /// The namespace in which `IFLA_LINK` names a device. The core has checked
    /// that the requester may use it.
    pub(crate) fn link_net(&self) -> &NetRef<'a> {
        &self.link_net
    }
}

/// Devices that are unregistered together when the callback returns.
pub(crate) struct UnregisterQueue<'a> {
    head: *mut bindings::list_head,
    _life: PhantomData<&'a mut bindings::list_head>,
}

impl UnregisterQueue<'_> {
    /// Adds a device; adding it twice is harmless.
    pub(crate) fn add<T: Driver>(&mut self, dev: &Device<T>, _: &Rtnl) {
        // SAFETY: The device is registered, RTNL is held, and the list is the
        // core's own or null.
        unsafe { bindings::unregister_netdevice_queue(dev.as_ptr(), self.head) };
    }

    /// Deletes a device of any kind, as its kind does it.
    pub(crate) fn delete(&mut self, dev: &Netdev, _: &Rtnl) {
        // SAFETY: The device is registered, and what its kind registered stays
        // as long as it has devices.
        let delete = unsafe {
            let ops = (*dev.as_ptr()).rtnl_link_ops;
            ops.as_ref().and_then(|ops| ops.dellink)
        };
        if let Some(delete) = delete {
            // SAFETY: The device is of that kind, RTNL is held, and the list is
            // the core's own or null.
            unsafe { delete(dev.as_ptr(), self.head) };
        }
    }
}

/// A registered link kind. Dropping it deletes all its devices.
#[pin_data(PinnedDrop)]
pub(crate) struct Registration<K: LinkKind> {
    #[pin]
    ops: Opaque<bindings::rtnl_link_ops>,
    _kind: PhantomData<K>,
}

// SAFETY: After registration only the core touches `ops`.
unsafe impl<K: LinkKind> Sync for Registration<K> {}
// SAFETY: Unregistering may happen on any thread.
unsafe impl<K: LinkKind> Send for Registration<K> {}

impl<K: LinkKind> Registration<K> {
    /// Registers the kind. Process context; `EEXIST` when the name is taken.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            ops <- Opaque::try_ffi_init(|slot: *mut bindings::rtnl_link_ops| {
                // SAFETY: `slot` is valid for writing, stays where it is, and
                // is unregistered before it goes.
                unsafe {
                    slot.write(link_ops::<K>());
                    to_result(bindings::rtnl_link_register(slot))
                }
            }),
            _kind: PhantomData,
        })
    }
}

#[pinned_drop]
impl<K: LinkKind> PinnedDrop for Registration<K> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: Registered in `new`; this waits until the last device of
        // the kind is gone.
        unsafe { bindings::rtnl_link_unregister(self.ops.get()) };
        rcu::barrier();
    }
}

fn link_ops<K: LinkKind>() -> bindings::rtnl_link_ops {
    // SAFETY: All-zero is valid: null pointers and absent callbacks. The
    // fields without public setters, such as `peer_type`, are plain integers.
    let mut ops: bindings::rtnl_link_ops = unsafe { core::mem::zeroed() };
    ops.kind = K::NAME.as_char_ptr();
    ops.priv_size = private::size::<K>();
    ops.setup = Some(setup_callback::<K>);
    ops.peer_type = K::PEER_ATTRIBUTE;
    ops.maxtype = max_type::<K>();
    ops.policy = K::POLICY.as_ptr().cast();
    ops.validate = Some(validate_callback::<K>);
    ops.newlink = Some(new_link_callback::<K>);
    ops.changelink = Some(change_link_callback::<K>);
    ops.dellink = Some(delete_link_callback::<K>);
    ops.get_size = Some(get_size_callback::<K>);
    ops.fill_info = Some(fill_info_callback::<K>);
    ops.get_num_tx_queues = Some(default_tx_queues_callback::<K>);
    ops.get_num_rx_queues = Some(default_rx_queues_callback::<K>);
    ops.get_link_net = Some(link_net_callback::<K>);
    ops
}

fn max_type<K: LinkKind>() -> u32 {
    K::POLICY.len().saturating_sub(1) as u32
}

fn errno(result: Result) -> c_int {
    result.map_or_else(Error::to_errno, |()| 0)
}

/// # Safety
///
/// Called by the core with a fresh device of `priv_size`.
unsafe extern "C" fn setup_callback<K: LinkKind>(dev: *mut bindings::net_device) {
    // SAFETY: By the requirement; nobody else knows the device yet.
    let mut setup = unsafe { DeviceSetup::new::<K>(dev) };
    K::setup(&mut setup);
}

/// # Safety
///
/// Called by the core, with a parsed request.
unsafe extern "C" fn validate_callback<K: LinkKind>(
    tb: *mut *mut bindings::nlattr,
    data: *mut *mut bindings::nlattr,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: The core passes IFLA_MAX + 1 entries, valid for this call.
    let link = unsafe { Attributes::from_table(tb, bindings::SOFTNIC_IFLA_MAX as usize + 1) };
    // SAFETY: Valid for this call, or null.
    let extack = unsafe { ExtAck::from_raw(extack) };
    if !data.is_null() {
        let strict = link
            .link_info_data()
            .map_or(Ok(()), |nest| nest.validate_nested(K::POLICY, &extack));
        if strict.is_err() {
            return errno(strict);
        }
    }
    errno(K::validate(&link, &extack))
}

/// # Safety
///
/// Called by the core under RTNL with a device it just made by `setup`.
unsafe extern "C" fn new_link_callback<K: LinkKind>(
    dev: *mut bindings::net_device,
    params: *mut bindings::rtnl_newlink_params,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: By the requirement.
    let rtnl = unsafe { Rtnl::assume() };
    // SAFETY: By the requirement; the parameters are there for this call.
    let params = unsafe { &*params };
    let peer_net = [params.peer_net, params.link_net, params.src_net]
        .into_iter()
        .find(|net| !net.is_null())
        .unwrap_or(params.src_net);
    let link_net = match params.link_net.is_null() {
        true => params.src_net,
        false => params.link_net,
    };
    // SAFETY: The tables have the sizes that the core parsed them with, and they
    // and the namespaces, of which the source is never null, outlast this call.
    let request = unsafe {
        LinkRequest {
            link: Attributes::from_table(params.tb, bindings::SOFTNIC_IFLA_MAX as usize + 1),
            data: Attributes::from_table(params.data, K::POLICY.len()),
            peer_net: NetRef::from_ptr(peer_net),
            link_net: NetRef::from_ptr(link_net),
        }
    };
    // SAFETY: By the requirement; a device that the core just made is not null.
    let dev = unsafe { Unregistered::borrowed(NonNull::new_unchecked(dev)) };
    // SAFETY: By the requirement; the answer's place is there for this call.
    let extack = unsafe { ExtAck::from_raw(extack) };
    errno(K::new_link(dev, &request, &extack, &rtnl))
}

/// # Safety
///
/// Called by the core under RTNL with a registered device of the kind.
unsafe extern "C" fn change_link_callback<K: LinkKind>(
    dev: *mut bindings::net_device,
    tb: *mut *mut bindings::nlattr,
    data: *mut *mut bindings::nlattr,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: By the requirement.
    let rtnl = unsafe { Rtnl::assume() };
    // SAFETY: By the requirement; the tables are valid for this call.
    let (dev, link, data, extack) = unsafe {
        (
            Device::<K>::from_ptr(dev),
            Attributes::from_table(tb, bindings::SOFTNIC_IFLA_MAX as usize + 1),
            Attributes::from_table(data, K::POLICY.len()),
            ExtAck::from_raw(extack),
        )
    };
    let changed = K::change_link(dev, &link, &data, &extack, &rtnl);
    if changed.is_ok() && !dev.is_up(&rtnl) {
        // The core tells of links that are up alone.
        dev.notify_change(&rtnl);
    }
    errno(changed)
}

/// # Safety
///
/// Called by the core under RTNL with a registered device of the kind.
unsafe extern "C" fn delete_link_callback<K: LinkKind>(
    dev: *mut bindings::net_device,
    head: *mut bindings::list_head,
) {
    // SAFETY: By the requirement.
    let rtnl = unsafe { Rtnl::assume() };
    // SAFETY: By the requirement.
    let dev = unsafe { Device::<K>::from_ptr(dev) };
    let mut queue = UnregisterQueue {
        head,
        _life: PhantomData,
    };
    K::delete_link(dev, &mut queue, &rtnl);
}

/// # Safety
///
/// Called by the core.
unsafe extern "C" fn get_size_callback<K: LinkKind>(_: *const bindings::net_device) -> usize {
    K::INFO_SIZE
}

/// # Safety
///
/// Called by the core under RTNL with a registered device of the kind and a
/// message that is being built.
unsafe extern "C" fn fill_info_callback<K: LinkKind>(
    skb: *mut bindings::sk_buff,
    dev: *const bindings::net_device,
) -> c_int {
    // SAFETY: By the requirement.
    let dev = unsafe { Device::<K>::from_ptr(dev.cast_mut()) };
    // SAFETY: By the requirement.
    let (mut dump, rtnl) = unsafe { (Dump::from_raw(skb), Rtnl::assume()) };
    errno(K::fill(dev, &mut dump, &rtnl))
}

/// # Safety
///
/// Called by the core.
unsafe extern "C" fn default_rx_queues_callback<K: LinkKind>() -> c_uint {
    K::default_rx_queues()
}

/// # Safety
///
/// Called by the core.
unsafe extern "C" fn default_tx_queues_callback<K: LinkKind>() -> c_uint {
    K::default_tx_queues()
}

/// # Safety
///
/// Called by the core under RTNL or RCU with a registered device of the kind.
unsafe extern "C" fn link_net_callback<K: LinkKind>(
    dev: *const bindings::net_device,
) -> *mut bindings::net {
    // SAFETY: By the requirement.
    let dev = unsafe { Device::<K>::from_ptr(dev.cast_mut()) };
    let rcu = kernel::sync::rcu::read_lock();
    let other = K::lower(dev, &rcu).map_or(dev.as_ptr(), |lower| lower.as_ptr());
    // SAFETY: The device is live, and so is its namespace.
    unsafe { bindings::dev_net(other) }
}
