// SPDX-License-Identifier: GPL-2.0

//! Frames that wait: in a queue, or where any CPU leaves them.

use super::{RxFrame, Skb, SkbDropReason};
use crate::bindings;
use crate::net::atomic::{AtomicU64, Ordering::*};
use crate::net::chain::Chain;
use crate::net::clock::stamp;
use core::mem;
use core::ptr::{self, NonNull};

/// Frames in the order in which they came, linked through the frames.
///
/// # Invariants
///
/// `head` is null or the first of a chain of owned frames, each as
/// [`RxFrame`] says, that `next` links and null ends.
pub(crate) struct FrameQueue {
    head: *mut bindings::sk_buff,
}

// SAFETY: The queue owns its frames, which are `Send`.
unsafe impl Send for FrameQueue {}

impl FrameQueue {
    /// An empty queue.
    pub(crate) const fn new() -> Self {
        Self {
            head: ptr::null_mut(),
        }
    }

    /// Whether no frame waits.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    /// How many frames wait. Walks over all.
    pub(crate) fn len(&self) -> u32 {
        let (mut count, mut skb) = (0u32, self.head);
        while !skb.is_null() {
            count = count.wrapping_add(1);
            // SAFETY: By the type invariant it is a frame of the chain.
            skb = unsafe { next(skb) };
        }
        count
    }

    /// A queue of one frame.
    pub(crate) fn of(frame: RxFrame) -> Self {
        let skb = frame.into_raw();
        // SAFETY: The frame was owned; its link is ours to set.
        unsafe { set_next(skb, ptr::null_mut()) };
        // INVARIANT: A chain of one, which was handed over.
        Self { head: skb }
    }

    /// Takes the first frame.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<RxFrame> {
        let skb = NonNull::new(self.head)?;
        // SAFETY: By the type invariant the head is a frame of ours.
        unsafe {
            self.head = next(skb.as_ptr());
            set_next(skb.as_ptr(), ptr::null_mut());
        }
        // INVARIANT: Only frames that were handed over come into a queue.
        Some(RxFrame(Skb(skb)))
    }

    /// Adds frames behind those that there are.
    pub(crate) fn append(&mut self, frames: Self) {
        let mut all = Builder::new();
        for mut queue in [self.take(), frames] {
            while let Some(frame) = queue.pop() {
                all.push(frame);
            }
        }
        *self = all.0;
    }

    /// Takes out the frames that `takes` says, in order.
    pub(crate) fn take_if(&mut self, takes: impl Fn(&RxFrame) -> bool) -> Self {
        let (mut kept, mut taken) = (Builder::new(), Builder::new());
        while let Some(frame) = self.pop() {
            match takes(&frame) {
                true => taken.push(frame),
                false => kept.push(frame),
            }
        }
        *self = kept.0;
        taken.0
    }

    /// Takes all frames.
    pub(crate) fn take(&mut self) -> Self {
        mem::replace(self, Self::new())
    }

    /// Frees all frames for `reason`; returns how many there were.
    pub(crate) fn purge(&mut self, reason: SkbDropReason) -> u32 {
        let mut count: u32 = 0;
        while let Some(frame) = self.pop() {
            frame.drop_for(reason);
            count = count.wrapping_add(1);
        }
        count
    }
}

/// A queue that grows.
///
/// # Invariants
///
/// `last` is the last frame of the queue, unless that is empty.
struct Builder(FrameQueue, *mut bindings::sk_buff);

impl Builder {
    fn new() -> Self {
        Self(FrameQueue::new(), ptr::null_mut())
    }

    fn push(&mut self, frame: RxFrame) {
        let skb = frame.into_raw();
        // SAFETY: The frame was owned; its link is ours to set.
        unsafe { set_next(skb, ptr::null_mut()) };
        match self.0.head.is_null() {
            true => self.0.head = skb,
            // SAFETY: By the type invariant the last frame is the queue's.
            false => unsafe { set_next(self.1, skb) },
        }
        // INVARIANT: Put at the end above.
        self.1 = skb;
    }
}

impl Drop for FrameQueue {
    fn drop(&mut self) {
        self.purge(SkbDropReason::QUEUE_PURGE);
    }
}

