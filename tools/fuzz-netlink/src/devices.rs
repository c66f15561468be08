// SPDX-License-Identifier: GPL-2.0
//! The devices that there are: some, not too many, and NICs and VNICs among them.

use netlink_bindings::utils::find_attr;
use vnicadm::model::IfName;
use vnicadm::model::generic::text;
use vnicadm::model::request::vnic::{self, Settings};
use vnicadm::model::request::{self, End, NicSettings};
use vnicadm::model::uapi::{IFINFOMSG_LEN, IFLA_INFO_KIND, IFLA_LINKINFO, RTM_GETLINK};
use vnicadm::netlink::socket::Way;
use vnicadm::netlink::{Client, Protocol, Request, socket};
use vnicadm::netns::NetNs;

use crate::chance::Device;
use crate::links::KINDS;

/// So many stay when there are twice as many.
const MOST: usize = 10;

const IFLA_IFNAME: u16 = 3;

/// The devices of some namespaces.
pub struct Devices<'a> {
    namespaces: &'a [NetNs],
    clients: Vec<Client<Way<'a>>>,
    /// What each namespace had when it was last looked at.
    pub there: Vec<Vec<Device>>,
}

impl<'a> Devices<'a> {
    /// Those of some namespaces.
    pub fn new(namespaces: &'a [NetNs]) -> Result<Self, String> {
        let clients = namespaces.iter().map(|netns| {
            let way = socket::open(Protocol::Route, Some(netns));
            way.map(Client::new).map_err(|error| error.to_string())
        });
        Ok(Self {
            namespaces,
            clients: clients.collect::<Result<_, _>>()?,
            there: vec![Vec::new(); namespaces.len()],
        })
    }

    /// Looks at what there is, deletes what is too much, and makes what is missing.
    pub fn tidy(&mut self) -> Result<(), String> {
        self.look()?;
        let made = |device: &Device| KINDS.contains(&device.kind.as_str());
        let all = self.there.iter().enumerate();
        let all: Vec<_> = all
            .flat_map(|(place, devices)| devices.iter().map(move |device| (place, device.clone())))
            .filter(|(_, device)| made(device))
            .collect();
        let of = |kind: &str| all.iter().find(|(_, device)| device.kind == kind);
        // The other process that sends, or a message, may be first: a refusal is none
        // of ours.
        if of("softnic").is_none() {
            let ends = ["s0", "s1"].map(str::parse::<IfName>);
            let [Ok(near), Ok(far)] = &ends else {
                return Ok(());
            };
            let end = |name, place: usize| End {
                name: Some(name),
                netns_fd: self.namespaces.get(place).map(NetNs::raw_fd),
                ..End::default()
            };
            let pair = request::create(&end(near, 0), Some(&end(far, 1)), &NicSettings::default());
            let _ = self.clients[0].change(&pair);
        } else if let (None, Some((place, nic))) = (of("vnic"), of("softnic")) {
            let name = "w0".parse().ok();
            let end = End {
                name: name.as_ref(),
                ..End::default()
            };
            let one = vnic::create(&end, nic.index, &Settings::default());
            let _ = self.clients[*place].change(&one);
        } else if all.len() > 2 * MOST {
            for (place, device) in &all[MOST..] {
                let _ = self.clients[*place].change(&request::delete(device.index));
            }
        } else {
            return Ok(());
        }
        self.look()
    }

    fn look(&mut self) -> Result<(), String> {
        let list = Request {
            message_type: RTM_GETLINK,
            flags: 0,
            payload: vec![0; IFINFOMSG_LEN],
        };
        for (client, there) in self.clients.iter_mut().zip(&mut self.there) {
            let found = client.sample(&list, |payload| Ok(device(payload)));
            *there = found.map_err(|error| format!("a list of devices: {error:?}"))?;
        }
        Ok(())
    }
}

fn device(payload: &[u8]) -> Option<Device> {
    let index = payload.get(4..8)?.try_into().ok()?;
    let attributes = payload.get(IFINFOMSG_LEN..)?;
    let info = find_attr(attributes, IFLA_LINKINFO).unwrap_or(&[]);
    Some(Device {
        index: u32::from_ne_bytes(index),
        name: text(find_attr(attributes, IFLA_IFNAME)?),
        kind: find_attr(info, IFLA_INFO_KIND).map_or_else(String::new, text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::attribute;

    #[test]
    fn a_device_is_read() {
        let mut payload = vec![0; IFINFOMSG_LEN];
        payload[4] = 9;
        assert_eq!(device(&payload), None);
        attribute(&mut payload, IFLA_IFNAME, |out| out.extend(b"n0\0"));
        let seen = |kind: &str| {
            Some(Device {
                index: 9,
                name: "n0".into(),
                kind: kind.into(),
            })
        };
        assert_eq!(device(&payload), seen(""));
        attribute(&mut payload, IFLA_LINKINFO, |out| {
            attribute(out, IFLA_INFO_KIND, |out| out.extend(b"vnic\0"));
        });
        assert_eq!(device(&payload), seen("vnic"));
        assert_eq!(device(&[0; 3]), None);
    }
}
