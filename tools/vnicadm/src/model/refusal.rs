// SPDX-License-Identifier: GPL-2.0
//! Which part of a request the kernel refused, in the user's words.

use netlink_bindings::utils::{IterableChunks, find_attr};

use super::uapi::{
    IFINFOMSG_LEN, IFLA_INFO_DATA, IFLA_INFO_KIND, IFLA_LINKINFO, RTM_DELLINK, RTM_GETLINK,
    RTM_NEWLINK, SOFTNIC_FINISH, SOFTNIC_PEER, SOFTNIC_PEER_IFINDEX, SOFTNIC_PEER_NETNS_FD,
    SOFTNIC_PEER_NETNSID, SOFTNIC_POOL, SOFTNIC_SLOTS, SOFTNIC_STORM, SOFTNIC_WIRE, VNIC_DERIVE,
    VNIC_KIND, VNIC_MODE, VNIC_RINGS, VNIC_VLAN_ID, VNIC_VLAN_PROTOCOL, VNIC_VLANS,
};
use crate::error::{Attribute, Error, Refusal};
use crate::netlink::Request;
use crate::netlink::client::Trouble;
use crate::netlink::frame::{Failure, HEADER_LEN};

/// Puts a failed request into words.
pub fn explain(request: &Request, trouble: Trouble) -> Error {
    match trouble {
        Trouble::Other(err) => err,
        Trouble::Refused(failure) => Error::Refused(Refusal {
            errno: failure.errno,
            attribute: attribute(request, &failure),
            message: failure.message,
        }),
    }
}

fn attribute(request: &Request, failure: &Failure) -> Option<Attribute> {
    if !matches!(
        request.message_type,
        RTM_NEWLINK | RTM_DELLINK | RTM_GETLINK
    ) {
        return None;
    }
    let root = Nest {
        level: Level::Link,
        prefix: "",
        bytes: request.payload.get(IFINFOMSG_LEN..)?,
        offset: HEADER_LEN + IFINFOMSG_LEN,
    };
    if let Some(missing) = failure.missing_type {
        let nest = match failure.missing_nest {
            Some(offset) => find(root, offset)?.inside?,
            None => root,
        };
        return Some(Attribute::Missing(nest.name(missing)?));
    }
    Some(Attribute::Bad(find(root, failure.offset?)?.name))
}

#[derive(Clone, Copy)]
enum Level {
    Link,
    Info,
    Softnic,
    Vnic,
}

/// A list of attributes within the request.
#[derive(Clone, Copy)]
struct Nest<'a> {
    level: Level,
    prefix: &'static str,
    bytes: &'a [u8],
    offset: usize,
}

struct Place<'a> {
    name: String,
    inside: Option<Nest<'a>>,
}

impl<'a> Nest<'a> {
    fn name(&self, attribute: u16) -> Option<String> {
        let name = match self.level {
            Level::Link => link_name(attribute),
            Level::Info => info_name(attribute),
            Level::Softnic => softnic_name(attribute),
            Level::Vnic => vnic_name(attribute),
        }?;
        Some(format!("{}{name}", self.prefix))
    }

    /// The list inside an attribute, where it holds one.
    fn enter(&self, attribute: u16, value: &'a [u8], offset: usize) -> Option<Self> {
        let (level, prefix, skip) = match (self.level, attribute) {
            (Level::Link, IFLA_LINKINFO) => (Level::Info, "", 0),
            (Level::Info, IFLA_INFO_DATA) => (self.kind(), "", 0),
            (Level::Softnic, SOFTNIC_PEER) => (Level::Link, "peer ", IFINFOMSG_LEN),
            _ => return None,
        };
        Some(Nest {
            level,
            prefix,
            bytes: value.get(skip..)?,
            offset: offset + skip,
        })
    }
}

impl Nest<'_> {
    /// Whose data a link info holds.
    fn kind(&self) -> Level {
        let kind = find_attr(self.bytes, IFLA_INFO_KIND);
        match kind == Some(VNIC_KIND.to_bytes_with_nul()) {
            true => Level::Vnic,
            false => Level::Softnic,
        }
    }
}

/// Finds the attribute that begins at the offset.
fn find(nest: Nest<'_>, target: usize) -> Option<Place<'_>> {
    let mut chunks = IterableChunks::new(nest.bytes);
    loop {
        let start = nest.offset + chunks.pos;
        let (header, value) = chunks.next()?;
        let inside = nest.enter(header.r#type, value, start + 4);
        if start == target {
            let name = nest.name(header.r#type)?;
            return Some(Place { name, inside });
        }
        if target < nest.offset + chunks.pos {
            return find(inside?, target);
        }
    }
}

fn link_name(attribute: u16) -> Option<&'static str> {
    Some(match attribute {
        1 => "mac",
        3 => "name",
        4 => "mtu",
        5 => "over",
        IFLA_LINKINFO => "link info",
        28 => "netns",
        29 => "ext mask",
        31 => "tx-queues",
        32 => "rx-queues",
        46 => "target netnsid",
        _ => return None,
    })
}

fn info_name(attribute: u16) -> Option<&'static str> {
    Some(match attribute {
        IFLA_INFO_KIND => "kind",
        IFLA_INFO_DATA => "data of the kind",
        _ => return None,
    })
}

fn softnic_name(attribute: u16) -> Option<&'static str> {
    Some(match attribute {
        SOFTNIC_PEER => "peer",
        SOFTNIC_WIRE => "wire",
        SOFTNIC_PEER_IFINDEX => "peer ifindex",
        SOFTNIC_PEER_NETNS_FD => "peer netns",
        SOFTNIC_PEER_NETNSID => "peer netnsid",
        SOFTNIC_FINISH => "finish",
        SOFTNIC_SLOTS => "slots",
        SOFTNIC_POOL => "pool",
        SOFTNIC_STORM => "storm",
        _ => return None,
    })
}

fn vnic_name(attribute: u16) -> Option<&'static str> {
    Some(match attribute {
        VNIC_VLAN_ID => "vlan",
        VNIC_VLAN_PROTOCOL => "vlan-protocol",
        VNIC_MODE => "mode",
        VNIC_RINGS => "rings",
        VNIC_VLANS => "vlans",
        VNIC_DERIVE => "mac derived",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