/// Where any CPU leaves frames, for one that takes them all at once, without a
/// lock.
///
/// # Invariants
///
/// The chain is of owned frames, each as [`RxFrame`] says, newest first.
pub(crate) struct Inbox {
    chain: Chain<bindings::sk_buff>,
    /// When the oldest frame was left, by the [`stamp`] of who left it. On the
    /// line that the exchange writes anyway.
    since: AtomicU64,
    /// When somebody said that a frame was left.
    latest: AtomicU64,
}

impl Inbox {
    /// An empty inbox.
    pub(crate) fn new() -> Self {
        Self {
            chain: Chain::new(),
            since: AtomicU64::new(0),
            latest: AtomicU64::new(0),
        }
    }

    /// Leaves a frame; returns whether it is the first since the last
    /// [`Self::take`]. Any context.
    #[inline]
    pub(crate) fn push(&self, frame: RxFrame) -> bool {
        let skb = frame.into_raw();
        self.chain.push(skb, |newest| {
            if newest.is_null() {
                // Before the frame can be taken. Of several who find the inbox
                // empty the last one's time stays, a moment later.
                self.since.store(stamp(), Relaxed);
            }
            // SAFETY: The frame was owned, and is nobody's until it is in the
            // chain.
            unsafe { set_next(skb, newest) };
        })
    }

    /// Notes that a frame was left just now, so that it is known how long all
    /// that wait have waited at least.
    #[inline]
    pub(crate) fn note_latest(&self) {
        self.latest.store(stamp(), Relaxed);
    }

    /// When the first of the frames came that wait, or that were just taken.
    #[inline]
    pub(crate) fn since(&self) -> u64 {
        self.since.load(Relaxed)
    }

    /// What was noted last by [`Self::note_latest`].
    pub(crate) fn latest(&self) -> u64 {
        self.latest.load(Relaxed)
    }

    /// Whether no frame waits, at this moment. Sequentially consistent with
    /// [`Self::push`].
    pub(crate) fn is_empty(&self) -> bool {
        self.chain.is_empty()
    }

    /// Takes all frames, in the order in which they came. Any context.
    pub(crate) fn take(&self) -> FrameQueue {
        match self.take_all() {
            Taken::One(frame) => FrameQueue::of(frame),
            Taken::Many(frames, _) => frames,
            Taken::None => FrameQueue::new(),
        }
    }

    /// As [`Self::take`], for whom a lone frame is a case of its own.
    #[inline]
    pub(crate) fn take_all(&self) -> Taken {
        let newest = self.chain.take();
        let Some(last) = NonNull::new(newest) else {
            return Taken::None;
        };
        // SAFETY: By the type invariant the chain is of owned frames, which
        // now are ours alone.
        let mut skb = unsafe { next(newest) };
        if skb.is_null() {
            // INVARIANT: Only frames that were handed over come in.
            return Taken::One(RxFrame(Skb(last)));
        }
        let (mut queue, mut count) = (FrameQueue { head: newest }, 1u32);
        // SAFETY: As above.
        unsafe {
            set_next(newest, ptr::null_mut());
            while !skb.is_null() {
                let older = next(skb);
                set_next(skb, queue.head);
                queue.head = skb;
                skb = older;
                count = count.wrapping_add(1);
            }
        }
        // INVARIANT: The chain is turned round: oldest first.
        Taken::Many(queue, count)
    }
}

/// What was in an [`Inbox`].
pub(crate) enum Taken {
    /// Nothing.
    None,
    /// A single frame.
    One(RxFrame),
    /// So many more.
    Many(FrameQueue, u32),
}

impl Drop for Inbox {
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// # Safety
///
/// `skb` must be valid and owned by the caller.
#[inline]
pub(super) unsafe fn set_next(skb: *mut bindings::sk_buff, next: *mut bindings::sk_buff) {
    // SAFETY: By the requirement; the link is the caller's to use.
    unsafe { (*skb).__bindgen_anon_1.__bindgen_anon_1.next = next };
}

/// # Safety
///
/// `skb` must be valid, owned by the caller, and its link set.
#[inline]
pub(super) unsafe fn next(skb: *mut bindings::sk_buff) -> *mut bindings::sk_buff {
    // SAFETY: By the requirement.
    unsafe { (*skb).__bindgen_anon_1.__bindgen_anon_1.next }
}
