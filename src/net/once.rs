// SPDX-License-Identifier: GPL-2.0

//! Places that are filled once: for a pinned value that is made when it is first
//! needed, and for a reference to what a higher layer has.

use core::marker::PhantomData;
use core::ptr::NonNull;
// The kernel crate's `SetOnce` calls C helpers to read its state, too dear for
// a frame's way; see skb/queue.rs.
use core::sync::atomic::{AtomicPtr, Ordering::*};
use kernel::prelude::*;

/// Nothing, or a box that stays as long as this does.
///
/// # Invariants
///
/// The pointer is null or a pinned `KBox<T>` turned raw, and does not change any
/// more once it is not null.
pub(crate) struct OncePlace<T>(AtomicPtr<T>, PhantomData<T>);

impl<T> OncePlace<T> {
    /// Nothing.
    pub(crate) const fn empty() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()), PhantomData)
    }

    /// The value, if there is one. Any context.
    #[inline]
    pub(crate) fn get(&self) -> Option<Pin<&T>> {
        let value = NonNull::new(self.0.load(Acquire))?;
        // SAFETY: By the type invariant the box is there as long as `self`, and
        // pinned.
        Some(unsafe { Pin::new_unchecked(value.as_ref()) })
    }

    /// Puts a value into an empty place; one that is not drops it.
    pub(crate) fn fill(&self, value: Pin<KBox<T>>) {
        // SAFETY: Nobody moves the value out of the box: it is only handed out
        // pinned, and dropped in place.
        let new = KBox::into_raw(unsafe { Pin::into_inner_unchecked(value) });
        // INVARIANT: Only a null pointer is replaced.
        let filled = self
            .0
            .compare_exchange(core::ptr::null_mut(), new, Release, Relaxed);
        if filled.is_err() {
            // SAFETY: The box was just turned raw, and nobody else has it.
            drop(unsafe { KBox::from_raw(new) });
        }
    }
}

impl<T> Drop for OncePlace<T> {
    fn drop(&mut self) {
        if let Some(value) = NonNull::new(*self.0.get_mut()) {
            // SAFETY: By the type invariant it is a box turned raw; nobody
            // borrows from `self` any more.
            drop(unsafe { KBox::from_raw(value.as_ptr()) });
        }
    }
}

/// Nothing, or a reference to a static value.
///
/// # Invariants
///
/// The pointer is null or from a `&'static T`.
pub(crate) struct OnceRef<T: 'static>(AtomicPtr<T>, PhantomData<&'static T>);

impl<T: Sync> OnceRef<T> {
    /// Nothing.
    pub(crate) const fn empty() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()), PhantomData)
    }

    /// The value, if there is one. Any context.
    #[inline]
    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: By the type invariant; nobody writes through the pointer.
        unsafe { self.0.load(Acquire).as_ref() }
    }

    /// Puts a reference into an empty place; one that is not stays as it is.
    pub(crate) fn fill(&self, value: &'static T) {
        let new = core::ptr::from_ref(value).cast_mut();
        // INVARIANT: From a static reference.
        let _ = self
            .0
            .compare_exchange(core::ptr::null_mut(), new, Release, Relaxed);
    }
}
