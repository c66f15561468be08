// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! `ip link add ... type softnic`, `ip link set`, and what a dump shows.

use super::attributes::{self, WireKind};
use super::peer;
use super::settings::{self, Settings};
use super::Nic;
use crate::datapath::link_request::{check_address, check_queues, MAX_MTU, MAX_QUEUES, MIN_MTU};
use crate::datapath::port::Port;
use crate::datapath::uplink;
use crate::datapath::wire::WireReservation;
use crate::datapath::{changes, events};
use crate::model::mac::Mac;
use crate::net::cpu;
use crate::net::device::{Device, PortDevice, Registered, Unregistered};
use crate::net::errno::{not_connected, not_supported};
use crate::net::netlink::{ifla, Attr, Attributes, Dump, ExtAck, Policy, U32_SIZE};
use crate::net::netns::Net;
use crate::net::peer_link::PeerLink;
use crate::net::rtnl::{LinkKind, LinkRequest, Rtnl, UnregisterQueue};
use crate::net::setup::{DeviceSetup, Features};
use kernel::fmt;
use kernel::prelude::*;

impl LinkKind for Nic {
    const NAME: &'static CStr = c"softnic";
    const POLICY: &'static [Policy] = attributes::POLICY;
    const PEER_ATTRIBUTE: u16 = attributes::PEER;
    const INFO_SIZE: usize = (3 + settings::COUNT) * U32_SIZE;

    fn setup(setup: &mut DeviceSetup<'_>) {
        setup.set_features(Features::OFFLOADS.and(Features::VLAN), Features::OFFLOADS);
        setup.offer_features(
            Features::RECEIVE_HASH
                .and(Features::FILTER_CUSTOMER)
                .and(Features::FILTER_SERVICE)
                .and(Features::LOOPBACK),
        );
        setup.enable_features(Features::STEERING);
        setup.set_mtu_range(MIN_MTU, MAX_MTU);
        setup.set_nic_flags();
    }

    fn default_rx_queues() -> u32 {
        cpu::online().clamp(1, MAX_QUEUES)
    }

    fn default_tx_queues() -> u32 {
        Self::default_rx_queues()
    }

    fn validate(link: &Attributes<'_>, extack: &ExtAck<'_>) -> Result {
        if let Some(attr) = link.get(ifla::ADDRESS) {
            check_address(&attr, extack)?;
        }
        check_queues(link, ifla::NUM_RX_QUEUES, "receive", extack)?;
        check_queues(link, ifla::NUM_TX_QUEUES, "transmit", extack)
    }

    fn new_link(
        dev: Unregistered<'_, Self>,
        request: &LinkRequest<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        for kind in [
            attributes::PEER_IFINDEX,
            attributes::PEER_NETNS_FD,
            attributes::PEER_NETNSID,
        ] {
            if let Some(attr) = request.data.get(kind) {
                let message = fmt!("a NIC is connected by number after it is made");
                return Err(extack.refuse_attr(not_supported(), &attr, message));
            }
        }
        let settings = Settings::read(&request.data, extack)?;
        match request.data.get(attributes::PEER) {
            Some(attr) => new_pair(dev, request, attr, settings, extack, rtnl),
            None => {
                let nic = register(dev, &request.link, WireKind::None, rtnl)?;
                settings.apply(&nic, rtnl)?;
                events::announce(nic.keep(), rtnl);
                Ok(())
            }
        }
    }

    fn change_link(
        dev: &Device<Self>,
        _: &Attributes<'_>,
        data: &Attributes<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        if let Some(attr) = data.get(attributes::PEER) {
            let message = fmt!("a second end can only be made together with the first");
            return Err(extack.refuse_attr(not_supported(), &attr, message));
        }
        let settings = Settings::read(data, extack)?;
        settings.check(dev, data, extack, rtnl)?;
        match data.get(attributes::PEER_IFINDEX) {
            Some(attr) if attr.i32() == 0 => unplug(dev, &attr, extack, rtnl),
            Some(attr) => plug(dev, &attr, data, extack, rtnl),
            None => refuse_lone_namespace(data, extack),
        }?;
        changes::of_nic(dev, || settings.apply(dev, rtnl), rtnl)
    }

