// SPDX-License-Identifier: GPL-2.0
//! The kernel as the subcommands speak to it.

use std::ffi::CStr;

use rustix::io::Errno;

use super::generic::GenericClient;
use crate::error::Error;
use crate::model::counters::Counters;
use crate::model::request;
use crate::model::uapi::{SOFTNIC_KIND, VNIC_KIND};
use crate::model::{Found, IfName, Nic, Vnic, ethtool, family, netnsid, refusal, statistics};
use crate::netlink::socket::{self, Way};
use crate::netlink::{Client, Protocol, Request};
use crate::netns::NetNs;

/// A conversation with the kernel about one network namespace.
pub struct Session<'ns> {
    client: Client<Way<'ns>>,
    netns: Option<&'ns NetNs>,
    family: Option<GenericClient<'ns>>,
    ethtool: Option<GenericClient<'ns>>,
}

impl<'ns> Session<'ns> {
    /// Begins one about the namespace; none: the caller's own.
    pub fn open(netns: Option<&'ns NetNs>) -> Result<Self, Error> {
        Ok(Self {
            client: Client::new(socket::open(Protocol::Route, netns)?),
            netns,
            family: None,
            ethtool: None,
        })
    }

    /// Makes a change.
    pub fn change(&mut self, request: &Request) -> Result<(), Error> {
        self.client
            .change(request)
            .map_err(|trouble| refusal::explain(request, trouble))
    }

    /// The device that a request asks for.
    pub fn device(&mut self, request: &Request) -> Result<Found, Error> {
        Found::read(&self.get(request)?)
    }

    /// The device with this name, whatever it is.
    pub fn named(&mut self, name: &IfName) -> Result<Found, Error> {
        match self.device(&request::by_name(name)) {
            Err(Error::Refused(refusal)) if refusal.errno == Errno::NODEV.raw_os_error() => {
                Err(Error::NoDevice(name.to_string()))
            }
            found => found,
        }
    }

    /// The NIC with this name.
    pub fn nic(&mut self, name: &IfName) -> Result<Nic, Error> {
        self.named(name)?.nic()
    }

    /// The VNIC with this name.
    pub fn vnic(&mut self, name: &IfName) -> Result<Vnic, Error> {
        self.named(name)?.vnic()
    }

    /// The index of the NIC or VNIC with this name.
    pub fn port(&mut self, name: &IfName) -> Result<u32, Error> {
        let found = self.named(name)?;
        let ifindex = found.link().ifindex;
        match found {
            Found::Other { .. } => Err(found.wrong_kind("softnic NIC or VNIC")),
            _ => Ok(ifindex),
        }
    }

    /// All NICs.
    pub fn nics(&mut self, stats: bool) -> Result<Vec<Nic>, Error> {
        self.list(&request::list(SOFTNIC_KIND, stats), |found| match found {
            Found::Nic(nic) => Some(*nic),
            _ => None,
        })
    }

    /// All VNICs.
    pub fn vnics(&mut self, stats: bool) -> Result<Vec<Vnic>, Error> {
        self.list(&request::list(VNIC_KIND, stats), |found| match found {
            Found::Vnic(vnic) => Some(*vnic),
            _ => None,
        })
    }

    /// The NICs and VNICs of a namespace, by the number that it has here; none:
    /// this one.
    pub fn devices_in(&mut self, netnsid: Option<i32>) -> Result<Vec<Found>, Error> {
        let ours = |found: Found| match found {
            Found::Other { .. } => None,
            ours => Some(ours),
        };
        let mut devices = self.list(&request::list_in(SOFTNIC_KIND, false, netnsid), ours)?;
        devices.extend(self.list(&request::list_in(VNIC_KIND, false, netnsid), ours)?);
        Ok(devices)
    }

    /// The numbers of all namespaces that have one here.
    pub fn netnsids(&mut self) -> Result<Vec<i32>, Error> {
        let request = netnsid::list();
        self.client
            .dump(&request, |payload| Ok(netnsid::read(payload)))
            .map_err(|trouble| refusal::explain(&request, trouble))
    }

    /// All devices of the kinds that are told apart, as they come and go.
    pub fn passing(&mut self, kind: &CStr) -> Result<Vec<Found>, Error> {
        let request = request::list(kind, false);
        self.client
            .sample(&request, |payload| Found::read(payload).map(Some))
            .map_err(|trouble| refusal::explain(&request, trouble))
    }

    /// What a device has counted; none if there is no such device.
    pub fn counted(&mut self, ifindex: u32) -> Result<Option<Counters>, Error> {
        match self.get(&statistics::get(ifindex)) {
            Ok(answer) => statistics::read(&answer).map(|found| Some(found.1)),
            Err(Error::Refused(refusal)) if refusal.errno == Errno::NODEV.raw_os_error() => {
                Ok(None)
            }
            Err(err) => Err(err),
        }
    }

    /// What all devices of all kinds have counted, by their indices.
    pub fn all_counted(&mut self) -> Result<Vec<(u32, Counters)>, Error> {
        let request = statistics::get(0);
        self.client
            .sample(&request, |payload| statistics::read(payload).map(Some))
            .map_err(|trouble| refusal::explain(&request, trouble))
    }

    /// A conversation with another family about the same namespace.
    pub fn other_family(&self, name: &str) -> Result<GenericClient<'ns>, Error> {
        GenericClient::open(self.netns, name)
    }

    /// The devices of a list that are wanted.
    fn list<R>(
        &mut self,
        request: &Request,
        wanted: impl Fn(Found) -> Option<R>,
    ) -> Result<Vec<R>, Error> {
        self.client
            .dump(request, |payload| Ok(wanted(Found::read(payload)?)))
            .map_err(|trouble| refusal::explain(request, trouble))
    }

    /// The number by which this namespace knows another.
    pub fn netnsid(&mut self, netns: &NetNs) -> Result<Option<i32>, Error> {
        let answer = self.get(&netnsid::get(netns.raw_fd()))?;
        Ok(netnsid::read(&answer))
    }

    /// The module's own family, which knows what links can't tell.
    pub fn family(&mut self) -> Result<&mut GenericClient<'ns>, Error> {
        match &mut self.family {
            Some(family) => Ok(family),
            place => Ok(place.insert(GenericClient::open(self.netns, family::NAME)?)),
        }
    }

    /// The kernel's keeper of rings, channels and the like.
    pub fn ethtool(&mut self) -> Result<&mut GenericClient<'ns>, Error> {
        match &mut self.ethtool {
            Some(ethtool) => Ok(ethtool),
            place => Ok(place.insert(GenericClient::open(self.netns, ethtool::NAME)?)),
        }
    }

    fn get(&mut self, request: &Request) -> Result<Vec<u8>, Error> {
        self.client
            .get(request)
            .map_err(|trouble| refusal::explain(request, trouble))
    }
}
