// SPDX-License-Identifier: GPL-2.0

//! Any changes of the tables that frames and configuration go through: each agrees
//! with a plain one of the standard library, or with a sum.

use super::bytes::Bytes;
use crate::model::indirection::{entries_for, Indirection, MAX_ENTRIES};
use crate::model::key_map::{KeyMap, Slot};
use crate::model::mac::Mac;
use crate::model::mac_set::{self, MacSet};
use crate::model::members::{empty_place, Members};
use crate::model::mode::Mode;
use crate::model::moderation::{Limits, Settings};
use crate::model::occupancy::{nanoseconds, parts, parts_in_nanoseconds, span, Arrivals, Running};
use crate::model::place::Place;
use crate::model::pool::Pool;
use crate::model::port_key::Vlan;
use crate::model::slots::Slots;
use crate::model::storm::Storm;
use crate::model::vlan::{Tag, VlanFilter};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One run; the first byte chooses the table.
pub fn run(input: &[u8]) {
    let mut bytes = Bytes(input);
    let tables = [
        map, list, set, spread, reserve, claims, filter, place, moderate, occupy, storm,
    ];
    tables[usize::from(bytes.byte()) % tables.len()](&mut bytes);
}

fn map(bytes: &mut Bytes<'_>) {
    let slots: Vec<_> = (0..32).map(|_| Slot::empty()).collect();
    let half = slots.len() / 2;
    let map = KeyMap::new(slots, bytes.long()).unwrap();
    let (mut model, mut keys) = (HashMap::new(), BTreeSet::new());
    while bytes.more() {
        let (key, word) = (u64::from(bytes.byte() % 24), usize::from(bytes.byte() & 3));
        let fits = keys.contains(&key) || word == 0 || keys.len() < half;
        assert_eq!(map.set(key, word).is_ok(), fits);
        if fits {
            model.insert(key, word);
            if word != 0 {
                keys.insert(key);
            }
        }
        assert_eq!(map.get(key), model.get(&key).copied().unwrap_or(0));
    }
    model.retain(|_, word| *word != 0);
    assert_eq!(map.entries().collect::<HashMap<_, _>>(), model);
}

fn list(bytes: &mut Bytes<'_>) {
    let members = Members::new((0..6).map(|_| empty_place()).collect::<Vec<_>>());
    let mut model = BTreeSet::new();
    while bytes.more() {
        let step = bytes.byte();
        let number = u32::from(step & 15);
        if step & 0x80 != 0 {
            assert_eq!(members.remove(number), model.remove(&number));
        } else if !model.contains(&number) {
            assert_eq!(members.add(number).is_ok(), model.len() < 6);
            if model.len() < 6 {
                model.insert(number);
            }
        }
        assert_eq!(members.len(), model.len());
        let mut met: Vec<_> = members.iter().collect();
        met.sort();
        assert!(met.iter().eq(&model));
    }
}

fn set(bytes: &mut Bytes<'_>) {
    let seed = bytes.long();
    let mut macs = Vec::new();
    while bytes.more() && macs.len() < 40 {
        macs.push(Mac::from_bytes(bytes.array()));
    }
    let other = Mac::from_bytes(seed.to_le_bytes()[..6].try_into().unwrap());
    let slots = vec![0; mac_set::slots_for(macs.len()).unwrap()];
    let set = MacSet::build(slots, seed, macs.iter().copied()).unwrap();
    assert!(macs.iter().all(|mac| set.contains(*mac)));
    assert_eq!(set.contains(other), macs.contains(&other));
}

fn spread(bytes: &mut Bytes<'_>) {
    let rings = u16::from_le_bytes(bytes.array());
    let hash = bytes.word();
    if let Some(entries) = entries_for(rings.into()) {
        assert!(entries <= MAX_ENTRIES);
        if let Ok(table) = Indirection::equal(vec![0; entries], rings) {
            assert!(table.ring(hash) < rings && table.last_ring() < rings);
        }
    }
    let len = usize::from(bytes.byte());
    let wanted: Vec<_> = (0..len).map(|_| u32::from(bytes.byte())).collect();
    if let Ok(table) = Indirection::of(vec![0; len], &wanted, rings) {
        assert!(wanted.iter().all(|ring| *ring < rings.into()));
        assert_eq!(u32::from(table.ring(hash)), wanted[hash as usize % len]);
        let refitted = vec![0; len * 2];
        if let Ok(twice) = Indirection::refit(refitted, table.entries()) {
            assert_eq!(twice.ring(hash & (len as u32 - 1)), table.ring(hash));
        }
    }
}

fn reserve(bytes: &mut Bytes<'_>) {
    let mut pool = Pool::new(bytes.byte().into());
    let mut owners = BTreeMap::new();
    while bytes.more() {
        let (owner, rings) = (bytes.byte(), u32::from(bytes.byte()));
        if owner & 0xf0 == 0xf0 {
            assert_eq!(pool.resize(rings).is_ok(), rings >= pool.used());
        } else {
            let has = owners.entry(owner & 7).or_insert(0);
            if pool.change(*has, rings).is_ok() {
                *has = rings;
            }
        }
        assert_eq!(pool.used(), owners.values().sum::<u32>());
        assert!(pool.used() <= pool.capacity());
    }
}

