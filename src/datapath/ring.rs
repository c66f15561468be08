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

use super::adaptive::Adaptive;
use super::drops::DropReason;
use super::events;
use super::moderation::Moderation;
use super::port::Port;
use super::received;
use super::replicate;
use super::sizes::Sizes;
use crate::model::moderation::{Action, Lane, Mode, Settings};
use crate::net::context::{with_bh_disabled, Softirq};
use crate::net::counter::{Counter, Places, SharedCounter};
use crate::net::device::PortDevice;
use crate::net::dim::Sampler;
use crate::net::napi::{Napi, Poll, PollContext};
use crate::net::receive::{Delivery, PacketType};
use crate::net::rtnl::Rtnl;
use crate::net::skb::{Frame, FrameQueue, Inbox, RxFrame, Taken};
use crate::net::txq::Sender;
use kernel::prelude::*;

/// How many frames a ring holds by default.
pub(crate) const DEFAULT_CAPACITY: u32 = 256;

/// What became of a frame that was offered to a ring.
pub(crate) enum Offer {
    /// It waits in the ring.
    Queued,
    /// The ring is full; the transmit queue is stopped until there is room.
    Busy(Frame),
    /// It cannot be taken, now or soon.
    Refused(Frame, DropReason),
}

/// A ring's counters; all but `full` and `interrupts` are the poll's to write.
pub(crate) struct RingCounters {
    /// Frames delivered to the stack, by size.
    pub(crate) sizes: Sizes<Counter>,
    /// Their bytes.
    pub(crate) bytes: Counter,
    /// How many of them were multicasts.
    pub(crate) multicast: Counter,
    /// How many of them were broadcasts.
    pub(crate) broadcast: Counter,
    /// Polls that found frames, by how many.
    pub(crate) lanes: Lanes,
    /// Polls that a sender or the timer asked for; theirs to write.
    pub(crate) interrupts: Counter,
    /// Times that a sender found the ring full.
    pub(crate) full: SharedCounter,
}

/// Counters of polls by the number of frames that they found.
pub(crate) struct Lanes {
    /// 1 frame.
    pub(crate) single: Counter,
    /// 2 to 9.
    pub(crate) few: Counter,
    /// 10 to 49.
    pub(crate) many: Counter,
    /// 50 and more.
    pub(crate) full: Counter,
}

impl Lanes {
    const fn new() -> Self {
        Self {
            single: Counter::new(),
            few: Counter::new(),
            many: Counter::new(),
            full: Counter::new(),
        }
    }

    fn count(&self, frames: u32) {
        let lane = match Lane::of(frames) {
            Lane::Single => &self.single,
            Lane::Few => &self.few,
            Lane::Many => &self.many,
            Lane::Full => &self.full,
        };
        lane.add(1);
    }

    /// All polls that found frames.
    pub(crate) fn polls(&self) -> u64 {
        [&self.single, &self.few, &self.many, &self.full]
            .iter()
            .fold(0u64, |sum, lane| sum.wrapping_add(lane.get()))
    }
}

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
}

/// What only the poll touches.
pub(crate) struct Polled {
    /// Frames taken from the inbox that are still to be delivered.
    pending: FrameQueue,
    adaptive: Adaptive,
}

impl Polled {
    fn new() -> Self {
        Self {
            pending: FrameQueue::new(),
            adaptive: Adaptive::new(),
        }
    }
}

