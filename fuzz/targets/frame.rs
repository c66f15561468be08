// SPDX-License-Identifier: GPL-2.0

//! Any bytes as a frame: parsing, hashing and steering stay in bounds, and the
//! short ways agree with the long ones.

use crate::model::flow::Flow;
use crate::model::flow_match::Match;
use crate::model::flow_plain::{PlainV4, PlainV6};
use crate::model::hash_fields::HashType;
use crate::model::rss::Config;
use crate::model::steering::{Action, Place, Rule, Rules};
use crate::model::toeplitz::{self, Table};
use std::sync::LazyLock;

static TABLE: LazyLock<Box<Table>> = LazyLock::new(|| {
    let mut table = Box::new([[[0; 256]; 4]; toeplitz::WORDS]);
    toeplitz::build(&mut table, &std::array::from_fn(|i| (i * 37) as u8));
    table
});

/// One run.
pub fn run(frame: &[u8]) {
    let config = Config::default();
    let hash = config.hash_frame(&TABLE, frame);
    let Some(flow) = Flow::of(frame) else {
        assert!(frame.len() < 14 && hash.is_none());
        return;
    };
    assert_eq!(hash, config.hash_flow(&TABLE, &flow));
    assert!(flow.l4.is_some() || !matches!(hash, Some((_, HashType::L4))));
    if let Some(plain) = PlainV4::of(frame) {
        assert_eq!(plain.kind, flow.kind);
        assert_eq!(Some(plain.words[2]), flow.l4);
    }
    if let Some(plain) = PlainV6::of(frame) {
        assert_eq!(plain.kind, flow.kind);
        assert_eq!(Some(plain.words[8]), flow.l4);
    }

    // The rule for this very flow takes it.
    let mut exact = Match::default()
        .ethertype(flow.ethertype, u16::MAX)
        .protocol(flow.protocol, u8::MAX)
        .tos(flow.tos, u8::MAX)
        .source(flow.source, [u32::MAX; 4])
        .destination(flow.destination, [u32::MAX; 4]);
    if let Some(l4) = flow.l4 {
        exact = exact.l4(l4, u32::MAX);
    }
    let mut rules = Rules::new([Rule::default(); 2]);
    assert_eq!(rules.insert(Place::Last, exact, Action::Ring(1)), Ok(1));
    assert_eq!(rules.action(&flow), Some(Action::Ring(1)));
}
