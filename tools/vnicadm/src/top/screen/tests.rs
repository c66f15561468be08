// SPDX-License-Identifier: GPL-2.0
//! Screens over looks made up here.

use super::*;
use crate::stat::report::tests::{device, look, ring};
use crate::stat::{self, Kind};

/// Three devices, which did so much until some second.
pub(crate) fn three(seconds: f64) -> Vec<stat::Device> {
    let amount = |rate: f64| (rate * seconds) as u64;
    let mut nic0 = device(2, "nic0", Kind::Nic, amount(100.0), amount(3.0));
    nic0.rings = Some(vec![ring(0, amount(10.0)), ring(1, amount(2.0))]);
    let few_but_large = device(3, "v10", Kind::Vnic, amount(10.0), 0).counters;
    let mut v10 = device(3, "v10", Kind::Vnic, 0, 0);
    v10.counters = few_but_large.with(&[(Field::RxBytes, amount(1e6))]);
    let mut v2 = device(4, "v2", Kind::Vnic, amount(50.0), 0);
    v2.counters.set(Field::RxDrops, amount(5.0));
    vec![nic0, v10, v2]
}

/// A screen that has seen them for a second.
pub(crate) fn screen() -> Screen {
    let mut screen = Screen::new(Duration::from_secs(1));
    screen.set_height(10);
    for seconds in [1.0, 2.0] {
        screen.update(look(seconds, three(seconds)));
    }
    screen
}

fn names(screen: &Screen) -> Vec<&str> {
    screen
        .devices
        .iter()
        .map(|device| &*device.row.name)
        .collect()
}

fn selected(screen: &Screen) -> &str {
    &screen.devices[screen.place().unwrap()].row.name
}

#[test]
fn orders() {
    let mut screen = screen();
    for (order, want) in [
        (Order::Packets, ["nic0", "v2", "v10"]),
        (Order::Bytes, ["v10", "nic0", "v2"]),
        (Order::Drops, ["v2", "nic0", "v10"]),
        (Order::Name, ["nic0", "v2", "v10"]),
    ] {
        screen.command(Command::Sort(order));
        assert_eq!(names(&screen), want, "{order:?}");
    }
}

#[test]
fn rates_of_devices_and_rings() {
    let screen = screen();
    let rates = screen.devices[0].rates.unwrap();
    assert_eq!((rates.rx_packets, rates.tx_packets), (100.0, 3.0));
    let rings = screen.rings.as_ref().unwrap();
    assert_eq!(rings.len(), 2);
    assert_eq!(rings[0].packets, Some(100.0));
    assert_eq!(rings[0].full, Some(0.0));
    assert_eq!(rings[0].history.columns(screen.now, 1), [100]);
}

#[test]
fn at_first_there_are_no_rates() {
    let mut screen = Screen::new(Duration::from_secs(1));
    screen.update(look(1.0, three(1.0)));
    assert!(screen.devices.iter().all(|device| device.rates.is_none()));
    assert_eq!(names(&screen), ["nic0", "v2", "v10"]);
}

#[test]
fn the_selection_stays_with_its_device() {
    let mut screen = screen();
    screen.command(Command::Move(1));
    assert_eq!(selected(&screen), "v2");
    assert!(screen.rings.is_none());
    screen.command(Command::Sort(Order::Drops));
    assert_eq!((selected(&screen), screen.place()), ("v2", Some(0)));
    screen.command(Command::Move(-5));
    assert_eq!(selected(&screen), "v2");
    screen.command(Command::Last);
    assert_eq!(selected(&screen), "v10");
    screen.command(Command::Move(1));
    assert_eq!(selected(&screen), "v10");
    screen.command(Command::First);
    assert_eq!(selected(&screen), "v2");
}

#[test]
fn who_is_gone_leaves_its_place() {
    let mut screen = screen();
    screen.command(Command::Move(1));
    let mut left = three(3.0);
    left.retain(|device| &*device.name != "v2");
    screen.update(look(3.0, left));
    assert_eq!(
        (names(&screen), selected(&screen)),
        (vec!["nic0", "v10"], "v10")
    );
    screen.update(look(4.0, vec![]));
    assert_eq!((screen.selected(), screen.place()), (None, None));
    for command in [Command::Move(1), Command::Page(-1), Command::Last] {
        screen.command(command);
    }
    screen.update(look(5.0, three(5.0)));
    assert_eq!(screen.place(), Some(0));
    assert!(screen.devices[0].rates.is_none());
}

#[test]
fn a_long_list_scrolls() {
    let mut screen = Screen::new(Duration::from_secs(1));
    let devices = (1..=100).map(|n| device(n, &format!("v{n}"), Kind::Vnic, 0, 0));
    screen.set_height(10);
    screen.update(look(1.0, devices.collect()));
    screen.command(Command::Move(9));
    assert_eq!(screen.first, 0);
    screen.command(Command::Move(1));
    assert_eq!(screen.first, 1);
    screen.command(Command::Page(1));
    assert_eq!((screen.first, screen.place()), (11, Some(20)));
    screen.command(Command::Last);
    assert_eq!((screen.first, screen.place()), (90, Some(99)));
    screen.set_height(20);
    assert_eq!(screen.first, 80);
    screen.set_height(0);
    assert_eq!(screen.first, 99);
    screen.command(Command::First);
    assert_eq!(screen.first, 0);
}
