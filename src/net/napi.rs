// SPDX-License-Identifier: GPL-2.0

//! NAPI instances: schedule, poll, enable and disable.
//!
//! C header: `include/linux/netdevice.h`; behaviour as in
//! Documentation/networking/napi.rst.

use crate::bindings;
use crate::net::batch::Batch;
use crate::net::context::{with_bh_disabled, RcuRead, Softirq};
use crate::net::device::{Netdev, PortDevice};
use crate::net::dim::{Dim, Sampler};
use crate::net::napi_timer::Timer;
use crate::net::napi_worker::Worker;
use crate::net::rcu;
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::trace::{self, Cause};
use core::cell::UnsafeCell;
use core::ops::Deref;
use core::ptr;
use kernel::prelude::*;
use kernel::types::Opaque;

/// What a NAPI instance polls.
pub(crate) trait Poll: Send + Sync + Sized + 'static {
    /// The port of the device that the instance belongs to.
    type Port: Send + Sync + 'static;

    /// State that only the poller touches, so that it needs no lock.
    type Local: Send;

    /// Delivers up to `context.budget()` frames; returns how many. Fewer than
    /// the budget says that there is no more work. Softirq context, or the
    /// instance's thread, with bottom halves off.
    fn poll(&self, local: &mut Self::Local, context: &mut PollContext<'_, Self::Port>) -> u32;

    /// A poll was asked for by [`Napi::schedule`] or a timer, and cannot begin
    /// before this returns. One call at a time; any context.
    fn scheduled(&self);

    /// Whether the end of polls is of interest, to be told by
    /// [`Self::completing`] and [`Self::completed`].
    fn minds_completion(&self) -> bool;

    /// There is no more work after `done` frames, and the core is about to be
    /// told so; the poll's state is still this call's alone. `defers` says that
    /// the instance has settings by which the core may start the next poll
    /// itself. Called if that is so or [`Self::minds_completion`].
    fn completing(
        &self,
        local: &mut Self::Local,
        context: &PollContext<'_, Self::Port>,
        done: u32,
        defers: bool,
        sampler: Sampler<'_>,
    );

    /// The core was told, after [`Self::completing`]. If it `keeps` the
    /// instance it starts the next poll by itself; otherwise it wants to be
    /// asked from now on, also for what came meanwhile. Another poll may be
    /// under way already.
    fn completed(napi: &Napi<Self>, keeps: bool, context: &PollContext<'_, Self::Port>);

    /// The time of [`Napi::start_timer`] is over; returns whether a poll is to
    /// be asked for. Interrupts are off. One call at a time.
    fn timer_ended(&self) -> bool;

    /// Whether a worker is to begin the poll that was asked for, after
    /// [`Self::scheduled`], and not the CPU that did; the worker runs where the scheduler
    /// finds a CPU for it. One call at a time; any context.
    fn leaves(&self) -> bool;
}

/// A NAPI instance with what it polls.
///
/// # Invariants
///
/// - `napi` is at the start, and never moves.
/// - While not `enabled`, the SCHED bit of its state is set and no poll runs
///   or can start; `local` then belongs to who holds the RTNL mutex.
/// - While `enabled`, `local` belongs to the poll callback, which the core
///   runs at most once at a time; `napi` is listed in a device that is held.
/// - While not `enabled`, `grace` names a grace period after which no reader
///   of the core's lists can still see `napi`, and no poll is in its last
///   steps.
#[repr(C)]
#[pin_data(PinnedDrop)]
pub(crate) struct Napi<P: Poll> {
    #[pin]
    pub(super) napi: Opaque<bindings::napi_struct>,
    enabled: RtnlCell<bool>,
    grace: RtnlCell<rcu::GracePeriod>,
    local: UnsafeCell<P::Local>,
    #[pin]
    pub(super) inner: P,
    #[pin]
    pub(super) timer: Timer,
    #[pin]
    pub(super) worker: Worker,
    #[pin]
    dim: Dim,
}

// SAFETY: `inner` is Sync; `local` is reached by one owner at a time as the
// type invariant says; the core's functions on `napi` may run on any CPU.
unsafe impl<P: Poll> Sync for Napi<P> {}
// SAFETY: As above, and its parts are Send.
unsafe impl<P: Poll> Send for Napi<P> {}

impl<P: Poll> Napi<P> {
    /// Makes a disabled instance. Process context.
    pub(crate) fn new(inner: impl PinInit<P, Error>, local: P::Local) -> impl PinInit<Self, Error> {
        // INVARIANT: `idle_napi` sets SCHED, and `enabled` is false.
        try_pin_init!(Self {
            napi <- Opaque::ffi_init(|slot: *mut bindings::napi_struct| {
                // SAFETY: `slot` is valid for writing.
                unsafe { slot.write(idle_napi()) }
            }),
            enabled: RtnlCell::new(false),
            grace: RtnlCell::new(rcu::GracePeriod::past()),
            local: UnsafeCell::new(local),
            inner <- inner,
            timer <- Timer::new::<P>(),
            worker <- Worker::new::<P>(),
            dim <- Dim::new(),
        })
    }

    /// Attaches the instance to `dev` as number `index`, which must be below
    /// the number of receive queues (`EINVAL`), and lets it run. Process
    /// context, in `open`. The settings of that number (threaded, busy poll,
    /// flush time-outs) are kept over disable and enable.
    pub(crate) fn enable(
        self: Pin<&Self>,
        dev: &PortDevice<P::Port>,
        index: u32,
        rtnl: &Rtnl,
    ) -> Result {
        if index as usize >= dev.num_rx_queues() {
            return Err(EINVAL);
        }
        if self.enabled.get(rtnl) {
            return Err(EBUSY);
        }
        // Listing it anew writes the links that an earlier listing's readers
        // may still follow.
        self.grace.get(rtnl).wait();
        // A poll in its last steps may have started it after all.
        self.timer.cancel();
        self.dim.restart(rtnl);
        let napi = self.napi.get();
        // SAFETY: The device is live and registered; the instance is pinned,
        // not listed and no longer seen; `index` was checked, and the device
        // has a configuration for each queue.
        unsafe {
            bindings::dev_hold(dev.as_ptr());
            bindings::netif_napi_add_config(
                dev.as_ptr(),
                napi,
                Some(poll_callback::<P>),
                index as i32,
            );
            bindings::napi_enable(napi);
        }
        // INVARIANT: Listed, held, and the core now owns the SCHED bit.
        self.enabled.set(true, rtnl);
        dev.set_queue_napi(index, napi);
        Ok(())
    }

    /// Waits for a running poll to end, and detaches the instance. Process
    /// context, in `stop`.
    pub(crate) fn disable(&self, rtnl: &Rtnl) {
        if self.enabled.set(false, rtnl) {
            // SAFETY: It was enabled, so it is listed and its device held.
            self.grace.set(unsafe { detach(self.napi.get()) }, rtnl);
            self.timer.cancel();
            self.worker.cancel();
            self.dim.cancel();
        }
    }

    /// Has `f` change the poller's state while no poll runs; all frames that
    /// GRO holds go to the stack before. What came meanwhile is polled
    /// thereafter. Nothing happens while the instance is disabled. Process
    /// context.
    pub(crate) fn pause(&self, f: impl FnOnce(&mut P::Local, &Softirq), rtnl: &Rtnl) {
        if !self.enabled.get(rtnl) {
            return;
        }
        let napi = self.napi.get();
        // SAFETY: It is enabled, so it is listed and its device is live.
        unsafe { bindings::napi_disable(napi) };
        with_bh_disabled(|softirq| {
            // SAFETY: No poll runs until the instance is enabled again, so that
            // GRO's state and the poller's are ours.
            unsafe {
                flush_gro(&mut (*napi).gro);
                f(&mut *self.local.get(), softirq);
            }
        });
        // SAFETY: Disabled above.
        unsafe { bindings::napi_enable(napi) };
        with_bh_disabled(|softirq| self.schedule_for(Cause::Change, softirq));
    }

    /// Puts `new` in place of the poller's state, which it returns; `None`
    /// while the instance is enabled.
    pub(crate) fn replace_local(&self, new: P::Local, rtnl: &Rtnl) -> Option<P::Local> {
        if self.enabled.get(rtnl) {
            return None;
        }
        // SAFETY: By the type invariant `local` is ours while disabled and
        // RTNL is held; no reference to it leaves this function.
        Some(unsafe { self.local.get().replace(new) })
    }

    /// The device that the instance is attached to, if it is.
    pub(crate) fn device<'r>(&self, _: &'r Softirq) -> Option<&'r PortDevice<P::Port>> {
        let napi = self.napi.get();
        if self.state() & bindings::SOFTNIC_NAPIF_STATE_LISTED == 0 {
            return None;
        }
        // SAFETY: It was enabled with such a device, which was held when it was
        // seen to be listed; a device that is let go is freed after a grace
        // period, and bottom halves are off.
        Some(unsafe { PortDevice::from_ptr((*napi).dev) })
    }

    /// The number by which the core knows the instance since it was last enabled.
    pub(crate) fn id(&self) -> u32 {
        // SAFETY: As above.
        unsafe { (&raw const (*self.napi.get()).napi_id).read_volatile() }
    }

    /// What the samples that polls took say of moderation.
    pub(crate) fn dim(&self) -> &Dim {
        &self.dim
    }
}

