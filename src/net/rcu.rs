// SPDX-License-Identifier: GPL-2.0

//! Tables that readers find without a lock and writers replace whole.
//!
//! C header: `include/linux/rcupdate.h`.

use crate::bindings;
use crate::net::context::RcuRead;
use crate::net::rtnl::Rtnl;
use core::marker::PhantomData;
use core::mem;
use core::ptr::{self, NonNull};
use kernel::prelude::*;
use kernel::sync::atomic::{Atomic, Full, Relaxed};

/// A value with the head that its deferred free needs.
#[repr(C)]
struct Node<T> {
    head: bindings::callback_head,
    value: T,
}

/// An RCU-protected value: readers see the old or the new one whole.
///
/// # Invariants
///
/// The pointer is a `KBox<Node<T>>` turned raw. It is replaced only while the
/// RTNL mutex is held, and what it pointed to lives until a grace period has
/// passed after that.
pub(crate) struct RcuCell<T: Send + Sync + 'static> {
    ptr: Atomic<*mut Node<T>>,
    _owns: PhantomData<T>,
}

// SAFETY: Sharing the cell hands out `&T` and moves `T` to the CPU that frees
// it, which `T: Send + Sync` allows.
unsafe impl<T: Send + Sync> Sync for RcuCell<T> {}
// SAFETY: As above.
unsafe impl<T: Send + Sync> Send for RcuCell<T> {}

impl<T: Send + Sync + 'static> RcuCell<T> {
    /// Holds `value`. Process context; `ENOMEM`.
    pub(crate) fn new(value: T) -> Result<Self> {
        // INVARIANT: Just made from a box.
        Ok(Self {
            ptr: Atomic::new(KBox::into_raw(Prepared::new(value)?.0)),
            _owns: PhantomData,
        })
    }

    /// The present value, for as long as the proof of the read side stands.
    #[inline]
    pub(crate) fn read<'r>(&'r self, _: &'r impl RcuRead) -> &'r T {
        // SAFETY: The location is valid and a pointer is one word, so the
        // load does not tear. Volatile keeps the dependency that orders the
        // reads behind it (rcu_dereference()).
        let node = unsafe { self.ptr.as_ptr().read_volatile() };
        // SAFETY: By the type invariant it points to a node, which lives for
        // the read-side section that the caller proves.
        unsafe { &(*node).value }
    }

    /// Puts `value` in place; the old one is freed after a grace period.
    /// Process context; `ENOMEM` leaves the old value in place.
    pub(crate) fn replace(&self, value: T, rtnl: &Rtnl) -> Result {
        self.publish(Prepared::new(value)?, rtnl);
        Ok(())
    }

    /// As [`Self::replace`], with memory that is there already.
    pub(crate) fn publish(&self, value: Prepared<T>, _: &Rtnl) {
        // INVARIANT: RTNL is held; the old node is freed later below.
        let old = self.ptr.xchg(KBox::into_raw(value.0), Full);
        // SAFETY: No reader that starts now can find `old`. The head lies at
        // the start of the node, and `free_node` frees it exactly once.
        unsafe { bindings::call_rcu(old.cast(), Some(free_node::<T>)) };
    }

    /// The present value, for who has the cell alone.
    pub(super) fn get_mut(&mut self) -> &mut T {
        // SAFETY: By the type invariant; the cell is borrowed whole, so there
        // is no reader.
        unsafe { &mut (*self.ptr.load(Relaxed)).value }
    }

    /// The present value, for who holds RTNL, which keeps it.
    pub(crate) fn read_rtnl<'r>(&'r self, _: &'r Rtnl) -> &'r T {
        // SAFETY: By the type invariant; it is not replaced while RTNL is
        // held, unless by the caller, whose borrow of the proof outlives this.
        unsafe { &(*self.ptr.load(Relaxed)).value }
    }
}

/// A value with the memory that it needs in an [`RcuCell`].
pub(crate) struct Prepared<T>(KBox<Node<T>>);

