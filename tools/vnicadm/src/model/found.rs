// SPDX-License-Identifier: GPL-2.0
//! Devices in the kernel's answers, told apart by their kinds.

use std::ffi::CStr;

use netlink_bindings::rt_link::{IterableLinkinfoAttrs, LinkAttrs, OpGetlinkDo};
use netlink_bindings::utils::find_attr;

use super::link::{Link, Related};
use super::uapi::{IFINFOMSG_LEN, IFLA_INFO_DATA, SOFTNIC_KIND, VNIC_KIND};
use super::{Nic, Vnic};
use crate::error::Error;

/// A device: a NIC, a VNIC, or something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A NIC.
    Nic(Box<Nic>),
    /// A VNIC.
    Vnic(Box<Vnic>),
    /// Another device.
    Other {
        /// What it has like every device.
        link: Box<Link>,
        /// Its link kind, where it has one.
        kind: Option<String>,
    },
}

impl Found {
    /// Reads the description of a device.
    pub fn read(payload: &[u8]) -> Result<Self, Error> {
        if payload.len() < IFINFOMSG_LEN {
            return Err(Error::Malformed("a device without a header"));
        }
        let (header, attributes) = OpGetlinkDo::decode_request(payload);
        let mut link = Link::new(&header);
        let (mut kind, mut data): (Option<&CStr>, &[u8]) = (None, &[]);
        let (mut lower, mut netnsid) = (None, None);
        for attribute in attributes.flatten() {
            match attribute {
                LinkAttrs::Linkinfo(info) => (kind, data) = kind_and_data(&info),
                LinkAttrs::Link(index) => lower = Some(index),
                LinkAttrs::LinkNetnsid(id) => netnsid = Some(id),
                other => link.read(&other),
            }
        }
        if link.name.is_empty() || link.ifindex == 0 {
            return Err(Error::Malformed("a device without a name"));
        }
        Ok(match kind {
            Some(kind) if kind == SOFTNIC_KIND => Self::Nic(Box::new(Nic::read(link, data))),
            Some(kind) if kind == VNIC_KIND => {
                let over = Related::new(lower, netnsid);
                Self::Vnic(Box::new(Vnic::read(link, over, data)))
            }
            kind => Self::Other {
                link: Box::new(link),
                kind: kind.map(|kind| kind.to_string_lossy().into_owned()),
            },
        })
    }

    /// What it has like every device.
    pub fn link(&self) -> &Link {
        match self {
            Self::Nic(nic) => &nic.link,
            Self::Vnic(vnic) => &vnic.link,
            Self::Other { link, .. } => link,
        }
    }

    /// The NIC, or an error that says what else it is.
    pub fn nic(self) -> Result<Nic, Error> {
        match self {
            Self::Nic(nic) => Ok(*nic),
            other => Err(other.wrong_kind("softnic NIC")),
        }
    }

    /// The VNIC, or an error that says what else it is.
    pub fn vnic(self) -> Result<Vnic, Error> {
        match self {
            Self::Vnic(vnic) => Ok(*vnic),
            other => Err(other.wrong_kind("VNIC")),
        }
    }

    /// An error that says what it is instead of what is wanted.
    pub fn wrong_kind(self, wanted: &'static str) -> Error {
        let name = self.link().name.clone();
        let kind = match self {
            Self::Nic(_) => Some("softnic".to_owned()),
            Self::Vnic(_) => Some("vnic".to_owned()),
            Self::Other { kind, .. } => kind,
        };
        Error::WrongKind { name, kind, wanted }
    }
}

fn kind_and_data<'a>(info: &IterableLinkinfoAttrs<'a>) -> (Option<&'a CStr>, &'a [u8]) {
    let data = find_attr(info.get_buf(), IFLA_INFO_DATA);
    (info.get_kind().ok(), data.unwrap_or(&[]))
}
