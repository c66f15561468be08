// SPDX-License-Identifier: GPL-2.0

//! How polls of a NAPI instance are asked for, and who begins them: the CPU that asks,
//! by softirq; the instance's thread; or a worker on another CPU.
//!
//! C header: `include/linux/netdevice.h`; behaviour as in
//! Documentation/networking/napi.rst.

use crate::bindings;
use crate::net::context::Softirq;
use crate::net::cpu;
use crate::net::device::Netdev;
use crate::net::napi::{index, Napi, Poll};
use crate::net::trace::{self, Cause};

impl<P: Poll> Napi<P> {
    /// Asks for a poll, unless one is due. With bottom halves off it runs
    /// when they come back on. For a frame, while nobody looks at arrivals.
    #[inline]
    pub(crate) fn schedule(&self, _: &Softirq) {
        // SAFETY: The SCHED bit is ours where this is called.
        self.schedule_any(|| unsafe { self.begin() });
    }

    /// As [`Self::schedule`], and tells why.
    pub(crate) fn schedule_for(&self, cause: Cause, _: &Softirq) {
        self.schedule_told(cause);
    }

    /// As [`Self::schedule_for`], in any context.
    pub(super) fn schedule_told(&self, cause: Cause) {
        self.schedule_any(|| {
            let napi = self.napi.get();
            // SAFETY: The instance is enabled, and not disabled before the poll
            // that is asked for has ended: it has an index, and a live device.
            unsafe { trace::schedule(Netdev::from_ptr((*napi).dev), index(napi), cause) };
            // Netpoll sends with interrupts off, also in a panic: it must not wait for a
            // workqueue's lock, which a CPU may hold that has stopped.
            let by_netpoll = !matches!(cause, Cause::Timer) && cpu::interrupts_are_off();
            let may_leave = !self.has_thread() && !by_netpoll;
            // SAFETY: The SCHED bit is ours where this is called.
            unsafe {
                match may_leave && self.inner.leaves() {
                    true => self.worker.wake(),
                    false => self.begin(),
                }
            }
        });
    }

    #[inline(always)]
    fn schedule_any(&self, begin: impl FnOnce()) {
        let napi = self.napi.get();
        // SAFETY: The state is valid at all times; while the instance is
        // disabled SCHED is set and prep refuses.
        if unsafe { bindings::napi_schedule_prep(napi) } {
            self.inner.scheduled();
            begin();
        }
    }

    /// Begins the poll that is due, by softirq on this CPU or by the instance's thread.
    ///
    /// # Safety
    ///
    /// The caller must have taken the SCHED bit, or been given it.
    #[inline(always)]
    pub(super) unsafe fn begin(&self) {
        // SAFETY: By the requirement.
        unsafe { bindings::__napi_schedule(self.napi.get()) };
    }

    /// The core's flags of the instance.
    pub(super) fn state(&self) -> usize {
        // SAFETY: The state is valid at all times, and one word does not tear.
        unsafe { (&raw const (*self.napi.get()).state).read_volatile() }
    }

    /// Whether a thread of its own polls it.
    fn has_thread(&self) -> bool {
        self.state() & bindings::SOFTNIC_NAPIF_STATE_THREADED != 0
    }

    /// Has [`Poll::timer_ended`] called once, on this CPU, after `usecs`
    /// microseconds, or up to `early` microseconds before if that saves an interrupt;
    /// a timer that runs already is set anew.
    pub(crate) fn start_timer(&self, usecs: u32, early: u32, _: &Softirq) {
        self.timer.start(usecs, early);
    }

    /// Whether a poll is due or runs. Of an instance that is enabled.
    pub(crate) fn is_scheduled(&self) -> bool {
        self.state() & bindings::SOFTNIC_NAPIF_STATE_SCHED != 0
    }
}
