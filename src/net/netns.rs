// SPDX-License-Identifier: GPL-2.0

//! Network namespaces.
//!
//! C header: `include/net/net_namespace.h`.

use crate::bindings;
use crate::net::device::{Device, Driver, Netdev, PortDevice, PortOps};
use crate::net::errno::not_supported;
use crate::net::ops;
use crate::net::rtnl::Rtnl;
use core::marker::PhantomData;
use core::ptr::NonNull;
use kernel::error::from_err_ptr;
use kernel::prelude::*;

/// A namespace that somebody else keeps alive.
///
/// # Invariants
///
/// The pointer is to a live namespace for `'a`.
pub(crate) struct NetRef<'a>(*mut bindings::net, PhantomData<&'a ()>);

impl NetRef<'_> {
    /// # Safety
    ///
    /// `net` must be live for the lifetime that the caller chooses.
    pub(super) unsafe fn from_ptr(net: *mut bindings::net) -> Self {
        // INVARIANT: By the requirement.
        Self(net, PhantomData)
    }

    pub(super) fn as_ptr(&self) -> *mut bindings::net {
        self.0
    }

    /// Whether the current process may connect `dev` to a device here: if it
    /// is the same namespace, which the core has checked, or the process has
    /// `CAP_NET_ADMIN` in this one's user namespace. Process context.
    pub(crate) fn may_connect(&self, dev: &Netdev, _: &Rtnl) -> bool {
        // SAFETY: By the type invariant, and the device is live.
        unsafe { bindings::rtnl_dev_link_net_capable(dev.as_ptr(), self.0) }
    }

    /// The device of index `ifindex` here, if its port is of type `P`; an error
    /// if it has none such.
    pub(crate) fn port_device<'r, P: PortOps>(
        &self,
        ifindex: i32,
        _: &'r Rtnl,
    ) -> Option<Result<&'r PortDevice<P>>> {
        // SAFETY: As in `device`.
        let dev = NonNull::new(unsafe { bindings::__dev_get_by_index(self.0, ifindex) })?;
        // SAFETY: The device is live, as long as the proof stands.
        let dev: &'r Netdev = unsafe { Netdev::from_ptr(dev.as_ptr()) };
        Some(dev.as_port_device().ok_or_else(not_supported))
    }

    /// The first device here whose index is `from` or higher and whose port is
    /// of type `P`.
    pub(crate) fn port_device_from<'r, P: PortOps>(
        &self,
        from: u32,
        _: &'r Rtnl,
    ) -> Option<&'r PortDevice<P>> {
        let mut index = from as c_ulong;
        loop {
            // SAFETY: As in `device`.
            let dev = NonNull::new(unsafe { bindings::next_netdev(self.0, &mut index) })?;
            // SAFETY: The device is live, as long as the proof stands.
            let dev: &'r Netdev = unsafe { Netdev::from_ptr(dev.as_ptr()) };
            if let Some(port) = dev.as_port_device() {
                return Some(port);
            }
            index = index.checked_add(1)?;
        }
    }

    /// The device of index `ifindex` here; an error if it is not one of driver
    /// `T`.
    pub(crate) fn device<'r, T: Driver>(
        &self,
        ifindex: i32,
        _: &'r Rtnl,
    ) -> Option<Result<&'r Device<T>>> {
        // SAFETY: RTNL is held, which keeps the list of devices and every
        // device found in it for as long as the proof stands.
        let dev = NonNull::new(unsafe { bindings::__dev_get_by_index(self.0, ifindex) })?;
        // SAFETY: The device is live.
        if unsafe { (*dev.as_ptr()).netdev_ops } != ops::netdev_ops::<T>() {
            return Some(Err(not_supported()));
        }
        // SAFETY: The operations are those of driver `T`, and a device that
        // is in the list is registered.
        Some(Ok(unsafe { Device::from_ptr(dev.as_ptr()) }))
    }
}

/// A namespace that this value keeps alive.
///
/// # Invariants
///
/// The value owns a reference to the namespace.
pub(crate) struct Net(NonNull<bindings::net>);

impl Net {
    /// The namespace that file descriptor `fd` of the current process stands
    /// for. Process context; `EBADF` or `EINVAL` if there is none.
    pub(crate) fn from_fd(fd: i32) -> Result<Self> {
        // SAFETY: No requirements but process context, as callers are.
        let net = from_err_ptr(unsafe { bindings::get_net_ns_by_fd(fd) })?;
        // INVARIANT: The function returned a reference.
        NonNull::new(net).map(Self).ok_or(EINVAL)
    }

    /// The namespace that `dev`'s own namespace knows as `id`.
    pub(crate) fn from_id(dev: &Netdev, id: i32, rtnl: &Rtnl) -> Result<Self> {
        // SAFETY: The device's namespace is live.
        let net = unsafe { bindings::get_net_ns_by_id(dev.net(rtnl).as_ptr(), id) };
        // INVARIANT: The function returned a reference or null.
        NonNull::new(net).map(Self).ok_or(EINVAL)
    }

    /// Borrows it.
    pub(crate) fn as_net_ref(&self) -> NetRef<'_> {
        // SAFETY: The reference that is owned keeps it alive.
        unsafe { NetRef::from_ptr(self.0.as_ptr()) }
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the reference is ours.
        unsafe { bindings::put_net(self.0.as_ptr()) };
    }
}

impl Netdev {
    /// The namespace that the device is in.
    pub(crate) fn net<'r>(&self, _: &'r Rtnl) -> NetRef<'r> {
        // SAFETY: A live device is in a live namespace, and is not moved to
        // another while RTNL is held.
        unsafe { NetRef::from_ptr(bindings::dev_net(self.as_ptr())) }
    }

    /// Whether both are in the same namespace.
    pub(crate) fn shares_net(&self, other: &Netdev, rtnl: &Rtnl) -> bool {
        self.net(rtnl).as_ptr() == other.net(rtnl).as_ptr()
    }

    /// The id that this device's namespace uses for that of `other`, made if
    /// need be; `None` when both are in the same one, or there is none to be
    /// had. Process context.
    pub(crate) fn netns_id_of(&self, other: &Netdev, rtnl: &Rtnl) -> Option<i32> {
        let (here, there) = (self.net(rtnl).as_ptr(), other.net(rtnl).as_ptr());
        if here == there {
            return None;
        }
        // SAFETY: Both namespaces are live; a dump may not sleep.
        let id = unsafe { bindings::peernet2id_alloc(here, there, bindings::SOFTNIC_GFP_ATOMIC) };
        (id >= 0).then_some(id)
    }
}
