// SPDX-License-Identifier: GPL-2.0

//! The first states of a device: [`Unregistered`] (allocated, no private data)
//! and [`Registered`] (taken back on drop).
//!
//! C header: `include/linux/netdevice.h`; life cycle as in
//! Documentation/networking/netdevices.rst and net/core/dev.c.

use crate::bindings;
use crate::net::device::{Device, Driver, Netdev};
use crate::net::netlink::ExtAck;
use crate::net::netns::NetRef;
use crate::net::peer_link::PeerLink;
use crate::net::private;
use crate::net::rtnl::Rtnl;
use core::marker::PhantomData;
use core::mem;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use kernel::error::{from_err_ptr, to_result};
use kernel::prelude::*;

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
