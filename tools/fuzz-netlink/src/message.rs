// SPDX-License-Identifier: GPL-2.0
//! Requests as bytes: in order, nearly in order, and noise.

use netlink_bindings::consts::{NLM_F_ACK, NLM_F_REQUEST};
use vnicadm::netlink::frame::HEADER_LEN;

use crate::chance::Chance;
use crate::spec::{Attribute, Kind, Spec};

/// What nests are marked by.
pub const NESTED: u16 = 0x8000;

/// How deep nests go into one another.
const DEEPEST: usize = 4;

/// What a request names the device by, which is seldom left out.
const ABOUT: [&str; 3] = ["header", "dev-index", "ifindex"];

/// A request, before anything is spoilt.
pub struct Message {
    /// The message's type.
    pub kind: u16,
    /// Flags beside those of each request.
    pub flags: u16,
    /// The header behind netlink's own.
    pub head: Vec<u8>,
    /// Attributes.
    pub body: Vec<u8>,
}

/// Adds an attribute.
pub fn attribute(out: &mut Vec<u8>, number: u16, value: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 4]);
    value(out);
    let length = (out.len() - start) as u16;
    out[start..start + 2].copy_from_slice(&length.to_ne_bytes());
    out[start + 2..start + 4].copy_from_slice(&number.to_ne_bytes());
    out.resize(out.len().next_multiple_of(4), 0);
}

/// The lowest bytes of a number.
pub fn number(out: &mut Vec<u8>, value: u64, bytes: usize) {
    out.extend(&value.to_le_bytes()[..bytes]);
}

/// Adds some attributes of a set, or of those of it that are taken.
pub fn some(chance: &mut Chance, spec: &Spec, set: usize, takes: &[usize], out: &mut Vec<u8>) {
    fill(chance, spec, set, takes, 0, out);
}

fn fill(
    chance: &mut Chance,
    spec: &Spec,
    set: usize,
    takes: &[usize],
    depth: usize,
    out: &mut Vec<u8>,
) {
    let set = &spec.sets[set].attributes;
    let all: Vec<usize> = (0..set.len()).collect();
    let from = if takes.is_empty() { &all } else { takes };
    let mut chosen = chance.some(from);
    for place in from {
        let about = depth == 0 && ABOUT.contains(&set[*place].name.as_str());
        if about && !chosen.contains(place) && !chance.happens(4) {
            chosen.push(*place);
        }
    }
    for place in chosen {
        one(chance, spec, &set[place], depth, out);
    }
}

/// Adds an attribute with a value that befits it.
pub fn one(chance: &mut Chance, spec: &Spec, known: &Attribute, depth: usize, out: &mut Vec<u8>) {
    let mark = match known.kind {
        Kind::Unused => return,
        Kind::Nest(_) | Kind::List(_) => NESTED,
        _ => 0,
    };
    attribute(out, known.number | mark, |out| {
        if !by_name(chance, known, out) {
            by_kind(chance, spec, known, depth, out);
        }
    });
}

/// Adds the value of an attribute whose name says what it is about.
fn by_name(chance: &mut Chance, known: &Attribute, out: &mut Vec<u8>) -> bool {
    match known.name.as_str() {
        "header" if chance.happens(80) => {
            let index = chance.index();
            attribute(out, 1, |out| out.extend(index.to_ne_bytes()));
        }
        "ifindex" | "dev-index" | "link" | "master" | "new-ifindex" => {
            out.extend(chance.index().to_ne_bytes());
        }
        "net-ns-fd" => out.extend(chance.namespace().to_ne_bytes()),
        "num-rx-queues" | "num-tx-queues" => number(out, chance.few(), 4),
        "address" | "lladdr" => out.extend(chance.mac()),
        _ => return false,
    }
    true
}

fn by_kind(chance: &mut Chance, spec: &Spec, known: &Attribute, depth: usize, out: &mut Vec<u8>) {
    match known.kind {
        Kind::Number(bytes) => number(out, chance.number(&known.edges), bytes),
        Kind::Varying => {
            let bytes = chance.one(&[4, 4, 4, 8]);
            number(out, chance.number(&known.edges), bytes);
        }
        Kind::Text => {
            out.extend(chance.name());
            out.push(0);
        }
        Kind::Nest(set) if depth < DEEPEST => fill(chance, spec, set, &[], depth + 1, out),
        Kind::List(set) if depth < DEEPEST => {
            for place in 0..chance.below(4) {
                attribute(out, place as u16 | NESTED, |out| {
                    fill(chance, spec, set, &[], depth + 1, out);
                });
            }
        }
        Kind::Flag | Kind::Unused => {}
        Kind::Bytes | Kind::Nest(_) | Kind::List(_) => out.extend(chance.bytes(&known.edges)),
    }
}

/// Adds a request to what is sent, two of three as they should be. Says whether the
/// kernel finds the next one behind it.
pub fn encode(chance: &mut Chance, message: Message, out: &mut Vec<u8>) -> bool {
    let Message {
        mut kind,
        mut flags,
        mut head,
        mut body,
    } = message;
    match chance.below(100) {
        0..30 => spoil(chance, &mut body),
        30..33 => body = chance.bytes(&[]),
        _ => {}
    }
    if chance.happens(2) {
        head.truncate(chance.below(head.len().max(1)));
    }
    if chance.happens(1) {
        head = chance.random_bytes(head.len());
    }
    if chance.happens(2) {
        flags = (chance.any() & 0xfff) as u16;
    }
    if chance.happens(1) {
        kind = kind.wrapping_add(chance.below(5) as u16);
    }
    let right = HEADER_LEN + head.len() + body.len();
    let length = match chance.below(200) {
        0 => chance.number(&[right as u64 - 1, right as u64 + 1, 15, 16]) as usize,
        _ => right,
    };
    let flags = flags | (NLM_F_REQUEST | NLM_F_ACK) as u16;
    out.extend((length as u32).to_ne_bytes());
    out.extend(kind.to_ne_bytes());
    out.extend(flags.to_ne_bytes());
    out.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    out.extend(head);
    out.extend(body);
    out.resize(out.len().next_multiple_of(4), 0);
    length == right
}

/// Puts a fault or more into attributes: in a length, a number, or a byte; cut, or
/// longer.
fn spoil(chance: &mut Chance, body: &mut Vec<u8>) {
    for _ in 0..1 + chance.below(3) {
        if body.len() < 4 {
            return;
        }
        let at = chance.below(body.len() / 4) * 4;
        let any = chance.any();
        match chance.below(6) {
            0 => {
                let length: u16 = chance.one(&[0, 1, 3, 4, 5, 8, 0xffff]);
                body[at..at + 2].copy_from_slice(&length.to_ne_bytes());
            }
            1 => body[at + 2..at + 4].copy_from_slice(&(any as u16).to_ne_bytes()),
            2 => {
                let place = chance.below(body.len());
                body[place] = any as u8;
            }
            3 => body[at + 3] ^= 0x80,
            4 => body.truncate(chance.below(body.len())),
            _ => {
                let more = chance.bytes(&[]);
                body.splice(at..at, more.into_iter().take(64));
            }
        }
    }
}

#[cfg(test)]
mod tests;
