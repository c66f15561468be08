// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a NIC is to its wire: what it takes off it, and where to, and what it
//! sends.

use super::drops::{self, DropReason, Drops};
use super::events;
use super::forward;
use super::group::Group;
use super::placement::Stock;
use super::received::Received;
use super::ring::{self, Offer};
use super::switch::Switch;
use super::treat::Vlans;
use super::tx::{self, TxQueues};
use super::uplink::Uplink;
use super::wire::Wire;
use crate::model::mac::{prefix_key, Mac};
use crate::model::mac_set::{slots_for, MacSet};
use crate::model::port_key::{PortKey, Vlan};
use crate::model::rx_filter::RxFilter;
use crate::model::treatment::Treatment;
use crate::net::context::Softirq;
use crate::net::counter::Shared;
use crate::net::device::{PortDevice, RxMode, Transmit};
use crate::net::ethtool::Channels;
use crate::net::ops::AddressList;
use crate::net::random;
use crate::net::rcu::RcuCell;
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::skb::{Frame, TxSkb, ETH_HLEN};
use crate::net::txq::Sender;
use kernel::prelude::*;

/// What a frame may have on top of the MTU: its header and one VLAN tag.
pub(super) const OVERHEAD: u32 = ETH_HLEN as u32 + 4;

/// How many further unicast, and how many multicast addresses a filter holds.
/// With more of a kind it takes all of that kind, as hardware does.
pub(super) const MAX_ADDRESSES: usize = 4096;

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
    /// The key of frames that are for the port's stack alone: those to its
    /// address, unless a port over it has the same.
    own: Shared,
    /// The port's address, as a key to compare frames with.
    mac: Shared,
    /// How many addresses of ports over this one are its own, on VLANs.
    doubles: RtnlCell<usize>,
    /// Whether a port over this one takes all.
    is_taken: RtnlCell<bool>,
    /// What else than usual is done with each frame: a `Treatment`.
    pub(super) treatment: Shared,
    pub(super) vlans: Vlans,
    filter: RcuCell<RxFilter<Slots>>,
    group: Group,
    tx: TxQueues,
    wire: Wire,
    /// The ports over this one.
    switch: Switch,
    /// What there is for those.
    stock: Stock,
    /// The place in another's switch.
    uplink: Uplink,
    drops: Drops,
    /// What came by the rings of the NIC.
    received: Received,
    /// Whether the device is up.
    running: RtnlCell<bool>,
    /// How the user last put the queues into channels.
    channels: RtnlCell<Channels>,
}

