// SPDX-License-Identifier: GPL-2.0

//! Statistics that standards define: `ethtool -S --groups eth-mac rmon`.
//!
//! IEEE 802.3 (30.3.1.1) and RFC 2819; C header: `include/linux/ethtool.h`. The
//! core has marked everything as not counted, and drivers leave alone what they
//! do not count.

use crate::bindings;
use crate::net::device::{PortDevice, PortOps};
use core::marker::PhantomData;

/// How many ranges of sizes drivers tell.
pub(crate) const SIZE_RANGES: usize = 9;

/// How many the core has room for.
const ROOM: usize = bindings::SOFTNIC_RMON_HIST_MAX as usize;

const _: () = assert!(SIZE_RANGES < ROOM);

/// One direction of [`MacStats`].
pub(crate) struct MacDirection {
    /// Frames that were sent, or received and delivered.
    pub(crate) frames: u64,
    /// Their octets, with the frame check sequence.
    pub(crate) octets: u64,
    /// How many were multicasts, broadcasts apart.
    pub(crate) multicasts: u64,
    /// How many were broadcasts.
    pub(crate) broadcasts: u64,
    /// Frames that were lost by a fault of this station.
    pub(crate) lost: u64,
}

/// What the `eth-mac` group has a truth for.
pub(crate) struct MacStats {
    /// Sent.
    pub(crate) sent: MacDirection,
    /// Received.
    pub(crate) received: MacDirection,
    /// Received: longer than allowed, and dropped.
    pub(crate) too_long: u64,
}

/// Frames by size: how many of each of [`StandardStats::SIZES`].
pub(crate) struct FrameSizes {
    /// Sent.
    pub(crate) sent: [u64; SIZE_RANGES],
    /// Received.
    pub(crate) received: [u64; SIZE_RANGES],
}

/// The standard statistics of a driver. The device is registered and cannot go.
/// Counters never decrease.
pub(crate) trait StandardStats: Sized {
    /// The shortest and the longest frame of each range of sizes, in octets
    /// with the frame check sequence.
    const SIZES: [(u16, u16); SIZE_RANGES];

    /// Counts of the MAC.
    fn mac_stats(dev: &PortDevice<Self>) -> MacStats;
    /// Frames by size.
    fn frame_sizes(dev: &PortDevice<Self>) -> FrameSizes;
}

struct Ranges<P>(PhantomData<P>);

impl<P: PortOps> Ranges<P> {
    /// With an empty one behind the last, as the core wants it.
    const ALL: [bindings::ethtool_rmon_hist_range; ROOM] = {
        const NONE: bindings::ethtool_rmon_hist_range =
            bindings::ethtool_rmon_hist_range { low: 0, high: 0 };
        let mut ranges = [NONE; ROOM];
        let mut index = 0;
        while index < SIZE_RANGES {
            let (low, high) = P::SIZES[index];
            ranges[index] = bindings::ethtool_rmon_hist_range { low, high };
            index += 1;
        }
        ranges
    };
}

/// # Safety
///
/// Called by the core with a registered device of a port `P` and a reply.
pub(super) unsafe extern "C" fn get_eth_mac_stats<P: PortOps>(
    dev: *mut bindings::net_device,
    reply: *mut bindings::ethtool_eth_mac_stats,
) {
    // SAFETY: By the requirement; the union's members share a layout.
    let (dev, reply) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            &mut (*reply).__bindgen_anon_1.__bindgen_anon_1,
        )
    };
    let MacStats {
        sent,
        received,
        too_long,
    } = P::mac_stats(dev);
    reply.FramesTransmittedOK = sent.frames;
    reply.OctetsTransmittedOK = sent.octets;
    reply.MulticastFramesXmittedOK = sent.multicasts;
    reply.BroadcastFramesXmittedOK = sent.broadcasts;
    reply.FramesLostDueToIntMACXmitError = sent.lost;
    reply.FramesReceivedOK = received.frames;
    reply.OctetsReceivedOK = received.octets;
    reply.MulticastFramesReceivedOK = received.multicasts;
    reply.BroadcastFramesReceivedOK = received.broadcasts;
    reply.FramesLostDueToIntMACRcvError = received.lost;
    reply.FrameTooLongErrors = too_long;
}

/// # Safety
///
/// As for [`get_eth_mac_stats`], with a place for the ranges.
pub(super) unsafe extern "C" fn get_rmon_stats<P: PortOps>(
    dev: *mut bindings::net_device,
    reply: *mut bindings::ethtool_rmon_stats,
    ranges: *mut *const bindings::ethtool_rmon_hist_range,
) {
    // SAFETY: By the requirement; the union's members share a layout.
    let (dev, reply) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            &mut (*reply).__bindgen_anon_1.__bindgen_anon_1,
        )
    };
    let sizes = P::frame_sizes(dev);
    for (hist, counts) in [
        (&mut reply.hist, sizes.received),
        (&mut reply.hist_tx, sizes.sent),
    ] {
        hist.iter_mut()
            .zip(counts)
            .for_each(|(to, count)| *to = count);
    }
    let all: &'static [bindings::ethtool_rmon_hist_range; ROOM] = const { &Ranges::<P>::ALL };
    // SAFETY: By the requirement. The core stops at the empty range.
    unsafe { ranges.write(all.as_ptr()) };
}
