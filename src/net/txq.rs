// SPDX-License-Identifier: GPL-2.0

//! Transmit queues of a device, as the stack sees them.
//!
//! C header: `include/linux/netdevice.h` (struct netdev_queue).

use crate::bindings;
use crate::net::context::RcuRead;
use crate::net::counter::Toggle;
use crate::net::cpu;
use crate::net::device::Netdev;
use crate::net::rtnl::Rtnl;
use kernel::cpumask::CpumaskVar;
use kernel::error::to_result;
use kernel::prelude::*;
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

    fn is_stopped(&self) -> bool {
        // SAFETY: As above.
        unsafe { bindings::netif_tx_queue_stopped(self.0.get()) }
    }

    fn has_no_qdisc(&self, _: &impl RcuRead) -> bool {
        // SAFETY: As above; the qdisc lives for the read side that is proved.
        unsafe { bindings::qdisc_txq_has_no_queue(self.0.get()) }
    }
}

/// A transmit queue's number, and the account of its stops.
pub(crate) struct QueueStops {
    index: usize,
    toggle: Toggle,
}

impl QueueStops {
    /// For queue `index`, which was never stopped.
    pub(crate) const fn new(index: usize) -> Self {
        Self {
            index,
            toggle: Toggle::new(),
        }
    }

    /// How often the queue was stopped, and woken.
    pub(crate) fn toggle(&self) -> &Toggle {
        &self.toggle
    }
}

/// The transmit queue that a frame is sent by. Two words, so that it is passed
/// in registers.
#[derive(Clone, Copy)]
pub(crate) struct Sender<'a> {
    dev: &'a Netdev,
    stops: &'a QueueStops,
}

impl<'a> Sender<'a> {
    /// The queue of `dev` that the account is of.
    #[inline]
    pub(crate) fn new(dev: &'a Netdev, stops: &'a QueueStops) -> Self {
        Self { dev, stops }
    }

    /// No queue: whoever sends a copy on its own account cannot be held back.
    pub(crate) fn nobody(dev: &'a Netdev) -> Self {
        static NO_QUEUE: QueueStops = QueueStops::new(usize::MAX);
        Self::new(dev, &NO_QUEUE)
    }

    /// The device that sends.
    pub(crate) fn device(&self) -> &'a Netdev {
        self.dev
    }

    /// Whether the queue has a qdisc that keeps what it cannot send. Without
    /// one (`noqueue`) frames that are refused now are lost, so that pushing
    /// back is of no use.
    pub(crate) fn has_qdisc(&self, rcu: &impl RcuRead) -> bool {
        self.queue().is_some_and(|queue| !queue.has_no_qdisc(rcu))
    }

    /// Whether the stack is kept from sending on the queue, or is counted as
    /// such.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stops.toggle.is_on() || self.queue().is_some_and(TxQueue::is_stopped)
    }

    /// Keeps the stack from sending on this queue until [`Self::wake`]. Any
    /// context.
    pub(crate) fn stop(&self) {
        self.stops.toggle.put_on();
        if let Some(queue) = self.queue() {
            queue.stop();
        }
    }

    /// Lets the stack send again, and schedules the queue if it was stopped.
    /// Any context.
    pub(crate) fn wake(&self) {
        if let Some(queue) = self.queue() {
            queue.wake();
        }
        // After the wake: who stops the queue in between is on this account,
        // and the two counts stay one apart at the most.
        self.stops.toggle.put_off();
    }

    fn queue(&self) -> Option<&'a TxQueue> {
        self.dev.tx_queue(self.stops.index)
    }
}

impl Netdev {
    /// Transmit queue `index`, if there is one. Any context.
    pub(crate) fn tx_queue(&self, index: usize) -> Option<&TxQueue> {
        if index >= self.num_tx_queues() {
            return None;
        }
        // SAFETY: `_tx` is an array of `num_tx_queues` queues for the life of
        // the device, and the index was checked.
        Some(unsafe { &*(*self.as_ptr())._tx.add(index).cast::<TxQueue>() })
    }

    /// Has the CPUs that `takes` names, by their place among those online, send
    /// by transmit queue `index` (XPS). Process context; `ENOMEM`, `EINVAL` if
    /// there is no such queue.
    pub(crate) fn set_queue_cpus(
        &self,
        index: u16,
        takes: impl Fn(u32) -> bool,
        _: &Rtnl,
    ) -> Result {
        if usize::from(index) >= self.num_tx_queues() {
            return Err(EINVAL);
        }
        let mut mask = CpumaskVar::new_zero(GFP_KERNEL)?;
        for (place, cpu) in (0..).zip(cpu::all_online()) {
            if takes(place) {
                mask.set(cpu);
            }
        }
        // SAFETY: The device is registered and has that queue; the mask is only
        // read, and has a bit for each possible CPU.
        to_result(unsafe {
            bindings::netif_set_xps_queue(self.as_ptr(), mask.as_raw().cast(), index)
        })
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
