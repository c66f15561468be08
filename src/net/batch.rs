// SPDX-License-Identifier: GPL-2.0

//! Frames that a poll hands to the stack together.
//!
//! C header: `include/linux/netdevice.h`.

use crate::bindings;
use core::marker::PhantomData;

/// Frames on their way from a poll to the stack.
///
/// # Invariants
///
/// `head` is an initialised list of `len` owned frames that does not move
/// while this value exists.
pub(super) struct Batch<'a> {
    head: *mut bindings::list_head,
    len: u32,
    _head: PhantomData<&'a mut bindings::list_head>,
}

impl<'a> Batch<'a> {
    /// An empty one.
    pub(super) fn new(head: &'a mut bindings::list_head) -> Self {
        let ptr: *mut bindings::list_head = head;
        head.next = ptr;
        head.prev = ptr;
        // INVARIANT: Empty, and borrowed for as long as the value exists.
        Self {
            head: ptr,
            len: 0,
            _head: PhantomData,
        }
    }

    /// # Safety
    ///
    /// `skb` must be valid, prepared for the stack, and given away.
    #[inline]
    pub(super) unsafe fn add(&mut self, skb: *mut bindings::sk_buff) {
        // SAFETY: By the type invariant the list is valid; by the requirement
        // the frame is ours, and so is its link.
        unsafe {
            let entry = &raw mut (*skb).__bindgen_anon_1.list;
            let last = (*self.head).prev;
            (*entry).next = self.head;
            (*entry).prev = last;
            (*last).next = entry;
            (*self.head).prev = entry;
        }
        self.len = self.len.wrapping_add(1);
    }

    /// Hands all frames to the stack, in order. Softirq context.
    #[inline]
    pub(super) fn flush(&mut self) {
        if self.len != 0 {
            // SAFETY: By the type invariant; the function takes the frames
            // and leaves the list head to us.
            unsafe { bindings::netif_receive_skb_list(self.head) };
            // SAFETY: The head is borrowed for the life of this value.
            unsafe {
                (*self.head).next = self.head;
                (*self.head).prev = self.head;
            }
            self.len = 0;
        }
    }
}
