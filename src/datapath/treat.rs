// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Frames that need more than to be put into a ring, because an offload of the
//! receiver is off, or one that is not usual is on, or the wire finishes what
//! it carries. What is told here is off the way of other frames.

use super::drops::DropReason;
use super::port::{lose, Arrival, Port, OVERHEAD};
use super::received;
use super::ring::{self, Ring};
use crate::model::treatment::Treatment;
use crate::model::vlan::{Tag, TagKind, VlanFilter};
use crate::net::context::Softirq;
use crate::net::device::{Netdev, PortDevice};
use crate::net::napi::{Napi, PollContext};
use crate::net::rcu::RcuCell;
use crate::net::rtnl::Rtnl;
use crate::net::setup::Features;
use crate::net::skb::Frame;
use crate::net::trace::{self, Purpose};
use crate::net::txq::Sender;
use kernel::prelude::*;

/// What a receiver's offloads have to do with.
const OWN: Treatment = Treatment::REPORT_HASH
    .and(Treatment::UNVERIFIED)
    .and(Treatment::KEEP_CUSTOMER_TAG)
    .and(Treatment::KEEP_SERVICE_TAG)
    .and(Treatment::FILTER_CUSTOMER)
    .and(Treatment::FILTER_SERVICE);

/// What a receiver with these offloads does with each frame.
fn own_treatment(on: Features) -> Treatment {
    [
        (Treatment::REPORT_HASH, on.has(Features::RECEIVE_HASH)),
        (Treatment::UNVERIFIED, !on.has(Features::RECEIVE_CHECKSUM)),
        (
            Treatment::KEEP_CUSTOMER_TAG,
            !on.has(Features::STRIP_CUSTOMER_TAG),
        ),
        (
            Treatment::KEEP_SERVICE_TAG,
            !on.has(Features::STRIP_SERVICE_TAG),
        ),
        (
            Treatment::FILTER_CUSTOMER,
            on.has(Features::FILTER_CUSTOMER),
        ),
        (Treatment::FILTER_SERVICE, on.has(Features::FILTER_SERVICE)),
    ]
    .into_iter()
    .fold(Treatment::NONE, |all, (part, wanted)| {
        all.and(part.when(wanted))
    })
}

/// The VLANs that a port's stack asked for; without memory for them while it
/// asked for none.
pub(super) struct Vlans(RcuCell<Option<KBox<VlanFilter>>>);

impl Vlans {
    /// None. Process context; `ENOMEM`.
    pub(super) fn new() -> Result<Self> {
        Ok(Self(RcuCell::new(None)?))
    }

    fn take(&self, tag: Tag, softirq: &Softirq) -> bool {
        match self.0.read(softirq) {
            Some(filter) => filter.takes(tag),
            None => VlanFilter::none().takes(tag),
        }
    }

    fn copy(&self, rtnl: &Rtnl) -> Result<KBox<VlanFilter>> {
        let filter = match self.0.read_rtnl(rtnl) {
            Some(filter) => VlanFilter::clone(filter),
            None => VlanFilter::none(),
        };
        Ok(KBox::new(filter, GFP_KERNEL_ACCOUNT)?)
    }
}

/// The tag that travels beside a frame.
pub(super) fn tag_beside(frame: &Frame) -> Option<Tag> {
    let (ethertype, control) = frame.vlan_tag()?;
    Tag::new(ethertype, control)
}

impl Port {
    fn change_treatment(&self, part: Treatment, now: Treatment) {
        self.treatment
            .set(self.treatment().with(part, now).to_bits());
    }

    #[inline]
    fn treatment(&self) -> Treatment {
        Treatment::from_bits(self.treatment.get())
    }

    /// Takes over which offloads are on from now on. `ENOMEM` leaves all as it
    /// is.
    pub(crate) fn set_features(&self, dev: &Netdev, on: Features, rtnl: &Rtnl) -> Result {
        let treatment = own_treatment(on);
        let kinds = [TagKind::Customer, TagKind::Service];
        let begins = |kind: &TagKind| treatment.filters(*kind) && !self.treatment().filters(*kind);
        if kinds.iter().any(begins) {
            // The core tells them only after this call; until then their
            // frames would be lost.
            let mut filter = self.vlans.copy(rtnl)?;
            dev.for_each_vlan(
                |ethertype, id| match ethertype.and_then(TagKind::of_type) {
                    Some(kind) => filter.put(Tag { kind, id }, true),
                    // Asked for by a device whose kind of tag is not told: let
                    // in too much, rather than too little.
                    None => kinds
                        .into_iter()
                        .filter(begins)
                        .for_each(|kind| filter.put(Tag { kind, id }, true)),
                },
                rtnl,
            );
            self.vlans.0.replace(Some(filter), rtnl)?;
        }
        self.change_treatment(OWN, treatment);
        Ok(())
    }

