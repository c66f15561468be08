// SPDX-License-Identifier: GPL-2.0
//! A generic netlink family as the subcommands speak to it.

use rustix::io::Errno;

use crate::error::Error;
use crate::model::family::Object;
use crate::model::generic::{self, Family};
use crate::netlink::client::Trouble;
use crate::netlink::{Client, KernelSocket, Protocol};
use crate::netns::NetNs;

/// A conversation with a family about one network namespace.
pub struct GenericClient<'ns> {
    client: Client<KernelSocket<'ns>>,
    family: Family,
}

impl<'ns> GenericClient<'ns> {
    /// Looks the family up, which loads its module, and begins one.
    pub fn open(netns: Option<&'ns NetNs>, name: &str) -> Result<Self, Error> {
        let mut client = Client::new(KernelSocket::open(Protocol::Generic, netns)?);
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

    /// One object, named by numbers.
    pub fn object<T: Object>(&mut self, wanted: &[(u16, u32)]) -> Result<T, Error> {
        let request = self.request::<T>(wanted);
        self.client
            .get(&request)
            .map_err(|trouble| generic::explain(&request, trouble, T::attribute))
            .and_then(|payload| T::read(&payload))
    }

    /// All objects that these numbers fit.
    pub fn objects<T: Object>(&mut self, wanted: &[(u16, u32)]) -> Result<Vec<T>, Error> {
        let request = self.request::<T>(wanted);
        self.client
            .dump(&request, |payload| T::read(payload).map(Some))
            .map_err(|trouble| generic::explain(&request, trouble, T::attribute))
    }

    fn request<T: Object>(&self, wanted: &[(u16, u32)]) -> crate::netlink::Request {
        let mut attributes = Vec::new();
        for (attribute, value) in wanted {
            generic::push_u32(&mut attributes, *attribute, *value);
        }
        generic::request(self.family.id, T::GET, &attributes)
    }
}
