// SPDX-License-Identifier: GPL-2.0

//! The high-resolution timer of a NAPI instance, by which it asks for a poll
//! later.
//!
//! The kernel crate's timers belong to a handle that cancels them; these are
//! started by any CPU that leaves a frame and outlived by their instance.
//!
//! C header: `include/linux/hrtimer.h`.

use crate::bindings;
use crate::net::napi::{Napi, Poll};
use crate::net::trace::Cause;
use core::mem::offset_of;
use kernel::prelude::*;
use kernel::types::Opaque;

/// A timer inside a [`Napi`].
///
/// # Invariants
///
/// The timer is set up with [`timer_callback`] of the instance that it lies
/// in, and is cancelled before that goes.
#[repr(transparent)]
pub(super) struct Timer(Opaque<bindings::hrtimer>);

// SAFETY: The core's functions on a timer may be called on any CPU.
unsafe impl Send for Timer {}
// SAFETY: As above, at the same time too.
unsafe impl Sync for Timer {}

impl Timer {
    /// Makes the timer of a `Napi<P>`, stopped. It must be initialised in
    /// that instance's place.
    pub(super) fn new<P: Poll>() -> impl PinInit<Self, Error> {
        let init = Opaque::ffi_init(|slot: *mut bindings::hrtimer| {
            // SAFETY: The slot is valid for writing and will not move.
            unsafe {
                bindings::hrtimer_setup(
                    slot,
                    Some(timer_callback::<P>),
                    bindings::SOFTNIC_CLOCK_MONOTONIC,
                    bindings::SOFTNIC_HRTIMER_MODE_REL_PINNED,
                );
            }
        });
        // SAFETY: The layout is transparent, so what initialises the one
        // initialises the other.
        unsafe {
            pin_init::pin_init_from_closure(move |slot: *mut Self| {
                init.__pinned_init(slot.cast())
                    .map_err(|never| match never {})
            })
        }
    }

    /// Has it end after `usecs` microseconds from now, or up to `early` microseconds
    /// before, with others that end then.
    pub(super) fn start(&self, usecs: u32, early: u32) {
        let early = early.min(usecs);
        let time = i64::from(usecs.wrapping_sub(early)).saturating_mul(1000);
        // SAFETY: By the type invariant it is set up, and cancelled in time.
        unsafe {
            bindings::hrtimer_start_range_ns(
                self.0.get(),
                time,
                u64::from(early).saturating_mul(1000),
                bindings::SOFTNIC_HRTIMER_MODE_REL_PINNED,
            );
        }
    }

    /// Stops it, and waits for its end if that is being told. Process context.
    pub(super) fn cancel(&self) {
        // SAFETY: It is set up, and callers can wait.
        unsafe { bindings::hrtimer_cancel(self.0.get()) };
    }
}

/// # Safety
///
/// Called by the core with the timer of a live `Napi<P>`, interrupts off.
unsafe extern "C" fn timer_callback<P: Poll>(
    timer: *mut bindings::hrtimer,
) -> bindings::hrtimer_restart {
    // SAFETY: By the requirement the timer lies in such an instance.
    let this = unsafe { &*timer.byte_sub(offset_of!(Napi<P>, timer)).cast::<Napi<P>>() };
    if this.timer_ended() {
        this.schedule_told(Cause::Timer);
    }
    bindings::hrtimer_restart_HRTIMER_NORESTART
}
