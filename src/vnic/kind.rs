// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! `ip link add link NIC ... type vnic`, `ip link set`, and what a dump shows.

use super::attributes;
use super::request::{refuse_data, Wish};
use super::Vnic;
use crate::datapath::changes;
use crate::datapath::events;
use crate::datapath::link_request::{check_address, check_queues, MAX_MTU, MAX_QUEUES, MIN_MTU};
use crate::datapath::placement;
use crate::datapath::port::Port;
use crate::datapath::uplink;
use crate::model::mac::Mac;
use crate::model::mode::Mode;
use crate::model::vlan::TagKind;
use crate::model::vlan_set;
use crate::net::cpu;
use crate::net::device::{Device, Driver, Netdev, PortDevice, Unregistered};
use crate::net::errno::not_supported;
use crate::net::netlink::{attribute_size, ifla, Attributes, Dump, ExtAck, Policy, U32_SIZE};
use crate::net::rtnl::{LinkKind, LinkRequest, Rtnl, UnregisterQueue};
use crate::net::setup::{DeviceSetup, Features};
use kernel::prelude::*;

/// How many VNICs may be below one another.
const MAX_DEPTH: usize = 8;
/// How many receive queues a VNIC has room for at the least, if the request
/// does not say.
const USUAL_QUEUES: u32 = 8;

impl<N: Driver<Port = Port>> LinkKind for Vnic<N> {
    const NAME: &'static CStr = c"vnic";
    const POLICY: &'static [Policy] = attributes::POLICY;
    const PEER_ATTRIBUTE: u16 = 0;
    const INFO_SIZE: usize = 8 * U32_SIZE + attribute_size(vlan_set::MAX_BYTES);

    fn setup(setup: &mut DeviceSetup<'_>) {
        setup.set_features(Features::OFFLOADS.and(Features::VLAN), Features::OFFLOADS);
        setup.offer_features(
            Features::RECEIVE_HASH
                .and(Features::FILTER_CUSTOMER)
                .and(Features::FILTER_SERVICE),
        );
        setup.enable_features(Features::STEERING);
        setup.set_mtu_range(MIN_MTU, MAX_MTU);
        setup.set_nic_flags();
    }

    fn default_rx_queues() -> u32 {
        cpu::online().clamp(USUAL_QUEUES, MAX_QUEUES)
    }

    fn default_tx_queues() -> u32 {
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
        mut dev: Unregistered<'_, Self>,
        request: &LinkRequest<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        let lower = find_lower::<N>(request, extack, rtnl)?;
        let nic = lower.port().uplink().nic_rtnl(rtnl).unwrap_or(lower);
        check_depth(lower, extack, rtnl)?;
        let wish = Wish::usual_over(lower, rtnl).changed(&request.data, extack)?;
        wish.check_over(lower, &request.data, extack, rtnl)?;
        check_rings(&wish, dev.netdev(), nic, &request.data, extack, rtnl)?;
        limit_mtu(&mut dev, lower, &request.link, extack)?;
        choose_mac(&mut dev, nic, &wish, request, extack, rtnl)?;
        let mac = Mac::from_bytes(dev.netdev().mac(rtnl));
        let queues = (dev.netdev().num_rx_queues(), dev.netdev().num_tx_queues());
        dev.set_real_num_rx_queues(1, rtnl)?;
        let make = || {
            let port = Port::new(mac, queues.0, 0, queues.1)?;
            let dev = dev.register(port, Self::new(), rtnl)?;
            dev.set_carrier(false);
            uplink::attach(&dev, lower, wish.seat()?, mac, rtnl)
                .map_err(|error| refuse_seat(error, &request.link, &request.data, extack))?;
            placement::set_rings(&dev, wish.rings, extack, rtnl)?;
            nic.add_upper(&dev, extack, rtnl)?;
            dev.data().stacked.set(true, rtnl);
            events::announce(dev.keep(), rtnl);
            Ok(())
        };
        changes::of_nic(nic, make, rtnl)
    }

    fn change_link(
        dev: &Device<Self>,
        link: &Attributes<'_>,
        data: &Attributes<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        changes::of_vnic(dev, || change(dev, link, data, extack, rtnl), rtnl)
    }

    fn delete_link(dev: &Device<Self>, queue: &mut UnregisterQueue<'_>, rtnl: &Rtnl) {
        uplink::ports_over(dev, rtnl).for_each(|over| queue.delete(over, rtnl));
        // The core may delete a device again that is queued already.
        if dev.data().stacked.set(false, rtnl) {
            if let Some(nic) = dev.port().uplink().nic_rtnl(rtnl) {
                nic.remove_upper(dev, rtnl);
            }
        }
        queue.add(dev, rtnl);
    }

