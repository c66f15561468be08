// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Groups of rings, and which of them a flow goes to.

use super::port::Port;
use super::ring::{self, Ring, DEFAULT_CAPACITY};
use super::selector::Selector;
use crate::model::indirection::entries_for;
use crate::model::moderation::Settings;
use crate::net::context::RcuRead;
use crate::net::device::PortDevice;
use crate::net::napi::Napi;
use crate::net::once::OncePlace;
use crate::net::queue_stats::RxQueueStats;
use crate::net::rcu::{self, Prepared, RcuCell};
use crate::net::rtnl::{Rtnl, RtnlCell};
use crate::net::skb::Frame;
use crate::net::trace;
use kernel::prelude::*;

/// A ring that is made when it is first needed, and stays as long as its group:
/// its counters do.
type Place = OncePlace<Napi<Ring>>;

/// One or more rings that share the frames of a port; or none, while the port's
/// frames go to the rings of its NIC.
pub(crate) struct Group {
    /// All that the group may use; the first `count` are in use.
    rings: KVec<Place>,
    selector: RcuCell<Selector>,
    count: RtnlCell<u16>,
    /// Whether the rings in use are open.
    open: RtnlCell<bool>,
    /// How many frames each of them holds.
    capacity: RtnlCell<u32>,
    /// The moderation of rings that have none of their own.
    moderation: RtnlCell<Settings>,
}

impl Group {
    /// Makes a group of at most `max` rings, of which `used` are made, closed,
    /// and in use. Process context; `ENOMEM`.
    pub(crate) fn new(max: usize, used: u16) -> Result<Self> {
        let mut rings = KVec::with_capacity(max, GFP_KERNEL_ACCOUNT)?;
        for _ in 0..max {
            rings.push(Place::empty(), GFP_KERNEL_ACCOUNT)?;
        }
        let group = Self {
            rings,
            selector: RcuCell::new(new_selector(max, used)?)?,
            count: RtnlCell::new(used),
            open: RtnlCell::new(false),
            capacity: RtnlCell::new(DEFAULT_CAPACITY),
            moderation: RtnlCell::new(Settings::DEFAULT),
        };
        group.make(used, Settings::DEFAULT)?;
        Ok(group)
    }

    /// Makes those of the first `count` rings that are not made yet. `ENOMEM`.
    fn make(&self, count: u16, moderation: Settings) -> Result {
        for (place, index) in self.rings.iter().zip(0..count) {
            if place.get().is_none() {
                let ring = Ring::new(index)?;
                ring::moderate(&ring, moderation, false);
                place.fill(ring);
            }
        }
        Ok(())
    }

    /// The ring of a frame's flow, and the frame; the frame alone if a steering
    /// rule drops it. `report` asks for the flow's hash to be noted in the frame.
    /// On every frame's way, so inline always.
    #[inline(always)]
    pub(crate) fn select(
        &self,
        dev: &PortDevice<Port>,
        frame: Frame,
        report: bool,
        rcu: &impl RcuRead,
    ) -> Result<(&Napi<Ring>, Frame), Frame> {
        let (ring, frame) = self.selector.read(rcu).ring(dev, frame, report);
        let place = self.rings.get(usize::from(ring));
        match place.and_then(|place| place.get()) {
            Some(ring) => Ok((ring.get_ref(), frame)),
            None => Err(frame),
        }
    }

    /// All rings that were made, by number, in use or not.
    pub(crate) fn rings(&self) -> impl Iterator<Item = &Napi<Ring>> {
        made(&self.rings).map(Pin::get_ref)
    }

    /// What ring `index` has counted, in use or not.
    pub(crate) fn ring_stats(&self, index: usize) -> RxQueueStats {
        let ring = self.rings.get(index).and_then(|place| place.get());
        let counters = ring.map(|ring| ring.get_ref().counters());
        counters.map_or_else(RxQueueStats::default, |counters| RxQueueStats {
            packets: counters.sizes.frames(),
            bytes: counters.bytes.get(),
        })
    }

    fn used(&self, rtnl: &Rtnl) -> &[Place] {
        let count = usize::from(self.count.get(rtnl));
        self.rings.get(..count).unwrap_or(&self.rings)
    }

    /// Opens the rings in use, or none. Process context, in `open`.
    pub(crate) fn open(&self, dev: &PortDevice<Port>, rtnl: &Rtnl) -> Result {
        open_all(self.used(rtnl), dev, self.capacity.get(rtnl), rtnl)?;
        self.open.set(true, rtnl);
        Ok(())
    }

    /// Closes all rings. Process context, in `stop`.
    pub(crate) fn close(&self, dev: &PortDevice<Port>, rtnl: &Rtnl) {
        if self.open.set(false, rtnl) {
            close_all(self.used(rtnl), None, dev, rtnl);
        }
    }