impl Ring {
    /// Makes a closed ring with its NAPI instance. Process context; `ENOMEM`.
    pub(crate) fn new(index: u16) -> Result<Pin<KBox<Napi<Self>>>> {
        let ring = try_pin_init!(Self {
            index,
            places: Places::none(),
            inbox: Inbox::new(),
            moderation: Moderation::new(),
            counters: RingCounters {
                sizes: Sizes::new(),
                bytes: Counter::new(),
                multicast: Counter::new(),
                broadcast: Counter::new(),
                lanes: Lanes::new(),
                interrupts: Counter::new(),
                full: SharedCounter::new(),
            },
        });
        KBox::pin_init(Napi::new(ring, Polled::new()), GFP_KERNEL)
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

    /// When the ring asks to be polled.
    pub(crate) fn moderation(&self) -> &Moderation {
        &self.moderation
    }

    /// Stops a sender until there is room, unless there is some after all.
    #[cold]
    fn hold_back(&self, sender: Sender<'_>) {
        sender.stop();
        if self.places.wait() {
            sender.wake();
        }
    }

    #[inline(always)]
    fn count(&self, delivery: Delivery, len: u32, dev: &PortDevice<Port>) {
        let Delivery::Taken(kind) = delivery else {
            dev.port().drops().add(DropReason::NoMemoryReceived, 1);
            return;
        };
        self.counters.sizes.count(len);
        self.counters.bytes.add(len.into());
        if kind != PacketType::HOST {
            self.count_kind(kind);
        }
    }

    #[inline(never)]
    fn count_kind(&self, kind: PacketType) {
        match kind {
            PacketType::MULTICAST => self.counters.multicast.add(1),
            PacketType::BROADCAST => self.counters.broadcast.add(1),
            _ => {}
        }
    }

    #[cold]
    fn wake(&self, dev: &PortDevice<Port>, softirq: &Softirq) {
        self.places.unmark();
        dev.port().wake_senders(dev, softirq);
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

/// Offers a frame to a ring of `dev` on behalf of `sender`, which is stopped
/// when the frame takes the last place. On every frame's way, so inline always.
#[inline(always)]
pub(crate) fn offer(
    ring: &Napi<Ring>,
    dev: &PortDevice<Port>,
    frame: Frame,
    sender: Sender<'_>,
    softirq: &Softirq,
) -> Offer {
    let free = ring.places.take();
    if free == 0 {
        return refuse(ring, frame, sender, softirq);
    }
    let first = push(ring, dev, frame);
    if ring.moderation.heeds(free) {
        attend(ring, first, free, sender, softirq);
    } else if first {
        ring.schedule(softirq);
    }
    Offer::Queued
}

/// Leaves a frame; returns whether it is the first since the last poll.
#[inline(always)]
fn push(ring: &Napi<Ring>, dev: &PortDevice<Port>, frame: Frame) -> bool {
    // Only now is it certain that the frame goes.
    frame.tx_timestamp();
    ring.inbox.push(frame.hand_over(dev))
}

/// Goes on after a frame was pushed into a ring that is full now, or managed.
#[cold]
fn attend(ring: &Napi<Ring>, first: bool, free: u32, sender: Sender<'_>, softirq: &Softirq) {
    ask(ring, first, softirq);
    if free == 1 && sender.has_qdisc(softirq) {
        ring.hold_back(sender);
    }
}

/// Has a frame that was pushed polled in time.
fn ask(ring: &Napi<Ring>, first: bool, softirq: &Softirq) {
    if ring.moderation.is_managed() {
        follow(ring, softirq);
    } else if first {
        ring.schedule(softirq);
    }
}

/// Has the frames that wait in a managed ring polled in time.
fn follow(ring: &Napi<Ring>, softirq: &Softirq) {
    let limits = ring.moderation.limits(ring.dim(), ring.places.limit());
    // Unless a poll runs, the places taken are those of frames that wait.
    match ring.moderation.arrived(limits, ring.places.in_use()) {
        Action::None => {}
        Action::StartTimer => ring.start_timer(limits.usecs, softirq),
        Action::Schedule => ring.schedule(softirq),
    }
}

/// Puts a frame into a ring of `dev` that belongs to one which the ring has
/// taken already, so that it cannot be kept: also beyond what the ring holds.
/// Gives it back if the ring is closed.
pub(crate) fn add(
    ring: &Napi<Ring>,
    dev: &PortDevice<Port>,
    frame: Frame,
    softirq: &Softirq,
) -> Option<Frame> {
    if ring.places.limit() == 0 {
        return Some(frame);
    }
    ring.places.take_beyond();
    ask(ring, push(ring, dev, frame), softirq);
    None
}

#[cold]
fn refuse(ring: &Napi<Ring>, frame: Frame, sender: Sender<'_>, softirq: &Softirq) -> Offer {
    if ring.places.limit() == 0 {
        return Offer::Refused(frame, DropReason::ReceiverDown);
    }
    ring.counters.full.add(1);
    if !sender.has_qdisc(softirq) {
        return Offer::Refused(frame, DropReason::RingFull);
    }
    ring.hold_back(sender);
    Offer::Busy(frame)
}

impl Poll for Ring {
    type Port = Port;
    type Local = Polled;

    #[inline]
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
        polled
            .adaptive
            .follow(&self.moderation, &self.counters, dev, done, sampler);
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
}

/// Opens a ring of `dev` that holds `capacity` frames. Process context, in
/// `open`.
pub(crate) fn open(
    ring: Pin<&Napi<Ring>>,
    dev: &PortDevice<Port>,
    capacity: u32,
    rtnl: &Rtnl,
) -> Result {
    ring.enable(dev, ring.index.into(), rtnl)?;
    ring.moderation.open();
    ring.places.set_limit(capacity);
    Ok(())
}

/// Has a ring, which may be `open`, follow other settings. Process context.
pub(crate) fn moderate(ring: &Napi<Ring>, settings: Settings, open: bool) {
    if ring.moderation.set(settings) && open {
        // At the end of this poll all is as it should be.
        with_bh_disabled(|softirq| ring.schedule(softirq));
    }
}

/// Changes how many frames an open ring of `dev` holds. Process context.
pub(crate) fn resize(ring: &Napi<Ring>, dev: &PortDevice<Port>, capacity: u32) {
    ring.places.set_limit(capacity);
    // Who waited for a place of the old ring may find one in a larger one;
    // whoever does not waits again.
    with_bh_disabled(|softirq| ring.wake(dev, softirq));
}

/// Keeps new senders from a ring; those that are at it now are gone after a
/// grace period, and only then may it be closed.
pub(crate) fn shut(ring: &Napi<Ring>) {
    ring.places.set_limit(0);
}

/// Closes a ring of `dev` that is shut. What waits in it goes to the end of
/// the open ring `heir`, whatever that holds, or is freed. Process context,
/// in `stop` or when rings go out of use.
pub(crate) fn close(
    ring: &Napi<Ring>,
    heir: Option<&Napi<Ring>>,
    dev: &PortDevice<Port>,
    rtnl: &Rtnl,
) {
    ring.disable(rtnl);
    let polled = ring.replace_local(Polled::new(), rtnl);
    let mut left = [
        polled.map_or(FrameQueue::new(), |polled| polled.pending),
        ring.inbox.take(),
    ];
    for frames in &mut left {
        match heir {
            Some(heir) => inherit(heir, frames),
            None => purge(frames),
        }
    }
    if ring.places.give_back_all() {
        with_bh_disabled(|softirq| ring.wake(dev, softirq));
    }
}

fn inherit(heir: &Napi<Ring>, frames: &mut FrameQueue) {
    with_bh_disabled(|softirq| {
        while let Some(frame) = frames.pop() {
            heir.places.take_beyond();
            if heir.inbox.push(frame) {
                // Later than they should be as it is: they wait no longer.
                heir.schedule(softirq);
            }
        }
    });
}

/// Frees frames, each a loss of the port that it was for. Of a frame to many
/// nobody had anything yet.
fn purge(frames: &mut FrameQueue) {
    let reason = DropReason::Purged;
    while let Some(frame) = frames.pop() {
        if let Some(dev) = frame.device::<Port>() {
            dev.port().drops().add(reason, 1);
        }
        frame.drop_for(reason.skb_reason());
    }
}

/// Puts a frame to many into a ring of a NIC, for the poll to copy; false if
/// there is no room. `note` goes with it.
pub(crate) fn offer_to_many(
    ring: &Napi<Ring>,
    frame: Frame,
    note: u64,
    softirq: &Softirq,
) -> Option<Frame> {
    if ring.places.take() == 0 {
        return Some(frame);
    }
    let first = ring.inbox.push(frame.hand_over_to_many(note));
    ask(ring, first, softirq);
    None
}

/// Takes the frames of `guest`, which shares a ring of another device and goes
/// down, out of the ring. No sender may put more of them there. Process context.
pub(crate) fn evict(ring: &Napi<Ring>, guest: &PortDevice<Port>, rtnl: &Rtnl) {
    ring.pause(
        |polled, softirq| {
            let is_guests = |frame: &RxFrame| frame.is_for(guest);
            polled.pending.append(ring.inbox.take());
            let mut frames = polled.pending.take_if(is_guests);
            let count = frames.len();
            purge(&mut frames);
            if ring.places.give_back(count) {
                ring.wake(guest, softirq);
            }
        },
        rtnl,
    );
}
