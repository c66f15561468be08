// SPDX-License-Identifier: GPL-2.0
//! Reports over looks made up here.

use super::*;

/// A device with what it has received and sent.
pub(crate) fn device(ifindex: u32, name: &str, kind: Kind, rx: u64, tx: u64) -> Device {
    let counters = Counters::default().with(&[
        (Field::RxPackets, rx),
        (Field::RxBytes, rx * 100),
        (Field::RxDrops, 0),
        (Field::TxPackets, tx),
        (Field::TxBytes, tx * 60),
        (Field::TxDrops, 1),
    ]);
    Device {
        ifindex,
        name: name.into(),
        kind,
        counters,
        rings: None,
    }
}

/// A ring with so many polls of ten frames.
pub(crate) fn ring(id: u32, polls: u64) -> Ring {
    let counters = Counters::default().with(&[
        (Field::Packets, polls * 10),
        (Field::Bytes, polls * 1000),
        (Field::Full, 2),
        (Field::Interrupts, polls / 2),
        (Field::Timer, polls / 4),
        (Field::Polls, polls),
        (Field::Single, 0),
        (Field::Few, 0),
        (Field::Many, polls),
        (Field::Lots, 0),
        (Field::Switches, 0),
        (Field::Adaptations, 0),
        (Field::Frames, polls * 10),
        (Field::Age, 1_000_000_000 + polls * 10_000),
        (Field::WaitTime, polls * 2000),
        (Field::WaitLengthTime, polls * 3000),
        (Field::RunTime, polls * 1000),
        (Field::RunLengthTime, polls * 1500),
    ]);
    Ring {
        id,
        mode: Some(RingMode(0)),
        depth: Some(id + 3),
        capacity: Some(256),
        counters,
    }
}

/// A look at some second.
pub(crate) fn look(seconds: f64, devices: Vec<Device>) -> Look {
    Look {
        at: Duration::from_secs_f64(seconds),
        date: Duration::from_secs_f64(1_800_000_000.0 + seconds),
        devices,
    }
}

fn rates(report: &Report, field: Field) -> Vec<Option<f64>> {
    let rate = |row: &Row| report.rate(row.count(field)?);
    report.rows.iter().map(rate).collect()
}

#[test]
fn the_first_tells_all_since_creation() {
    let now = look(5.0, vec![device(2, "nic0", Kind::Nic, 70, 3)]);
    let report = Report::new(None, &now, Lines::Devices);
    assert_eq!(report.span, None);
    assert_eq!(report.rows[0].count(Field::RxPackets), Some(70));
    assert_eq!(report.rows[0].count(Field::Polls), None);
}

#[test]
fn later_ones_tell_of_a_second() {
    let then = look(5.0, vec![device(2, "nic0", Kind::Nic, 70, 3)]);
    let now = look(7.5, vec![device(2, "nic0", Kind::Nic, 170, 3)]);
    let report = Report::new(Some(&then), &now, Lines::Devices);
    assert_eq!(rates(&report, Field::RxPackets), [Some(40.0)]);
    assert_eq!(rates(&report, Field::TxPackets), [Some(0.0)]);
}

#[test]
fn who_comes_and_goes_has_no_rate() {
    let then = look(
        1.0,
        vec![
            device(2, "nic0", Kind::Nic, 10, 0),
            device(3, "gone", Kind::Vnic, 10, 0),
        ],
    );
    // Moved here from elsewhere, with all that it had counted there.
    let mut now = look(
        2.0,
        vec![
            device(2, "nic0", Kind::Nic, 20, 0),
            device(4, "new", Kind::Vnic, 1 << 50, 0),
        ],
    );
    let report = Report::new(Some(&then), &now, Lines::Devices);
    assert_eq!(rates(&report, Field::RxPackets), [Some(10.0), None]);
    now.devices.clear();
    let report = Report::new(Some(&then), &now, Lines::Devices);
    assert!(report.rows.is_empty());
}

#[test]
fn another_device_of_the_same_index_has_no_rate() {
    let mut old = device(2, "nic0", Kind::Nic, 1000, 0);
    old.rings = Some(vec![ring(0, 1)]);
    let mut new = device(2, "nic0", Kind::Nic, 10, 500);
    new.rings = Some(vec![ring(0, 9)]);
    let (then, now) = (look(1.0, vec![old]), look(2.0, vec![new]));
    for lines in [Lines::Devices, Lines::Rings] {
        let report = Report::new(Some(&then), &now, lines);
        assert_eq!(rates(&report, Field::TxPackets), [None]);
        assert_eq!(rates(&report, Field::Polls), [None], "{lines:?}");
    }
}

#[test]
fn looks_at_the_same_moment_have_no_rate() {
    let now = look(1.0, vec![device(2, "nic0", Kind::Nic, 10, 0)]);
    let report = Report::new(Some(&now), &now, Lines::Devices);
    assert_eq!(rates(&report, Field::RxPackets), [None]);
}

#[test]
fn rings_have_lines_of_their_own_and_sums() {
    let with = |rings| {
        let mut device = device(2, "nic0", Kind::Nic, 10, 0);
        device.rings = Some(rings);
        vec![device]
    };
    let then = look(1.0, with(vec![ring(0, 10), ring(1, 50)]));
    let now = look(2.0, with(vec![ring(0, 14), ring(2, 5)]));
    let report = Report::new(Some(&then), &now, Lines::Rings);
    assert_eq!(rates(&report, Field::Polls), [Some(4.0), None]);
    let rings: Vec<_> = report.rows.iter().map(|row| row.ring).collect();
    assert_eq!(rings, [Some(0), Some(2)]);
    assert_eq!(report.rows[0].batch(), Some(10.0));
    // Ring 1 went out of use, and with it more than ring 0 has counted since.
    let report = Report::new(Some(&then), &now, Lines::Devices);
    assert_eq!(rates(&report, Field::Polls), [Some(4.0)]);
    assert_eq!(report.rows[0].depth, Some(8));
    assert_eq!(report.rows[0].capacity, Some(512));
    let report = Report::new(None, &now, Lines::Devices);
    assert_eq!(report.rows[0].count(Field::Polls), Some(19));
}

#[test]
fn no_polls_have_no_batch() {
    let mut idle = device(2, "nic0", Kind::Nic, 10, 0);
    idle.rings = Some(vec![ring(0, 10)]);
    let now = look(1.0, vec![idle]);
    let report = Report::new(Some(&now), &now, Lines::Rings);
    assert_eq!(report.rows[0].batch(), None);
}
