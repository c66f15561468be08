// SPDX-License-Identifier: GPL-2.0

//! A link from one device to another that readers follow without a lock.

use crate::bindings;
use crate::net::context::RcuRead;
use crate::net::device::PortDevice;
use crate::net::rtnl::{Rtnl, RtnlCell};
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use kernel::prelude::*;
use kernel::sync::atomic::{Atomic, Relaxed, Release};

/// A device that is kept from going away.
///
/// # Invariants
///
/// A reference on the device is held. A device keeps its private data for as
/// long as there are references on it.
pub(crate) struct DeviceRef<P>(
    NonNull<bindings::net_device>,
    PhantomData<*const PortDevice<P>>,
);

// SAFETY: Devices and their ports may be used from any CPU, and a reference may
// be given back on any.
unsafe impl<P: Send + Sync> Sync for DeviceRef<P> {}
// SAFETY: As above.
unsafe impl<P: Send + Sync> Send for DeviceRef<P> {}

impl<P> DeviceRef<P> {
    /// Holds `dev`.
    pub(crate) fn new(dev: &PortDevice<P>) -> Self {
        // SAFETY: The device is live.
        unsafe { bindings::dev_hold(dev.as_ptr()) };
        // INVARIANT: The reference was taken above.
        // SAFETY: A reference is not null.
        Self(unsafe { NonNull::new_unchecked(dev.as_ptr()) }, PhantomData)
    }
}

impl<P> Deref for DeviceRef<P> {
    type Target = PortDevice<P>;

    #[inline]
    fn deref(&self) -> &PortDevice<P> {
        // SAFETY: By the type invariant.
        unsafe { PortDevice::from_ptr(self.0.as_ptr()) }
    }
}

impl<P> Drop for DeviceRef<P> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant the reference is ours.
        unsafe { bindings::dev_put(self.0.as_ptr()) };
    }
}

/// Gives the reference on the target back after a grace period.
#[repr(C)]
struct DeferredPut {
    head: bindings::callback_head,
    dev: *mut bindings::net_device,
}

/// An RCU-protected link to a device, or none.
///
/// # Invariants
///
/// While `target` or `aside` is not null, a reference on it is held. It is given
/// back no sooner than a grace period after that has changed. A device keeps its
/// private data for as long as there are references on it, and is freed after
/// RTNL was released at least once since the last of them went; so a target
/// that was found under RTNL can be used until RTNL is released, also after
/// the link was cleared.
pub(crate) struct DeviceLink<P> {
    target: Atomic<*mut bindings::net_device>,
    /// The target while it is set aside: `target` is null then.
    aside: Atomic<*mut bindings::net_device>,
    release: RtnlCell<*mut DeferredPut>,
    _target: PhantomData<*const PortDevice<P>>,
}

// SAFETY: Devices and their ports may be used from any CPU; writers hold RTNL.
unsafe impl<P: Send + Sync> Sync for DeviceLink<P> {}
// SAFETY: As above.
unsafe impl<P: Send + Sync> Send for DeviceLink<P> {}

/// Memory for a link, so that making it cannot fail half-way.
pub(crate) struct LinkReservation(KBox<DeferredPut>);

impl LinkReservation {
    /// Process context; `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        let release = DeferredPut {
            head: bindings::callback_head {
                next: ptr::null_mut(),
                func: None,
            },
            dev: ptr::null_mut(),
        };
        Ok(Self(KBox::new(release, GFP_KERNEL_ACCOUNT)?))
    }
}

impl<P> DeviceLink<P> {
    /// A link to nothing.
    pub(crate) fn new() -> Self {
        // INVARIANT: Null.
        Self {
            target: Atomic::new(ptr::null_mut()),
            aside: Atomic::new(ptr::null_mut()),
            release: RtnlCell::new(ptr::null_mut()),
            _target: PhantomData,
        }
    }

    /// The target. Any context that can prove an RCU read side.
    #[inline]
    pub(crate) fn get<'r>(&'r self, _: &'r impl RcuRead) -> Option<&'r PortDevice<P>> {
        // SAFETY: The location is valid, and one word does not tear; volatile
        // keeps the dependency (rcu_dereference()).
        let dev = unsafe { self.target.as_ptr().read_volatile() };
        if dev.is_null() {
            return None;
        }
        // SAFETY: By the type invariant the device and its private data live
        // until this read side has ended.
        Some(unsafe { PortDevice::from_ptr(dev) })
    }

