// SPDX-License-Identifier: GPL-2.0
//! A generic netlink family as the subcommands speak to it.

use rustix::io::Errno;

use crate::error::Error;
use crate::model::generic::{self, Change, Family, Object};
use crate::netlink::client::Trouble;
use crate::netlink::socket::{self, Way};
use crate::netlink::{Client, Protocol, Request};
use crate::netns::NetNs;

/// A conversation with a family about one network namespace.
pub struct GenericClient<'ns> {
    client: Client<Way<'ns>>,
    family: Family,
}

impl<'ns> GenericClient<'ns> {
    /// Looks the family up, which loads its module, and begins one.
    pub fn open(netns: Option<&'ns NetNs>, name: &str) -> Result<Self, Error> {
        let mut client = Client::new(socket::open(Protocol::Generic, netns)?);
        let request = generic::find(name);
        let answer = client.get(&request).map_err(|trouble| match trouble {
            Trouble::Refused(failure) if failure.errno == Errno::NOENT.raw_os_error() => {
                Error::NoFamily(name.to_owned())
            }
            trouble => generic::explain(&request, trouble, |_| None),
        })?;
        let family = Family::read(&answer)?;
        Ok(Self { client, family })
    }

    /// The family.
    pub fn family(&self) -> &Family {
        &self.family
    }

    /// One object, named by numbers.
    pub fn object<T: Object>(&mut self, wanted: &[(u16, u32)]) -> Result<T, Error> {
        self.object_of(&numbers(wanted))
    }

    /// One object, named by attributes.
    pub fn object_of<T: Object>(&mut self, wanted: &[u8]) -> Result<T, Error> {
        let request = self.request(T::GET, wanted);
        self.client
            .get(&request)
            .map_err(|trouble| generic::explain(&request, trouble, T::attribute))
            .and_then(|payload| T::read(&payload))
    }

    /// All objects that these numbers fit.
    pub fn objects<T: Object>(&mut self, wanted: &[(u16, u32)]) -> Result<Vec<T>, Error> {
        let request = self.request(T::GET, &numbers(wanted));
        self.client
            .dump(&request, |payload| T::read(payload).map(Some))
            .map_err(|trouble| generic::explain(&request, trouble, T::attribute))
    }

    /// All objects that these numbers fit, each right by itself, whatever comes
    /// and goes meanwhile.
    pub fn sample<T: Object>(&mut self, wanted: &[(u16, u32)]) -> Result<Vec<T>, Error> {
        let request = self.request(T::GET, &numbers(wanted));
        self.client
            .sample(&request, |payload| T::read(payload).map(Some))
            .map_err(|trouble| generic::explain(&request, trouble, T::attribute))
    }

    /// Makes a change.
    pub fn change(&mut self, change: &Change) -> Result<(), Error> {
        let request = self.request(change.command, &change.attributes);
        self.client
            .change(&request)
            .map_err(|trouble| generic::explain(&request, trouble, change.names))
    }

    fn request(&self, command: u8, attributes: &[u8]) -> Request {
        generic::request(self.family.id, command, attributes)
    }
}

fn numbers(wanted: &[(u16, u32)]) -> Vec<u8> {
    let mut attributes = Vec::new();
    for (attribute, value) in wanted {
        generic::push_u32(&mut attributes, *attribute, *value);
    }
    attributes
}
