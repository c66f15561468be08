// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Why a frame was not delivered, and how often.

use super::port::Port;
use crate::net::counter::SharedCounter;
use crate::net::device::PortDevice;
use crate::net::family::drop_reason;
use crate::net::queue_stats::DeviceStats;
use crate::net::skb::{Seen, SkbDropReason};
use crate::net::trace;

/// The fate of a frame that does not reach the receiver's stack. Each such
/// frame is counted under exactly one reason, at one port.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DropReason {
    /// Sent: shorter than an Ethernet header.
    Truncated,
    /// Sent: no memory to make the frame independent of its sender's pages.
    NoMemory,
    /// Sent: nothing is connected that could take it.
    NoWire,
    /// Sent: the receiver went down meanwhile.
    ReceiverDown,
    /// Sent: the receiver's ring is full, and the transmit queue has no qdisc
    /// that could keep the frame.
    RingFull,
    /// Sent: a segmentation bundle that the wire, or the receiver, has to cut
    /// and cannot.
    BadBundle,
    /// Arrived: addressed to somebody else.
    Filtered,
    /// Arrived: with the tag of a VLAN that nobody asked for.
    VlanFiltered,
    /// Arrived: longer than the MTU.
    TooLong,
    /// Arrived: a steering rule drops it.
    ByRule,
    /// Sent by a port on a VLAN, with a tag.
    VlanForbidden,
    /// Arrived: a copy for which the ring had no room.
    Overrun,
    /// Not copied to the VNICs that it was for: there were too many such frames.
    Storm,
    /// Arrived: still in a ring when the receiver went down, or a copy that came
    /// later.
    Purged,
    /// Arrived: no memory for headers of its own, which merging needs, or to be
    /// copied or cut.
    NoMemoryReceived,
}

/// Every reason, with its name in statistics.
pub(crate) const REASONS: [(DropReason, &str); 15] = [
    (DropReason::Truncated, "tx_drop_truncated"),
    (DropReason::NoMemory, "tx_drop_no_memory"),
    (DropReason::NoWire, "tx_drop_no_wire"),
    (DropReason::ReceiverDown, "tx_drop_receiver_down"),
    (DropReason::RingFull, "tx_drop_ring_full"),
    (DropReason::BadBundle, "tx_drop_bad_bundle"),
    (DropReason::Filtered, "rx_filtered"),
    (DropReason::VlanFiltered, "rx_vlan_filtered"),
    (DropReason::TooLong, "rx_drop_too_long"),
    (DropReason::ByRule, "rx_drop_by_rule"),
    (DropReason::VlanForbidden, "tx_drop_vlan_forbidden"),
    (DropReason::Overrun, "rx_drop_overrun"),
    (DropReason::Storm, "switch_storm"),
    (DropReason::Purged, "rx_drop_purged"),
    (DropReason::NoMemoryReceived, "rx_drop_no_memory"),
];

/// Says that a reason has the number that the netlink family's spec gives it.
macro_rules! assert_numbers {
    ($($reason:ident = $number:ident,)*) => {
        const _: () = {
            $(assert!(DropReason::$reason as u32 == drop_reason::$number);)*
            assert!(REASONS.len() as u32 == drop_reason::MAX + 1);
        };
    };
}

assert_numbers! {
    Truncated = TX_DROP_TRUNCATED,
    NoMemory = TX_DROP_NO_MEMORY,
    NoWire = TX_DROP_NO_WIRE,
    ReceiverDown = TX_DROP_RECEIVER_DOWN,
    RingFull = TX_DROP_RING_FULL,
    BadBundle = TX_DROP_BAD_BUNDLE,
    Filtered = RX_FILTERED,
    VlanFiltered = RX_VLAN_FILTERED,
    TooLong = RX_DROP_TOO_LONG,
    ByRule = RX_DROP_BY_RULE,
    VlanForbidden = TX_DROP_VLAN_FORBIDDEN,
    Overrun = RX_DROP_OVERRUN,
    Storm = SWITCH_STORM,
    Purged = RX_DROP_PURGED,
    NoMemoryReceived = RX_DROP_NO_MEMORY,
}

/// Whose frame was lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Sent,
    Received,
    /// No frame of the port itself.
    Switched,
}

