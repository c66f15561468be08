// SPDX-License-Identifier: GPL-2.0

//! What lies behind a `net_device` in its allocation: the port, which devices
//! of all kinds have, and the private data of the driver.

use crate::bindings;
use crate::net::device::{Driver, Netdev, PortOps};
use crate::net::{ops, queue_stats};
use core::marker::PhantomData;
use core::mem::{self, MaybeUninit};
use core::ops::Deref;
use core::ptr;
use kernel::prelude::*;

/// The private area, which is zeroed. `repr(C)` lets a [`Head`] be read without
/// knowing the driver.
#[repr(C)]
struct Private<T: Driver> {
    head: Head<T::Port>,
    data: MaybeUninit<T>,
}

/// What begins every private area with a port of type `P`.
#[repr(C)]
struct Head<P> {
    live: bool,
    port: MaybeUninit<P>,
}

/// Size of the private area of a device of driver `T`.
pub(super) const fn size<T: Driver>() -> usize {
    // The private area begins on a cache line.
    assert!(mem::align_of::<Private<T>>() <= 64);
    mem::size_of::<Private<T>>()
}

/// # Safety
///
/// `dev` must be valid and allocated with [`size`] of a driver, of which `T` is
/// the [`Private`] or the [`Head`].
#[inline]
unsafe fn area<T>(dev: *mut bindings::net_device) -> *mut T {
    // SAFETY: By the requirement.
    unsafe { dev.byte_add(bindings::SOFTNIC_NETDEV_PRIV_OFFSET).cast() }
}

/// Makes the private area of a device; nothing is left when `data` fails.
///
/// # Safety
///
/// `dev` must be valid, allocated with [`size`] of `T`, without private data,
/// and the caller's alone.
pub(super) unsafe fn init<T: Driver>(
    dev: *mut bindings::net_device,
    port: T::Port,
    data: impl PinInit<T, Error>,
) -> Result {
    // SAFETY: By the requirement. The area does not move; `live` is set only
    // once both parts are initialised.
    unsafe {
        let private = area::<Private<T>>(dev);
        data.__pinned_init((*private).data.as_mut_ptr())?;
        (*private).head.port.write(port);
        (*private).head.live = true;
    }
    Ok(())
}

/// Drops port and private data, if they are there. Further calls do nothing.
///
/// # Safety
///
/// `dev` must be valid, allocated with [`size`] of `T`, and nobody may use
/// the data during or after the call.
pub(super) unsafe fn clear<T: Driver>(dev: *mut bindings::net_device) {
    // SAFETY: By the requirement; `live` says that both are initialised.
    unsafe {
        let private = area::<Private<T>>(dev);
        if mem::replace(&mut (*private).head.live, false) {
            (*private).data.assume_init_drop();
            (*private).head.port.assume_init_drop();
        }
    }
}

/// The core's call after the last user of a device is gone; also on some, not
/// all, failures of registration.
///
/// # Safety
///
/// Called by the core with a device of driver `T`.
pub(super) unsafe extern "C" fn destructor<T: Driver>(dev: *mut bindings::net_device) {
    // SAFETY: By the requirement, and at this point no callback can run.
    unsafe { clear::<T>(dev) };
}

/// A registered device of any driver whose ports are of type `P`.
///
/// # Invariants
///
/// References are to a device with a private area that begins with a
/// `Head<P>`, initialised and not yet dropped.
#[repr(transparent)]
pub(crate) struct PortDevice<P>(Netdev, PhantomData<P>);

impl<P> PortDevice<P> {
    /// # Safety
    ///
    /// `dev` must be as the type invariant says, for the lifetime that the
    /// caller chooses.
    #[inline]
    pub(super) unsafe fn from_ptr<'a>(dev: *mut bindings::net_device) -> &'a Self {
        // SAFETY: By the requirement; the layout is transparent.
        unsafe { &*dev.cast() }
    }

    /// The device's port.
    #[inline]
    pub(crate) fn port(&self) -> &P {
        // SAFETY: By the type invariant.
        unsafe { (*area::<Head<P>>(self.as_ptr())).port.assume_init_ref() }
    }
}

impl Netdev {
    /// The device as one whose port is of type `P`, if it is.
    pub(super) fn as_port_device<P: PortOps>(&self) -> Option<&PortDevice<P>> {
        // SAFETY: The device is live, and its operations never change.
        let ops = unsafe { (*self.as_ptr()).stat_ops };
        if !ptr::eq(ops, queue_stats::stat_ops::<P>()) {
            return None;
        }
        // SAFETY: Only devices of drivers with such ports have these operations,
        // and frames and callbacks reach a device only while its private area
        // is there.
        Some(unsafe { PortDevice::from_ptr(self.as_ptr()) })
    }
}

impl<P> PortDevice<P> {
    /// The device as one of driver `T`, if it is.
    pub(crate) fn as_device<T: Driver<Port = P>>(&self) -> Option<&Device<T>> {
        // SAFETY: The device is live, and its operations never change.
        let ops = unsafe { (*self.as_ptr()).netdev_ops };
        // SAFETY: The operations are those of driver `T`, and by the type
        // invariant the private area is there, which is made and dropped whole.
        (ops == ops::netdev_ops::<T>()).then(|| unsafe { Device::from_ptr(self.as_ptr()) })
    }
}

impl<P> Deref for PortDevice<P> {
    type Target = Netdev;

    #[inline]
    fn deref(&self) -> &Netdev {
        &self.0
    }
}

/// A registered device of driver `T`.
///
/// # Invariants
///
/// References are to a device with a `Private<T>`, initialised and not yet
/// dropped.
#[repr(transparent)]
pub(crate) struct Device<T: Driver>(PortDevice<T::Port>, PhantomData<T>);

impl<T: Driver> Device<T> {
    /// # Safety
    ///
    /// `dev` must be as the type invariant says, for the lifetime that the
    /// caller chooses.
    #[inline]
    pub(super) unsafe fn from_ptr<'a>(dev: *mut bindings::net_device) -> &'a Self {
        // SAFETY: By the requirement; the layout is transparent.
        unsafe { &*dev.cast() }
    }

    /// The driver's data of the device.
    #[inline]
    pub(crate) fn data(&self) -> Pin<&T> {
        // SAFETY: By the type invariant; the allocation never moves.
        unsafe { Pin::new_unchecked((*area::<Private<T>>(self.as_ptr())).data.assume_init_ref()) }
    }
}

impl<T: Driver> Deref for Device<T> {
    type Target = PortDevice<T::Port>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
