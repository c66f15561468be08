// SPDX-License-Identifier: GPL-2.0
//! The generic netlink family of the module: what no standard interface can
//! tell. Its specification is Documentation/netlink/specs/softnic.yaml.

pub mod numbers;
mod objects;

use netlink_bindings::utils::{IterableChunks, find_attr, parse_i32, parse_u32, parse_u64};

use super::MacAddr;
use super::generic::{GENLMSG_LEN, text};
use crate::error::Error;
pub use objects::{Drop, Drops, Filter, Group, Nic, Port, Ring};

/// The family's name.
pub const NAME: &str = "softnic";

/// Something that the family tells of.
pub trait Object: Sized {
    /// The command that asks for it.
    const GET: u8;

    /// What an attribute of it is called.
    fn attribute(number: u16) -> Option<&'static str>;

    /// Reads it from a message's attributes; none: a part that each one has is
    /// not there.
    fn from_attributes(attributes: Attributes<'_>) -> Option<Self>;

    /// Reads a message of the family.
    fn read(payload: &[u8]) -> Result<Self, Error> {
        let attributes = payload.get(GENLMSG_LEN..).map(Attributes);
        attributes
            .and_then(Self::from_attributes)
            .ok_or(Error::Malformed("an object of the family without its name"))
    }
}

/// The attributes of a message, or in a nest.
#[derive(Debug, Clone, Copy)]
pub struct Attributes<'a>(&'a [u8]);

impl<'a> Attributes<'a> {
    /// A number.
    pub fn u32(&self, attribute: u16) -> Option<u32> {
        parse_u32(find_attr(self.0, attribute)?)
    }

    /// A number with a sign: a namespace's, if there is one.
    pub fn netnsid(&self, attribute: u16) -> Option<i32> {
        parse_i32(find_attr(self.0, attribute)?).filter(|id| *id >= 0)
    }

    /// A counter, as wide as its value needs; 0 if there is none.
    pub fn counter(&self, attribute: u16) -> u64 {
        let Some(value) = find_attr(self.0, attribute) else {
            return 0;
        };
        parse_u64(value)
            .or(parse_u32(value).map(u64::from))
            .unwrap_or(0)
    }

    /// A text.
    pub fn text(&self, attribute: u16) -> Option<String> {
        find_attr(self.0, attribute).map(text)
    }

    /// A MAC address.
    pub fn mac(&self, attribute: u16) -> Option<MacAddr> {
        find_attr(self.0, attribute)?.try_into().ok().map(MacAddr)
    }

    /// Whether an attribute is there.
    pub fn flag(&self, attribute: u16) -> bool {
        find_attr(self.0, attribute).is_some()
    }

    /// The insides of all nests of this number.
    pub fn nests(self, attribute: u16) -> impl Iterator<Item = Self> {
        let wanted = move |(header, value): (netlink_bindings::utils::Header, &'a [u8])| {
            (header.r#type == attribute).then_some(Self(value))
        };
        IterableChunks::new(self.0).filter_map(wanted)
    }
}

#[cfg(test)]
mod tests;
