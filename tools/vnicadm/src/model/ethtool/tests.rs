// SPDX-License-Identifier: GPL-2.0
//! Messages of the ethtool family, and what they say.

use super::*;
use crate::model::generic::push_text;

/// An answer about a device.
fn answer(fill: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = vec![1, 1, 0, 0];
    let header = push_nested_header(&mut bytes, HEADER);
    push_u32(&mut bytes, HEADER_DEV_INDEX, 7);
    push_text(&mut bytes, HEADER_DEV_NAME, "nic0");
    finalize_nested_header(&mut bytes, header);
    fill(&mut bytes);
    bytes
}

/// The attributes that name device 7, as bytes.
const DEVICE: [u8; 12] = [12, 0, 1, 0x80, 8, 0, 1, 0, 7, 0, 0, 0];

#[test]
fn ring_sizes() {
    let bytes = answer(|bytes| {
        push_u32(bytes, RINGS_RX_MAX, 8192);
        push_u32(bytes, RINGS_RX, 256);
    });
    let found = RingSize::read(&bytes).unwrap();
    assert_eq!((found.now, found.most), (256, 8192));
    let change = set_ring_size(7, 512);
    let want = [&DEVICE[..], &[8, 0, 6, 0, 0, 2, 0, 0]].concat();
    assert_eq!((change.command, change.attributes), (16, want));
    assert_eq!((change.names)(6), Some("size"));
}

#[test]
fn channels_with_other_rings() {
    let of = |combined, rx, tx| Channels {
        combined,
        rx,
        tx,
        most: None,
    };
    for (now, rings, want) in [
        (of(4, 0, 0), 2, of(2, 0, 2)),
        (of(2, 0, 2), 4, of(4, 0, 0)),
        (of(1, 3, 0), 2, of(1, 1, 0)),
        (of(2, 0, 0), 5, of(2, 3, 0)),
        (of(0, 2, 1), 1, of(1, 0, 0)),
        (of(2, 0, 0), 0, of(0, 0, 2)),
    ] {
        assert_eq!(now.with_rings(rings), want);
        assert_eq!(want.rings(), rings);
    }
    let change = set_channels(7, of(1, 2, 3));
    assert_eq!(change.command, 18);
    assert_eq!(change.attributes.len(), DEVICE.len() + 3 * 8);
}

#[test]
fn moderation() {
    let bytes = answer(|bytes| {
        push_u32(bytes, COALESCE_RX_USECS, 50);
        push_header(bytes, COALESCE_USE_ADAPTIVE_RX, 1);
        bytes.push(1);
    });
    let found = Coalesce::read(&bytes).unwrap();
    assert_eq!(found.name, "nic0");
    assert!(found.adaptive_rx);
    assert_eq!((found.rx_usecs, found.rx_frames), (50, 0));
    let settings = CoalesceSettings {
        adaptive_rx: Some(false),
        rx_usecs: Some(9),
        rx_frames: None,
    };
    let change = set_coalesce(7, settings);
    let more = [8, 0, 2, 0, 9, 0, 0, 0, 5, 0, 11, 0, 0, 0, 0, 0];
    let want = [&DEVICE[..], &more].concat();
    assert_eq!((change.command, change.attributes), (20, want));
}

#[test]
fn rss() {
    let bytes = answer(|bytes| {
        push_u32(bytes, RSS_HFUNC, 2);
        push_header(bytes, RSS_INDIR, 16);
        bytes.extend([0u32, 1, 1, 3].into_iter().flat_map(u32::to_ne_bytes));
        push_header(bytes, RSS_HKEY, 2);
        bytes.extend([0x6d, 0x0a]);
    });
    let found = Rss::read(&bytes).unwrap();
    assert_eq!(found.function.to_string(), "xor");
    assert_eq!(found.table, [0, 1, 1, 3]);
    assert_eq!(found.weights(), [1, 2, 0, 1]);
    assert_eq!(found.key, "6d:0a");
    let settings = RssSettings {
        key: Some(&[1, 2]),
        function: None,
        table: Some(Vec::new()),
    };
    let change = set_rss(7, &settings);
    let want = [&DEVICE[..], &[4, 0, 4, 0, 6, 0, 5, 0, 1, 2, 0, 0]].concat();
    assert_eq!((change.command, change.attributes), (48, want));
}

#[test]
fn tables_by_weights() {
    assert_eq!(weighted(4, &[1, 1]), [0, 0, 1, 1]);
    assert_eq!(weighted(8, &[1, 0, 3]), [0, 0, 2, 2, 2, 2, 2, 2]);
    assert_eq!(weighted(4, &[0, 1]), [1; 4]);
    assert_eq!(weighted(128, &[1; 3]).len(), 128);
    let most = weighted(128, &[u32::MAX; 3]);
    assert_eq!((most.len(), most[0], most[127]), (128, 0, 2));
    assert!(weighted(4, &[0]).is_empty());
}

#[test]
fn answers_without_a_device_are_refused() {
    assert!(Coalesce::read(&[1, 1, 0, 0]).is_err());
    assert!(Rss::read(&[1, 1, 0, 0]).is_err());
    assert!(RingSize::read(&[1, 1, 0, 0]).is_err());
}