    fn fill(dev: &Device<Self>, dump: &mut Dump<'_>, rtnl: &Rtnl) -> Result {
        let uplink = dev.port().uplink();
        let (place, share) = (uplink.place(), uplink.share());
        let tag = place.vlan().tag();
        let trunk = uplink.trunk_rtnl(rtnl);
        let kind = trunk.map(|trunk| trunk.kind).or(tag.map(|tag| tag.kind));
        let kind = kind.unwrap_or(TagKind::Customer);
        let placement = share.placement(rtnl);
        dump.put_u32(attributes::VLAN_ID, tag.map_or(0, |tag| tag.id.into()))?;
        dump.put_u32(attributes::VLAN_PROTOCOL, kind.ethertype().into())?;
        dump.put_u32(attributes::MODE, place.mode() as u32)?;
        dump.put_u32(attributes::RINGS, share.rings(rtnl).into())?;
        dump.put_u32(attributes::PLACEMENT, placement as u32)?;
        dump.put_u32(attributes::PLACEMENT_REASON, placement.reason() as u32)?;
        dump.put_u32(attributes::PLACEMENT_CHANGES, share.changes(rtnl))?;
        dump.put_u32(attributes::SLOTS, share.slots(rtnl))?;
        match trunk {
            Some(trunk) => {
                let mut room = [0; vlan_set::MAX_BYTES];
                dump.put_bytes(attributes::VLANS, trunk.ids.to_bytes(&mut room))
            }
            None => Ok(()),
        }
    }
}

/// Changes a VNIC, or nothing of it.
fn change<N: Driver<Port = Port>>(
    dev: &Device<Vnic<N>>,
    link: &Attributes<'_>,
    data: &Attributes<'_>,
    extack: &ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result {
    let uplink = dev.port().uplink();
    let (Some(lower), Some(nic)) = (uplink.lower_rtnl(rtnl), uplink.nic_rtnl(rtnl)) else {
        return Err(ENODEV);
    };
    if !nic.net(rtnl).may_connect(dev, rtnl) {
        let message = fmt!("CAP_NET_ADMIN is needed in the NIC's namespace");
        return Err(extack.refuse(EPERM, message));
    }
    if let Some(attr) = data.get(attributes::DERIVE) {
        let message = fmt!("an address is derived on creation only");
        return Err(extack.refuse_attr(not_supported(), &attr, message));
    }
    let old = Wish::of(dev, rtnl);
    let wish = Wish::of(dev, rtnl).changed(data, extack)?;
    wish.check_over(lower, data, extack, rtnl)?;
    check_rings(&wish, dev, nic, data, extack, rtnl)?;
    check_mtu(lower, link, extack)?;
    if wish.sits_as(&old) {
        return placement::set_rings(dev, wish.rings, extack, rtnl);
    }
    check_move(dev, &old, &wish, data, extack, rtnl)?;
    // The seat comes first: it can be taken back, and rings not always. The
    // core sets the request's address only after this.
    let mac = match link
        .get(ifla::ADDRESS)
        .map(|attr| attr.payload().try_into())
    {
        Some(Ok(given)) => Mac::from_bytes(given),
        _ => Mac::from_bytes(dev.mac(rtnl)),
    };
    uplink::set_seat(dev, mac, wish.seat()?, rtnl)
        .map_err(|error| refuse_seat(error, link, data, extack))?;
    placement::set_rings(dev, wish.rings, extack, rtnl).inspect_err(|_| {
        let mac = Mac::from_bytes(dev.mac(rtnl));
        let back = old
            .seat()
            .and_then(|seat| uplink::set_seat(dev, mac, seat, rtnl));
        if back.is_err() {
            pr_warn!("a VNIC stays on its new VLAN for want of memory\n");
        }
    })
}

/// The NIC or VNIC that a request wants the new one over.
fn find_lower<'r, N: Driver<Port = Port>>(
    request: &LinkRequest<'_>,
    extack: &ExtAck<'_>,
    rtnl: &'r Rtnl,
) -> Result<&'r PortDevice<Port>> {
    let Some(attr) = request.link.get(ifla::LINK) else {
        return Err(extack.refuse(EINVAL, fmt!("a VNIC needs a NIC below it: link NIC")));
    };
    let net = request.link_net();
    let found = match net.device::<N>(attr.i32(), rtnl) {
        Some(Err(_)) => {
            let vnic = net.device::<Vnic<N>>(attr.i32(), rtnl);
            vnic.map(|found| found.map(|dev| &**dev))
        }
        nic => nic.map(|found| found.map(|dev| &**dev)),
    };
    match found {
        Some(Ok(lower)) => Ok(lower),
        Some(Err(_)) => {
            let message = fmt!("link must be a softnic NIC, or a VNIC");
            Err(extack.refuse_attr(EINVAL, &attr, message))
        }
        None => {
            let index = attr.i32();
            Err(extack.refuse_attr(ENODEV, &attr, fmt!("no device of index {index}")))
        }
    }
}

fn check_depth(lower: &PortDevice<Port>, extack: &ExtAck<'_>, rtnl: &Rtnl) -> Result {
    if lower.port().uplink().depth(rtnl) >= MAX_DEPTH {
        return Err(extack.refuse(
            EMLINK,
            fmt!("at most {MAX_DEPTH} VNICs can be over one another"),
        ));
    }
    Ok(())
}