    /// The target that is set aside. As for [`Self::get`].
    pub(crate) fn get_aside<'r>(&'r self, _: &'r impl RcuRead) -> Option<&'r PortDevice<P>> {
        // SAFETY: As in `get`.
        let dev = unsafe { self.aside.as_ptr().read_volatile() };
        if dev.is_null() {
            return None;
        }
        // SAFETY: As in `get`.
        Some(unsafe { PortDevice::from_ptr(dev) })
    }

    /// Sets the target aside, so that [`Self::get`] does not find it, or brings
    /// it back. Readers may see the old state for a grace period, or none of
    /// both for a moment.
    pub(crate) fn set_aside(&self, aside: bool, _: &Rtnl) {
        let (from, to) = match aside {
            true => (&self.target, &self.aside),
            false => (&self.aside, &self.target),
        };
        let dev = from.load(Relaxed);
        if !dev.is_null() {
            // INVARIANT: The reference goes with the pointer.
            to.store(dev, Release);
            from.store(ptr::null_mut(), Release);
        }
    }

    /// The target, set aside or not, for who holds RTNL.
    pub(crate) fn get_rtnl<'r>(&'r self, _: &'r Rtnl) -> Option<&'r PortDevice<P>> {
        // SAFETY: As in `get`; under RTNL the link does not change.
        let mut dev = unsafe { self.target.as_ptr().read_volatile() };
        if dev.is_null() {
            dev = self.aside.load(Relaxed);
        }
        if dev.is_null() {
            return None;
        }
        // SAFETY: As in `get`, with RTNL in place of the read side.
        Some(unsafe { PortDevice::from_ptr(dev) })
    }

    /// Links to `target`, in place of what was there.
    pub(crate) fn set(&self, target: &PortDevice<P>, memory: LinkReservation, rtnl: &Rtnl) {
        self.put(target, false, memory, rtnl);
    }

    /// As [`Self::set`], with the target set aside.
    pub(crate) fn put_aside(&self, target: &PortDevice<P>, memory: LinkReservation, rtnl: &Rtnl) {
        self.put(target, true, memory, rtnl);
    }

    fn put(&self, target: &PortDevice<P>, aside: bool, memory: LinkReservation, rtnl: &Rtnl) {
        let mut release = memory.0;
        release.dev = target.as_ptr();
        // SAFETY: The target is live.
        unsafe { bindings::dev_hold(target.as_ptr()) };
        let old = self.release.set(KBox::into_raw(release), rtnl);
        // INVARIANT: The reference was taken above, and the old one is given
        // back below.
        let (to, other) = match aside {
            true => (&self.aside, &self.target),
            false => (&self.target, &self.aside),
        };
        to.store(target.as_ptr(), Release);
        other.store(ptr::null_mut(), Release);
        put_later(old);
    }

    /// Links to nothing. Readers may follow the old link for a grace period.
    pub(crate) fn clear(&self, rtnl: &Rtnl) {
        self.target.store(ptr::null_mut(), Release);
        self.aside.store(ptr::null_mut(), Release);
        put_later(self.release.set(ptr::null_mut(), rtnl));
    }
}

impl<P> Drop for DeviceLink<P> {
    fn drop(&mut self) {
        put_later(*self.release.get_mut());
    }
}

/// Gives the reference back after a grace period. `deferred` is null or a box
/// turned raw that nobody else refers to.
fn put_later(deferred: *mut DeferredPut) {
    if !deferred.is_null() {
        // SAFETY: The head is at the start of the box, which from now on is
        // the callback's alone.
        unsafe { bindings::call_rcu(deferred.cast(), Some(release_target)) };
    }
}

/// # Safety
///
/// `head` must be the start of a `KBox<DeferredPut>` turned raw, whose device is
/// held on its account.
unsafe extern "C" fn release_target(head: *mut bindings::callback_head) {
    // SAFETY: By the requirement.
    let release = unsafe { KBox::from_raw(head.cast::<DeferredPut>()) };
    // SAFETY: By the requirement.
    unsafe { bindings::dev_put(release.dev) };
}
