// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a NIC is to its wire: what it takes off it, and where to, and what it
//! sends.

use super::drops::{DropReason, Drops};
use super::group::Group;
use super::ring::{self, Offer};
use super::treat::Vlans;
use super::tx::{self, TxQueues};
use super::wire::Wire;
use crate::model::mac::{prefix_key, Mac};
use crate::model::mac_set::{slots_for, MacSet};
use crate::model::rx_filter::RxFilter;
use crate::model::treatment::Treatment;
use crate::net::context::Softirq;
use crate::net::counter::Shared;
use crate::net::device::{PortDevice, RxMode, Transmit};
use crate::net::ops::AddressList;
use crate::net::random;
use crate::net::rcu::RcuCell;
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::skb::{Frame, TxSkb, ETH_HLEN};
use crate::net::txq::Sender;
use kernel::prelude::*;

/// What a frame may have on top of the MTU: its header and one VLAN tag.
const OVERHEAD: u32 = ETH_HLEN as u32 + 4;

/// How many further unicast, and how many multicast addresses a filter holds.
/// With more of a kind it takes all of that kind, as hardware does.
const MAX_ADDRESSES: usize = 4096;

/// Memory of a filter's address set.
struct Slots(KVec<u64>);

impl AsRef<[u64]> for Slots {
    #[inline]
    fn as_ref(&self) -> &[u64] {
        &self.0
    }
}

impl AsMut<[u64]> for Slots {
    fn as_mut(&mut self) -> &mut [u64] {
        &mut self.0
    }
}

/// What became of a frame that a port was sent.
pub(crate) enum Arrival {
    /// It came off the wire; whether the port kept it is the port's account.
    Arrived,
    /// It came off the wire as so many frames of so many bytes.
    ArrivedAs {
        /// How many.
        frames: u32,
        /// Their bytes.
        bytes: u32,
        /// Bytes of the first; all but the last have as many.
        first: u32,
    },
    /// No room: the sender is to keep it.
    Busy(Frame),
    /// The port is not there to take it: the sender is to drop it.
    Refused(Frame, DropReason),
}

impl Arrival {
    #[inline(always)]
    pub(super) fn of(offer: Offer) -> Self {
        match offer {
            Offer::Queued => Self::Arrived,
            Offer::Busy(frame) => Self::Busy(frame),
            Offer::Refused(frame, reason) => Self::Refused(frame, reason),
        }
    }
}

/// A port: address filter, ring group, transmit queues, wire, losses.
pub(crate) struct Port {
    /// The port's address, as a key to compare frames with.
    own: Shared,
    /// What else than usual is done with each frame: a `Treatment`.
    pub(super) treatment: Shared,
    pub(super) vlans: Vlans,
    filter: RcuCell<RxFilter<Slots>>,
    group: Group,
    tx: TxQueues,
    wire: Wire,
    drops: Drops,
    /// Whether the device is up.
    running: RtnlCell<bool>,
}

impl Port {
    /// Makes a port with address `mac`, `rings` closed rings, `tx_queues`
    /// transmit queues and a loose wire. Process context; `ENOMEM`.
    pub(crate) fn new(mac: Mac, rings: usize, tx_queues: usize) -> Result<Self> {
        Ok(Self {
            own: Shared::new(mac.key()),
            treatment: Shared::new(Treatment::NONE.to_bits()),
            vlans: Vlans::new()?,
            filter: RcuCell::new(filter(false, false, 0, core::iter::empty())?)?,
            group: Group::new(rings)?,
            tx: TxQueues::new(tx_queues)?,
            wire: Wire::new(),
            drops: Drops::new(),
            running: RtnlCell::new(false),
        })
    }

    /// The group that takes the port's frames.
    pub(crate) fn group(&self) -> &Group {
        &self.group
    }

    /// The transmit queues.
    pub(crate) fn tx(&self) -> &TxQueues {
        &self.tx
    }

    /// What carries the port's frames.
    pub(crate) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Whether the device is up.
    pub(crate) fn is_running(&self, rtnl: &Rtnl) -> bool {
        self.running.get(rtnl)
    }

    /// Notes whether the device is up.
    pub(crate) fn set_running(&self, running: bool, rtnl: &Rtnl) {
        self.running.set(running, rtnl);
    }

