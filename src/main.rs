// SPDX-License-Identifier: GPL-2.0

//! softnic: a software-defined NIC and virtual NICs over it.
//!
//! This file registers the netlink family and the link kinds, and unregisters
//! them, nothing else. See
//! Documentation/architecture.md for the packet's way and the layers.

use kernel::prelude::*;

mod bindings;
mod control;
mod datapath;
mod model;
mod net;
mod nic;
mod vnic;

module! {
    type: Softnic,
    name: "softnic",
    authors: ["The softnic developers"],
    description: "Software-defined NIC with rings, and virtual NICs over it",
    license: "GPL",
    alias: [
        "rtnl-link-softnic",
        "rtnl-link-vnic",
        "net-pf-16-proto-16-family-softnic",
    ],
}

#[pin_data]
struct Softnic {
    // Dropped in this order: VNICs go before what they are over.
    #[pin]
    vnic_kind: net::rtnl::Registration<vnic::Vnic<nic::Nic>>,
    #[pin]
    nic_kind: net::rtnl::Registration<nic::Nic>,
    // After them, since it tells of the end of devices.
    #[pin]
    control: control::Control,
    // The last, since devices' polls need them.
    workers: net::napi_worker::Workers,
}

impl kernel::InPlaceModule for Softnic {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            workers: net::napi_worker::Workers::new()?,
            control <- control::Control::new(),
            nic_kind <- net::rtnl::Registration::new(),
            vnic_kind <- net::rtnl::Registration::new(),
        })
    }
}