impl<P: Poll> Deref for Napi<P> {
    type Target = P;

    #[inline]
    fn deref(&self) -> &P {
        &self.inner
    }
}

/// The instance's number in its device.
///
/// # Safety
///
/// `napi` must be valid.
pub(super) unsafe fn index(napi: *const bindings::napi_struct) -> u32 {
    // SAFETY: By the requirement; it changes only while the instance is disabled.
    unsafe { (&raw const (*napi).index).read_volatile() as u32 }
}

/// Hands all frames that GRO holds to the stack. Bottom halves are off.
///
/// # Safety
///
/// The state must be that of an instance of which no poll runs, or can start.
unsafe fn flush_gro(gro: &mut bindings::gro_node) {
    // SAFETY: By the requirement; the list is of frames that GRO owns, which the
    // stack takes.
    unsafe {
        if gro.bitmask != 0 {
            bindings::__gro_flush(gro, false);
        }
        if gro.rx_count != 0 {
            bindings::netif_receive_skb_list(&mut gro.rx_list);
            let head: *mut bindings::list_head = &mut gro.rx_list;
            (*head).next = head;
            (*head).prev = head;
            gro.rx_count = 0;
        }
    }
}

/// Stops and unlists an instance; returns when its memory may be used again.
///
/// # Safety
///
/// `napi` must be listed and enabled in a device that is held on its account.
unsafe fn detach(napi: *mut bindings::napi_struct) -> rcu::GracePeriod {
    // SAFETY: By the requirement. napi_disable() leaves the SCHED bit set.
    unsafe {
        let dev = (*napi).dev;
        Netdev::from_ptr(dev).set_queue_napi((*napi).index as u32, ptr::null_mut());
        bindings::napi_disable(napi);
        bindings::netif_napi_del_nosync(napi);
        bindings::dev_put(dev);
    }
    rcu::GracePeriod::next()
}