fn claims(bytes: &mut Bytes<'_>) {
    let mut slots = Slots::new(bytes.byte().into());
    let mut all = Vec::new();
    let mut told = BTreeMap::new();
    while bytes.more() {
        let (step, wanted) = (bytes.byte(), u32::from(bytes.byte() & 31));
        let index = usize::from(step & 7);
        match step >> 6 {
            0 if all.len() < 8 => {
                let id = told.len() as u32;
                let claim = slots.claim(id, wanted);
                told.insert(id, claim.placed);
                all.push(claim);
            }
            1 if index < all.len() => {
                let claim = all.swap_remove(index);
                slots.give_up(claim, &mut all, |claim| {
                    told.insert(claim.id, claim.placed);
                });
            }
            2 => slots.change(&mut all, index, wanted, |claim| {
                told.insert(claim.id, claim.placed);
            }),
            _ => slots.resize(wanted * 4, &mut all, |claim| {
                told.insert(claim.id, claim.placed);
            }),
        }
        let placed = all.iter().filter(|claim| claim.placed);
        assert_eq!(slots.used(), placed.map(|claim| claim.wanted).sum::<u32>());
        assert!(slots.used() <= slots.capacity());
        let waiting = all.iter().filter(|claim| !claim.placed).count();
        assert_eq!(slots.waiting(), waiting as u32);
        assert!(all.iter().all(|claim| told[&claim.id] == claim.placed));
    }
}

fn filter(bytes: &mut Bytes<'_>) {
    let mut filter = VlanFilter::none();
    let mut model = BTreeSet::new();
    while bytes.more() {
        let step = bytes.byte();
        let ethertype = if step & 1 == 0 { 0x8100 } else { 0x88a8 };
        let control = u16::from_le_bytes(bytes.array());
        let Some(tag) = Tag::new(ethertype, control) else {
            continue;
        };
        let key = (tag.kind.ethertype(), tag.id);
        assert!(key.0 == ethertype && tag.id < 4096);
        filter.put(tag, step & 2 == 0);
        match step & 2 {
            0 => model.insert(key),
            _ => model.remove(&key),
        };
        assert_eq!(filter.takes(tag), tag.id == 0 || model.contains(&key));
    }
}

fn place(bytes: &mut Bytes<'_>) {
    let place = Place::from_bits(bytes.long());
    let vlan = Vlan::from_bits(bytes.long());
    let _ = (
        place.number(),
        place.mode(),
        place.is_trunk(),
        place.vlan().tag(),
    );
    let Some(mode) = Mode::from_number(bytes.byte().into()) else {
        return;
    };
    let made = Place::new(vlan, mode).with_sharing(true).with_closed(true);
    let again = Place::from_bits(made.to_bits());
    assert_eq!(again.to_bits(), made.to_bits());
    assert!(again.shares() && again.is_closed() && again.mode() == mode);
    assert_eq!(again.vlan().to_bits(), vlan.to_bits());
}

fn moderate(bytes: &mut Bytes<'_>) {
    let limits = Limits {
        usecs: bytes.word(),
        frames: bytes.word(),
    };
    let _ = Settings::from_bits(bytes.long()).limits();
    if let Ok(settings) = Settings::new(limits, bytes.byte() & 1 != 0) {
        assert!(Settings::from_bits(settings.to_bits()) == settings);
        assert!(settings.limits() == limits);
    }
    let capacity = bytes.word();
    let stream = Limits::of_stream(bytes.word(), bytes.word(), capacity);
    let _ = (stream.usecs, stream.frames);
}

fn occupy(bytes: &mut Bytes<'_>) {
    let arrivals = Arrivals {
        since: bytes.long(),
        latest: bytes.long(),
    };
    let frames = bytes.word();
    let share = arrivals.waiting(bytes.long(), frames);
    assert!(frames < 2 || share.length_time >= share.time || share.time == 0);
    let (mut running, mut now) = (Running::none(), bytes.long());
    while bytes.more() {
        running.taken(bytes.byte().into());
        now = now.wrapping_add(u64::from(bytes.word()));
        let length = running.length();
        let done = u32::from(bytes.byte());
        running.delivered(now, done);
        assert!(running.length() <= length);
        let rate = bytes.word();
        let _ = nanoseconds(parts(span(now, bytes.long())), rate);
        let _ = parts_in_nanoseconds(bytes.long(), rate);
    }
}

fn storm(bytes: &mut Bytes<'_>) {
    let storm = Storm::new();
    let rate = bytes.word();
    storm.set_rate(rate);
    let (start, mut now, mut admitted) = (u64::from(bytes.word()), 0u64, 0u64);
    while bytes.more() {
        now += u64::from(bytes.word());
        admitted += u64::from(storm.admits(start + now));
    }
    if storm.rate() != 0 {
        // A burst at once, and then as fast as the rate.
        let burst = u128::from(rate / 10).max(32);
        let most = burst + u128::from(rate) * u128::from(now) / 1_000_000_000;
        assert!(u128::from(admitted) <= most + 1, "{admitted} of {most}");
    }
}
