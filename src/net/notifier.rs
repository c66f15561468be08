// SPDX-License-Identifier: GPL-2.0

//! Following devices that come into namespaces and leave them.
//!
//! C header: `include/linux/netdevice.h`.

use crate::bindings;
use crate::net::device::{Netdev, PortDevice, PortOps};
use crate::net::rtnl::Rtnl;
use core::marker::PhantomData;
use kernel::error::to_result;
use kernel::prelude::*;
use kernel::types::Opaque;

/// Who follows devices whose ports are of a type.
pub(crate) trait Follow: 'static {
    /// The type.
    type Port: PortOps;

    /// A device was registered, or has come into another namespace.
    fn came(dev: &PortDevice<Self::Port>, rtnl: &Rtnl);
    /// A device is on its way out, or leaves its namespace, in which it still
    /// is.
    fn leaves(dev: &PortDevice<Self::Port>, rtnl: &Rtnl);
}

/// A registered follower.
#[pin_data(PinnedDrop)]
pub(crate) struct Follower<F: Follow> {
    #[pin]
    block: Opaque<bindings::notifier_block>,
    _follow: PhantomData<F>,
}

// SAFETY: After registration only the core touches the block.
unsafe impl<F: Follow> Sync for Follower<F> {}
// SAFETY: Unregistering may happen on any thread.
unsafe impl<F: Follow> Send for Follower<F> {}

impl<F: Follow> Follower<F> {
    /// Begins to follow. Process context.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            block <- Opaque::try_ffi_init(|slot: *mut bindings::notifier_block| {
                // SAFETY: `slot` is valid for writing, stays where it is, and is
                // unregistered before it goes; all-zero is an idle block.
                unsafe {
                    slot.write(core::mem::zeroed());
                    (*slot).notifier_call = Some(callback::<F>);
                    to_result(bindings::register_netdevice_notifier(slot))
                }
            }),
            _follow: PhantomData,
        })
    }
}

#[pinned_drop]
impl<F: Follow> PinnedDrop for Follower<F> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: Registered in `new`.
        unsafe { bindings::unregister_netdevice_notifier(self.block.get()) };
    }
}

/// # Safety
///
/// Called by the core under RTNL, with a device's `netdev_notifier_info`.
unsafe extern "C" fn callback<F: Follow>(
    _: *mut bindings::notifier_block,
    event: c_ulong,
    info: *mut c_void,
) -> c_int {
    let follow = match event {
        bindings::SOFTNIC_NETDEV_REGISTER => F::came,
        bindings::SOFTNIC_NETDEV_UNREGISTER => F::leaves,
        _ => return 0,
    };
    // SAFETY: By the requirement.
    let (dev, rtnl) = unsafe {
        let info = info.cast::<bindings::netdev_notifier_info>();
        (Netdev::from_ptr((*info).dev), Rtnl::assume())
    };
    if let Some(dev) = dev.as_port_device::<F::Port>() {
        follow(dev, &rtnl);
    }
    0
}
