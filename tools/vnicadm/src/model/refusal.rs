// SPDX-License-Identifier: GPL-2.0
//! Which part of a request the kernel refused, in the user's words.

use netlink_bindings::utils::IterableChunks;

use super::uapi::{
    IFINFOMSG_LEN, IFLA_INFO_DATA, IFLA_INFO_KIND, IFLA_LINKINFO, RTM_DELLINK, RTM_GETLINK,
    RTM_NEWLINK, SOFTNIC_FINISH, SOFTNIC_PEER, SOFTNIC_PEER_IFINDEX, SOFTNIC_PEER_NETNS_FD,
    SOFTNIC_PEER_NETNSID, SOFTNIC_WIRE,
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
        }?;
        Some(format!("{}{name}", self.prefix))
    }

    /// The list inside an attribute, where it holds one.
    fn enter(&self, attribute: u16, value: &'a [u8], offset: usize) -> Option<Self> {
        let (level, prefix, skip) = match (self.level, attribute) {
            (Level::Link, IFLA_LINKINFO) => (Level::Info, "", 0),
            (Level::Info, IFLA_INFO_DATA) => (Level::Softnic, "", 0),
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
        IFLA_INFO_DATA => "softnic data",
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
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::request::{End, connect, create};
    use crate::model::{IfName, netnsid};

    fn pair() -> Request {
        let (nic, peer): (IfName, IfName) = ("nic0".parse().unwrap(), "nic1".parse().unwrap());
        let end = |name| End {
            name,
            mac: None,
            mtu: Some(9000),
            rx_queues: None,
            tx_queues: None,
            netns_fd: None,
        };
        create(&end(&nic), Some(&end(&peer)), false)
    }

    fn bad(request: &Request, offset: usize) -> Option<Attribute> {
        let failure = Failure {
            offset: Some(offset),
            ..Failure::default()
        };
        attribute(request, &failure)
    }

    fn missing(request: &Request, missing_type: u16, nest: Option<usize>) -> Option<Attribute> {
        let failure = Failure {
            missing_type: Some(missing_type),
            missing_nest: nest,
            ..Failure::default()
        };
        attribute(request, &failure)
    }

    #[test]
    fn every_attribute_of_a_pair_has_its_name() {
        // Headers of message and link take 32 bytes; the name's attribute 12
        // with its padding, the number's 8, the kind's 12, each nest's head 4.
        let named = [
            (32, "name"),
            (44, "mtu"),
            (52, "link info"),
            (56, "kind"),
            (68, "softnic data"),
            (72, "peer"),
            (92, "peer name"),
            (104, "peer mtu"),
        ];
        let request = pair();
        assert_eq!(request.payload.len() + HEADER_LEN, 112);
        for offset in 0..120 {
            let want = named.iter().find(|(at, _)| *at == offset);
            let want = want.map(|(_, name)| Attribute::Bad((*name).to_owned()));
            assert_eq!(bad(&request, offset), want, "{offset}");
        }
    }

    #[test]
    fn missing_attributes() {
        let request = pair();
        let text = |name: &str| Some(Attribute::Missing(name.to_owned()));
        assert_eq!(missing(&request, 3, Some(72)), text("peer name"));
        assert_eq!(missing(&request, 3, None), text("name"));
        assert_eq!(missing(&request, 1, Some(68)), text("peer"));
        assert_eq!(missing(&request, 3, Some(44)), None);
        assert_eq!(missing(&request, 999, None), None);
    }

    #[test]
    fn connection_attributes() {
        let request = connect(1, 2, Some(3));
        let text = |name: &str| Some(Attribute::Bad(name.to_owned()));
        assert_eq!(bad(&request, 52), text("peer ifindex"));
        assert_eq!(bad(&request, 60), text("peer netns"));
    }

    #[test]
    fn other_messages_have_no_names() {
        assert_eq!(bad(&netnsid::get(3), 32), None);
    }
}
