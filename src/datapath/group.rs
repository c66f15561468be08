// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Groups of rings, and which of them a flow goes to.

use super::ring::{self, Ring, RingOwner};
use crate::model::spread::scale;
use crate::net::device::Device;
use crate::net::napi::Napi;
use crate::net::rcu;
use crate::net::rtnl::Rtnl;
use crate::net::skb::Frame;
use kernel::prelude::*;

/// One or more rings that share the frames of a port.
pub(crate) struct Group<D: RingOwner> {
    rings: KVec<Pin<KBox<Napi<Ring<D>>>>>,
}

impl<D: RingOwner> Group<D> {
    /// Makes a group of `count` closed rings. Process context; `ENOMEM`.
    pub(crate) fn new(count: usize) -> Result<Self> {
        let mut rings = KVec::with_capacity(count, GFP_KERNEL)?;
        for index in 0..count {
            let index = u16::try_from(index).map_err(|_| EINVAL)?;
            rings.push(Ring::new(index)?, GFP_KERNEL)?;
        }
        Ok(Self { rings })
    }

    /// The ring of the frame's flow: always the same one, so that a flow's
    /// frames stay in order. With one ring nothing is computed.
    #[inline]
    pub(crate) fn select(&self, frame: &Frame) -> Option<&Napi<Ring<D>>> {
        let index = match self.rings.len() {
            1 => 0,
            count => scale(frame.flow_hash(), count),
        };
        self.rings.get(index).map(|ring| &**ring)
    }

    /// The rings, by number.
    pub(crate) fn rings(&self) -> impl Iterator<Item = &Ring<D>> {
        self.rings.iter().map(|ring| &***ring)
    }

    /// Opens all rings, or none. Process context, in `open`.
    pub(crate) fn open(&self, dev: &Device<D>, rtnl: &Rtnl) -> Result {
        for ring in &self.rings {
            if let Err(error) = ring::open(ring.as_ref(), dev, rtnl) {
                self.close(dev, rtnl);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Closes all rings. Process context, in `stop`.
    pub(crate) fn close(&self, dev: &Device<D>, rtnl: &Rtnl) {
        self.rings.iter().for_each(|ring| ring::shut(ring));
        rcu::synchronize_net();
        self.rings
            .iter()
            .for_each(|ring| ring::close(ring, dev, rtnl));
    }
}