impl<T> Prepared<T> {
    /// Process context; `ENOMEM`.
    pub(crate) fn new(value: T) -> Result<Self> {
        let head = bindings::callback_head {
            next: ptr::null_mut(),
            func: None,
        };
        Ok(Self(KBox::new(Node { head, value }, GFP_KERNEL_ACCOUNT)?))
    }

    /// The value.
    pub(crate) fn get(&self) -> &T {
        &self.0.value
    }

    /// Gives the memory up for a pointer to the value.
    pub(super) fn into_value(self) -> NonNull<T> {
        let node = KBox::into_raw(self.0);
        // SAFETY: A box is not null, and so is no part of it.
        unsafe { NonNull::new_unchecked(&raw mut (*node).value) }
    }

    /// # Safety
    ///
    /// `value` must be from [`Self::into_value`], and nobody else's.
    pub(super) unsafe fn from_value(value: NonNull<T>) -> Self {
        // SAFETY: By the requirement the value is part of a node that was a
        // box.
        Self(unsafe { KBox::from_raw(node_of(value)) })
    }
}

/// A value that readers may still see, and no new reader can find. Dropping it
/// drops the value after a grace period.
pub(super) struct Retired<T: Send + Sync + 'static>(NonNull<T>);

impl<T: Send + Sync> Retired<T> {
    /// # Safety
    ///
    /// `value` must be from [`Prepared::into_value`], nobody else's, and not to
    /// be found by readers that start now.
    pub(super) unsafe fn from_value(value: NonNull<T>) -> Self {
        Self(value)
    }
}

impl<T: Send + Sync> Drop for Retired<T> {
    fn drop(&mut self) {
        // SAFETY: By the constructor's requirement; the head lies at the start
        // of the node, and `free_node` frees it exactly once.
        unsafe { bindings::call_rcu(node_of(self.0).cast(), Some(free_node::<T>)) };
    }
}

/// # Safety
///
/// `value` must be the value of a node.
unsafe fn node_of<T>(value: NonNull<T>) -> *mut Node<T> {
    // SAFETY: By the requirement both are in one allocation.
    unsafe {
        value
            .as_ptr()
            .byte_sub(mem::offset_of!(Node<T>, value))
            .cast()
    }
}

impl<T: Send + Sync> Drop for RcuCell<T> {
    fn drop(&mut self) {
        let node = self.ptr.load(Relaxed);
        // SAFETY: By the type invariant it is a box turned raw. A reader
        // borrows the cell, so none is left when it is dropped.
        drop(unsafe { KBox::from_raw(node) });
    }
}

/// Frees a node after its grace period. Softirq context.
///
/// # Safety
///
/// `head` must be the start of a `KBox<Node<T>>` turned raw that nobody else
/// refers to.
unsafe extern "C" fn free_node<T>(head: *mut bindings::callback_head) {
    // SAFETY: By the requirement; `repr(C)` puts the head first.
    drop(unsafe { KBox::from_raw(head.cast::<Node<T>>()) });
}

/// A grace period, to be waited for at some later time.
#[derive(Clone, Copy)]
pub(crate) struct GracePeriod(Option<c_ulong>);

impl GracePeriod {
    /// One that is over.
    pub(crate) const fn past() -> Self {
        Self(None)
    }

    /// One that ends when every reader that runs now is through.
    pub(crate) fn next() -> Self {
        // SAFETY: No requirements.
        Self(Some(unsafe { bindings::get_state_synchronize_rcu() }))
    }

    /// Waits for its end, if that is still to come. Process context.
    pub(crate) fn wait(self) {
        if let Some(cookie) = self.0 {
            // SAFETY: The cookie is from the function above; callers can sleep.
            unsafe { bindings::cond_synchronize_rcu(cookie) };
        }
    }
}

/// Waits until every deferred free that this module asked for has run.
/// Process context; needed before the module's text goes away.
pub(crate) fn barrier() {
    // SAFETY: May be called from any context that can sleep, as callers do.
    unsafe { bindings::rcu_barrier() };
}

/// Waits until every reader of network state that runs now is through.
/// Process context.
pub(crate) fn synchronize_net() {
    // SAFETY: As above.
    unsafe { bindings::synchronize_net() };
}
