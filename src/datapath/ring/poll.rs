// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The poll's side of a ring.

use super::super::adaptive::Adaptive;
use super::super::drops::DropReason;
use super::super::port::Port;
use super::super::{events, received, replicate};
use super::offer::follow;
use super::Ring;
use crate::net::device::PortDevice;
use crate::net::dim::Sampler;
use crate::net::napi::{Napi, Poll, PollContext};
use crate::net::receive::Delivery;
use crate::net::skb::{FrameQueue, RxFrame, Taken};

/// What only the poll touches.
pub(crate) struct Polled {
    /// Frames taken from the inbox that are still to be delivered.
    pub(super) pending: FrameQueue,
    adaptive: Adaptive,
}

impl Polled {
    pub(super) fn new() -> Self {
        Self {
            pending: FrameQueue::new(),
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
            return self.deliver(frames, true, polled, context);
        }
        match self.inbox.take_all() {
            Taken::None => 0,
            Taken::One(frame) if !context.merges_over_polls() => {
                self.deliver_one(frame, true, context);
                self.counters.lanes.single.add(1);
                self.give_back(1, context);
                let lone = self.counters.lanes.single.get();
                if polled.adaptive.is_due(lone) {
                    let dev = context.device();
                    polled.adaptive.look(lone, &self.moderation, dev);
                }
                1
            }
            Taken::One(frame) => self.deliver(FrameQueue::of(frame), false, polled, context),
            Taken::Many(frames) => self.deliver(frames, false, polled, context),
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
        polled
            .adaptive
            .follow(&self.moderation, &self.counters, dev, done, sampler);
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
        let mut done: u32 = 0;
        while done < context.budget() {
            // A poll that ends below its budget must have looked everywhere:
            // who busy-polls does not ask again (net/core/dev.c).
            if refill && frames.is_empty() {
                frames = self.inbox.take();
            }
            let Some(frame) = frames.pop() else { break };
            self.deliver_one(frame, false, context);
            done = done.wrapping_add(1);
        }
        if !frames.is_empty() {
            polled.pending = frames;
        }
        self.counters.lanes.count(done);
        self.give_back(done, context);
        done
    }

    #[inline(always)]
    fn deliver_one(&self, frame: RxFrame, lone: bool, context: &mut PollContext<'_, Port>) {
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
            false => received::count(dev, delivery, len),
        }
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