/// Checks the number of rings, and that the requester may reserve rings of
/// `nic`. Whether the pool has them is seen when they are reserved.
fn check_rings(
    wish: &Wish,
    dev: &Netdev,
    nic: &PortDevice<Port>,
    data: &Attributes<'_>,
    extack: &ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result {
    let max = dev.num_rx_queues();
    let Some(attr) = data.get(attributes::RINGS) else {
        return Ok(());
    };
    if usize::from(wish.rings) > max {
        return Err(extack.refuse_attr(
            EINVAL,
            &attr,
            fmt!("rings must be 0 to {max}, the VNIC's receive queues"),
        ));
    }
    if wish.rings != 0 && !nic.net(rtnl).may_connect(dev, rtnl) {
        let message = fmt!("rings: CAP_NET_ADMIN is needed in the NIC's namespace");
        return Err(extack.refuse_attr(EPERM, &attr, message));
    }
    Ok(())
}

/// Checks that a VNIC may move to other VLANs, or into another mode.
fn check_move(
    dev: &PortDevice<Port>,
    old: &Wish,
    wish: &Wish,
    data: &Attributes<'_>,
    extack: &ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result {
    if (old.mode == Mode::Passthru) != (wish.mode == Mode::Passthru) {
        let message = fmt!("passthru is a mode for life: it is given on creation only");
        return Err(refuse_data(EINVAL, data, attributes::MODE, message, extack));
    }
    match uplink::ports_over(dev, rtnl).count() {
        0 => Ok(()),
        over => Err(extack.refuse(
            EBUSY,
            fmt!("VLAN and mode cannot change: {over} VNICs are over this one"),
        )),
    }
}

/// Gives a new VNIC the address that the request gives, or one that is derived,
/// the NIC's own, or random.
fn choose_mac<N: Driver<Port = Port>>(
    dev: &mut Unregistered<'_, Vnic<N>>,
    nic: &PortDevice<Port>,
    wish: &Wish,
    request: &LinkRequest<'_>,
    extack: &ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result {
    let given = request.link.get(ifla::ADDRESS);
    let derive = request.data.get(attributes::DERIVE);
    match (given, derive) {
        (_, Some(attr)) if attr.u32() != 1 => {
            let message = fmt!("derive must be 1");
            Err(extack.refuse_attr(EINVAL, &attr, message))
        }
        (Some(_), Some(attr)) => {
            let message = fmt!("an address is given or derived, not both");
            Err(extack.refuse_attr(EINVAL, &attr, message))
        }
        (Some(_), None) => Ok(()),
        (None, Some(attr)) => {
            let Some(name) = request.link.get(ifla::IFNAME) else {
                let message = fmt!("derive needs a name to derive the address from");
                return Err(extack.refuse_attr(EINVAL, &attr, message));
            };
            let base = Mac::from_bytes(nic.mac(rtnl));
            dev.set_mac(Mac::derived(base, name.bytes()).to_bytes(), false);
            Ok(())
        }
        (None, None) if wish.mode == Mode::Passthru => {
            dev.set_mac(nic.mac(rtnl), true);
            Ok(())
        }
        (None, None) => {
            dev.set_random_mac();
            Ok(())
        }
    }
}

/// Gives a new device an MTU that `lower` can carry.
fn limit_mtu<N: Driver<Port = Port>>(
    dev: &mut Unregistered<'_, Vnic<N>>,
    lower: &PortDevice<Port>,
    link: &Attributes<'_>,
    extack: &ExtAck<'_>,
) -> Result {
    check_mtu(lower, link, extack)?;
    dev.set_max_mtu(lower.mtu(), link.get(ifla::MTU).is_none());
    Ok(())
}

/// Checks the MTU of a request for a VNIC over `lower`.
fn check_mtu(lower: &PortDevice<Port>, link: &Attributes<'_>, extack: &ExtAck<'_>) -> Result {
    let max = lower.mtu();
    match link.get(ifla::MTU) {
        Some(attr) if !(MIN_MTU..=max).contains(&attr.u32()) => Err(extack.refuse_attr(
            EINVAL,
            &attr,
            fmt!("mtu must be {MIN_MTU} to {max}, that of the device below"),
        )),
        _ => Ok(()),
    }
}

fn refuse_seat(
    error: Error,
    link: &Attributes<'_>,
    data: &Attributes<'_>,
    extack: &ExtAck<'_>,
) -> Error {
    match error {
        EEXIST => {
            let message = fmt!("another port of the NIC has this address on this VLAN");
            match link.get(ifla::ADDRESS) {
                Some(attr) => extack.refuse_attr(error, &attr, message),
                None => extack.refuse(error, message),
            }
        }
        EBUSY => {
            let message = fmt!("mode passthru: a VNIC has the NIC for itself, or is to have");
            refuse_data(error, data, attributes::MODE, message, extack)
        }
        error => error,
    }
}
