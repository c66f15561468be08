// SPDX-License-Identifier: GPL-2.0
//! `save`.

use std::path::Path;

use super::names;
use super::session::Session;
use crate::cli::files::Config;
use crate::cli::{CONFIG, Tool};
use crate::config::{Book, Store};
use crate::error::Error;
use crate::model::{Nic, Vnic};
use crate::netns::{self, NetNs};
use crate::statement::{Key, SYSTEM, Statement};

/// What a new NIC has.
const USUAL_SLOTS: u32 = 128;
const USUAL_POOL: u32 = 256;
const USUAL_STORM: u32 = 100_000;

/// Writes down the NICs and VNICs of this namespace, and of all that have
/// names.
pub fn run(tool: &Tool, args: &Config) -> Result<(), Error> {
    let path = args.config.as_deref().unwrap_or(Path::new(CONFIG));
    // Who says save wants it written.
    let Some(store) = Store::find(path, true)? else {
        return Ok(());
    };
    let there = Found::look()?;
    let locked = store.lock()?;
    let text = locked.read()?;
    let grammar = tool.grammar();
    let mut book = Book::new(&grammar, text.as_deref());
    let statements = there.statements(&book);
    book.replace(statements);
    let new = book.text();
    match text.as_ref() == Some(&new) {
        true => Ok(()),
        false => locked.write(&new),
    }
}

/// What there is, by namespaces.
struct Found {
    nics: Vec<(Key, Nic, Option<Key>)>,
    vnics: Vec<(Key, Vnic, Key)>,
}

impl Found {
    fn look() -> Result<Self, Error> {
        let mut found = Self {
            nics: Vec::new(),
            vnics: Vec::new(),
        };
        let own = netns::own().unwrap_or(None);
        found.within(None, own.as_deref())?;
        let mut named = netns::named();
        named.sort_by(|one, other| one.name().cmp(other.name()));
        for netns in named {
            if Some(netns.name()) != own.as_deref() {
                found.within(Some(&netns), Some(netns.name()))?;
            }
        }
        Ok(found)
    }

    /// Adds what is in a namespace.
    fn within(&mut self, netns: Option<&NetNs>, name: Option<&str>) -> Result<(), Error> {
        let mut session = Session::open(netns)?;
        let mut nics = session.nics(false)?;
        let mut vnics = session.vnics(false)?;
        let links = nics.iter().map(|nic| &nic.link);
        let mut names = names::known(links.chain(vnics.iter().map(|vnic| &vnic.link)));
        let peers = nics.iter_mut().filter_map(|nic| nic.peer.as_mut());
        let lower = vnics.iter_mut().filter_map(|vnic| vnic.over.as_mut());
        names::find(&mut session, &mut names, peers.chain(lower));
        let key = |device: &str, netns: Option<&str>| Key {
            netns: netns.map(str::to_owned),
            name: device.to_owned(),
        };
        let related = |related: &crate::model::link::Related| {
            let netns = match related.netnsid {
                Some(_) => related.netns.as_deref(),
                None => name,
            };
            Some(key(related.name.as_deref()?, netns))
        };
        for nic in nics {
            let peer = nic.peer.as_ref().and_then(related);
            self.nics.push((key(&nic.link.name, name), nic, peer));
        }
        for vnic in vnics {
            // One over a device that can't be named can't be made again.
            if let Some(over) = vnic.over.as_ref().and_then(related) {
                self.vnics.push((key(&vnic.link.name, name), vnic, over));
            }
        }
        Ok(())
    }

    /// The commands that make it, in an order in which they can be carried
    /// out. Who was made with whom is not to be seen: what the file says of
    /// that stays so.
    fn statements(&self, book: &Book<'_>) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut done: Vec<&Key> = Vec::new();
        let mut wires = Vec::new();
        for (key, nic, peer) in &self.nics {
            if done.contains(&key) {
                continue;
            }
            let other = self
                .nics
                .iter()
                .find(|(other, ..)| Some(other) == peer.as_ref() && !done.contains(&other));
            let apart = |key: &Key| {
                let mut lines = book.statements().map(Statement::makes);
                lines.any(|made| made.len() == 1 && made.contains(key))
            };
            match other {
                Some((far, far_nic, _)) if !apart(key) && !apart(far) => {
                    let second = |s: &Statement| s.makes().get(1) == Some(key);
                    match book.statements().any(second) {
                        true => statements.extend(pair((far, far_nic), (key, nic))),
                        false => statements.extend(pair((key, nic), (far, far_nic))),
                    }
                    done.extend([key, far]);
                }
                other => {
                    statements.push(nic_statement(key, nic));
                    done.push(key);
                    wires.extend(other.map(|(far, ..)| connection(key, far)));
                }
            }
        }
        statements.extend(wires);
        statements.extend(self.vnic_statements());
        statements
    }

