// SPDX-License-Identifier: GPL-2.0

//! Numbered values that readers find without a lock.
//!
//! C header: `include/linux/rcupdate.h`.

use crate::net::context::RcuRead;
use crate::net::rcu::{GracePeriod, Prepared, RcuCell, Retired};
use crate::net::rtnl::{Rtnl, RtnlCell};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicPtr, Ordering::*};
use kernel::prelude::*;

/// How many places an array begins with.
const FIRST_PLACES: usize = 16;

/// The places of an array, some of them empty. The values are not its own.
struct Places<T>(KVVec<AtomicPtr<T>>);

/// Values with numbers of the array's choice, which grows as needed.
///
/// A number that became free is given out again only after a grace period, so
/// that a reader who has just learnt a number finds its value, or none, and
/// never another's.
///
/// # Invariants
///
/// A place is empty or points to the value of a [`Prepared`] that the array
/// owns. It is given up only by a writer, who holds RTNL, and the value lives
/// until a grace period has passed after that.
pub(crate) struct RcuArray<T: Send + Sync + 'static> {
    places: RcuCell<Places<T>>,
    /// The numbers below `next` that are free.
    free: RtnlCell<KVec<(usize, GracePeriod)>>,
    /// The first number that was never given out.
    next: RtnlCell<usize>,
}

impl<T: Send + Sync + 'static> RcuArray<T> {
    /// An empty array. Process context; `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            places: RcuCell::new(Places::new(FIRST_PLACES)?)?,
            free: RtnlCell::new(KVec::new()),
            next: RtnlCell::new(0),
        })
    }

    /// The value of a number, if it has one.
    #[inline]
    pub(crate) fn get<'r>(&'r self, number: usize, rcu: &'r impl RcuRead) -> Option<&'r T> {
        let place = self.places.read(rcu).0.get(number)?;
        let value = NonNull::new(place.load(Acquire))?;
        // SAFETY: By the type invariant the value lives until the read side
        // that the caller proves has ended.
        Some(unsafe { value.as_ref() })
    }

    /// The value of a number, for who holds RTNL, which keeps it.
    pub(crate) fn get_rtnl<'r>(&'r self, number: usize, rtnl: &'r Rtnl) -> Option<&'r T> {
        let place = self.places.read_rtnl(rtnl).0.get(number)?;
        let value = NonNull::new(place.load(Relaxed))?;
        // SAFETY: By the type invariant; it is not taken away while RTNL is
        // held, unless by the caller.
        Some(unsafe { value.as_ref() })
    }

    /// All values that are there all the while, and some that come or go.
    pub(crate) fn iter<'r>(&'r self, rcu: &'r impl RcuRead) -> impl Iterator<Item = &'r T> {
        let places = self.places.read(rcu).0.iter();
        places.filter_map(|place| {
            let value = NonNull::new(place.load(Acquire))?;
            // SAFETY: As in `get`.
            Some(unsafe { value.as_ref() })
        })
    }

    /// All values, for who holds RTNL.
    pub(crate) fn values<'r>(&'r self, rtnl: &'r Rtnl) -> impl Iterator<Item = &'r T> {
        self.values_from(0, rtnl).map(|(_, value)| value)
    }

    /// As above, from number `first` on, with their numbers.
    pub(crate) fn values_from<'r>(
        &'r self,
        first: usize,
        rtnl: &'r Rtnl,
    ) -> impl Iterator<Item = (usize, &'r T)> {
        let given_out = first..self.next.get(rtnl);
        given_out.filter_map(|number| Some((number, self.get_rtnl(number, rtnl)?)))
    }

    /// Adds a value, and returns its number. Process context; `ENOMEM`.
    pub(crate) fn add(&self, value: T, rtnl: &Rtnl) -> Result<usize> {
        let value = Prepared::new(value)?;
        let mut free = self.free.set(KVec::new(), rtnl);
        let reused = free.pop();
        self.free.set(free, rtnl);
        let number = match reused {
            Some((number, grace)) => {
                grace.wait();
                number
            }
            None => self.next_number(rtnl)?,
        };
        if let Some(place) = self.places.read_rtnl(rtnl).0.get(number) {
            // INVARIANT: Now owned by the array; the place was empty.
            place.store(value.into_value().as_ptr(), Release);
        }
        Ok(number)
    }

    /// Takes a value away; it is dropped after a grace period. Process context.
    pub(crate) fn remove(&self, number: usize, rtnl: &Rtnl) {
        if !self.put(number, None, rtnl) {
            return;
        }
        let mut free = self.free.set(KVec::new(), rtnl);
        // Room was made when the number was given out.
        let _ = free.push_within_capacity((number, GracePeriod::next()));
        self.free.set(free, rtnl);
    }

    /// Puts `value` in place of a number's value, which is dropped after a
    /// grace period. Process context.
    pub(crate) fn replace(&self, number: usize, value: Prepared<T>, rtnl: &Rtnl) {
        self.put(number, Some(value), rtnl);
    }

    /// Puts a value in place of another, or none; whether there was one.
    fn put(&self, number: usize, value: Option<Prepared<T>>, rtnl: &Rtnl) -> bool {
        let Some(place) = self.places.read_rtnl(rtnl).0.get(number) else {
            return false;
        };
        let new = value.map_or(core::ptr::null_mut(), |value| value.into_value().as_ptr());
        // INVARIANT: RTNL is held; the old value is dropped later below.
        let Some(old) = NonNull::new(place.swap(new, AcqRel)) else {
            return false;
        };
        // SAFETY: By the type invariant it was ours, and no reader that starts
        // now can find it.
        drop(unsafe { Retired::from_value(old) });
        true
    }

    /// A number that was never given out, with a place, and with room for it
    /// among the free ones.
    fn next_number(&self, rtnl: &Rtnl) -> Result<usize> {
        let number = self.next.get(rtnl);
        let wanted = number.checked_add(1).ok_or(ENOMEM)?;
        let mut free = self.free.set(KVec::new(), rtnl);
        let room = free.reserve(wanted.saturating_sub(free.len()), GFP_KERNEL_ACCOUNT);
        self.free.set(free, rtnl);
        room?;
        let places = self.places.read_rtnl(rtnl);
        if number == places.0.len() {
            let larger = Prepared::new(places.grown()?)?;
            self.places.publish(larger, rtnl);
        }
        self.next.set(wanted, rtnl);
        Ok(number)
    }
}

impl<T: Send + Sync> Drop for RcuArray<T> {
    fn drop(&mut self) {
        for place in &self.places.get_mut().0 {
            if let Some(value) = NonNull::new(place.load(Relaxed)) {
                // SAFETY: By the type invariant it is ours; a reader borrows
                // the array, so none is left.
                drop(unsafe { Prepared::from_value(value) });
            }
        }
    }
}

impl<T> Places<T> {
    fn new(len: usize) -> Result<Self> {
        let mut places = KVVec::with_capacity(len, GFP_KERNEL_ACCOUNT)?;
        for _ in 0..len {
            places.push(AtomicPtr::new(core::ptr::null_mut()), GFP_KERNEL_ACCOUNT)?;
        }
        Ok(Self(places))
    }

    /// Twice as many places, with the same values.
    fn grown(&self) -> Result<Self> {
        let grown = Self::new(self.0.len().checked_mul(2).ok_or(ENOMEM)?)?;
        for (to, from) in grown.0.iter().zip(&self.0) {
            to.store(from.load(Relaxed), Relaxed);
        }
        Ok(grown)
    }
}