#[pinned_drop]
impl<P: Poll> PinnedDrop for Napi<P> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: Nothing moves; the fields are only read and replaced.
        let this = unsafe { self.get_unchecked_mut() };
        if *this.enabled.get_mut() {
            // Drivers disable their instances in `stop`; one that does not
            // gets it done here.
            // SAFETY: It is enabled, and nobody else refers to it any more.
            *this.grace.get_mut() = unsafe { detach(this.napi.get()) };
        }
        this.grace.get_mut().wait();
        // Nobody is left who could start them.
        this.timer.cancel();
        this.worker.cancel();
        this.dim.cancel();
    }
}

/// An instance that cannot be scheduled.
fn idle_napi() -> bindings::napi_struct {
    // SAFETY: All-zero is what alloc_netdev() gives a driver that embeds one.
    let mut napi: bindings::napi_struct = unsafe { core::mem::zeroed() };
    napi.state = bindings::SOFTNIC_NAPIF_STATE_SCHED;
    napi
}

/// Proof that this NAPI instance is being polled, and what a poll may do.
pub(crate) struct PollContext<'a, P> {
    napi: *mut bindings::napi_struct,
    dev: &'a PortDevice<P>,
    budget: u32,
    pub(super) batch: Batch<'a>,
    softirq: Softirq,
}

// SAFETY: A poll runs with bottom halves off; see `Softirq`.
unsafe impl<P> RcuRead for PollContext<'_, P> {}

impl<'a, P> PollContext<'a, P> {
    /// How many frames may be delivered, at least one.
    #[inline]
    pub(crate) fn budget(&self) -> u32 {
        self.budget
    }

    /// The device that the instance belongs to.
    #[inline]
    pub(crate) fn device(&self) -> &'a PortDevice<P> {
        self.dev
    }

    /// The instance's number in its device.
    pub(super) fn index(&self) -> u32 {
        // SAFETY: The instance is live.
        unsafe { index(self.napi) }
    }

    /// Whether GRO keeps frames for later polls to merge others with, as the
    /// instance's `gro_flush_timeout` says.
    #[inline]
    pub(crate) fn merges_over_polls(&self) -> bool {
        // SAFETY: The instance is live, and one word does not tear.
        unsafe { (&raw const (*self.napi).gro_flush_timeout).read_volatile() != 0 }
    }

    /// Hands the frames to the stack that were collected for it.
    #[inline]
    pub(crate) fn hand_over(&mut self) {
        self.batch.flush();
    }

    /// The proof that bottom halves are off.
    #[inline]
    pub(crate) fn softirq(&self) -> &Softirq {
        &self.softirq
    }

    #[inline]
    pub(super) fn napi(&self) -> *mut bindings::napi_struct {
        self.napi
    }
}

