// SPDX-License-Identifier: GPL-2.0

//! What `ethtool` asks of a driver.
//!
//! C header: `include/linux/ethtool.h`.

use crate::bindings;
use crate::net::device::{Device, Driver};
use crate::net::errno::not_supported;
use core::fmt::Write as _;
use core::marker::PhantomData;
use kernel::fmt;
use kernel::prelude::*;
use kernel::str::Formatter;

/// The `ethtool` part of a driver. All under RTNL.
pub(crate) trait Ethtool: Sized {
    /// Name of the driver, for `ethtool -i`.
    const DRIVER: &'static [u8];
    /// Speed of the link in Mb/s.
    const SPEED: u32;

    /// Tells every statistic of `ethtool -S`, always the same names in the
    /// same order.
    fn statistics(dev: &Device<Self>, sink: &mut StatisticsSink<'_>)
    where
        Self: Driver;
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

const NAME_LEN: usize = bindings::SOFTNIC_ETH_GSTRING_LEN as usize;

struct VTable<T>(PhantomData<T>);

impl<T: Driver> VTable<T> {
    const OPS: bindings::ethtool_ops = {
        // SAFETY: All-zero says that each operation is absent.
        let mut ops: bindings::ethtool_ops = unsafe { core::mem::zeroed() };
        ops.get_drvinfo = Some(get_drvinfo::<T>);
        ops.get_link = Some(bindings::ethtool_op_get_link);
        ops.get_link_ksettings = Some(get_link_ksettings::<T>);
        ops.get_ts_info = Some(bindings::ethtool_op_get_ts_info);
        ops.get_sset_count = Some(get_sset_count::<T>);
        ops.get_strings = Some(get_strings::<T>);
        ops.get_ethtool_stats = Some(get_ethtool_stats::<T>);
        ops
    };
}

/// The operations of driver `T`, for a device's `ethtool_ops`.
pub(super) fn ethtool_ops<T: Driver>() -> *const bindings::ethtool_ops {
    const { &VTable::<T>::OPS }
}

fn count<T: Driver>(dev: &Device<T>) -> usize {
    let mut sink = StatisticsSink {
        target: Target::Count,
        count: 0,
    };
    T::statistics(dev, &mut sink);
    sink.count
}

/// # Safety
///
/// Called by the core under RTNL with a device of driver `T` and a zeroed
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
unsafe extern "C" fn get_link_ksettings<T: Driver>(
    _: *mut bindings::net_device,
    settings: *mut bindings::ethtool_link_ksettings,
) -> c_int {
    // SAFETY: By the requirement.
    let base = unsafe { &mut (*settings).base };
    base.speed = T::SPEED;
    base.duplex = bindings::SOFTNIC_DUPLEX_FULL;
    base.autoneg = bindings::SOFTNIC_AUTONEG_DISABLE;
    base.port = bindings::SOFTNIC_PORT_OTHER;
    0
}

/// # Safety
///
/// As for [`get_drvinfo`].
unsafe extern "C" fn get_sset_count<T: Driver>(
    dev: *mut bindings::net_device,
    set: c_int,
) -> c_int {
    if set != bindings::SOFTNIC_ETH_SS_STATS {
        return not_supported().to_errno();
    }
    // SAFETY: By the requirement.
    let dev = unsafe { Device::<T>::from_ptr(dev) };
    count(dev) as c_int
}

/// # Safety
///
/// As for [`get_drvinfo`], with room for the names of all statistics.
unsafe extern "C" fn get_strings<T: Driver>(
    dev: *mut bindings::net_device,
    set: u32,
    names: *mut u8,
) {
    if set as c_int != bindings::SOFTNIC_ETH_SS_STATS {
        return;
    }
    // SAFETY: By the requirement.
    let dev = unsafe { Device::<T>::from_ptr(dev) };
    let len = count(dev).saturating_mul(NAME_LEN);
    let mut sink = StatisticsSink {
        // SAFETY: By the requirement there is room for as many names as
        // get_sset_count() told, which RTNL keeps.
        target: Target::Names(unsafe { core::slice::from_raw_parts_mut(names, len) }),
        count: 0,
    };
    T::statistics(dev, &mut sink);
}

/// # Safety
///
/// As for [`get_drvinfo`], with room for all values.
unsafe extern "C" fn get_ethtool_stats<T: Driver>(
    dev: *mut bindings::net_device,
    _: *mut bindings::ethtool_stats,
    values: *mut u64,
) {
    // SAFETY: By the requirement.
    let dev = unsafe { Device::<T>::from_ptr(dev) };
    let len = count(dev);
    let mut sink = StatisticsSink {
        // SAFETY: As in `get_strings`.
        target: Target::Values(unsafe { core::slice::from_raw_parts_mut(values, len) }),
        count: 0,
    };
    T::statistics(dev, &mut sink);
}