    fn delete_link(dev: &Device<Self>, queue: &mut UnregisterQueue<'_>, rtnl: &Rtnl) {
        if let Some(twin) = peer::twin(dev, rtnl) {
            // Taken apart first, so that the twin's own call finds no twin.
            peer::disconnect(dev, rtnl);
            delete_vnics(twin, queue, rtnl);
            queue.add(twin, rtnl);
        }
        delete_vnics(dev, queue, rtnl);
        queue.add(dev, rtnl);
    }

    fn fill(dev: &Device<Self>, dump: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
        dump.put_u32(attributes::WIRE, dev.data().wire.kind(rtnl) as u32)?;
        settings::fill(dev, dump, rtnl)?;
        match dev.port().wire().peer_rtnl(rtnl) {
            Some(peer) => fill_peer(dev, peer, dump, rtnl),
            None => Ok(()),
        }
    }
}

/// Writes the index of the peer, and the id of its namespace if that is another;
/// nothing if no id is to be had for it, as for one that is being deleted.
fn fill_peer(
    dev: &Device<Nic>,
    peer: &PortDevice<Port>,
    dump: &mut Dump<'_>,
    rtnl: &Rtnl,
) -> Result {
    if !dev.shares_net(peer, rtnl) {
        let Some(id) = dev.netns_id_of(peer, rtnl) else {
            return Ok(());
        };
        dump.put_i32(attributes::PEER_NETNSID, id)?;
    }
    dump.put_i32(attributes::PEER_IFINDEX, peer.ifindex())
}

fn delete_vnics(dev: &Device<Nic>, queue: &mut UnregisterQueue<'_>, rtnl: &Rtnl) {
    if !dev.port().switch().is_empty() {
        // Its rings are emptied at once, rather than for one VNIC after another.
        dev.close(rtnl);
    }
    uplink::ports_over(dev, rtnl).for_each(|vnic| queue.delete(vnic, rtnl));
}

/// Registers a NIC with the address that `link` gives, or a random one.
fn register<'a>(
    mut dev: Unregistered<'a, Nic>,
    link: &Attributes<'_>,
    wire: WireKind,
    rtnl: &'a Rtnl,
) -> Result<Registered<'a, Nic>> {
    if link.get(ifla::ADDRESS).is_none() {
        dev.set_random_mac();
    }
    let device = dev.netdev();
    let port = Port::new(
        Mac::from_bytes(device.mac(rtnl)),
        device.num_rx_queues(),
        u16::try_from(device.num_rx_queues()).map_err(|_| EINVAL)?,
        device.num_tx_queues(),
    )?;
    let nic = Nic::new(wire);
    let dev = dev.register(port, nic, rtnl)?;
    // A device is born with carrier on; only a change is told to listeners.
    dev.set_carrier(false);
    Ok(dev)
}