/// The core's way into [`Poll::poll`].
///
/// # Safety
///
/// The core calls it with the instance that it was registered with, enabled,
/// with bottom halves off, never twice at a time for one instance.
unsafe extern "C" fn poll_callback<P: Poll>(
    napi: *mut bindings::napi_struct,
    budget: c_int,
) -> c_int {
    let budget = u32::try_from(budget).unwrap_or(0);
    if budget == 0 {
        // netpoll wants transmit completions only, and there are none.
        return 0;
    }
    let done = match trace::polls() {
        // SAFETY: By this function's requirement.
        true => unsafe { poll_told::<P>(napi, budget) },
        // SAFETY: As above.
        false => unsafe { poll::<P>(napi, budget, |_| ()) },
    };
    done as c_int
}

/// As [`poll`], for those who look at polls.
///
/// # Safety
///
/// As for [`poll`].
#[cold]
#[inline(never)]
unsafe fn poll_told<P: Poll>(napi: *mut bindings::napi_struct, budget: u32) -> u32 {
    // SAFETY: By the requirement the instance and its device are live.
    let (dev, ring, id) = unsafe { (Netdev::from_ptr((*napi).dev), index(napi), (*napi).napi_id) };
    trace::poll_begin(dev, ring, id, budget);
    let end = |done| trace::poll_end(dev, ring, id, budget, done);
    // SAFETY: By the requirement.
    unsafe { poll::<P>(napi, budget, end) }
}

/// Polls an instance once; `end` is told of how many frames, before the core is.
///
/// # Safety
///
/// As for [`poll_callback`], with a budget.
#[inline(always)]
unsafe fn poll<P: Poll>(
    napi: *mut bindings::napi_struct,
    budget: u32,
    end: impl FnOnce(u32),
) -> u32 {
    // SAFETY: By the type invariant `napi` is at the start of a `Napi<P>`.
    let this = unsafe { &*napi.cast::<Napi<P>>() };
    // SAFETY: The instance was enabled with a `PortDevice<P::Port>`, and is
    // detached in that device's `stop` at the latest.
    let dev = unsafe { PortDevice::<P::Port>::from_ptr((*napi).dev) };
    // SAFETY: Enabled, so `local` belongs to this call alone.
    let local = unsafe { &mut *this.local.get() };
    let mut head = bindings::list_head {
        next: ptr::null_mut(),
        prev: ptr::null_mut(),
    };
    let mut context = PollContext {
        napi,
        dev,
        budget,
        batch: Batch::new(&mut head),
        // SAFETY: By this function's requirement.
        softirq: unsafe { Softirq::assume() },
    };

    let done = this.inner.poll(local, &mut context).min(budget);
    context.batch.flush();
    end(done);
    if done < budget {
        // SAFETY: The instance is live; a setting may change, never tear.
        let deferrals = unsafe { (&raw const (*napi).defer_hard_irqs).read_volatile() };
        if deferrals != 0 || this.inner.minds_completion() {
            // SAFETY: This call owns the SCHED bit.
            unsafe { complete(this, local, &context, done, deferrals != 0) };
        } else {
            // SAFETY: As above.
            unsafe { bindings::napi_complete_done(napi, done as c_int) };
        }
    }
    done
}

/// Ends a poll for who minds.
///
/// # Safety
///
/// The caller must be the instance's poll callback, and own the SCHED bit.
#[cold]
unsafe fn complete<P: Poll>(
    this: &Napi<P>,
    local: &mut P::Local,
    context: &PollContext<'_, P::Port>,
    done: u32,
    defers: bool,
) {
    // SAFETY: By the requirement no other poll runs.
    let sampler = unsafe { this.dim.sampler() };
    this.inner.completing(local, context, done, defers, sampler);
    // SAFETY: By the requirement.
    let released = unsafe { bindings::napi_complete_done(this.napi.get(), done as c_int) };
    // The instance may be disabled by now. Its memory stays: bottom halves are
    // off, so the grace period that its end waits for has not passed. Nor has the
    // one that its device's does.
    P::completed(this, !released, context);
}
