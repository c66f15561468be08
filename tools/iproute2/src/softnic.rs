// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The kind `softnic`. The numbers are those of src/nic/attributes.rs.

use std::ffi::CStr;

use crate::connect;
use crate::kind::{Ip, Kind};
use crate::message::Message;
use crate::named::{ON_OFF, WIRE};
use crate::show::{Attributes, Field, Value};
use crate::words::{Once, Refusal, Words};

const PEER: u16 = 1;
const WIRE_ATTRIBUTE: u16 = 2;
const PEER_IFINDEX: u16 = 3;
const PEER_NETNS_FD: u16 = 4;
const PEER_NETNSID: u16 = 5;
const FINISH: u16 = 6;
const SLOTS: u16 = 7;
const SLOTS_USED: u16 = 8;
const SLOTS_WAITING: u16 = 9;
const POOL: u16 = 10;
const POOL_USED: u16 = 11;
const STORM: u16 = 12;

/// The largest index of a device, and of a namespace.
const LAST_INDEX: u32 = i32::MAX.unsigned_abs();

/// NICs.
pub enum Softnic {}

impl Kind for Softnic {
    const ID: &'static CStr = c"softnic";
    const LAST_ATTRIBUTE: u16 = STORM;
    const HELP: &'static CStr = c"\
Usage: ip link add [ name ] NAME [ OPTIONS ] type softnic [ SETTINGS ]
                   [ peer [ name ] NAME [ OPTIONS ] ]
       ip link set NAME type softnic [ SETTINGS ] [ WIRE ]

SETTINGS := [ slots COUNT ] [ pool COUNT ] [ storm FRAMES ] [ finish { on | off } ]
WIRE     := { connect NAME [ netns NS ] | disconnect |
              peer-ifindex INDEX [ peer-netnsid ID ] }

slots       filter slots for VNICs: 0 to 65536
pool        rings that VNICs may reserve in all: 0 to 65536
storm       broadcasts and multicasts a second that reach VNICs: 0 for no limit
finish      the wire cuts bundles and sums up checksums, as hardware does
peer        second NIC at the other end of a wire, with the same SETTINGS; all
            words behind it are its OPTIONS, which 'ip link help' tells
connect     joins it to the NIC of that name, here or in a network namespace
disconnect  takes it off its wire
";

    fn parse(
        words: &mut Words,
        message: &mut Message<'_>,
        ip: &mut impl Ip,
    ) -> Result<(), Refusal> {
        let mut once = Once::default();
        while let Some(word) = words.take() {
            match word.as_str() {
                "slots" => number(SLOTS, "slots", 65536, words, &mut once, message)?,
                "pool" => number(POOL, "pool", 65536, words, &mut once, message)?,
                "storm" => number(STORM, "storm", u32::MAX, words, &mut once, message)?,
                "finish" => {
                    let on = ON_OFF.number("finish", words)?;
                    once.note("finish", if on == 1 { "on" } else { "off" })?;
                    message.push_u32(FINISH, on)?;
                }
                "connect" => {
                    let name = words.value()?;
                    once.note("connect", &name)?;
                    let other = connect::find(name, words.option("netns")?)?;
                    message.push_u32(PEER_IFINDEX, other.ifindex)?;
                    if let Some(fd) = other.netns_fd {
                        message.push_u32(PEER_NETNS_FD, fd)?;
                    }
                }
                "disconnect" => {
                    once.note("connect", "disconnect")?;
                    message.push_u32(PEER_IFINDEX, 0)?;
                }
                "peer-ifindex" => {
                    let index = words.number("peer-ifindex", 0..=LAST_INDEX)?;
                    once.note("connect", &index.to_string())?;
                    message.push_u32(PEER_IFINDEX, index)?;
                }
                "peer-netnsid" => {
                    number(
                        PEER_NETNSID,
                        "peer-netnsid",
                        LAST_INDEX,
                        words,
                        &mut once,
                        message,
                    )?;
                }
                "peer" => {
                    once.note("peer", "peer")?;
                    peer(words, message, ip)?;
                }
                "help" => return Err(Refusal::Help),
                _ => return Err(Refusal::Unknown("softnic", word)),
            }
        }
        Ok(())
    }

    fn show(attributes: &Attributes<'_>) -> Vec<Field> {
        let number = |key, attribute| {
            let value = Value::Number(attributes.number(attribute)?);
            Some(Field::new(key, value))
        };
        let finish = attributes.number(FINISH).map(|on| Value::Flag(on != 0));
        let wire = attributes
            .number(WIRE_ATTRIBUTE)
            .map(|wire| Value::named(&WIRE, wire));
        let netnsid = attributes
            .number(PEER_NETNSID)
            .map(|id| Value::Signed(id as i32));
        [
            number(c"slots", SLOTS),
            number(c"pool", POOL),
            number(c"storm", STORM),
            finish.map(|value| Field::new(c"finish", value)),
            wire.map(|value| Field::new(c"wire", value)),
            number(c"peer_ifindex", PEER_IFINDEX),
            netnsid.map(|value| Field::new(c"peer_netnsid", value)),
            number(c"slots_used", SLOTS_USED),
            number(c"slots_waiting", SLOTS_WAITING),
            number(c"pool_used", POOL_USED),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Reads the value of a word that is a number from 0.
fn number(
    attribute: u16,
    word: &'static str,
    last: u32,
    words: &mut Words,
    once: &mut Once,
    message: &mut Message<'_>,
) -> Result<(), Refusal> {
    let number = words.number(word, 0..=last)?;
    once.note(word, &number.to_string())?;
    Ok(message.push_u32(attribute, number)?)
}

/// Reads the words of the second end of a pair, which are those of a link.
fn peer(words: &mut Words, message: &mut Message<'_>, ip: &mut impl Ip) -> Result<(), Refusal> {
    let from = words.taken();
    let mut taken = 0;
    message.push_link(PEER, |message| {
        taken = ip.link_words(from, message)?;
        match message.is_whole() {
            true => Ok(()),
            false => Err(Refusal::Full),
        }
    })?;
    words.skip(taken);
    Ok(())
}

#[cfg(test)]
mod tests;
