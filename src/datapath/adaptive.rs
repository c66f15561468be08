// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Adaptive moderation of a ring, as its poll sees it: whether there is a
//! stream ([`Pace`]), and how long its frames wait, which the kernel's library
//! is asked for.

use super::moderation::Moderation;
use super::port::Port;
use super::ring::RingCounters;
use super::switch::PortNumber;
use crate::model::moderation::Limits;
use crate::model::pace::{Exchange, Pace, WINDOW};
use crate::net::clock;
use crate::net::context::Softirq;
use crate::net::cpu;
use crate::net::device::PortDevice;
use crate::net::dim::{Choice, Sampler};
use crate::net::trace::{self, Why};
use core::mem;

/// The poll's state of adaptive moderation.
pub(super) struct Adaptive {
    pace: Pace,
    /// Who answers, or does not: another port of the NIC, or the ring's own device.
    receiver: Option<PortNumber>,
    /// Frames polled of all streams.
    frames: u64,
    /// Bytes that came for others than the ring's own device.
    pub(super) bytes_of_guests: u64,
    /// At how many polls of one frame the pace is to be looked at.
    look_at: u64,
    /// Of which stream, and which choice, was told.
    told: (u64, u32),
}

impl Adaptive {
    /// No stream.
    pub(super) fn new() -> Self {
        Self {
            pace: Pace::new(),
            receiver: None,
            frames: 0,
            bytes_of_guests: 0,
            look_at: 0,
            told: (0, 0),
        }
    }

    /// Whether it is time for [`Self::look`], after so many polls of one frame.
    #[inline]
    pub(super) fn is_due(&self, lone: u64) -> bool {
        lone >= self.look_at
    }

    /// Looks whether a stream begins, in a poll of a ring of `dev` that found one
    /// frame, which is for `guest` if not for `dev`.
    #[cold]
    pub(super) fn look(
        &mut self,
        moderation: &Moderation,
        counters: &RingCounters,
        dev: &PortDevice<Port>,
        guest: Option<&PortDevice<Port>>,
        softirq: &Softirq,
    ) {
        let mut rest = WINDOW;
        if moderation.settings().adaptive() {
            if self.pace.is_calm() {
                self.receiver =
                    guest.map(|port| PortNumber::from_u32(port.port().uplink().place().number()));
            }
            let (was, receiver) = (self.pace.is_stream(), self.receiver);
            rest = self.pace.look(clock::now(), self.bytes(counters), || {
                exchange(dev, receiver, softirq)
            });
            if self.pace.is_stream() && !was {
                if cpu::online() > 1 {
                    self.pace.leave();
                }
                moderation.begin_stream(self.pace.gathers_in());
                moderation.leave(self.pace.is_away());
            }
        }
        self.look_at = counters.lanes.single.get().wrapping_add(rest.into());
    }

    /// The bytes that came, whoever they were for.
    fn bytes(&self, counters: &RingCounters) -> u64 {
        counters.bytes.get().wrapping_add(self.bytes_of_guests)
    }

    /// Looks whether the stream goes on, if there is one, at the end of a poll
    /// that found `done` frames.
    pub(super) fn follow(
        &mut self,
        moderation: &Moderation,
        counters: &RingCounters,
        dev: &PortDevice<Port>,
        done: u32,
        (sampler, softirq): (Sampler<'_>, &Softirq),
    ) {
        if !self.pace.is_stream() {
            return;
        }
        self.frames = self.frames.wrapping_add(done.into());
        let bytes = self.bytes(counters);
        if let Some(rest) = self.ended(moderation, dev, (done, bytes), softirq) {
            moderation.end_stream();
            self.look_at = counters.lanes.single.get().wrapping_add(rest.into());
            sampler.forget();
            return;
        }
        moderation.keep_stream();
        moderation.leave(self.pace.is_away());
        sampler.sample(counters.interrupts.get(), self.frames, bytes);
    }

    /// Tells those who look on of a stream that began or ended, and of another
    /// choice, in ring `ring` of `dev`, which holds `capacity` frames.
    pub(super) fn tell(
        &mut self,
        moderation: &Moderation,
        dev: &PortDevice<Port>,
        (ring, capacity): (u16, u32),
        (choice, changes): (Choice, u32),
    ) {
        let now = (moderation.streams(), changes);
        let before = mem::replace(&mut self.told, now);
        if before == now {
            return;
        }
        let stream = moderation.of_stream(choice, capacity);
        let (limits, why) = match (self.pace.is_stream(), before.0 == now.0) {
            (false, _) => (Limits::OFF, Why::Pause),
            (true, true) => (stream, Why::Choice),
            (true, false) => (stream, Why::Stream),
        };
        trace::moderation(dev, ring, limits.usecs, limits.frames, true, why);
    }

    /// If the stream ends, after how many polls of one frame to look again.
    fn ended(
        &mut self,
        moderation: &Moderation,
        dev: &PortDevice<Port>,
        (done, bytes): (u32, u64),
        softirq: &Softirq,
    ) -> Option<u32> {
        if !moderation.settings().adaptive() {
            self.pace = Pace::new();
            return Some(WINDOW);
        }
        let (paused, receiver) = (moderation.pauses(), self.receiver);
        let exchange = || exchange(dev, receiver, softirq);
        self.pace.polled(done, paused, bytes, clock::now, exchange)
    }
}

/// What the device has received and sent that gets frames of a ring of `dev`: a port
/// of the NIC's, or `dev` itself.
fn exchange(dev: &PortDevice<Port>, receiver: Option<PortNumber>, softirq: &Softirq) -> Exchange {
    let nic = dev.port().uplink().nic(softirq).unwrap_or(dev);
    let guest = receiver.and_then(|number| nic.port().switch().numbered(number, softirq));
    let port = guest.unwrap_or(dev).port();
    Exchange {
        received: port.frames_received(),
        sent: port.tx().frames(),
    }
}