    /// Opens the rings and the transmit queues of `dev`, whose port this is.
    /// Process context; `ENOMEM`.
    pub(crate) fn open(&self, dev: &PortDevice<Self>, rtnl: &Rtnl) -> Result {
        self.group.open(dev, rtnl)?;
        self.tx.start(dev);
        self.tx.spread(dev, rtnl);
        Ok(())
    }

    /// Closes them. Process context.
    pub(crate) fn close(&self, dev: &PortDevice<Self>, rtnl: &Rtnl) {
        dev.stop_tx_queues();
        self.group.close(dev, rtnl);
    }

    /// Wakes the transmit queues of all who may send to the port's rings.
    pub(crate) fn wake_senders(&self, softirq: &Softirq) {
        if let Some(sender) = self.wire.sender(softirq) {
            sender.port().tx.wake(sender);
        }
    }

    /// Sends a frame of `dev`, whose port this is.
    #[inline]
    pub(crate) fn send(&self, dev: &PortDevice<Self>, skb: TxSkb, softirq: &Softirq) -> Transmit {
        tx::send(dev, skb, softirq)
    }

    /// Losses by reason.
    pub(crate) fn drops(&self) -> &Drops {
        &self.drops
    }

    /// Takes over a new MAC address.
    pub(crate) fn set_mac(&self, mac: Mac) {
        self.own.set(mac.key());
    }

    /// Takes over which frames the stack wants. `ENOMEM` leaves all as it is.
    pub(crate) fn set_rx_mode(&self, mode: &RxMode<'_>, rtnl: &Rtnl) -> Result {
        let unicast = Some(mode.unicast).filter(|list| list.len() <= MAX_ADDRESSES);
        let multicast = Some(mode.multicast).filter(|list| list.len() <= MAX_ADDRESSES);
        let lists = [unicast, multicast];
        let lists = lists.iter().flatten();
        let len = lists
            .clone()
            .fold(0usize, |sum, list| sum.saturating_add(list.len()));
        let macs = lists.flat_map(AddressList::iter).map(Mac::from_bytes);
        let filter = filter(
            mode.promiscuous || unicast.is_none(),
            mode.all_multicast || multicast.is_none(),
            len,
            macs,
        )?;
        self.filter.replace(filter, rtnl)
    }

    /// Takes a frame off the wire, sent by the transmit queue `sender`.
    #[inline(always)]
    pub(crate) fn arrive(
        &self,
        dev: &PortDevice<Self>,
        mut frame: Frame,
        sender: Sender<'_>,
        softirq: &Softirq,
    ) -> Arrival {
        let start = frame.first_bytes();
        if prefix_key(start) != self.own.get() {
            let to = Mac::from_prefix(start);
            if !self.filter.read(softirq).takes(to) {
                return self.lose(frame, DropReason::Filtered);
            }
        }
        if !frame.fits(dev.mtu().wrapping_add(OVERHEAD)) {
            return self.lose(frame, DropReason::TooLong);
        }
        if self.treatment.get() != 0 {
            let len = frame.len();
            // Told apart from frames that were not treated, so that those need
            // no second look at what has become of them.
            return match self.arrive_treated(dev, frame, sender, softirq) {
                Arrival::Arrived => Arrival::ArrivedAs {
                    frames: 1,
                    bytes: len,
                    first: len,
                },
                other => other,
            };
        }
        let Some(ring) = self.group.select(dev, &mut frame, false, softirq) else {
            return self.lose(frame, DropReason::ByRule);
        };
        Arrival::of(ring::offer(ring, dev, frame, sender, softirq))
    }

    /// Whether the stack wants all frames.
    pub(super) fn is_promiscuous(&self, softirq: &Softirq) -> bool {
        self.filter.read(softirq).promiscuous
    }

    #[cold]
    pub(super) fn lose(&self, frame: Frame, reason: DropReason) -> Arrival {
        self.drops.add(reason, 1);
        frame.drop_for(reason.skb_reason());
        Arrival::Arrived
    }
}

fn filter(
    promiscuous: bool,
    all_multicast: bool,
    len: usize,
    macs: impl Iterator<Item = Mac>,
) -> Result<RxFilter<Slots>> {
    let slots = KVec::from_elem(0, slots_for(len).ok_or(ENOMEM)?, GFP_KERNEL)?;
    Ok(RxFilter {
        promiscuous,
        all_multicast,
        others: MacSet::build(Slots(slots), random::u64(), macs).ok_or(EINVAL)?,
    })
}
