// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! loom's atomics under the names of `core`'s.
//!
//! loom takes what is sequentially consistent for acquire and release alone, but
//! knows such fences. So a store that is sequentially consistent has a fence
//! behind it here, and an exchange one on both sides, as x86-64 has with `xchg`
//! and `lock`. A load has none, as there: that is less than the language promises
//! and so the safer side to be on.

use loom::sync::atomic::fence;
pub use loom::sync::atomic::Ordering;
use Ordering::{AcqRel, Acquire, Release, SeqCst};

fn exchange<R>(order: Ordering, does: impl FnOnce(Ordering) -> R) -> R {
    if order != SeqCst {
        return does(order);
    }
    fence(SeqCst);
    let result = does(AcqRel);
    fence(SeqCst);
    result
}

macro_rules! atomic {
    ($name:ident $(<$t:ident>)?, $value:ty) => {
        #[derive(Debug)]
        pub struct $name $(<$t>)? (loom::sync::atomic::$name $(<$t>)?);

        impl $(<$t>)? $name $(<$t>)? {
            pub fn new(value: $value) -> Self {
                Self(loom::sync::atomic::$name::new(value))
            }

            pub fn load(&self, order: Ordering) -> $value {
                self.0.load(if order == SeqCst { Acquire } else { order })
            }

            pub fn store(&self, value: $value, order: Ordering) {
                if order != SeqCst {
                    return self.0.store(value, order);
                }
                self.0.store(value, Release);
                fence(SeqCst);
            }

            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                exchange(order, |order| self.0.swap(value, order))
            }

            pub fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                order: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                exchange(order, |order| self.0.compare_exchange(old, new, order, failure))
            }

            pub fn compare_exchange_weak(
                &self,
                old: $value,
                new: $value,
                order: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(old, new, order, failure)
            }
        }
    };
}

atomic!(AtomicBool, bool);
atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);
atomic!(AtomicUsize, usize);
atomic!(AtomicPtr<T>, *mut T);

impl AtomicU32 {
    pub fn fetch_add(&self, n: u32, order: Ordering) -> u32 {
        exchange(order, |order| self.0.fetch_add(n, order))
    }

    pub fn fetch_sub(&self, n: u32, order: Ordering) -> u32 {
        exchange(order, |order| self.0.fetch_sub(n, order))
    }
}
