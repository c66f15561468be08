// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The poll's side of a ring.

use super::super::adaptive::Adaptive;
use super::super::drops::DropReason;
use super::super::port::Port;
use super::super::{events, received, replicate};
use super::offer::follow;
use super::Ring;
use crate::model::occupancy::Running;
use crate::net::device::PortDevice;
use crate::net::dim::Sampler;
use crate::net::napi::{Napi, Poll, PollContext};
use crate::net::receive::Delivery;
use crate::net::skb::{FrameQueue, RxFrame, Taken};

/// What only the poll touches.
pub(crate) struct Polled {
    /// Frames taken from the inbox that are still to be delivered.
    pub(super) pending: FrameQueue,
    /// How many those are, and all that a poll is at.
    pub(super) running: Running,
    adaptive: Adaptive,
}

impl Polled {
    pub(super) fn new() -> Self {
        Self {
            pending: FrameQueue::new(),
            running: Running::none(),
            adaptive: Adaptive::new(),
        }
    }
}

impl Poll for Ring {
    type Port = Port;
    type Local = Polled;

    #[inline(always)]
    fn poll(&self, polled: &mut Polled, context: &mut PollContext<'_, Port>) -> u32 {
        if !polled.pending.is_empty() {
            let frames = polled.pending.take();
            self.times.delivered(&mut polled.running, 0);
            return self.deliver(frames, true, polled, context);
        }
        match self.inbox.take_all() {
            Taken::None => 0,
            Taken::One(frame) if !context.merges_over_polls() => {
                if polled.adaptive.is_due(self.counters.lanes.single.get()) {
                    self.look(&frame, polled, context);
                }
                let taken = self.times.lone_taken(&self.inbox);
                self.deliver_one(frame, true, polled, context);
                self.times.lone_delivered(taken);
                self.counters.lanes.single.add(1);
                self.give_back(1, context);
                1
            }
            Taken::One(frame) => {
                self.times.taken(&mut polled.running, &self.inbox, 1);
                self.deliver(FrameQueue::of(frame), false, polled, context)
            }
            Taken::Many(frames, count) => {
                self.times.taken(&mut polled.running, &self.inbox, count);
                self.deliver(frames, false, polled, context)
            }
        }
    }

    #[inline]
    fn scheduled(&self) {
        self.counters.interrupts.add(1);
    }

    #[inline]
    fn minds_completion(&self) -> bool {
        self.moderation.is_managed()
    }

    fn completing(
        &self,
        polled: &mut Polled,
        context: &PollContext<'_, Port>,
        done: u32,
        defers: bool,
        sampler: Sampler<'_>,
    ) {
        let dev = context.device();
        let choice = sampler.choice();
        polled.adaptive.follow(
            &self.moderation,
            &self.counters,
            dev,
            done,
            (sampler, context.softirq()),
        );
        let ring = (self.index, self.places.limit());
        polled.adaptive.tell(&self.moderation, dev, ring, choice);
        self.moderation.completing(defers);
    }

    fn completed(napi: &Napi<Self>, keeps: bool, context: &PollContext<'_, Port>) {
        let softirq = context.softirq();
        if !napi.moderation.completed(keeps) {
            events::ring_mode_changed(context.device(), napi, keeps, softirq);
        }
        if !keeps && !napi.inbox.is_empty() {
            follow(napi, softirq);
        }
    }

    fn timer_ended(&self) -> bool {
        self.moderation.timer_ended()
    }

    fn leaves(&self) -> bool {
        let leaves = self.moderation.leaves();
        self.counters.away.add(leaves.into());
        leaves
    }
}

impl Ring {
    /// Delivers frames, up to the budget; what is left becomes `pending`.
    /// `refill` has the inbox looked into behind them.
    #[inline(never)]
    fn deliver(
        &self,
        mut frames: FrameQueue,
        refill: bool,
        polled: &mut Polled,
        context: &mut PollContext<'_, Port>,
    ) -> u32 {
        let (mut done, mut told): (u32, u32) = (0, 0);
        while done < context.budget() {
            // A poll that ends below its budget must have looked everywhere:
            // who busy-polls does not ask again (net/core/dev.c).
            if refill && frames.is_empty() {
                self.times
                    .delivered(&mut polled.running, done.wrapping_sub(told));
                (frames, told) = (self.take(polled), done);
            }
            let Some(frame) = frames.pop() else { break };
            self.deliver_one(frame, false, polled, context);
            done = done.wrapping_add(1);
        }
        if !frames.is_empty() {
            polled.pending = frames;
        }
        context.hand_over();
        self.times
            .delivered(&mut polled.running, done.wrapping_sub(told));
        self.counters.lanes.count(done);
        self.give_back(done, context);
        done
    }

    /// Takes all that waits.
    fn take(&self, polled: &mut Polled) -> FrameQueue {
        let (frames, count) = match self.inbox.take_all() {
            Taken::None => (FrameQueue::new(), 0),
            Taken::One(frame) => (FrameQueue::of(frame), 1),
            Taken::Many(frames, count) => (frames, count),
        };
        self.times.taken(&mut polled.running, &self.inbox, count);
        frames
    }

    #[inline(always)]
    fn deliver_one(
        &self,
        frame: RxFrame,
        lone: bool,
        polled: &mut Polled,
        context: &mut PollContext<'_, Port>,
    ) {
        let home = context.device();
        let (mut dev, mut queue) = (home, self.index);
        if !frame.is_for(home) {
            match context.device_of(&frame) {
                Some(guest) => (dev, queue) = (guest, 0),
                None => return replicate::deliver(frame, context),
            }
        }
        let len = frame.len();
        let delivery = context.receive(dev, frame, queue, lone);
        match dev.is(home) {
            true => self.count(delivery, len, home),
            false => {
                let bytes = &mut polled.adaptive.bytes_of_guests;
                *bytes = bytes.wrapping_add(len.into());
                received::count(dev, delivery, len);
            }
        }
    }

    #[cold]
    fn look(&self, frame: &RxFrame, polled: &mut Polled, context: &PollContext<'_, Port>) {
        let dev = context.device();
        let guest = match frame.is_for(dev) {
            true => None,
            false => context.device_of(frame),
        };
        let (moderation, counters) = (&self.moderation, &self.counters);
        polled
            .adaptive
            .look(moderation, counters, dev, guest, context.softirq());
    }

    #[inline]
    fn give_back(&self, done: u32, context: &PollContext<'_, Port>) {
        if self.places.give_back(done) {
            self.wake(context.device(), context.softirq());
        }
    }

    #[inline(always)]
    fn count(&self, delivery: Delivery, len: u32, dev: &PortDevice<Port>) {
        match delivery {
            Delivery::Taken(kind) => self.counters.count(kind, len),
            Delivery::NoMemory => dev.port().drops().add(DropReason::NoMemoryReceived, 1),
        }
    }
}