/// Makes both ends of a wire, or neither.
fn new_pair(
    dev: Unregistered<'_, Nic>,
    request: &LinkRequest<'_>,
    attr: Attr<'_>,
    settings: Settings,
    extack: &ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result {
    let link = PeerLink::parse(attr, extack)?;
    let Some(name) = link.attributes().get(ifla::IFNAME) else {
        let message = fmt!("the peer needs a name");
        return Err(extack.refuse_attr(EINVAL, &attr, message));
    };
    let memory = WireReservation::new()?;
    let second = dev.create_like(request.peer_net(), name.bytes(), &link, extack, rtnl)?;
    let second = register(second, &link.attributes(), WireKind::Peer, rtnl).map_err(|error| {
        if error == EEXIST {
            return extack.refuse_attr(error, &name, fmt!("the peer's name is taken"));
        }
        error
    })?;
    second.configure(&link)?;
    let first = register(dev, &request.link, WireKind::Peer, rtnl)?;
    peer::connect(&first, &second, memory, true, rtnl);
    for end in [&first, &second] {
        settings.apply(end, rtnl)?;
    }
    for end in [first.keep(), second.keep()] {
        events::announce(end, rtnl);
    }
    Ok(())
}

/// Connects `dev` to the NIC that the request names.
fn plug(
    dev: &Device<Nic>,
    attr: &Attr<'_>,
    data: &Attributes<'_>,
    extack: &ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result {
    let refuse = |error, message: fmt::Arguments<'_>| Err(extack.refuse_attr(error, attr, message));
    let Some(other) = find_peer(dev, attr, data, extack, rtnl)? else {
        return refuse(ENODEV, fmt!("no device of index {}", attr.i32()));
    };
    if other.is(dev) {
        return refuse(EINVAL, fmt!("a NIC cannot be connected to itself"));
    }
    if dev.port().wire().peer_rtnl(rtnl).is_some() {
        return refuse(EBUSY, fmt!("the NIC is connected already"));
    }
    if other.port().wire().peer_rtnl(rtnl).is_some() {
        return refuse(EBUSY, fmt!("the other NIC is connected already"));
    }
    peer::connect(dev, other, WireReservation::new()?, false, rtnl);
    Ok(())
}

/// The NIC that a request to connect names, in the namespace that it names.
fn find_peer<'r>(
    dev: &Device<Nic>,
    attr: &Attr<'_>,
    data: &Attributes<'_>,
    extack: &ExtAck<'_>,
    rtnl: &'r Rtnl,
) -> Result<Option<&'r Device<Nic>>> {
    let by_fd = data.get(attributes::PEER_NETNS_FD);
    let by_id = data.get(attributes::PEER_NETNSID);
    let (net, named_by) = match (by_fd, by_id) {
        (Some(_), Some(id)) => {
            let message = fmt!("name the peer's namespace by file descriptor or by id");
            return Err(extack.refuse_attr(EINVAL, &id, message));
        }
        (Some(fd), None) => (Some(Net::from_fd(fd.i32())), fd),
        (None, Some(id)) => (Some(Net::from_id(dev, id.i32(), rtnl)), id),
        (None, None) => (None, *attr),
    };
    let net = net
        .transpose()
        .map_err(|error| extack.refuse_attr(error, &named_by, fmt!("no such namespace")))?;
    let here = dev.net(rtnl);
    let net = net.as_ref().map_or(here, Net::as_net_ref);
    if !net.may_connect(dev, rtnl) {
        let message = fmt!("CAP_NET_ADMIN is needed in the peer's namespace");
        return Err(extack.refuse_attr(EPERM, &named_by, message));
    }
    let found = net.device(attr.i32(), rtnl).transpose();
    found.map_err(|error| extack.refuse_attr(error, attr, fmt!("the peer is not a softnic NIC")))
}

/// Disconnects `dev`.
fn unplug(dev: &Device<Nic>, attr: &Attr<'_>, extack: &ExtAck<'_>, rtnl: &Rtnl) -> Result {
    if dev.port().wire().peer_rtnl(rtnl).is_none() {
        let message = fmt!("the NIC is not connected");
        return Err(extack.refuse_attr(not_connected(), attr, message));
    }
    peer::disconnect(dev, rtnl);
    Ok(())
}

fn refuse_lone_namespace(data: &Attributes<'_>, extack: &ExtAck<'_>) -> Result {
    let lone = [attributes::PEER_NETNS_FD, attributes::PEER_NETNSID];
    match lone.into_iter().find_map(|kind| data.get(kind)) {
        Some(attr) => {
            let message = fmt!("a peer's namespace needs the peer's index");
            Err(extack.refuse_attr(EINVAL, &attr, message))
        }
        None => Ok(()),
    }
}