impl DropReason {
    fn direction(self) -> Direction {
        match self {
            Self::Truncated
            | Self::NoMemory
            | Self::NoWire
            | Self::ReceiverDown
            | Self::RingFull
            | Self::BadBundle
            | Self::VlanForbidden => Direction::Sent,
            Self::Filtered
            | Self::VlanFiltered
            | Self::TooLong
            | Self::ByRule
            | Self::Overrun
            | Self::Purged
            | Self::NoMemoryReceived => Direction::Received,
            Self::Storm => Direction::Switched,
        }
    }

    /// Of a copy that a port did not take for this reason: it had no sender that
    /// could have lost it.
    pub(crate) fn of_a_copy(self) -> Self {
        match self {
            Self::ReceiverDown => Self::Purged,
            Self::BadBundle | Self::NoMemory => Self::NoMemoryReceived,
            _ => Self::Overrun,
        }
    }

    /// The reason that the kernel's own tools show, if it was a frame of its own.
    pub(crate) fn skb_reason(self) -> SkbDropReason {
        match self {
            Self::Truncated => SkbDropReason::HDR_TRUNC,
            Self::NoMemory | Self::NoMemoryReceived => SkbDropReason::NOMEM,
            Self::NoWire => SkbDropReason::NO_TX_TARGET,
            Self::ReceiverDown => SkbDropReason::DEV_READY,
            Self::RingFull | Self::Overrun => SkbDropReason::FULL_RING,
            Self::BadBundle => SkbDropReason::SKB_GSO_SEG,
            Self::Filtered | Self::VlanFiltered | Self::VlanForbidden => SkbDropReason::OTHERHOST,
            Self::TooLong => SkbDropReason::PKT_TOO_BIG,
            Self::ByRule => SkbDropReason::TC_INGRESS,
            Self::Purged => SkbDropReason::QUEUE_PURGE,
            // The frame has gone on.
            Self::Storm => SkbDropReason::CONSUMED,
        }
    }
}

/// Counts a frame that `dev` has lost, or the copy of one that was to be made for
/// it, and tells of it. Any context.
#[cold]
#[inline(never)]
pub(super) fn note<'f>(
    dev: &PortDevice<Port>,
    frame: impl Into<Option<Seen<'f>>>,
    reason: DropReason,
) {
    dev.port().drops().add(reason, 1);
    trace::drop(dev, frame.into(), reason as u32, reason.skb_reason());
}

/// A port's drops by reason.
pub(crate) struct Drops([SharedCounter; REASONS.len()]);

impl Drops {
    pub(crate) const fn new() -> Self {
        Self([const { SharedCounter::new() }; REASONS.len()])
    }

    /// Counts `count` frames lost for `reason`. Any context.
    #[cold]
    pub(crate) fn add(&self, reason: DropReason, count: u32) {
        if let Some(counter) = self.0.get(reason as usize) {
            counter.add(count.into());
        }
    }

    /// How many frames were lost for `reason`.
    pub(crate) fn get(&self, reason: DropReason) -> u64 {
        self.0.get(reason as usize).map_or(0, SharedCounter::get)
    }

    /// How many frames the port could not send.
    pub(crate) fn sent(&self) -> u64 {
        self.sum(|reason| reason.direction() == Direction::Sent)
    }

    /// How many frames arrived and did not reach the stack, those for somebody
    /// else included.
    pub(crate) fn received(&self) -> u64 {
        self.sum(|reason| reason.direction() == Direction::Received)
    }

    fn sum(&self, takes: impl Fn(DropReason) -> bool) -> u64 {
        REASONS
            .into_iter()
            .filter(|(reason, _)| takes(*reason))
            .fold(0, |sum, (reason, _)| sum.wrapping_add(self.get(reason)))
    }

    /// The losses that no queue can be blamed for: all of them.
    pub(crate) fn device_stats(&self) -> DeviceStats {
        DeviceStats {
            rx_dropped: self.received(),
            rx_overrun: self.get(DropReason::Overrun),
            rx_alloc_failed: self.get(DropReason::NoMemoryReceived),
            tx_dropped: self.sent(),
            tx_malformed: self.get(DropReason::Truncated),
        }
    }
}
