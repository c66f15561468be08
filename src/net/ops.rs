// SPDX-License-Identifier: GPL-2.0

//! The core's calls into a driver: `struct net_device_ops`.
//!
//! C header: `include/linux/netdevice.h`, whose comments say under which
//! locks each is called.

use crate::bindings;
use crate::net::context::Softirq;
use crate::net::device::{Device, Driver, RxMode, Transmit};
use crate::net::rtnl::Rtnl;
use crate::net::setup::Features;
use crate::net::skb::{Frame, TxSkb};
use crate::net::stats::LinkStats;
use core::marker::PhantomData;
use core::ptr::NonNull;
use kernel::error::to_result;
use kernel::prelude::*;

/// Holds a driver's operations.
struct VTable<T>(PhantomData<T>);

impl<T: Driver> VTable<T> {
    const OPS: bindings::net_device_ops = {
        // SAFETY: All-zero says that each operation is absent.
        let mut ops: bindings::net_device_ops = unsafe { core::mem::zeroed() };
        ops.ndo_open = Some(open::<T>);
        ops.ndo_stop = Some(stop::<T>);
        ops.ndo_uninit = Some(uninit::<T>);
        ops.ndo_start_xmit = Some(start_xmit::<T>);
        ops.ndo_set_rx_mode_async = Some(set_rx_mode::<T>);
        ops.ndo_set_mac_address = Some(set_mac_address::<T>);
        ops.ndo_change_mtu = Some(change_mtu::<T>);
        ops.ndo_validate_addr = Some(bindings::eth_validate_addr);
        ops.ndo_get_stats64 = Some(get_stats64::<T>);
        ops.ndo_get_iflink = Some(get_iflink::<T>);
        ops.ndo_set_features = Some(set_features::<T>);
        ops.ndo_vlan_rx_add_vid = Some(add_vlan::<T>);
        ops.ndo_vlan_rx_kill_vid = Some(remove_vlan::<T>);
        ops.ndo_features_check = Some(bindings::passthru_features_check);
        ops
    };
}

/// The operations of driver `T`, for a device's `netdev_ops`.
pub(super) fn netdev_ops<T: Driver>() -> *const bindings::net_device_ops {
    const { &VTable::<T>::OPS }
}

/// A list of addresses that the core lends for one call.
///
/// # Invariants
///
/// The pointer is to a list of Ethernet addresses that nobody changes for
/// `'a`.
#[derive(Clone, Copy)]
pub(crate) struct AddressList<'a> {
    list: NonNull<bindings::netdev_hw_addr_list>,
    _life: PhantomData<&'a bindings::netdev_hw_addr_list>,
}

impl<'a> AddressList<'a> {
    /// How many addresses there are.
    pub(crate) fn len(&self) -> usize {
        // SAFETY: By the type invariant.
        usize::try_from(unsafe { self.list.as_ref() }.count).unwrap_or(0)
    }

    /// The addresses, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = [u8; 6]> + 'a {
        // SAFETY: By the type invariant; the head is part of the list.
        let head = unsafe { &raw const (*self.list.as_ptr()).list };
        // SAFETY: As above.
        let mut entry: *const bindings::list_head = unsafe { (*head).next };
        core::iter::from_fn(move || {
            if core::ptr::eq(entry, head) {
                return None;
            }
            // Entries are embedded in addresses, at their start.
            let address = entry.cast::<bindings::netdev_hw_addr>();
            // SAFETY: As above; an Ethernet address has six bytes.
            let mac = unsafe { (&raw const (*address).addr).cast::<[u8; 6]>().read() };
            // SAFETY: By the type invariant the list is whole.
            entry = unsafe { (*entry).next };
            Some(mac)
        })
    }
}

const _: () = assert!(core::mem::offset_of!(bindings::netdev_hw_addr, list) == 0);

/// Where the address lies in a `struct sockaddr`: behind the family.
const SA_DATA: usize = core::mem::size_of::<u16>();