impl Port {
    /// Makes a port with address `mac`, `rings` closed rings of at most
    /// `max_rings`, `tx_queues` transmit queues and a loose wire. Process
    /// context; `ENOMEM`.
    pub(crate) fn new(mac: Mac, max_rings: usize, rings: u16, tx_queues: usize) -> Result<Self> {
        Ok(Self {
            own: Shared::new(mac.key()),
            mac: Shared::new(mac.key()),
            doubles: RtnlCell::new(0),
            is_taken: RtnlCell::new(false),
            treatment: Shared::new(Treatment::NONE.to_bits()),
            vlans: Vlans::new()?,
            filter: RcuCell::new(filter(false, false, 0, core::iter::empty())?)?,
            group: Group::new(max_rings, rings)?,
            tx: TxQueues::new(tx_queues)?,
            wire: Wire::new(),
            switch: Switch::new()?,
            stock: Stock::usual(),
            uplink: Uplink::new()?,
            drops: Drops::new(),
            received: Received::new(),
            running: RtnlCell::new(false),
            channels: RtnlCell::new(Channels::of(u32::from(rings.max(1)), tx_queues as u32)),
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

    /// The switch of the ports over this one.
    pub(crate) fn switch(&self) -> &Switch {
        &self.switch
    }

    /// The filter slots and rings that there are for the ports over this one.
    pub(crate) fn stock(&self) -> &Stock {
        &self.stock
    }

    /// The place in the switch of the NIC that the port is over.
    pub(crate) fn uplink(&self) -> &Uplink {
        &self.uplink
    }

    /// What came by the rings of the NIC that the port is over.
    pub(super) fn received(&self) -> &Received {
        &self.received
    }

    /// How the user last put the queues into channels.
    pub(super) fn channels(&self, rtnl: &Rtnl) -> Channels {
        self.channels.get(rtnl)
    }

    /// Notes how the user puts the queues into channels.
    pub(super) fn set_channels(&self, channels: Channels, rtnl: &Rtnl) {
        self.channels.set(channels, rtnl);
    }

    /// Whether `mac` is the port's own address.
    pub(super) fn is_own(&self, mac: Mac) -> bool {
        mac.key() == self.mac.get()
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
        events::opened(dev, rtnl);
        Ok(())
    }

    /// Closes them. Process context.
    pub(crate) fn close(&self, dev: &PortDevice<Self>, rtnl: &Rtnl) {
        events::stopping(dev, rtnl);
        dev.stop_tx_queues();
        self.group.close(dev, rtnl);
    }

    /// Wakes the transmit queues of all who may send to the rings of `dev`,
    /// whose port this is: all ports of the NIC, and of that behind its wire.
    pub(crate) fn wake_senders(&self, dev: &PortDevice<Self>, softirq: &Softirq) {
        let nic = self.uplink.nic(softirq).unwrap_or(dev);
        if let Some(sender) = nic.port().wire.sender(softirq) {
            sender.port().tx.wake(sender);
            sender.port().wake_ports(softirq);
        }
        if !nic.port().switch.is_empty() {
            nic.port().tx.wake(nic);
            nic.port().wake_ports(softirq);
        }
    }

    /// Wakes the transmit queues of the ports over this one.
    fn wake_ports(&self, softirq: &Softirq) {
        for dev in self.switch.all(softirq) {
            dev.port().tx.wake(dev);
        }
    }

    /// Sends a frame of `dev`, whose port this is.
    #[inline(always)]
    pub(crate) fn send(&self, dev: &PortDevice<Self>, skb: TxSkb, softirq: &Softirq) -> Transmit {
        tx::send(dev, skb, softirq)
    }

    /// Carries a frame of `dev`, whose port this is, to where it is to go.
    #[inline(always)]
    pub(super) fn carry(
        &self,
        dev: &PortDevice<Self>,
        frame: Frame,
        sender: Sender<'_>,
        softirq: &Softirq,
    ) -> Arrival {
        match self.wire.direct(softirq) {
            Some(peer) => peer.port().arrive(peer, frame, sender, softirq),
            None => forward::from(dev, frame, sender, softirq),
        }
    }

    /// Losses by reason.
    pub(crate) fn drops(&self) -> &Drops {
        &self.drops
    }

    /// Takes over a new MAC address. `EEXIST`: a port over this one has it.
    pub(crate) fn set_mac(&self, mac: Mac, rtnl: &Rtnl) -> Result {
        if self.switch.is_claimed(PortKey::of(mac, Vlan::NONE), rtnl) {
            return Err(EEXIST);
        }
        self.mac.set(mac.key());
        self.set_doubles(self.switch.claims_of(mac, rtnl), rtnl);
        Ok(())
    }

    /// Follows that a port over this one has the addresses `new` in place of
    /// `old`.
    pub(super) fn recount_doubles(&self, old: &[PortKey], new: &[PortKey], rtnl: &Rtnl) {
        let count = |keys: &[PortKey]| {
            let same = keys.iter().filter(|key| self.is_own(key.mac()));
            same.count()
        };
        let doubles = self.doubles.get(rtnl).saturating_add(count(new));
        self.set_doubles(doubles.saturating_sub(count(old)), rtnl);
    }

    fn set_doubles(&self, doubles: usize, rtnl: &Rtnl) {
        self.doubles.set(doubles, rtnl);
        self.choose_own(rtnl);
    }

    /// Follows that a port over this one takes all, or no longer does.
    pub(super) fn set_taken(&self, taken: bool, rtnl: &Rtnl) {
        self.is_taken.set(taken, rtnl);
        self.choose_own(rtnl);
    }

    fn choose_own(&self, rtnl: &Rtnl) {
        /// What no frame has for a key, which ends in zeros.
        const NOBODY: u64 = 1;

        let alone = self.doubles.get(rtnl) == 0 && !self.is_taken.get(rtnl);
        self.own.set(if alone { self.mac.get() } else { NOBODY });
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

    /// Takes a frame off the wire, sent by the transmit queue `sender`. Inline
    /// always, as [`Self::accept`]; for others there is [`Self::receive`].
    #[inline(always)]
    pub(crate) fn arrive(
        &self,
        dev: &PortDevice<Self>,
        frame: Frame,
        sender: Sender<'_>,
        softirq: &Softirq,
    ) -> Arrival {
        let start = frame.first_bytes();
        if prefix_key(start) != self.own.get() {
            let to = Mac::from_prefix(start);
            if !self.switch.is_empty() {
                return forward::from_wire(dev, frame, to, sender, softirq);
            }
            if !self.takes(to, softirq) {
                return lose(dev, frame, DropReason::Filtered);
            }
        }
        self.accept(dev, dev, frame, sender, softirq)
    }

    /// Takes a frame off the wire that has been through a switch.
    #[inline(never)]
    pub(super) fn receive(
        &self,
        dev: &PortDevice<Self>,
        frame: Frame,
        sender: Sender<'_>,
        softirq: &Softirq,
    ) -> Arrival {
        self.arrive(dev, frame, sender, softirq)
    }

    /// Takes a frame that a switch has found to be for `dev`, as
    /// [`Self::accept`].
    #[inline(never)]
    pub(super) fn take(
        &self,
        dev: &PortDevice<Self>,
        home: &PortDevice<Self>,
        frame: Frame,
        sender: Sender<'_>,
        softirq: &Softirq,
    ) -> Arrival {
        self.accept(dev, home, frame, sender, softirq)
    }

    /// Whether the port's filter takes frames to `to`, which is not its own
    /// address.
    #[inline]
    pub(super) fn takes(&self, to: Mac, softirq: &Softirq) -> bool {
        self.filter.read(softirq).takes(to)
    }

    /// Takes a frame that is for `dev`, whose port this is, into the rings of
    /// `home`. Inline always: a call would cost each frame 40 instructions.
    #[inline(always)]
    pub(super) fn accept(
        &self,
        dev: &PortDevice<Self>,
        home: &PortDevice<Self>,
        frame: Frame,
        sender: Sender<'_>,
        softirq: &Softirq,
    ) -> Arrival {
        if !frame.fits(dev.mtu().wrapping_add(OVERHEAD)) {
            return lose(dev, frame, DropReason::TooLong);
        }
        if self.treatment.get() != 0 {
            let len = frame.len();
            // Told apart from frames that were not treated, so that those need
            // no second look at what has become of them.
            return match self.arrive_treated(dev, home, frame, sender, softirq) {
                Arrival::Arrived => Arrival::ArrivedAs {
                    frames: 1,
                    bytes: len,
                    first: len,
                },
                other => other,
            };
        }
        match home.port().group.select(dev, frame, false, softirq) {
            Ok((ring, frame)) => Arrival::of(ring::offer(ring, dev, frame, sender, softirq)),
            Err(frame) => lose(dev, frame, DropReason::ByRule),
        }
    }

    /// Whether the stack wants all frames.
    pub(super) fn is_promiscuous(&self, softirq: &Softirq) -> bool {
        self.filter.read(softirq).promiscuous
    }
}

/// Drops a frame that has come to `dev`.
#[cold]
#[inline(never)]
pub(super) fn lose(dev: &PortDevice<Port>, frame: Frame, reason: DropReason) -> Arrival {
    drops::note(dev, frame.seen(), reason);
    frame.drop_for(reason.skb_reason());
    Arrival::Arrived
}

fn filter(
    promiscuous: bool,
    all_multicast: bool,
    len: usize,
    macs: impl Iterator<Item = Mac>,
) -> Result<RxFilter<Slots>> {
    let slots = KVec::from_elem(0, slots_for(len).ok_or(ENOMEM)?, GFP_KERNEL_ACCOUNT)?;
    Ok(RxFilter {
        promiscuous,
        all_multicast,
        others: MacSet::build(Slots(slots), random::u64(), macs).ok_or(EINVAL)?,
    })
}
