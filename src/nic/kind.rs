// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! `ip link add ... type softnic`, `ip link set`, and what a dump shows.

use super::attributes::{self, WireKind};
use super::peer;
use super::Nic;
use crate::datapath::port::Port;
use crate::datapath::wire::{self, WireReservation};
use crate::model::mac::Mac;
use crate::net::cpu;
use crate::net::device::{Device, Registered, Unregistered};
use crate::net::errno::{address_not_available, not_connected, not_supported};
use crate::net::netlink::{ifla, Attr, Attributes, Dump, ExtAck, Policy, U32_SIZE};
use crate::net::netns::Net;
use crate::net::peer_link::PeerLink;
use crate::net::rtnl::{LinkKind, LinkRequest, Rtnl, UnregisterQueue};
use crate::net::setup::{DeviceSetup, Features};
use kernel::fmt;
use kernel::prelude::*;

/// Smallest MTU: what IPv4 asks of every link (RFC 791).
const MIN_MTU: u32 = 68;
/// Largest MTU: with its header a frame's length still fits in 16 bits.
const MAX_MTU: u32 = 65_521;
/// Most queues of a kind that a NIC may have.
const MAX_QUEUES: u32 = 256;

impl LinkKind for Nic {
    const NAME: &'static CStr = c"softnic";
    const POLICY: &'static [Policy] = attributes::POLICY;
    const PEER_ATTRIBUTE: u16 = attributes::PEER;
    const INFO_SIZE: usize = 4 * U32_SIZE;

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

    fn default_queues() -> u32 {
        cpu::online().clamp(1, MAX_QUEUES)
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
        let finish = read_finish(&request.data, extack)?.unwrap_or(false);
        match request.data.get(attributes::PEER) {
            Some(attr) => new_pair(dev, request, attr, finish, extack, rtnl),
            None => {
                let nic = register(dev, &request.link, WireKind::None, rtnl)?.keep();
                wire::set_finishes(nic, finish, rtnl);
                Ok(())
            }
        }
    }

    fn change_link(
        dev: &Device<Self>,
        data: &Attributes<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        if let Some(attr) = data.get(attributes::PEER) {
            let message = fmt!("a second end can only be made together with the first");
            return Err(extack.refuse_attr(not_supported(), &attr, message));
        }
        let finish = read_finish(data, extack)?;
        match data.get(attributes::PEER_IFINDEX) {
            Some(attr) if attr.i32() == 0 => unplug(dev, &attr, extack, rtnl),
            Some(attr) => plug(dev, &attr, data, extack, rtnl),
            None => refuse_lone_namespace(data, extack),
        }?;
        if let Some(finish) = finish {
            wire::set_finishes(dev, finish, rtnl);
        }
        Ok(())
    }

    fn delete_link(dev: &Device<Self>, queue: &mut UnregisterQueue<'_>, rtnl: &Rtnl) {
        if let Some(twin) = peer::twin(dev, rtnl) {
            // Taken apart first, so that the twin's own call finds no twin.
            peer::disconnect(dev, rtnl);
            queue.add(twin, rtnl);
        }
        queue.add(dev, rtnl);
    }

    fn fill(dev: &Device<Self>, dump: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
        dump.put_u32(attributes::WIRE, dev.data().wire.kind(rtnl) as u32)?;
        let finish = dev.port().wire().finishes(rtnl);
        dump.put_u32(attributes::FINISH, finish.into())?;
        if let Some(peer) = dev.port().wire().peer_rtnl(rtnl) {
            dump.put_i32(attributes::PEER_IFINDEX, peer.ifindex())?;
            if let Some(id) = dev.netns_id_of(peer, rtnl) {
                dump.put_i32(attributes::PEER_NETNSID, id)?;
            }
        }
        Ok(())
    }
}

fn check_address(attr: &Attr<'_>, extack: &ExtAck<'_>) -> Result {
    let Ok(bytes) = <[u8; 6]>::try_from(attr.payload()) else {
        let message = fmt!("address must have 6 bytes");
        return Err(extack.refuse_attr(EINVAL, attr, message));
    };
    if !Mac::from_bytes(bytes).is_valid_station() {
        let message = fmt!("address must be neither zero nor a multicast");
        return Err(extack.refuse_attr(address_not_available(), attr, message));
    }
    Ok(())
}

fn check_queues(link: &Attributes<'_>, kind: u16, what: &str, extack: &ExtAck<'_>) -> Result {
    match link.get(kind) {
        Some(attr) if !(1..=MAX_QUEUES).contains(&attr.u32()) => Err(extack.refuse_attr(
            EINVAL,
            &attr,
            fmt!("number of {what} queues must be 1 to {MAX_QUEUES}"),
        )),
        _ => Ok(()),
    }
}

fn read_finish(data: &Attributes<'_>, extack: &ExtAck<'_>) -> Result<Option<bool>> {
    match data.get(attributes::FINISH).map(|attr| (attr, attr.u32())) {
        None => Ok(None),
        Some((_, value @ (0 | 1))) => Ok(Some(value == 1)),
        Some((attr, _)) => {
            let message = fmt!("finish must be 0 or 1");
            Err(extack.refuse_attr(EINVAL, &attr, message))
        }
    }
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
        device.num_tx_queues(),
    )?;
    let nic = Nic::new(device, wire);
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
    finish: bool,
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
        wire::set_finishes(end, finish, rtnl);
    }
    first.keep();
    second.keep();
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
