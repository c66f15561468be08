// SPDX-License-Identifier: GPL-2.0
//! Requests of rtnetlink about NICs, VNICs, and what stands on and over them.

use std::path::Path;

use netlink_bindings::consts::{NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL};
use vnicadm::model::uapi::{
    IFLA_INFO_DATA, IFLA_INFO_KIND, IFLA_LINKINFO, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK,
};

use crate::chance::Chance;
use crate::message::{Message, NESTED, attribute, number, one};
use crate::spec::Spec;

const RTM_SETLINK: u16 = 19;
const RTM_NEWNEIGH: u16 = 28;
const RTM_DELNEIGH: u16 = 29;
const RTM_GETNEIGH: u16 = 30;
const AF_BRIDGE: u8 = 7;
const NUD_PERMANENT: u16 = 0x80;
const NTF_SELF: u8 = 2;
const NDA_LLADDR: u16 = 2;
const IFF_UP: u32 = 1;
const IFF_PROMISC: u32 = 0x100;
const IFF_ALLMULTI: u32 = 0x200;
const NEW: u16 = (NLM_F_CREATE | NLM_F_EXCL) as u16;

/// The kinds that are made; all of them are deleted by the test.
///
/// No bridges: one that joins both ends of a wire sends each broadcast round for ever.
pub const KINDS: [&str; 4] = ["softnic", "vnic", "vlan", "macvlan"];

/// What a new device is given most often.
const USUAL: [&str; 4] = ["ifname", "link", "address", "num-rx-queues"];

/// A namespace is named by its descriptor alone, so that no device goes to where the
/// test does not look.
const NEVER: [&str; 2] = ["net-ns-pid", "linkinfo"];

/// Requests about devices.
pub struct Links {
    devices: Spec,
    kinds: Spec,
    set: usize,
    all: Vec<usize>,
    usual: Vec<usize>,
}

