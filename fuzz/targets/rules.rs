// SPDX-License-Identifier: GPL-2.0

//! Any numbers as rules of `ethtool -N`, added and removed: the table stays in order
//! and agrees with a plain one, and a frame meets the first rule that takes it.

use super::bytes::Bytes;
use crate::model::flow::Flow;
use crate::model::flow_spec::{Headers, Spec};
use crate::model::steering::{Place, Refusal, Rule, Rules};
use std::collections::BTreeMap;

const CAPACITY: usize = 6;

fn headers(bytes: &mut Bytes<'_>) -> Headers {
    Headers {
        fields: bytes.array(),
        ext: bytes.array(),
    }
}

/// A rule, more often than by chance of a flow type that there is.
fn spec(bytes: &mut Bytes<'_>) -> Spec {
    let flags = u32::from(bytes.byte()) << 24;
    Spec {
        flow_type: flags & 0xe000_0000 | u32::from(bytes.byte() & 0x1f),
        value: headers(bytes),
        mask: headers(bytes),
        ring: match bytes.byte() {
            byte @ 0..=63 => byte.into(),
            64..=127 => u64::MAX,
            _ => bytes.long(),
        },
        context: bytes.byte().into(),
    }
}

/// One run.
pub fn run(input: &[u8]) {
    let mut bytes = Bytes(input);
    let mut rules = Rules::new([Rule::default(); CAPACITY]);
    let mut model = BTreeMap::new();
    while bytes.more() {
        let step = bytes.byte();
        let location = match step & 0x30 {
            0x30 => 0x8000_0000 | u32::from(step & 3),
            _ => u32::from(step & 7),
        };
        if step & 0x80 != 0 {
            assert_eq!(rules.remove(location), model.remove(&location).is_some());
            continue;
        }
        let spec = spec(&mut bytes);
        let (Ok(flows), Ok(action)) = (spec.flows(), spec.action()) else {
            continue;
        };
        let Some(place) = Place::from_location(location) else {
            continue;
        };
        match rules.insert(place, flows, action) {
            Ok(at) => {
                assert!((at as usize) < CAPACITY);
                model.insert(at, (flows, action));
            }
            Err(Refusal::Full) => assert_eq!(model.len(), CAPACITY),
            Err(Refusal::Duplicate(at)) => assert_eq!(model[&at].0, flows),
            Err(_) => assert!(location as usize >= CAPACITY),
        }
        let told = rules
            .rules()
            .iter()
            .map(|rule| (rule.location, (rule.flows, rule.action)));
        assert!(told.eq(model.iter().map(|(at, rule)| (*at, *rule))));
    }
    if let Some(flow) = Flow::of(input) {
        // Each rule by itself says whether it takes the frame.
        let first = model.values().find(|(flows, action)| {
            let mut alone = Rules::new([Rule::default()]);
            assert_eq!(alone.insert(Place::Last, *flows, *action), Ok(0));
            alone.action(&flow).is_some()
        });
        assert_eq!(rules.action(&flow), first.map(|(_, action)| *action));
    }
}