    /// The steering rules and RSS contexts.
    pub(crate) fn selector<'r>(&'r self, rtnl: &'r Rtnl) -> &'r Selector {
        self.selector.read_rtnl(rtnl)
    }

    /// Puts others in place, which must fit the rings in use. `ENOMEM` leaves
    /// the old ones.
    pub(crate) fn set_selector(&self, selector: Selector, rtnl: &Rtnl) -> Result {
        self.selector.replace(selector, rtnl)
    }

    /// Ring `index`, if it is in use.
    pub(crate) fn ring(&self, index: usize, rtnl: &Rtnl) -> Option<&Napi<Ring>> {
        Some(self.used(rtnl).get(index)?.get()?.get_ref())
    }

    /// How many rings are in use.
    pub(crate) fn count(&self, rtnl: &Rtnl) -> u16 {
        self.count.get(rtnl)
    }

    /// Uses the first `count` rings from now on, at least one and at most as
    /// many as there are (`EINVAL`). Frames that wait in a ring that goes out
    /// of use move to the first one. The main context's table is spread anew,
    /// unless the user set it; then it must name none of those rings, as must
    /// the other contexts' tables and the rules. All tables follow the number of
    /// rings in size, and must be fit for that. On error nothing has changed.
    /// A ring that goes out of use loses a moderation of its own.
    pub(crate) fn resize(&self, dev: &PortDevice<Port>, count: u16, rtnl: &Rtnl) -> Result {
        let old = self.count.get(rtnl);
        let (keep, wanted) = (usize::from(old), usize::from(count));
        if count == 0 || wanted > self.rings.len() {
            return Err(EINVAL);
        }
        let tables = self.selector(rtnl).main().entries().len();
        let entries = entries_for(wanted).ok_or(EINVAL)?;
        self.make(count, self.moderation.get(rtnl))?;
        let selector = Prepared::new(self.resized_selector(dev, count, entries, rtnl)?)?;
        let open = self.open.get(rtnl);
        let added = self.rings.get(keep..wanted).unwrap_or(&[]);
        let removed = self.rings.get(wanted..keep).unwrap_or(&[]);
        if open {
            open_all(added, dev, self.capacity.get(rtnl), rtnl)?;
        }
        if let Err(error) = dev.set_real_num_rx_queues(count.into(), rtnl) {
            if open {
                close_all(added, None, dev, rtnl);
            }
            return Err(error);
        }
        self.count.set(count, rtnl);
        if count != old {
            trace::group(dev, old, count);
        }
        self.selector.publish(selector, rtnl);
        if entries != tables {
            dev.resize_rss_contexts(entries, rtnl);
        }
        if open && !removed.is_empty() {
            // Senders that follow the old table are gone after this, and what
            // they left can move.
            rcu::synchronize_net();
            close_all(removed, self.first(), dev, rtnl);
        }
        for ring in made(removed) {
            ring::moderate(&ring, self.moderation.get(rtnl), false);
        }
        Ok(())
    }

    fn first(&self) -> Option<&Napi<Ring>> {
        self.rings().next()
    }

    /// Begins to use `count` rings, where there was none. `ENOMEM`, or what the
    /// core says; on error there is still none.
    pub(crate) fn begin(&self, dev: &PortDevice<Port>, count: u16, rtnl: &Rtnl) -> Result {
        self.make(count, self.moderation.get(rtnl))?;
        let selector = Prepared::new(new_selector(self.rings.len(), count)?)?;
        let rings = self.rings.get(..usize::from(count)).ok_or(EINVAL)?;
        let running = dev.port().is_running(rtnl);
        if running {
            open_all(rings, dev, self.capacity.get(rtnl), rtnl)?;
        }
        if let Err(error) = dev.set_real_num_rx_queues(count.into(), rtnl) {
            if running {
                close_all(rings, None, dev, rtnl);
            }
            return Err(error);
        }
        self.open.set(running, rtnl);
        self.count.set(count, rtnl);
        trace::group(dev, 0, count);
        self.selector.publish(selector, rtnl);
        Ok(())
    }

    /// Uses no ring from now on; nothing leads to them any more. What waits in
    /// them goes to a ring of `heir`. Rules and further contexts must have been
    /// removed (`EBUSY`). `ENOMEM`; on error nothing has changed.
    pub(crate) fn end(&self, dev: &PortDevice<Port>, heir: &Self, rtnl: &Rtnl) -> Result {
        if !self.selector(rtnl).is_plain() {
            return Err(EBUSY);
        }
        let selector = Prepared::new(new_selector(1, 0)?)?;
        dev.set_real_num_rx_queues(1, rtnl)?;
        let rings = self.used(rtnl);
        trace::group(dev, self.count.set(0, rtnl), 0);
        if self.open.set(false, rtnl) {
            close_all(
                rings,
                heir.first().filter(|_| heir.open.get(rtnl)),
                dev,
                rtnl,
            );
        }
        self.selector.publish(selector, rtnl);
        Ok(())
    }

