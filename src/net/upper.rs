// SPDX-License-Identifier: GPL-2.0

//! Devices on top of other devices, as the core keeps them: seen in sysfs, and
//! told to who listens on either.
//!
//! C header: `include/linux/netdevice.h`; follows what macvlan does.

use crate::bindings;
use crate::net::device::Netdev;
use crate::net::netlink::ExtAck;
use crate::net::rtnl::Rtnl;
use kernel::error::to_result;
use kernel::prelude::*;

impl Netdev {
    /// Notes that `upper` is on top of this device. Process context; `ENOMEM`,
    /// `EBUSY` if that would make a circle, `EMLINK` if the pile would be too
    /// high.
    pub(crate) fn add_upper(&self, upper: &Netdev, extack: &ExtAck<'_>, _: &Rtnl) -> Result {
        // SAFETY: Both devices are registered and RTNL is held.
        to_result(unsafe {
            bindings::netdev_upper_dev_link(self.as_ptr(), upper.as_ptr(), extack.as_ptr())
        })
    }

    /// Notes that `upper`, which was, is no longer on top of this device.
    pub(crate) fn remove_upper(&self, upper: &Netdev, _: &Rtnl) {
        // SAFETY: As above.
        unsafe { bindings::netdev_upper_dev_unlink(self.as_ptr(), upper.as_ptr()) };
    }
}
