// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Receive rings: bounded queues between senders and a NAPI poll.
//!
//! A ring is an inbox that senders push frames into without a lock, and that
//! the poll empties whole. Its bound is a count of places: a sender takes one
//! before it pushes, the poll gives back those of the frames it delivered. So
//! a ring costs no memory while it is empty. Only the frame that finds the
//! inbox empty asks for a poll, at once or as [`Moderation`] says.
//!
//! A ring pushes back: the sender that takes the last place stops its transmit
//! queue, and the poll wakes it when half of the places are free again. No
//! wake-up is lost ([`Places`]).

mod counters;
mod life;
mod offer;
mod poll;
mod times;
mod told;

use super::moderation::Moderation;
use super::port::Port;
use crate::model::moderation::Mode;
use crate::net::context::Softirq;
use crate::net::device::PortDevice;
use crate::net::napi::Napi;
use crate::net::places::Places;
use crate::net::skb::Inbox;
use crate::net::txq::Sender;
pub(crate) use counters::RingCounters;
use kernel::prelude::*;
pub(crate) use life::{close, evict, moderate, open, resize, shut};
pub(crate) use offer::{add, offer, offer_to_many, Offer};
use poll::Polled;
pub(crate) use times::RingTimes;
use times::Times;

/// How many frames a ring holds by default.
pub(crate) const DEFAULT_CAPACITY: u32 = 256;

/// A receive ring, for [`Napi`] to poll.
#[pin_data]
pub(crate) struct Ring {
    /// Number in its device, as in `ethtool -l`.
    index: u16,
    /// How many frames fit: none while senders may not push.
    places: Places,
    inbox: Inbox,
    moderation: Moderation,
    counters: RingCounters,
    times: Times,
}

impl Ring {
    /// Makes a closed ring with its NAPI instance. Process context; `ENOMEM`.
    pub(crate) fn new(index: u16) -> Result<Pin<KBox<Napi<Self>>>> {
        let ring = try_pin_init!(Self {
            index,
            places: Places::none(),
            inbox: Inbox::new(),
            moderation: Moderation::new(),
            counters: RingCounters::new(),
            times: Times::new(),
        });
        KBox::pin_init(Napi::new(ring, Polled::new()), GFP_KERNEL_ACCOUNT)
    }

    /// Its number in its device.
    pub(crate) fn index(&self) -> u16 {
        self.index
    }

    /// How many frames wait, and how many fit: none while it is closed.
    pub(crate) fn depth(&self) -> (u32, u32) {
        (self.places.in_use(), self.places.limit())
    }

    /// The ring's counters.
    pub(crate) fn counters(&self) -> &RingCounters {
        &self.counters
    }

    /// How long frames waited and were delivered up to now; none where the
    /// kernel does not know how fast the clock goes.
    pub(crate) fn times(&self) -> Option<RingTimes> {
        self.times.told(&self.inbox, self.places.in_use())
    }

    /// When the ring asks to be polled.
    pub(crate) fn moderation(&self) -> &Moderation {
        &self.moderation
    }

    /// Stops a sender until there is room, unless there is some after all.
    #[cold]
    fn hold_back(&self, sender: Sender<'_>) {
        self.places.hold_back(|| sender.stop(), || sender.wake());
    }

    #[cold]
    fn wake(&self, dev: &PortDevice<Port>, softirq: &Softirq) {
        self.places.wake(|| dev.port().wake_senders(dev, softirq));
    }
}

/// How many choices adaptive moderation has made.
pub(crate) fn adaptations(ring: &Napi<Ring>) -> u64 {
    let choices = u64::from(ring.dim().changes());
    choices.wrapping_add(ring.moderation.streams())
}

/// What stands between a frame and a poll of an open ring.
pub(crate) fn mode(ring: &Napi<Ring>) -> Mode {
    match ring.moderation.mode() {
        Mode::Interrupt if ring.is_scheduled() => Mode::Polling,
        mode => mode,
    }
}
