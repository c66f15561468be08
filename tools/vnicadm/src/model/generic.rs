// SPDX-License-Identifier: GPL-2.0
//! Generic netlink: families that are found by their names.

use netlink_bindings::utils::{
    Header, IterableChunks, align, chop_header, find_attr, parse_i32, parse_u8, parse_u16,
    parse_u32, parse_u64, push_header,
};

use super::MacAddr;
use crate::error::{Attribute, Error, Refusal};
use crate::netlink::Request;
use crate::netlink::client::Trouble;
use crate::netlink::frame::{Failure, HEADER_LEN};

/// Length of `struct genlmsghdr`.
pub const GENLMSG_LEN: usize = 4;

/// The family that knows the others.
const CONTROLLER: u16 = 0x10;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;
const CTRL_ATTR_MCAST_GROUPS: u16 = 7;
const CTRL_ATTR_MCAST_GRP_NAME: u16 = 1;
const CTRL_ATTR_MCAST_GRP_ID: u16 = 2;

/// A family that the kernel has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Its number, which is its messages' type.
    pub id: u16,
    /// Its multicast groups, by name and number.
    pub groups: Vec<(String, u32)>,
}

impl Family {
    /// Reads the controller's answer.
    pub fn read(payload: &[u8]) -> Result<Self, Error> {
        let attributes = payload.get(GENLMSG_LEN..).unwrap_or(&[]);
        let id = find_attr(attributes, CTRL_ATTR_FAMILY_ID).and_then(parse_u16);
        let groups = find_attr(attributes, CTRL_ATTR_MCAST_GROUPS).unwrap_or(&[]);
        let group = |(_, group): (_, &[u8])| {
            let name = text(find_attr(group, CTRL_ATTR_MCAST_GRP_NAME)?);
            Some((name, parse_u32(find_attr(group, CTRL_ATTR_MCAST_GRP_ID)?)?))
        };
        Ok(Self {
            id: id.ok_or(Error::Malformed("a family without a number"))?,
            groups: IterableChunks::new(groups).filter_map(group).collect(),
        })
    }

    /// The number of a multicast group.
    pub fn group(&self, name: &str) -> Option<u32> {
        let found = self.groups.iter().find(|(group, _)| group == name)?;
        Some(found.1)
    }
}

/// Asks for a family.
pub fn find(name: &str) -> Request {
    let mut attributes = Vec::new();
    push_text(&mut attributes, CTRL_ATTR_FAMILY_NAME, name);
    request(CONTROLLER, CTRL_CMD_GETFAMILY, &attributes)
}

/// A command to a family.
pub fn request(family: u16, command: u8, attributes: &[u8]) -> Request {
    let mut payload = vec![command, 1, 0, 0];
    payload.extend(attributes);
    align(&mut payload);
    Request {
        message_type: family,
        flags: 0,
        payload,
    }
}

/// Adds a number.
pub fn push_u32(attributes: &mut Vec<u8>, attribute: u16, value: u32) {
    push_header(attributes, attribute, 4);
    attributes.extend(value.to_ne_bytes());
}

/// Adds a text, with the zero that ends it.
pub fn push_text(attributes: &mut Vec<u8>, attribute: u16, value: &str) {
    // Names of devices and families: far below what a length can say.
    push_header(attributes, attribute, (value.len() + 1) as u16);
    attributes.extend(value.bytes().chain([0]));
    align(attributes);
}

/// Reads a text, up to the zero that ends it.
pub fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes)).into_owned()
}

/// Something that a family tells of.
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

    /// The number of a namespace, if there is one.
    pub fn netnsid(&self, attribute: u16) -> Option<i32> {
        parse_i32(find_attr(self.0, attribute)?).filter(|id| *id >= 0)
    }

    /// A counter, as wide as its value needs; 0 if there is none.
    pub fn counter(&self, attribute: u16) -> u64 {
        self.known_counter(attribute).unwrap_or(0)
    }

    /// As above; none if there is none.
    pub fn known_counter(&self, attribute: u16) -> Option<u64> {
        let value = find_attr(self.0, attribute)?;
        parse_u64(value).or(parse_u32(value).map(u64::from))
    }

    /// A text.
    pub fn text(&self, attribute: u16) -> Option<String> {
        find_attr(self.0, attribute).map(text)
    }

    /// A MAC address.
    pub fn mac(&self, attribute: u16) -> Option<MacAddr> {
        find_attr(self.0, attribute)?.try_into().ok().map(MacAddr)
    }

    /// A number of one byte.
    pub fn u8(&self, attribute: u16) -> Option<u8> {
        parse_u8(find_attr(self.0, attribute)?)
    }

    /// Bytes, however they are meant.
    pub fn bytes(&self, attribute: u16) -> &'a [u8] {
        find_attr(self.0, attribute).unwrap_or(&[])
    }

    /// Whether an attribute is there.
    pub fn flag(&self, attribute: u16) -> bool {
        find_attr(self.0, attribute).is_some()
    }

    /// The insides of all nests of this number.
    pub fn nests(self, attribute: u16) -> impl Iterator<Item = Self> {
        let wanted = move |(header, value): (Header, &'a [u8])| {
            (header.r#type == attribute).then_some(Self(value))
        };
        IterableChunks::new(self.0).filter_map(wanted)
    }
}

