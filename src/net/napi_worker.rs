// SPDX-License-Identifier: GPL-2.0

//! Polls that a worker begins, on the CPU that the scheduler finds for it, in place
//! of the CPU that asks for them.
//!
//! The worker only begins the poll, which is the softirq's as any other. What is
//! gained is that the one who sends need not do the receiver's work, too.
//!
//! C header: `include/linux/workqueue.h`.

use crate::bindings;
use crate::net::context::with_bh_disabled;
use crate::net::napi::{Napi, Poll};
use core::mem::offset_of;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use kernel::prelude::*;
use kernel::types::Opaque;

/// The module's workqueue, while there is a [`Workers`].
static QUEUE: AtomicPtr<bindings::workqueue_struct> = AtomicPtr::new(ptr::null_mut());

/// The workers: those that begin polls, of all instances.
///
/// # Invariants
///
/// There is one at most, and [`QUEUE`] is its workqueue.
pub(crate) struct Workers(());

impl Workers {
    /// Makes them. Process context, before any instance; `ENOMEM`, or `EBUSY` if they
    /// are there.
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: No requirements but process context.
        let queue = unsafe { bindings::alloc_workers() };
        if queue.is_null() {
            return Err(ENOMEM);
        }
        let none = ptr::null_mut();
        if QUEUE
            .compare_exchange(none, queue, Relaxed, Relaxed)
            .is_err()
        {
            // SAFETY: Nobody else knows of it.
            unsafe { bindings::destroy_workqueue(queue) };
            return Err(EBUSY);
        }
        // INVARIANT: It was the first.
        Ok(Self(()))
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let queue = QUEUE.swap(ptr::null_mut(), Relaxed);
        // SAFETY: By the type invariant it is the workqueue made in `new`. The module
        // drops it after all else, so instances are gone, and nobody uses it any more.
        unsafe { bindings::destroy_workqueue(queue) };
    }
}

/// What has a worker begin the polls of a [`Napi`].
///
/// # Invariants
///
/// The work's function is [`begin`] of the instance that it lies in. It is queued only
/// by who has taken the instance's SCHED bit, which only the poll gives back.
#[repr(transparent)]
pub(super) struct Worker(Opaque<bindings::work_struct>);

// SAFETY: The core's functions on a work may be called on any CPU.
unsafe impl Send for Worker {}
// SAFETY: As above, at the same time too.
unsafe impl Sync for Worker {}

impl Worker {
    /// Makes the work of a `Napi<P>`. It must be initialised in that instance's place.
    pub(super) fn new<P: Poll>() -> impl PinInit<Self, Error> {
        let init = Opaque::ffi_init(|slot: *mut bindings::work_struct| {
            // SAFETY: The slot is valid for writing and will not move.
            unsafe { bindings::init_work(slot, Some(begin::<P>)) };
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

    /// Has a worker begin the poll that is due. Any context, but not one that may not
    /// wait for a lock of another CPU.
    ///
    /// # Safety
    ///
    /// The caller must have taken the instance's SCHED bit.
    pub(super) unsafe fn wake(&self) {
        // Set before any instance was made, and so seen by whoever has one.
        let queue = QUEUE.load(Relaxed);
        // SAFETY: The queue is there as long as instances are, by [`Workers`]. That the
        // work is queued already is impossible by the type invariant.
        unsafe { bindings::queue_work_on(bindings::SOFTNIC_WORK_CPU_UNBOUND, queue, self.0.get()) };
    }

    /// Waits for a worker that has begun a poll, and may not have seen its end.
    /// Process context; the instance must be disabled.
    pub(super) fn cancel(&self) {
        // SAFETY: It is initialised, and takes no lock that callers could hold.
        unsafe { bindings::cancel_work_sync(self.0.get()) };
    }
}

/// Begins the poll that is due.
///
/// # Safety
///
/// Called by the core with the work of a live `Napi<P>` whose SCHED bit was taken for
/// it.
unsafe extern "C" fn begin<P: Poll>(work: *mut bindings::work_struct) {
    // SAFETY: By the requirement the work lies in such an instance.
    let this = unsafe { &*work.byte_sub(offset_of!(Napi<P>, worker)).cast::<Napi<P>>() };
    // SAFETY: By the requirement.
    with_bh_disabled(|_| unsafe { this.begin() });
}