    /// Notes whether the wire finishes what comes.
    pub(super) fn set_finished(&self, finished: bool) {
        self.change_treatment(Treatment::FINISH, Treatment::FINISH.when(finished));
    }

    /// Takes over that a VLAN is wanted from now on, or no longer. `ENOMEM`
    /// leaves it as it is; `EINVAL`: no VLAN tag.
    pub(crate) fn set_vlan(&self, ethertype: u16, id: u16, wanted: bool, rtnl: &Rtnl) -> Result {
        let tag = Tag::new(ethertype, id).ok_or(EINVAL)?;
        let mut filter = self.vlans.copy(rtnl)?;
        filter.put(tag, wanted);
        self.vlans.0.replace(Some(filter), rtnl)
    }

    /// The end of [`Port::arrive`] for a frame that is to be treated.
    #[inline(never)]
    pub(super) fn arrive_treated(
        &self,
        dev: &PortDevice<Self>,
        home: &PortDevice<Self>,
        frame: Frame,
        sender: Sender<'_>,
        softirq: &Softirq,
    ) -> Arrival {
        let treatment = self.treatment();
        if !self.takes_vlan(&frame, treatment, softirq) {
            return lose(dev, frame, DropReason::VlanFiltered);
        }
        match is_cut(&frame, treatment) {
            true => self.arrive_cut(dev, home, frame, sender, treatment, softirq),
            false => self.arrive_whole(dev, home, frame, sender, treatment, softirq),
        }
    }

    /// Gives the stack of `dev`, whose port this is, a copy from a ring of its NIC,
    /// which was not treated yet.
    #[inline(always)]
    pub(super) fn accept_copy(
        &self,
        dev: &PortDevice<Self>,
        frame: Frame,
        context: &mut PollContext<'_, Self>,
    ) {
        let usual = self.treatment() == Treatment::NONE && frame.is_for_a_group();
        if usual && frame.fits(dev.mtu().wrapping_add(OVERHEAD)) {
            received::deliver_to_group(dev, frame.hand_over(dev), context);
        } else {
            self.accept_now(dev, frame, context);
        }
    }

    /// As [`Self::accept_copy`], for frames that are not the usual ones.
    #[inline(never)]
    fn accept_now(
        &self,
        dev: &PortDevice<Self>,
        frame: Frame,
        context: &mut PollContext<'_, Self>,
    ) {
        let treatment = self.treatment();
        if !frame.fits(dev.mtu().wrapping_add(OVERHEAD)) {
            lose(dev, frame, DropReason::TooLong);
        } else if !self.takes_vlan(&frame, treatment, context.softirq()) {
            lose(dev, frame, DropReason::VlanFiltered);
        } else if is_cut(&frame, treatment) {
            self.deliver_cut(dev, frame, treatment, context);
        } else {
            self.deliver_treated(dev, frame, treatment, context);
        }
    }

    fn deliver_cut(
        &self,
        dev: &PortDevice<Self>,
        bundle: Frame,
        treatment: Treatment,
        context: &mut PollContext<'_, Self>,
    ) {
        let Ok(mut cuttings) = bundle.cut() else {
            lose(dev, bundle, DropReason::NoMemoryReceived);
            return;
        };
        let Some(first) = cuttings.next() else {
            // It turned out to be a frame.
            return self.deliver_treated(dev, bundle, treatment, context);
        };
        let nic = context.device();
        for frame in Iterator::chain(core::iter::once(first), cuttings) {
            tell_segment(nic, dev, &bundle, &frame);
            self.deliver_treated(dev, frame, treatment, context);
        }
        bundle.consume();
    }

    fn deliver_treated(
        &self,
        dev: &PortDevice<Self>,
        mut frame: Frame,
        treatment: Treatment,
        context: &mut PollContext<'_, Self>,
    ) {
        match treat(&mut frame, treatment) {
            Ok(()) => received::deliver(dev, frame.hand_over(dev), context),
            Err(_) => {
                lose(dev, frame, DropReason::NoMemoryReceived);
            }
        }
    }

    fn takes_vlan(&self, frame: &Frame, treatment: Treatment, softirq: &Softirq) -> bool {
        match tag_beside(frame).or_else(|| Tag::in_frame(frame.linear())) {
            Some(tag) if treatment.filters(tag.kind) => {
                self.vlans.take(tag, softirq) || self.is_promiscuous(softirq)
            }
            _ => true,
        }
    }

