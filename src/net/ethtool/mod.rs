// SPDX-License-Identifier: GPL-2.0

//! What `ethtool` asks of a driver.
//!
//! C header: `include/linux/ethtool.h`.

mod coalesce;
mod contexts;
mod queues;
mod rss;
mod rules;
mod standard;

pub(crate) use coalesce::Coalescing;
pub(crate) use queues::{Channels, RingSize};
pub(crate) use rss::{RssChange, RssReply};
pub(crate) use rules::{FlowHeaders, FlowRule, FlowRules};
pub(crate) use standard::{FrameSizes, MacDirection, MacStats, StandardStats};

use crate::bindings;
use crate::net::device::{Driver, PortDevice, PortOps};
use crate::net::errno::not_supported;
use crate::net::netlink::ExtAck;
use crate::net::rtnl::Rtnl;
use core::fmt::Write as _;
use core::marker::PhantomData;
use kernel::fmt;
use kernel::prelude::*;
use kernel::str::Formatter;

/// The `ethtool` part of a port. All under RTNL.
pub(crate) trait Ethtool: Sized {
    /// Speed of the link in Mb/s.
    const SPEED: u32;

    /// Tells every statistic of `ethtool -S`, always the same names in the
    /// same order.
    fn statistics(dev: &PortDevice<Self>, sink: &mut StatisticsSink<'_>);

    /// How many receive and transmit queues there can be (`ethtool -l`).
    fn max_channels(dev: &PortDevice<Self>, rtnl: &Rtnl) -> (u32, u32);
    /// How many queues of each kind are in use.
    fn channels(dev: &PortDevice<Self>, rtnl: &Rtnl) -> Channels;
    /// Changes how many queues are in use (`ethtool -L`). The core has checked
    /// the limits, that there is at least one queue each way, and that no
    /// indirection table or rule names a queue that would go. On error nothing
    /// is changed.
    fn set_channels(dev: &PortDevice<Self>, channels: Channels, rtnl: &Rtnl) -> Result;
    /// How many frames a receive ring holds (`ethtool -g`).
    fn ring_size(dev: &PortDevice<Self>, rtnl: &Rtnl) -> RingSize;
    /// Changes how many frames a receive ring holds (`ethtool -G`).
    fn set_ring_size(
        dev: &PortDevice<Self>,
        frames: u32,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result;

    /// How received frames are coalesced, where a queue has no settings of its
    /// own (`ethtool -c`).
    fn coalescing(dev: &PortDevice<Self>, rtnl: &Rtnl) -> Coalescing;
    /// Changes that for all queues (`ethtool -C`). On error nothing is changed.
    fn set_coalescing(
        dev: &PortDevice<Self>,
        wanted: Coalescing,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result;
    /// The same of one receive queue, if it is in use.
    fn queue_coalescing(dev: &PortDevice<Self>, queue: u32, rtnl: &Rtnl) -> Option<Coalescing>;
    /// Changes that; `EINVAL` for a queue that is not in use. On error nothing
    /// is changed.
    fn set_queue_coalescing(
        dev: &PortDevice<Self>,
        queue: u32,
        wanted: Coalescing,
        rtnl: &Rtnl,
    ) -> Result;

    /// Most entries that an indirection table can ever have.
    const RSS_MAX_ENTRIES: u32;

    /// How many entries an indirection table has: that of each RSS context.
    fn rss_entries(dev: &PortDevice<Self>, rtnl: &Rtnl) -> usize;
    /// Tells a context's key, table, function and transformation (`ethtool
    /// -x`).
    fn rss(dev: &PortDevice<Self>, context: u32, reply: &mut RssReply<'_>, rtnl: &Rtnl);
    /// Changes them (`ethtool -X`). On error nothing is changed.
    fn set_rss(
        dev: &PortDevice<Self>,
        context: u32,
        change: &RssChange<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result;
    /// Adds an RSS context. The core has chosen the number, which is not 0. On
    /// error nothing is changed.
    fn add_rss_context(
        dev: &PortDevice<Self>,
        context: u32,
        change: &RssChange<'_>,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result;
    /// Removes an RSS context. On error it is kept, unless the device goes.
    fn remove_rss_context(
        dev: &PortDevice<Self>,
        context: u32,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result;
    /// A context's hash fields (`RXH_*`) of a flow type, if it has any.
    fn hash_fields(
        dev: &PortDevice<Self>,
        context: u32,
        flow_type: u32,
        rtnl: &Rtnl,
    ) -> Option<u32>;
    /// Changes a context's hash fields of a flow type. On error nothing is
    /// changed.
    fn set_hash_fields(
        dev: &PortDevice<Self>,
        context: u32,
        flow_type: u32,
        fields: u32,
        extack: &ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result;
}

/// Where a driver's own statistics go, by one of three passes: counting them,
/// their names, or their values.
pub(crate) struct StatisticsSink<'a> {
    target: Target<'a>,
    count: usize,
}

enum Target<'a> {
    Count,
    Names(&'a mut [u8]),
    Values(&'a mut [u64]),
}

impl StatisticsSink<'_> {
    /// Tells one statistic. Names longer than 31 bytes are cut.
    pub(crate) fn put(&mut self, name: fmt::Arguments<'_>, value: u64) {
        match &mut self.target {
            Target::Count => {}
            Target::Names(names) => {
                if let Some(name_slot) = names.chunks_exact_mut(NAME_LEN).nth(self.count) {
                    name_slot.fill(0);
                    if let Some((_terminator, text)) = name_slot.split_last_mut() {
                        let _ = Formatter::new(text).write_fmt(name);
                    }
                }
            }
            Target::Values(values) => {
                if let Some(slot) = values.get_mut(self.count) {
                    *slot = value;
                }
            }
        }
        self.count = self.count.saturating_add(1);
    }
}

/// The input transformations of receive-side scaling that drivers offer.
const INPUT_XFRMS: u8 = bindings::SOFTNIC_RXH_XFRMS;

const NAME_LEN: usize = bindings::SOFTNIC_ETH_GSTRING_LEN as usize;

struct VTable<T>(PhantomData<T>);

impl<T: Driver> VTable<T> {
    const OPS: bindings::ethtool_ops = {
        // SAFETY: All-zero says that each operation is absent.
        let mut ops: bindings::ethtool_ops = unsafe { core::mem::zeroed() };
        ops.get_drvinfo = Some(get_drvinfo::<T>);
        ops.get_link = Some(bindings::ethtool_op_get_link);
        ops.get_link_ksettings = Some(get_link_ksettings::<T::Port>);
        ops.get_ts_info = Some(bindings::ethtool_op_get_ts_info);
        ops.get_sset_count = Some(get_sset_count::<T::Port>);
        ops.get_strings = Some(get_strings::<T::Port>);
        ops.get_ethtool_stats = Some(get_ethtool_stats::<T::Port>);
        ops.get_eth_mac_stats = Some(standard::get_eth_mac_stats::<T::Port>);
        ops.get_rmon_stats = Some(standard::get_rmon_stats::<T::Port>);
        // The first byte of the flags is supported_input_xfrm.
        ops._bitfield_1 = bindings::__BindgenBitfieldUnit::new([INPUT_XFRMS, contexts::FLAGS]);
        ops.rxfh_indir_space = T::Port::RSS_MAX_ENTRIES;
        ops.rxfh_max_num_contexts = contexts::END;
        ops.get_rx_ring_count = Some(rss::get_rx_ring_count::<T::Port>);
        ops.get_rxfh_key_size = Some(rss::get_rxfh_key_size::<T::Port>);
        ops.get_rxfh_indir_size = Some(rss::get_rxfh_indir_size::<T::Port>);
        ops.get_rxfh = Some(rss::get_rxfh::<T::Port>);
        ops.set_rxfh = Some(rss::set_rxfh::<T::Port>);
        ops.get_rxfh_fields = Some(rss::get_rxfh_fields::<T::Port>);
        ops.set_rxfh_fields = Some(rss::set_rxfh_fields::<T::Port>);
        ops.create_rxfh_context = Some(contexts::create_rxfh_context::<T::Port>);
        ops.modify_rxfh_context = Some(contexts::modify_rxfh_context::<T::Port>);
        ops.remove_rxfh_context = Some(contexts::remove_rxfh_context::<T::Port>);
        ops.get_rxnfc = Some(rules::get_rxnfc::<T::Port>);
        ops.set_rxnfc = Some(rules::set_rxnfc::<T::Port>);
        ops.supported_coalesce_params = coalesce::PARAMS;
        ops.get_coalesce = Some(coalesce::get_coalesce::<T::Port>);
        ops.set_coalesce = Some(coalesce::set_coalesce::<T::Port>);
        ops.get_per_queue_coalesce = Some(coalesce::get_per_queue_coalesce::<T::Port>);
        ops.set_per_queue_coalesce = Some(coalesce::set_per_queue_coalesce::<T::Port>);
        ops.get_channels = Some(queues::get_channels::<T::Port>);
        ops.set_channels = Some(queues::set_channels::<T::Port>);
        ops.get_ringparam = Some(queues::get_ringparam::<T::Port>);
        ops.set_ringparam = Some(queues::set_ringparam::<T::Port>);
        ops
    };
}

/// The operations of driver `T`, for a device's `ethtool_ops`.
pub(super) fn ethtool_ops<T: Driver>() -> *const bindings::ethtool_ops {
    const { &VTable::<T>::OPS }
}

fn count<P: PortOps>(dev: &PortDevice<P>) -> usize {
    let mut sink = StatisticsSink {
        target: Target::Count,
        count: 0,
    };
    P::statistics(dev, &mut sink);
    sink.count
}

/// # Safety
///
/// Called by the core under RTNL with a device of a port `P` and a zeroed
/// reply.
unsafe extern "C" fn get_drvinfo<T: Driver>(
    _: *mut bindings::net_device,
    info: *mut bindings::ethtool_drvinfo,
) {
    // SAFETY: By the requirement; the reply is zeroed, so a shorter name is
    // terminated.
    let driver = unsafe { &mut (*info).driver };
    let room = driver.len().saturating_sub(1);
    driver
        .iter_mut()
        .take(room)
        .zip(T::DRIVER)
        .for_each(|(to, from)| *to = *from as c_char);
}

/// # Safety
///
/// As for [`get_drvinfo`].
unsafe extern "C" fn get_link_ksettings<P: PortOps>(
    _: *mut bindings::net_device,
    settings: *mut bindings::ethtool_link_ksettings,
) -> c_int {
    // SAFETY: By the requirement.
    let base = unsafe { &mut (*settings).base };
    base.speed = P::SPEED;
    base.duplex = bindings::SOFTNIC_DUPLEX_FULL;
    base.autoneg = bindings::SOFTNIC_AUTONEG_DISABLE;
    base.port = bindings::SOFTNIC_PORT_OTHER;
    0
}

/// # Safety
///
/// As for [`get_drvinfo`].
unsafe extern "C" fn get_sset_count<P: PortOps>(
    dev: *mut bindings::net_device,
    set: c_int,
) -> c_int {
    if set != bindings::SOFTNIC_ETH_SS_STATS {
        return not_supported().to_errno();
    }
    // SAFETY: By the requirement.
    let dev = unsafe { PortDevice::<P>::from_ptr(dev) };
    count(dev) as c_int
}

/// # Safety
///
/// As for [`get_drvinfo`], with room for the names of all statistics.
unsafe extern "C" fn get_strings<P: PortOps>(
    dev: *mut bindings::net_device,
    set: u32,
    names: *mut u8,
) {
    if set as c_int != bindings::SOFTNIC_ETH_SS_STATS {
        return;
    }
    // SAFETY: By the requirement.
    let dev = unsafe { PortDevice::<P>::from_ptr(dev) };
    let len = count(dev).saturating_mul(NAME_LEN);
    let mut sink = StatisticsSink {
        // SAFETY: By the requirement there is room for as many names as
        // get_sset_count() told, which RTNL keeps.
        target: Target::Names(unsafe { core::slice::from_raw_parts_mut(names, len) }),
        count: 0,
    };
    P::statistics(dev, &mut sink);
}

/// # Safety
///
/// As for [`get_drvinfo`], with room for all values.
unsafe extern "C" fn get_ethtool_stats<P: PortOps>(
    dev: *mut bindings::net_device,
    _: *mut bindings::ethtool_stats,
    values: *mut u64,
) {
    // SAFETY: By the requirement.
    let dev = unsafe { PortDevice::<P>::from_ptr(dev) };
    let len = count(dev);
    let mut sink = StatisticsSink {
        // SAFETY: As in `get_strings`.
        target: Target::Values(unsafe { core::slice::from_raw_parts_mut(values, len) }),
        count: 0,
    };
    P::statistics(dev, &mut sink);
}