/// # Safety
///
/// Called by the core under RTNL with a registered device of driver `T`.
unsafe extern "C" fn open<T: Driver>(dev: *mut bindings::net_device) -> c_int {
    // SAFETY: By the requirement.
    let (dev, rtnl) = unsafe { (Device::<T>::from_ptr(dev), Rtnl::assume()) };
    T::open(dev, &rtnl).map_or_else(Error::to_errno, |()| 0)
}

/// # Safety
///
/// As for [`open`].
unsafe extern "C" fn stop<T: Driver>(dev: *mut bindings::net_device) -> c_int {
    // SAFETY: By the requirement.
    let (dev, rtnl) = unsafe { (Device::<T>::from_ptr(dev), Rtnl::assume()) };
    T::stop(dev, &rtnl);
    0
}

/// # Safety
///
/// As for [`open`]; also when registration fails half-way, with the private
/// data still there.
unsafe extern "C" fn uninit<T: Driver>(dev: *mut bindings::net_device) {
    // SAFETY: By the requirement.
    let (dev, rtnl) = unsafe { (Device::<T>::from_ptr(dev), Rtnl::assume()) };
    T::uninit(dev, &rtnl);
}

/// # Safety
///
/// Called by the core with a frame it gives away, on a device that is up,
/// with bottom halves off, or all interrupts (net/core/netpoll.c).
unsafe extern "C" fn start_xmit<T: Driver>(
    skb: *mut bindings::sk_buff,
    dev: *mut bindings::net_device,
) -> bindings::netdev_tx_t {
    // SAFETY: By the requirement.
    let (dev, softirq) = unsafe { (Device::<T>::from_ptr(dev), Softirq::assume()) };
    // SAFETY: By the requirement the frame is there, and ours now.
    let skb = unsafe { TxSkb::from_raw(NonNull::new_unchecked(skb)) };
    match T::xmit(dev, skb, &softirq) {
        Transmit::Done => bindings::SOFTNIC_NETDEV_TX_OK,
        Transmit::Busy(frame) => keep(frame),
    }
}

/// Has the core keep a frame. Out of line, so that the usual answer is known
/// where a frame has gone and not made of what has become of it.
#[cold]
#[inline(never)]
fn keep(frame: Frame) -> bindings::netdev_tx_t {
    frame.give_back();
    bindings::SOFTNIC_NETDEV_TX_BUSY
}

/// # Safety
///
/// As for [`open`], with lists that are the callee's for the call.
unsafe extern "C" fn set_rx_mode<T: Driver>(
    dev: *mut bindings::net_device,
    unicast: *mut bindings::netdev_hw_addr_list,
    multicast: *mut bindings::netdev_hw_addr_list,
) -> c_int {
    // SAFETY: By the requirement; RTNL keeps the flags.
    let (flags, dev, rtnl) = unsafe { ((*dev).flags, Device::<T>::from_ptr(dev), Rtnl::assume()) };
    // SAFETY: By the requirement.
    let mode = unsafe {
        RxMode {
            promiscuous: flags & bindings::SOFTNIC_IFF_PROMISC != 0,
            all_multicast: flags & bindings::SOFTNIC_IFF_ALLMULTI != 0,
            unicast: AddressList {
                list: NonNull::new_unchecked(unicast),
                _life: PhantomData,
            },
            multicast: AddressList {
                list: NonNull::new_unchecked(multicast),
                _life: PhantomData,
            },
        }
    };
    T::set_rx_mode(dev, &mode, &rtnl).map_or_else(Error::to_errno, |()| 0)
}

