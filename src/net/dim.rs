// SPDX-License-Identifier: GPL-2.0

//! Moderation chosen by load: the kernel's library for it.
//!
//! C header: `include/linux/dim.h`; how it is used is told in
//! Documentation/networking/net_dim.rst.

use crate::bindings;
use crate::net::rtnl::Rtnl;
use core::mem::offset_of;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use kernel::prelude::*;
use kernel::types::Opaque;

/// What the library found best for the load it saw.
#[derive(Clone, Copy)]
pub(crate) struct Choice {
    /// Microseconds that a frame may wait.
    pub(crate) usecs: u32,
    /// Frames that may wait.
    pub(crate) frames: u32,
}

/// The library's state for one NAPI instance.
///
/// # Invariants
///
/// - `dim` is zeroed but for its first profile and its work, whose function is
///   [`choose`]; its place never changes.
/// - What the library writes in `dim` belongs to who holds the instance's
///   [`Sampler`], or RTNL while the instance is disabled.
#[pin_data]
pub(crate) struct Dim {
    #[pin]
    dim: Opaque<bindings::dim>,
    /// The choice: microseconds below, frames above.
    choice: AtomicU64,
    changes: AtomicU32,
}

// SAFETY: The library's state has one user at a time by the type invariant,
// but for what it shares with the work by its own protocol.
unsafe impl Sync for Dim {}
// SAFETY: As above.
unsafe impl Send for Dim {}

impl Dim {
    /// The library's first profile.
    pub(super) fn new() -> impl PinInit<Self, Error> {
        let (first, choice) = first();
        try_pin_init!(Self {
            dim <- Opaque::ffi_init(move |slot: *mut bindings::dim| {
                // SAFETY: The slot is valid for writing and will not move.
                unsafe {
                    slot.write_bytes(0, 1);
                    (*slot).profile_ix = first;
                    bindings::dim_init_work(slot, Some(choose));
                }
            }),
            choice: AtomicU64::new(choice),
            changes: AtomicU32::new(0),
        })
    }

    /// The present choice. Any context.
    pub(crate) fn choice(&self) -> Choice {
        let choice = self.choice.load(Relaxed);
        Choice {
            usecs: choice as u32,
            frames: (choice >> 32) as u32,
        }
    }

    /// How often the choice has changed. Any context.
    pub(crate) fn changes(&self) -> u32 {
        self.changes.load(Relaxed)
    }

    /// # Safety
    ///
    /// There must be no other one for this value at the same time.
    pub(super) unsafe fn sampler(&self) -> Sampler<'_> {
        Sampler(self)
    }

    /// Begins anew, with a choice that was made but not yet taken over lost.
    /// The instance must be disabled. Process context.
    pub(super) fn restart(&self, _: &Rtnl) {
        self.cancel();
        // SAFETY: By the type invariant it is ours: the work is cancelled,
        // and the instance is disabled.
        unsafe {
            let state = &raw mut (*self.dim.get()).state;
            state.write_volatile(bindings::dim_state_DIM_START_MEASURE as u8);
        }
    }

    /// Waits for a choice that is being taken over. Process context.
    pub(super) fn cancel(&self) {
        // SAFETY: The work is initialised, and takes no lock that callers
        // could hold.
        unsafe { bindings::net_dim_work_cancel(self.dim.get()) };
    }
}

/// The right to tell a [`Dim`] of the load.
pub(crate) struct Sampler<'a>(&'a Dim);

impl Sampler<'_> {
    /// The present choice, and how often it has changed.
    pub(crate) fn choice(&self) -> (Choice, u32) {
        (self.0.choice(), self.0.changes())
    }

    /// Tells counters so far: interrupts, frames and bytes. Softirq context.
    pub(crate) fn sample(self, events: u64, frames: u64, bytes: u64) {
        // SAFETY: Nobody else has a sampler. The counters may wrap.
        unsafe { bindings::dim_sample(self.0.dim.get(), events as u16, frames, bytes) };
    }
}

impl Sampler<'_> {
    /// Has the samples so far forgotten: the load is another from now on.
    pub(crate) fn forget(self) {
        let dim = self.0.dim.get();
        // SAFETY: Nobody else has a sampler; only while a choice is taken over
        // does the state belong to the work, and then it is left alone.
        unsafe {
            let state = &raw mut (*dim).state;
            if state.read_volatile() == bindings::dim_state_DIM_MEASURE_IN_PROGRESS as u8 {
                state.write_volatile(bindings::dim_state_DIM_START_MEASURE as u8);
            }
        }
    }
}

const EVENT_MODE: u8 = bindings::dim_cq_period_mode_DIM_CQ_PERIOD_MODE_START_FROM_EQE as u8;

/// Number and content of the profile to begin with.
fn first() -> (u8, u64) {
    let first = bindings::SOFTNIC_NET_DIM_DEF_PROFILE;
    (first, profile(first))
}

fn profile(index: u8) -> u64 {
    // SAFETY: The library has a profile for each number that it chooses.
    let moder = unsafe { bindings::net_dim_get_rx_moderation(EVENT_MODE, index.into()) };
    u64::from(moder.usec) | u64::from(moder.pkts) << 32
}

/// Takes over what the library has chosen. Process context.
///
/// # Safety
///
/// Called by the core with the work of a [`Dim`].
unsafe extern "C" fn choose(work: *mut bindings::work_struct) {
    const WORK: usize = offset_of!(bindings::dim, work) + offset_of!(Dim, dim);
    // SAFETY: By the requirement; `Opaque` adds nothing in front.
    let this = unsafe { &*work.byte_sub(WORK).cast::<Dim>() };
    let dim = this.dim.get();
    // SAFETY: Until the state is set below the library leaves both alone.
    let index = unsafe { (&raw const (*dim).profile_ix).read_volatile() };
    this.choice.store(profile(index), Relaxed);
    this.changes.fetch_add(1, Relaxed);
    // SAFETY: As above; the library reads the state in one piece.
    unsafe {
        let state = &raw mut (*dim).state;
        state.write_volatile(bindings::dim_state_DIM_START_MEASURE as u8);
    }
}