    /// Whether frames may wait in the rings.
    pub(crate) fn is_open(&self, rtnl: &Rtnl) -> bool {
        self.open.get(rtnl)
    }

    /// Takes the frames of `guest`, which goes down, out of the rings. No sender
    /// may put more of them there.
    pub(crate) fn evict(&self, guest: &PortDevice<Port>, rtnl: &Rtnl) {
        if self.open.get(rtnl) {
            made(self.used(rtnl)).for_each(|ring| ring::evict(&ring, guest, rtnl));
        }
    }

    /// The moderation of rings that have none of their own.
    pub(crate) fn moderation(&self, rtnl: &Rtnl) -> Settings {
        self.moderation.get(rtnl)
    }

    /// Gives all rings this moderation, in use or not.
    pub(crate) fn set_moderation(&self, settings: Settings, rtnl: &Rtnl) {
        self.moderation.set(settings, rtnl);
        let (open, used) = (self.open.get(rtnl), self.used(rtnl).len());
        for (index, ring) in self.rings().enumerate() {
            ring::moderate(ring, settings, open && index < used);
        }
    }

    /// The moderation of ring `index`, if it is in use.
    pub(crate) fn ring_moderation(&self, index: usize, rtnl: &Rtnl) -> Option<Settings> {
        let ring = self.used(rtnl).get(index)?.get()?;
        Some(ring.moderation().settings())
    }

    /// Gives ring `index`, which must be in use (`EINVAL`), a moderation of its
    /// own.
    pub(crate) fn set_ring_moderation(
        &self,
        index: usize,
        settings: Settings,
        rtnl: &Rtnl,
    ) -> Result {
        let place = self.used(rtnl).get(index).ok_or(EINVAL)?;
        let ring = place.get().ok_or(EINVAL)?;
        ring::moderate(&ring, settings, self.open.get(rtnl));
        Ok(())
    }

    /// Rules and contexts for `count` rings and tables of `entries` entries.
    fn resized_selector(
        &self,
        dev: &PortDevice<Port>,
        count: u16,
        entries: usize,
        rtnl: &Rtnl,
    ) -> Result<Selector> {
        let old = self.selector(rtnl);
        let main = old.main();
        if entries != main.entries().len() {
            dev.check_rss_tables(main.entries(), entries, rtnl)?;
        }
        let main = match dev.has_user_rss_table(rtnl) {
            true => main.refit(entries)?,
            false => main.spread(entries, count)?,
        };
        let selector = old.refit(main, entries)?;
        if selector.names_beyond(count) || selector.first_misled(count).is_some() {
            return Err(EINVAL);
        }
        Ok(selector)
    }

    /// How many frames each ring holds.
    pub(crate) fn capacity(&self, rtnl: &Rtnl) -> u32 {
        self.capacity.get(rtnl)
    }

    /// Lets each ring hold `frames` frames from now on. No frame is lost: a
    /// ring that holds more takes none until it holds less.
    pub(crate) fn set_capacity(&self, dev: &PortDevice<Port>, frames: u32, rtnl: &Rtnl) {
        self.capacity.set(frames, rtnl);
        if self.open.get(rtnl) {
            for ring in made(self.used(rtnl)) {
                ring::resize(&ring, dev, frames);
            }
        }
    }
}

/// The defaults for `used` rings of at most `max`.
fn new_selector(max: usize, used: u16) -> Result<Selector> {
    let rings = used.max(1);
    let entries = entries_for(rings.into()).ok_or(EINVAL)?;
    // A port without rings of its own hashes nothing, and keeps no table for it.
    let max = if used == 0 { 1 } else { max };
    Selector::new(max, rings, entries)
}

/// The rings that were made.
fn made(places: &[Place]) -> impl Iterator<Item = Pin<&Napi<Ring>>> {
    places.iter().filter_map(|place| place.get())
}

fn open_all(rings: &[Place], dev: &PortDevice<Port>, capacity: u32, rtnl: &Rtnl) -> Result {
    for ring in made(rings) {
        if let Err(error) = ring::open(ring, dev, capacity, rtnl) {
            close_all(rings, None, dev, rtnl);
            return Err(error);
        }
    }
    Ok(())
}

/// Closes rings; what waits in them goes to the ring `heir`, or is lost.
fn close_all(rings: &[Place], heir: Option<&Napi<Ring>>, dev: &PortDevice<Port>, rtnl: &Rtnl) {
    if rings.is_empty() {
        return;
    }
    made(rings).for_each(|ring| ring::shut(&ring));
    rcu::synchronize_net();
    for ring in made(rings) {
        ring::close(&ring, heir, dev, rtnl);
    }
}
