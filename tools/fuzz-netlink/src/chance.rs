// SPDX-License-Identifier: GPL-2.0
//! Values that a driver may meet.

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngCore, SeedableRng};

const EDGES: [u64; 17] = [
    0,
    1,
    2,
    3,
    255,
    256,
    257,
    4094,
    4095,
    4096,
    65535,
    65536,
    65537,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    u64::MAX,
];
const LENGTHS: [usize; 10] = [0, 1, 2, 4, 6, 8, 20, 40, 128, 1024];
const ODD_NAMES: [&[u8]; 7] = [
    b"",
    b"aaaaaaaaaaaaaaa",
    b"aaaaaaaaaaaaaaaa",
    b"a/b",
    b"%d",
    b"n%d",
    b"\xff",
];
const ODD_MACS: [&[u8]; 4] = [
    &[0; 6],
    &[0xff; 6],
    &[1, 0, 0x5e, 0, 0, 1],
    &[2, 0, 0, 0, 0],
];

/// A device that may be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its index.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its kind, empty for none.
    pub kind: String,
}

/// What chooses, and what there is to choose from.
pub struct Chance {
    random: SmallRng,
    /// The devices where the next request goes.
    pub devices: Vec<Device>,
    /// Descriptors of namespaces.
    pub namespaces: Vec<u32>,
}

impl Chance {
    /// The same seed makes the same choices.
    pub fn new(seed: u64, namespaces: Vec<u32>) -> Self {
        Self {
            random: SmallRng::seed_from_u64(seed),
            devices: Vec::new(),
            namespaces,
        }
    }

    /// True so often of a hundred times.
    pub fn happens(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    /// A number below a limit, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.random.random_range(0..limit)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.random.next_u64()
    }

    /// One of some.
    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// A number: mostly small, or at an edge, of those that are known if there are any.
    pub fn number(&mut self, edges: &[u64]) -> u64 {
        match self.below(100) {
            0..50 => self.below(9) as u64,
            50..70 if !edges.is_empty() => self.one(edges),
            50..95 => self.one(&EDGES),
            _ => self.any(),
        }
    }

    /// A number from 1 that is small, seldom one that is not.
    pub fn few(&mut self) -> u64 {
        match self.below(100) {
            0..96 => 1 + self.below(4) as u64,
            _ => self.number(&[]),
        }
    }

    /// A device, if there is one.
    pub fn device(&mut self) -> Option<Device> {
        self.devices.choose(&mut self.random).cloned()
    }

    /// The index of a device, seldom of none.
    pub fn index(&mut self) -> u32 {
        match self.device() {
            Some(device) if !self.happens(5) => device.index,
            _ => self.number(&[]) as u32,
        }
    }

    /// The name of a device, there or not, seldom one that cannot be.
    pub fn name(&mut self) -> Vec<u8> {
        let device = self.device();
        match (self.below(100), device) {
            (0..60, Some(device)) => device.name.into_bytes(),
            (60..97, _) | (_, None) => vec![self.one(b"npv"), b'0' + self.below(8) as u8],
            _ => self.one(&ODD_NAMES).to_vec(),
        }
    }

    /// A MAC address, often one of few, seldom one that cannot be.
    pub fn mac(&mut self) -> Vec<u8> {
        match self.below(100) {
            0..80 => vec![2, 0, 0, 0, 0, self.below(8) as u8],
            80..90 => self.one(&ODD_MACS).to_vec(),
            _ => self.random_bytes(6),
        }
    }

    /// The descriptor of a namespace, seldom of something else.
    pub fn namespace(&mut self) -> u32 {
        let namespace = self.namespaces.choose(&mut self.random).copied();
        match namespace {
            Some(namespace) if !self.happens(3) => namespace,
            _ => self.number(&[]) as u32,
        }
    }

    /// Bytes, of which there are often so many as is known to be right.
    pub fn bytes(&mut self, lengths: &[u64]) -> Vec<u8> {
        let length = match lengths {
            [] => self.one(&LENGTHS),
            _ if self.happens(30) => self.one(&LENGTHS),
            _ => (self.one(lengths) as usize).min(2048),
        };
        self.random_bytes(length)
    }

    /// So many bytes.
    pub fn random_bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.random.fill_bytes(&mut bytes);
        bytes
    }

    /// A few of some, seldom one twice.
    pub fn some<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        let count = self.one(&[0, 1, 1, 1, 2, 3, 5]);
        let mut found: Vec<T> = of
            .choose_multiple(&mut self.random, count)
            .copied()
            .collect();
        if self.happens(3) {
            found.extend(found.first().copied());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_choices() {
        let choices = |seed| {
            let mut chance = Chance::new(seed, vec![3]);
            chance.devices.push(Device {
                index: 7,
                name: "n7".into(),
                kind: "vnic".into(),
            });
            let one = |_| (chance.number(&[9]), chance.index(), chance.name());
            (0..50).map(one).collect::<Vec<_>>()
        };
        assert_eq!(choices(1), choices(1));
        assert_ne!(choices(1), choices(2));
    }

    #[test]
    fn with_nothing_to_choose_from_there_are_still_values() {
        let mut chance = Chance::new(0, vec![]);
        for _ in 0..1000 {
            chance.index();
            chance.namespace();
            assert!(chance.name().len() <= 16);
            assert!(chance.some::<u8>(&[]).is_empty());
            assert!(chance.bytes(&[u64::MAX]).len() <= 2048);
        }
    }
}