impl Links {
    /// Those of the specs in a folder.
    pub fn new(specs: &Path) -> Result<Self, String> {
        let devices = Spec::open(&specs.join("rt-link.yaml"))?;
        let set = devices.set("link-attrs")?;
        let attributes = &devices.sets[set].attributes;
        let places = |wanted: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let named = attributes.iter().enumerate();
            let wanted = named.filter(|(_, attribute)| wanted(&attribute.name));
            wanted.map(|(place, _)| place).collect()
        };
        Ok(Self {
            all: places(&|name| !NEVER.contains(&name)),
            usual: places(&|name| USUAL.contains(&name)),
            kinds: Spec::parse(include_str!("kinds.yaml"))?,
            set,
            devices,
        })
    }

    /// A request.
    pub fn message(&self, chance: &mut Chance) -> Message {
        match chance.below(1000) {
            0..60 => self.creation(chance),
            60..640 => self.change(chance),
            640..860 => self.neighbour(chance),
            860..870 => plain(RTM_DELLINK, 0, header(chance, 0)),
            870..890 => plain(RTM_GETLINK, NLM_F_DUMP as u16, header(chance, 0)),
            _ => plain(RTM_GETLINK, 0, header(chance, 0)),
        }
    }

    /// A request for a device.
    fn creation(&self, chance: &mut Chance) -> Message {
        let kind = chance.one(&["softnic", "vnic", "softnic", "vnic", "vlan", "macvlan"]);
        let usual = chance.happens(70);
        let from = if usual { &self.usual } else { &self.all };
        let mut body = Vec::new();
        let musts: &[&str] = match kind {
            "softnic" => &["ifname"],
            _ => &["ifname", "link"],
        };
        self.attributes(chance, from, musts, &mut body);
        self.info(chance, kind, &mut body);
        Message {
            kind: RTM_NEWLINK,
            flags: NEW,
            head: vec![0; 16],
            body,
        }
    }

    /// A request to change one.
    fn change(&self, chance: &mut Chance) -> Message {
        let device = chance.device();
        let index = device.as_ref().map_or(0, |device| device.index);
        let mut body = Vec::new();
        if chance.happens(60) {
            self.attributes(chance, &self.all, &[], &mut body);
        }
        if chance.happens(50) {
            let own = device.map(|device| device.kind);
            let own = KINDS.iter().find(|kind| own.as_deref() == Some(**kind));
            let any = chance.one(&KINDS);
            let kind = own.filter(|_| !chance.happens(10)).unwrap_or(&any);
            self.info(chance, kind, &mut body);
        }
        Message {
            kind: chance.one(&[RTM_NEWLINK, RTM_SETLINK]),
            flags: 0,
            head: header(chance, index),
            body,
        }
    }

    /// Attributes that devices of all kinds have.
    fn attributes(&self, chance: &mut Chance, from: &[usize], musts: &[&str], out: &mut Vec<u8>) {
        let known = &self.devices.sets[self.set].attributes;
        for place in chance.some(from) {
            if !musts.contains(&known[place].name.as_str()) {
                one(chance, &self.devices, &known[place], 0, out);
            }
        }
        for must in known.iter().filter(|a| musts.contains(&a.name.as_str())) {
            one(chance, &self.devices, must, 0, out);
        }
    }

    /// The kind of a device, and what is particular to it.
    fn info(&self, chance: &mut Chance, kind: &str, out: &mut Vec<u8>) {
        attribute(out, IFLA_LINKINFO | NESTED, |out| {
            attribute(out, IFLA_INFO_KIND, |out| {
                out.extend(kind.bytes().chain([0]));
            });
            attribute(out, IFLA_INFO_DATA | NESTED, |out| {
                self.data(chance, kind, out);
            });
        });
    }

    fn data(&self, chance: &mut Chance, kind: &str, out: &mut Vec<u8>) {
        let from = match self.kinds.set(kind) {
            Ok(set) => Some((&self.kinds, set)),
            Err(_) => self
                .devices
                .set(&format!("linkinfo-{kind}-attrs"))
                .ok()
                .map(|set| (&self.devices, set)),
        };
        let Some((spec, set)) = from else { return };
        let known = &spec.sets[set].attributes;
        let places: Vec<usize> = (0..known.len()).collect();
        let mut chosen = chance.some(&places);
        // A VLAN device is none without its id.
        if kind == "vlan" && !chosen.contains(&0) {
            chosen.push(0);
        }
        for place in chosen {
            let known = &known[place];
            match (kind, known.name.as_str()) {
                ("softnic", "peer") => attribute(out, known.number, |out| {
                    self.second_end(chance, out);
                }),
                ("vnic", "vlans") => attribute(out, known.number, |out| ranges(chance, out)),
                _ => one(chance, spec, known, 0, out),
            }
        }
    }

    /// The second end of a pair.
    fn second_end(&self, chance: &mut Chance, out: &mut Vec<u8>) {
        let mut head = vec![0; 16];
        head[8] = u8::from(chance.happens(25));
        out.extend(head);
        self.attributes(chance, &self.all, &["ifname"], out);
    }

    /// A request about addresses that a device takes beside its own.
    fn neighbour(&self, chance: &mut Chance) -> Message {
        let mut head = vec![AF_BRIDGE, 0, 0, 0];
        head.extend(chance.index().to_ne_bytes());
        head.extend(NUD_PERMANENT.to_ne_bytes());
        head.extend([NTF_SELF, 0]);
        let (kind, flags) = match chance.below(100) {
            0..48 => (RTM_NEWNEIGH, NLM_F_CREATE as u16),
            48..97 => (RTM_DELNEIGH, 0),
            _ => return plain(RTM_GETNEIGH, NLM_F_DUMP as u16, head),
        };
        let mut body = Vec::new();
        attribute(&mut body, NDA_LLADDR, |out| out.extend(chance.mac()));
        if chance.happens(20) {
            let (which, bytes) = (1 + chance.below(16) as u16, chance.one(&[1, 2, 4]));
            attribute(&mut body, which, |out| {
                number(out, chance.number(&[]), bytes)
            });
        }
        Message {
            kind,
            flags,
            head,
            body,
        }
    }
}

/// A request that says no more than what it is about.
fn plain(kind: u16, flags: u16, head: Vec<u8>) -> Message {
    Message {
        kind,
        flags,
        head,
        body: Vec::new(),
    }
}

/// What a request about a device begins with; of index 0, about any.
fn header(chance: &mut Chance, index: u32) -> Vec<u8> {
    let index = if index == 0 { chance.index() } else { index };
    let family = if chance.happens(3) { AF_BRIDGE } else { 0 };
    let both = IFF_PROMISC | IFF_ALLMULTI;
    let (flags, change) = chance.one(&[
        (0, 0),
        (0, 0),
        (0, 0),
        (0, 0),
        (IFF_UP, IFF_UP),
        (IFF_UP, IFF_UP),
        (0, IFF_UP),
        (IFF_PROMISC, IFF_PROMISC),
        (0, both),
    ]);
    let mut head = vec![family, 0, 0, 0];
    head.extend((index & 0x7fff_ffff).to_ne_bytes());
    head.extend(flags.to_ne_bytes());
    head.extend(change.to_ne_bytes());
    head
}

/// VLAN ids as ranges, seldom more than fit, or part of one.
fn ranges(chance: &mut Chance, out: &mut Vec<u8>) {
    let mut pairs = Vec::new();
    for _ in 0..chance.below(4) {
        let first = chance.number(&[4094]) as u16;
        let last = first.wrapping_add(chance.one(&[0, 0, 1, 200]));
        pairs.extend([first.to_ne_bytes(), last.to_ne_bytes()].concat());
    }
    if chance.happens(5) {
        pairs.pop();
    }
    let times = chance.one(&[1, 1, 1, 70]);
    out.extend(pairs.repeat(times));
}
