// SPDX-License-Identifier: GPL-2.0

//! Transmit queues of a device, as the stack sees them.
//!
//! C header: `include/linux/netdevice.h` (struct netdev_queue).

use crate::bindings;
use crate::net::context::RcuRead;
use crate::net::device::Netdev;
use kernel::types::Opaque;

/// One transmit queue.
///
/// # Invariants
///
/// References point into a live device's array of queues.
#[repr(transparent)]
pub(crate) struct TxQueue(Opaque<bindings::netdev_queue>);

// SAFETY: All methods are safe to call from any context at the same time.
unsafe impl Sync for TxQueue {}

impl TxQueue {
    /// Keeps the stack from sending on this queue until [`Self::wake`]. Any
    /// context.
    pub(crate) fn stop(&self) {
        // SAFETY: By the type invariant the queue is live.
        unsafe { bindings::netif_tx_stop_queue(self.0.get()) };
    }

    /// Lets the stack send again, and schedules it if it was stopped. Any
    /// context.
    pub(crate) fn wake(&self) {
        // SAFETY: As above.
        unsafe { bindings::netif_tx_wake_queue(self.0.get()) };
    }

    /// Whether frames that are refused now are lost (the `noqueue` qdisc), so
    /// that pushing back is of no use.
    fn has_no_qdisc(&self, _: &impl RcuRead) -> bool {
        // SAFETY: As above; the qdisc lives for the read side that is proved.
        unsafe { bindings::qdisc_txq_has_no_queue(self.0.get()) }
    }
}

/// The transmit queue that a frame is sent by.
#[derive(Clone, Copy)]
pub(crate) struct Sender<'a> {
    dev: &'a Netdev,
    index: usize,
}

impl<'a> Sender<'a> {
    /// Queue `index` of `dev`.
    #[inline]
    pub(crate) fn new(dev: &'a Netdev, index: usize) -> Self {
        Self { dev, index }
    }

    /// Number of the queue.
    #[inline]
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The queue itself, if it has a qdisc that keeps what it cannot send.
    pub(crate) fn queue_with_qdisc(&self, rcu: &impl RcuRead) -> Option<&'a TxQueue> {
        self.dev
            .tx_queue(self.index)
            .filter(|queue| !queue.has_no_qdisc(rcu))
    }
}

impl Netdev {
    /// Transmit queue `index`, if there is one. Any context.
    fn tx_queue(&self, index: usize) -> Option<&TxQueue> {
        if index >= self.num_tx_queues() {
            return None;
        }
        // SAFETY: `_tx` is an array of `num_tx_queues` queues for the life of
        // the device, and the index was checked.
        Some(unsafe { &*(*self.as_ptr())._tx.add(index).cast::<TxQueue>() })
    }

    /// Wakes every transmit queue. Any context.
    pub(crate) fn wake_tx_queues(&self) {
        for queue in (0..self.num_tx_queues()).filter_map(|i| self.tx_queue(i)) {
            queue.wake();
        }
    }

    /// Lets the stack send on every queue; in `open`.
    pub(crate) fn start_tx_queues(&self) {
        // SAFETY: By the type invariant the device is live.
        unsafe { bindings::netif_tx_start_all_queues(self.as_ptr()) };
    }

    /// Stops every queue; in `stop`.
    pub(crate) fn stop_tx_queues(&self) {
        // SAFETY: As above.
        unsafe { bindings::netif_tx_stop_all_queues(self.as_ptr()) };
    }
}
