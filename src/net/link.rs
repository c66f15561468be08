// SPDX-License-Identifier: GPL-2.0

//! A link from one device to another that readers follow without a lock.

use crate::bindings;
use crate::net::context::RcuRead;
use crate::net::device::PortDevice;
use crate::net::rtnl::{Rtnl, RtnlCell};
use core::marker::PhantomData;
use core::ptr;
use kernel::prelude::*;
use kernel::sync::atomic::{Atomic, Release};

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
/// While `target` is not null, a reference on it is held. It is given back no
/// sooner than a grace period after `target` has changed. A device keeps its
/// private data for as long as there are references on it, and is freed after
/// RTNL was released at least once since the last of them went; so a target
/// that was found under RTNL can be used until RTNL is released, also after
/// the link was cleared.
pub(crate) struct DeviceLink<P> {
    target: Atomic<*mut bindings::net_device>,
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
        Ok(Self(KBox::new(release, GFP_KERNEL)?))
    }
}

impl<P> DeviceLink<P> {
    /// A link to nothing.
    pub(crate) fn new() -> Self {
        // INVARIANT: Null.
        Self {
            target: Atomic::new(ptr::null_mut()),
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

    /// The target, for who holds RTNL.
    pub(crate) fn get_rtnl<'r>(&'r self, _: &'r Rtnl) -> Option<&'r PortDevice<P>> {
        // SAFETY: As in `get`; under RTNL the link does not change.
        let dev = unsafe { self.target.as_ptr().read_volatile() };
        if dev.is_null() {
            return None;
        }
        // SAFETY: As in `get`, with RTNL in place of the read side.
        Some(unsafe { PortDevice::from_ptr(dev) })
    }

    /// Links to `target`, in place of what was there.
    pub(crate) fn set(&self, target: &PortDevice<P>, memory: LinkReservation, rtnl: &Rtnl) {
        let mut release = memory.0;
        release.dev = target.as_ptr();
        // SAFETY: The target is live.
        unsafe { bindings::dev_hold(target.as_ptr()) };
        let old = self.release.set(KBox::into_raw(release), rtnl);
        // INVARIANT: The reference was taken above, and the old one is given
        // back below.
        self.target.store(target.as_ptr(), Release);
        put_later(old);
    }

    /// Links to nothing. Readers may follow the old link for a grace period.
    pub(crate) fn clear(&self, rtnl: &Rtnl) {
        self.target.store(ptr::null_mut(), Release);
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
