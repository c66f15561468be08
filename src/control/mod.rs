// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The netlink family `softnic`: what no standard interface can tell of NICs,
//! VNICs, their groups and rings, filters and losses; and events. It tells, and
//! changes nothing. Documentation/netlink/specs/softnic.yaml says what there is.

mod drops;
mod events;
mod filter;
mod group;
mod nic;
mod port;
mod ring;
mod walk;

use crate::net::genl;
use crate::net::genl_ops::Operations;
use crate::net::notifier::Follower;
use kernel::prelude::*;

static OPERATIONS: Operations = Operations {
    nic: (nic::get, nic::list),
    port: (port::get, port::list),
    group: (group::get, group::list),
    ring: (ring::get, ring::list),
    filter: filter::list,
    drops: (drops::get, drops::list),
};

/// The registered family. It goes after the last device.
#[pin_data]
pub(crate) struct Control {
    #[pin]
    follower: Follower<events::Ports>,
    _family: genl::Registration,
}

impl Control {
    /// Registers the family. It must be there before the first device is.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            _family: genl::Registration::new(&OPERATIONS)?,
            follower <- {
                events::begin();
                Follower::new()
            },
        })
    }
}
