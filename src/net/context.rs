// SPDX-License-Identifier: GPL-2.0

//! Execution contexts as zero-sized proofs.
//!
//! C headers: `include/linux/bottom_half.h`, `include/linux/rcupdate.h`.

use crate::bindings;
use kernel::types::NotThreadSafe;

/// Proof that an RCU read-side critical section is entered.
///
/// # Safety
///
/// A value of the implementing type may only exist inside an RCU read-side
/// critical section that does not end before the value's lifetime.
pub(crate) unsafe trait RcuRead {}

// SAFETY: The guard enters the section when it is made and leaves it in drop.
unsafe impl RcuRead for kernel::sync::rcu::Guard {}

/// Proof that bottom halves are disabled on this CPU: by themselves, or with
/// all interrupts, as when netpoll sends.
///
/// # Invariants
///
/// While a value exists, softirqs do not run on this CPU except the one that
/// the value was made in.
pub(crate) struct Softirq(NotThreadSafe);

// SAFETY: Since the RCU flavours were merged, a region with bottom halves or
// interrupts disabled is an RCU read-side critical section.
unsafe impl RcuRead for Softirq {}

impl Softirq {
    /// Makes the proof for a callback that the core runs with bottom halves
    /// or interrupts disabled.
    ///
    /// # Safety
    ///
    /// They must stay disabled for as long as the value exists.
    #[inline]
    pub(crate) unsafe fn assume() -> Self {
        // INVARIANT: By the safety requirement.
        Self(NotThreadSafe)
    }
}

/// Disables bottom halves and runs `f`. Process context.
pub(crate) fn with_bh_disabled<R>(f: impl FnOnce(&Softirq) -> R) -> R {
    // SAFETY: Disabling nests; `enable` below balances it.
    unsafe { bindings::local_bh_disable() };
    // INVARIANT: Disabled just above, and until after `f` has returned.
    let result = f(&Softirq(NotThreadSafe));
    // SAFETY: Balances the call above on the same CPU: with bottom halves
    // disabled there is no migration, and `f` cannot unwind (panics abort).
    unsafe { bindings::local_bh_enable() };
    result
}