    /// VNICs, each behind what it is over.
    fn vnic_statements(&self) -> Vec<Statement> {
        let mut left: Vec<_> = self.vnics.iter().collect();
        let mut statements = Vec::new();
        loop {
            let (later, now): (Vec<_>, Vec<_>) = left
                .iter()
                .copied()
                .partition(|(_, _, over)| left.iter().any(|(key, ..)| key == over));
            if now.is_empty() {
                return statements;
            }
            statements.extend(
                now.iter()
                    .map(|(key, vnic, over)| vnic_statement(key, vnic, over)),
            );
            left = later;
        }
    }
}

/// A statement about a device of a namespace.
fn about(command: &str, key: &Key) -> Statement {
    let mut statement = Statement::new(command);
    statement.names.push(key.name.clone());
    put(&mut statement, "netns", key.netns.as_ref());
    statement
}

fn put<T: ToString>(statement: &mut Statement, option: &str, value: Option<T>) {
    if let Some(value) = value {
        statement.set(option, Some(value.to_string()));
    }
}

fn nic_statement(key: &Key, nic: &Nic) -> Statement {
    let mut statement = about("create-nic", key);
    put(&mut statement, "mac", nic.link.mac);
    put(&mut statement, "mtu", Some(nic.link.mtu));
    put(&mut statement, "rx-queues", Some(nic.link.rx_rings));
    put(&mut statement, "tx-queues", Some(nic.link.tx_queues));
    if nic.finish {
        statement.set("finish", None);
    }
    let usual = (Some(USUAL_SLOTS), Some(USUAL_POOL), Some(USUAL_STORM));
    limits(&mut statement, nic, usual);
    statement
}

/// Slots, pool and storm, where they are not what the NIC has without being
/// told.
type Limits = (Option<u32>, Option<u32>, Option<u32>);

fn limits(statement: &mut Statement, nic: &Nic, (slots, pool, storm): Limits) {
    put(statement, "slots", nic.slots.filter(|_| nic.slots != slots));
    put(statement, "pool", nic.pool.filter(|_| nic.pool != pool));
    put(statement, "storm", nic.storm.filter(|_| nic.storm != storm));
}

/// Two NICs that are made at once, and what can't be said then.
fn pair((key, nic): (&Key, &Nic), (far, far_nic): (&Key, &Nic)) -> Vec<Statement> {
    let mut first = nic_statement(key, nic);
    put(&mut first, "peer", Some(&far.name));
    if far.netns != key.netns {
        let netns = far.netns.as_deref().unwrap_or(SYSTEM);
        put(&mut first, "peer-netns", Some(netns));
    }
    put(&mut first, "peer-mac", far_nic.link.mac);
    put(&mut first, "peer-mtu", Some(far_nic.link.mtu));
    put(&mut first, "peer-rx-queues", Some(far_nic.link.rx_rings));
    put(&mut first, "peer-tx-queues", Some(far_nic.link.tx_queues));
    let mut second = about("set-nic", far);
    // Both ends are made with the limits of the first.
    limits(&mut second, far_nic, (nic.slots, nic.pool, nic.storm));
    if far_nic.finish != nic.finish {
        let setting = if far_nic.finish { "on" } else { "off" };
        put(&mut second, "finish", Some(setting));
    }
    let plain = second.options.iter().all(|(option, _)| option == "netns");
    [first]
        .into_iter()
        .chain((!plain).then_some(second))
        .collect()
}

fn connection(key: &Key, far: &Key) -> Statement {
    let mut statement = about("connect", key);
    statement.names.push(far.name.clone());
    if far.netns != key.netns {
        let netns = far.netns.as_deref().unwrap_or(SYSTEM);
        put(&mut statement, "peer-netns", Some(netns));
    }
    statement
}

fn vnic_statement(key: &Key, vnic: &Vnic, over: &Key) -> Statement {
    let mut statement = Statement::new("create-vnic");
    statement.names.push(key.name.clone());
    put(&mut statement, "over", Some(&over.name));
    put(&mut statement, "netns", over.netns.as_ref());
    if key.netns != over.netns {
        put(
            &mut statement,
            "vnic-netns",
            Some(key.netns.as_deref().unwrap_or(SYSTEM)),
        );
    }
    let passthru = vnic.mode.is_some_and(|mode| mode.to_string() == "passthru");
    put(&mut statement, "mac", vnic.link.mac.filter(|_| !passthru));
    put(&mut statement, "mtu", Some(vnic.link.mtu));
    put(&mut statement, "vlan", vnic.vlan);
    let trunk = !vnic.vlans.is_empty();
    put(&mut statement, "vlans", trunk.then_some(&vnic.vlans));
    let tagged = trunk || vnic.vlan.is_some();
    put(
        &mut statement,
        "vlan-protocol",
        vnic.vlan_protocol.filter(|_| tagged),
    );
    put(&mut statement, "mode", vnic.mode);
    put(
        &mut statement,
        "rings",
        vnic.rings.filter(|rings| *rings != 0),
    );
    put(&mut statement, "rx-queues", Some(vnic.link.rx_rings));
    put(&mut statement, "tx-queues", Some(vnic.link.tx_queues));
    statement
}
