// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A chain that any CPU adds to, and one takes whole.

use super::atomic::{AtomicPtr, Ordering::*};
use core::ptr;

/// A chain without a lock: the newest element is exchanged for the one before
/// it, to which it is linked, and all are taken by an exchange for none. No
/// element comes back after it was taken, so an exchange cannot mistake one for
/// another.
#[repr(transparent)]
pub(super) struct Chain<T> {
    newest: AtomicPtr<T>,
}

impl<T> Chain<T> {
    /// An empty chain.
    pub(super) fn new() -> Self {
        Self {
            newest: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Adds an element, which `link` links to the one that it is given, or to
    /// none; it may be called more than once. Returns whether the chain was
    /// empty. Any context.
    #[inline(always)]
    pub(super) fn push(&self, element: *mut T, link: impl Fn(*mut T)) -> bool {
        let mut newest = self.newest.load(Relaxed);
        loop {
            link(newest);
            match self
                .newest
                .compare_exchange(newest, element, SeqCst, Relaxed)
            {
                Ok(_) => return newest.is_null(),
                Err(now) => newest = now,
            }
        }
    }

    /// Whether there is no element, at this moment. Sequentially consistent with
    /// [`Self::push`].
    pub(super) fn is_empty(&self) -> bool {
        self.newest.load(SeqCst).is_null()
    }

    /// Takes all elements: the newest, from which the links lead to all older
    /// ones, or none. Any context.
    #[inline(always)]
    pub(super) fn take(&self) -> *mut T {
        self.newest.swap(ptr::null_mut(), Acquire)
    }
}