/// # Safety
///
/// As for [`open`], with a `struct sockaddr` of the device's address length.
unsafe extern "C" fn set_mac_address<T: Driver>(
    dev: *mut bindings::net_device,
    addr: *mut c_void,
) -> c_int {
    // SAFETY: By the requirement; checks the address and whether it may change.
    if let Err(error) = to_result(unsafe { bindings::eth_prepare_mac_addr_change(dev, addr) }) {
        return error.to_errno();
    }
    // SAFETY: By the requirement the address lies behind its family.
    let mac = unsafe { addr.cast::<u8>().add(SA_DATA).cast::<[u8; 6]>().read() };
    // SAFETY: By the requirement.
    let (device, rtnl) = unsafe { (Device::<T>::from_ptr(dev), Rtnl::assume()) };
    if let Err(error) = T::set_mac(device, mac, &rtnl) {
        return error.to_errno();
    }
    // SAFETY: By the requirement; checked above.
    unsafe { bindings::eth_commit_mac_addr_change(dev, addr) };
    0
}

/// # Safety
///
/// As for [`open`], with an MTU in the device's range.
unsafe extern "C" fn change_mtu<T: Driver>(dev: *mut bindings::net_device, mtu: c_int) -> c_int {
    // SAFETY: By the requirement.
    let (device, rtnl) = unsafe { (Device::<T>::from_ptr(dev), Rtnl::assume()) };
    T::set_mtu(device, mtu.unsigned_abs(), &rtnl);
    // SAFETY: By the requirement; one word does not tear for who reads it.
    unsafe { (&raw mut (*dev).mtu).write_volatile(mtu.unsigned_abs()) };
    0
}

/// # Safety
///
/// As for [`open`].
unsafe extern "C" fn set_features<T: Driver>(
    dev: *mut bindings::net_device,
    features: bindings::netdev_features_t,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, rtnl) = unsafe { (Device::<T>::from_ptr(dev), Rtnl::assume()) };
    let features = Features::from_bits(features);
    T::set_features(dev, features, &rtnl).map_or_else(Error::to_errno, |()| 0)
}

/// # Safety
///
/// As for [`open`].
unsafe extern "C" fn add_vlan<T: Driver>(
    dev: *mut bindings::net_device,
    protocol: bindings::__be16,
    id: u16,
) -> c_int {
    // SAFETY: By the requirement.
    unsafe { set_vlan::<T>(dev, protocol, id, true) }
}

/// # Safety
///
/// As for [`open`].
unsafe extern "C" fn remove_vlan<T: Driver>(
    dev: *mut bindings::net_device,
    protocol: bindings::__be16,
    id: u16,
) -> c_int {
    // SAFETY: By the requirement.
    unsafe { set_vlan::<T>(dev, protocol, id, false) }
}

/// # Safety
///
/// As for [`open`].
unsafe fn set_vlan<T: Driver>(
    dev: *mut bindings::net_device,
    protocol: bindings::__be16,
    id: u16,
    wanted: bool,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, rtnl) = unsafe { (Device::<T>::from_ptr(dev), Rtnl::assume()) };
    let ethertype = u16::from_be(protocol);
    T::set_vlan(dev, ethertype, id, wanted, &rtnl).map_or_else(Error::to_errno, |()| 0)
}

/// # Safety
///
/// Called by the core with a registered device of driver `T` that cannot go
/// during the call, and zeroed statistics.
unsafe extern "C" fn get_stats64<T: Driver>(
    dev: *mut bindings::net_device,
    stats: *mut bindings::rtnl_link_stats64,
) {
    // SAFETY: By the requirement.
    let (dev, stats) = unsafe { (Device::<T>::from_ptr(dev), &mut *stats) };
    T::stats(dev, &mut LinkStats::new(stats));
}

/// # Safety
///
/// Called by the core with a registered device of driver `T` that cannot go
/// during the call.
unsafe extern "C" fn get_iflink<T: Driver>(dev: *const bindings::net_device) -> c_int {
    // SAFETY: By the requirement.
    let dev = unsafe { Device::<T>::from_ptr(dev.cast_mut()) };
    let rcu = kernel::sync::rcu::read_lock();
    // A device with nothing below links to itself; the core then leaves the
    // attribute out.
    T::lower(dev, &rcu).map_or_else(|| dev.ifindex(), |lower| lower.ifindex())
}