    fn arrive_whole(
        &self,
        dev: &PortDevice<Self>,
        home: &PortDevice<Self>,
        mut frame: Frame,
        sender: Sender<'_>,
        treatment: Treatment,
        softirq: &Softirq,
    ) -> Arrival {
        if treat(&mut frame, treatment).is_err() {
            return lose(dev, frame, DropReason::NoMemoryReceived);
        }
        match ring_of_treated(dev, home, frame, treatment, softirq) {
            Ok((ring, frame)) => Arrival::of(ring::offer(ring, dev, frame, sender, softirq)),
            Err(frame) => lose(dev, frame, DropReason::ByRule),
        }
    }

    /// Cuts a bundle. If the ring has room for one frame of it, it takes all.
    fn arrive_cut(
        &self,
        dev: &PortDevice<Self>,
        home: &PortDevice<Self>,
        bundle: Frame,
        sender: Sender<'_>,
        treatment: Treatment,
        softirq: &Softirq,
    ) -> Arrival {
        let Ok(mut cuttings) = bundle.cut() else {
            return Arrival::Refused(bundle, DropReason::BadBundle);
        };
        let Some(first) = cuttings.next() else {
            // It turned out to be a frame.
            return self.arrive_whole(dev, home, bundle, sender, treatment, softirq);
        };
        let nic = self.uplink().nic(softirq).unwrap_or(dev);
        tell_segment(nic, dev, &bundle, &first);
        let len = first.len();
        let (mut frames, mut bytes) = (1u32, len);
        match self.arrive_whole(dev, home, first, sender, treatment, softirq) {
            Arrival::Busy(first) => {
                first.consume();
                return Arrival::Busy(bundle);
            }
            Arrival::Refused(first, reason) => {
                first.consume();
                return Arrival::Refused(bundle, reason);
            }
            Arrival::Arrived | Arrival::ArrivedAs { .. } => {}
        }
        for frame in cuttings {
            frames = frames.wrapping_add(1);
            bytes = bytes.wrapping_add(frame.len());
            tell_segment(nic, dev, &bundle, &frame);
            self.follow(dev, home, frame, treatment, softirq);
        }
        bundle.consume();
        match treatment.has(Treatment::FINISH) {
            true => Arrival::ArrivedAs {
                frames,
                bytes,
                first: len,
            },
            false => Arrival::Arrived,
        }
    }

    /// Takes a frame of a bundle whose first one it has taken.
    fn follow(
        &self,
        dev: &PortDevice<Self>,
        home: &PortDevice<Self>,
        mut frame: Frame,
        treatment: Treatment,
        softirq: &Softirq,
    ) {
        if treat(&mut frame, treatment).is_err() {
            lose(dev, frame, DropReason::NoMemoryReceived);
            return;
        }
        let lost = match ring_of_treated(dev, home, frame, treatment, softirq) {
            // None unless the ring was closed meanwhile.
            Ok((ring, frame)) => {
                let back = ring::add(ring, dev, frame, softirq);
                back.map(|frame| {
                    ring.counters().lose(DropReason::Purged, 1);
                    (frame, DropReason::Purged)
                })
            }
            Err(frame) => Some((frame, DropReason::ByRule)),
        };
        if let Some((frame, reason)) = lost {
            lose(dev, frame, reason);
        }
    }
}

/// A frame was cut off a bundle for `dev`.
fn tell_segment(nic: &PortDevice<Port>, dev: &PortDevice<Port>, bundle: &Frame, frame: &Frame) {
    trace::replicate(nic, frame.seen(), dev, bundle.seen(), Purpose::Segment);
}

/// The ring of a frame among those of `home`, as [`Group::select`] tells it.
///
/// [`Group::select`]: super::group::Group::select
#[inline(never)]
fn ring_of_treated<'h>(
    dev: &PortDevice<Port>,
    home: &'h PortDevice<Port>,
    frame: Frame,
    treatment: Treatment,
    softirq: &Softirq,
) -> Result<(&'h Napi<Ring>, Frame), Frame> {
    let report = treatment.has(Treatment::REPORT_HASH);
    home.port().group().select(dev, frame, report, softirq)
}

/// Whether a frame is a bundle that is to be cut.
fn is_cut(frame: &Frame, treatment: Treatment) -> bool {
    frame.is_bundle() && treatment.cuts(frame.is_uncut())
}

/// Does to a frame what is to be done to it. `ENOMEM`, or `EINVAL` for a
/// checksum that lies outside of it.
fn treat(frame: &mut Frame, treatment: Treatment) -> Result {
    if tag_beside(frame).is_some_and(|tag| treatment.keeps(tag.kind)) {
        frame.put_tag_inside()?;
    }
    if !treatment.sums() || frame.is_bundle() {
        return Ok(());
    }
    frame.finish_checksum()?;
    match treatment.has(Treatment::UNVERIFIED) {
        true => frame.forget_checksum(),
        false => frame.sum_up(),
    }
    Ok(())
}