/// A change that a family is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The command.
    pub command: u8,
    /// Its attributes.
    pub attributes: Vec<u8>,
    /// What they are called.
    pub names: fn(u16) -> Option<&'static str>,
}

/// Puts a failed request into words. `names` tells what its attributes are
/// called.
pub fn explain(
    request: &Request,
    trouble: Trouble,
    names: impl Fn(u16) -> Option<&'static str>,
) -> Error {
    match trouble {
        Trouble::Other(err) => err,
        Trouble::Refused(failure) => Error::Refused(Refusal {
            errno: failure.errno,
            attribute: attribute(request, &failure, names),
            message: failure.message,
        }),
    }
}

/// The attribute at fault, or the one that holds it.
fn attribute(
    request: &Request,
    failure: &Failure,
    names: impl Fn(u16) -> Option<&'static str>,
) -> Option<Attribute> {
    let named = |attribute| names(attribute).map(str::to_owned);
    if let Some(missing) = failure.missing_type {
        return match failure.missing_nest {
            None => named(missing).map(Attribute::Missing),
            Some(_) => None,
        };
    }
    let target = failure.offset?.checked_sub(HEADER_LEN + GENLMSG_LEN)?;
    let attributes = request.payload.get(GENLMSG_LEN..)?;
    let mut position = 0;
    loop {
        let (header, _) = chop_header(attributes, &mut position)?;
        if target < position {
            return named(header.r#type).map(Attribute::Bad);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netlink_bindings::utils::{finalize_nested_header, push_nested_header};

    #[test]
    fn asks_for_a_family() {
        let request = find("softnic");
        assert_eq!((request.message_type, request.flags), (16, 0));
        let mut want = vec![3, 1, 0, 0, 12, 0, 2, 0];
        want.extend(b"softnic\0");
        assert_eq!(request.payload, want);
    }

    #[test]
    fn reads_a_family() {
        let mut payload = vec![1, 2, 0, 0];
        push_text(&mut payload, CTRL_ATTR_FAMILY_NAME, "softnic");
        push_header(&mut payload, CTRL_ATTR_FAMILY_ID, 2);
        payload.extend(33u16.to_ne_bytes());
        let groups = push_nested_header(&mut payload, CTRL_ATTR_MCAST_GROUPS);
        for (number, name) in ["events", "others"].into_iter().enumerate() {
            let group = push_nested_header(&mut payload, number as u16 + 1);
            push_u32(&mut payload, CTRL_ATTR_MCAST_GRP_ID, number as u32 + 7);
            push_text(&mut payload, CTRL_ATTR_MCAST_GRP_NAME, name);
            finalize_nested_header(&mut payload, group);
        }
        finalize_nested_header(&mut payload, groups);
        let family = Family::read(&payload).unwrap();
        assert_eq!(family.id, 33);
        assert_eq!(family.group("events"), Some(7));
        assert_eq!(family.group("others"), Some(8));
        assert_eq!(family.group("none"), None);
        assert!(Family::read(&payload[..3]).is_err());
        assert!(Family::read(&[1, 2, 0, 0]).is_err());
    }

    #[test]
    fn names_what_was_refused() {
        let mut attributes = Vec::new();
        push_u32(&mut attributes, 1, 5);
        push_u32(&mut attributes, 2, 6);
        let request = request(33, 1, &attributes);
        let refused = |failure: Failure| {
            let names = |number| [None, Some("one"), Some("two"), Some("three")][number as usize];
            explain(&request, Trouble::Refused(failure), names).to_string()
        };
        let failure = Failure {
            errno: 22,
            ..Failure::default()
        };
        assert_eq!(refused(failure.clone()), "Invalid argument");
        let at = |offset| Failure {
            offset: Some(offset),
            ..failure.clone()
        };
        assert_eq!(refused(at(20)), "attribute 'one': Invalid argument");
        assert_eq!(refused(at(28)), "attribute 'two': Invalid argument");
        assert_eq!(refused(at(32)), "attribute 'two': Invalid argument");
        assert_eq!(refused(at(36)), "Invalid argument");
        let missing = Failure {
            missing_type: Some(3),
            ..failure
        };
        let want = "attribute 'three' is missing: Invalid argument";
        assert_eq!(refused(missing), want);
    }
}
