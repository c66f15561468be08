// SPDX-License-Identifier: GPL-2.0
//! Screens on terminals of memory.

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::*;
use crate::stat::Kind;
use crate::stat::report::tests::{device, look};
use crate::top::screen::tests::screen;

fn drawn(screen: &mut Screen, width: u16, height: u16, colours: bool) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal
        .draw(|frame| draw(frame, screen, Palette { colours }))
        .unwrap();
    terminal.backend().buffer().clone()
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width).max(1);
    let cells = buffer.content.chunks(width);
    let line = |cells: &[ratatui::buffer::Cell]| {
        let text: String = cells.iter().map(|cell| cell.symbol()).collect();
        text.trim_end().to_owned()
    };
    cells.map(line).collect()
}

#[test]
fn golden() {
    let lines = lines(&drawn(&mut screen(), 80, 24, true));
    let at = |place: usize| lines[place].as_str();
    assert_eq!(at(0), "vnicadm top: 3 devices by packets, every 1s");
    assert_eq!(
        at(1),
        "NAME            KIND  RXPKT/s   RXB/s TXPKT/s   TXB/s DROP/s LAST MINUTE"
    );
    assert_eq!(
        at(2),
        format!(
            "nic0            nic       100     10k     3.0     180      0{:>20}",
            "█"
        )
    );
    assert_eq!(
        at(3),
        format!(
            "v2              vnic       50    5.0k       0       0    5.0{:>20}",
            "█"
        )
    );
    assert_eq!(
        at(4),
        format!(
            "v10             vnic       10    1.0M       0       0      0{:>20}",
            "█"
        )
    );
    assert_eq!(
        at(20),
        "Rings of nic0                 PKT/s  BATCH FULL/s MODE      LAST MINUTE"
    );
    assert_eq!(
        at(21),
        format!(
            "  0 [#         ]       3/256    100     10      0 interrupt{:>21}",
            "█"
        )
    );
    assert_eq!(at(23), HELP);
}

#[test]
fn every_size_is_drawn() {
    for (width, height) in [(0, 0), (1, 1), (5, 3), (20, 4), (80, 2), (300, 100)] {
        drawn(&mut screen(), width, height, true);
        let mut empty = Screen::new(Duration::from_secs(1));
        drawn(&mut empty, width, height, true);
    }
}

#[test]
fn without_colours() {
    let colours = |buffer: Buffer| {
        let coloured = |cell: &&ratatui::buffer::Cell| {
            !matches!(cell.fg, Color::Reset) || !matches!(cell.bg, Color::Reset)
        };
        buffer.content.iter().filter(coloured).count()
    };
    assert_ne!(colours(drawn(&mut screen(), 80, 24, true)), 0);
    assert_eq!(colours(drawn(&mut screen(), 80, 24, false)), 0);
}

#[test]
fn no_devices() {
    let mut screen = Screen::new(Duration::from_secs(1));
    let lines = lines(&drawn(&mut screen, 80, 24, true));
    assert_eq!(lines[0], "vnicadm top: 0 devices by packets, every 1s");
    assert_eq!(lines[1], "No NICs and no VNICs.");
}

#[test]
fn a_part_of_a_long_list() {
    let mut screen = Screen::new(Duration::from_secs(1));
    let devices = (1..=100).map(|n| device(n, &format!("v{n}"), Kind::Vnic, 0, 0));
    screen.update(look(1.0, devices.collect()));
    drawn(&mut screen, 80, 24, true);
    screen.command(crate::top::Command::Last);
    let lines = lines(&drawn(&mut screen, 80, 24, true));
    assert!(lines[0].ends_with(", 81 to 100 shown"), "{}", lines[0]);
    assert!(lines[2].starts_with("v81 "), "{}", lines[2]);
    assert!(lines[21].starts_with("v100 "), "{}", lines[21]);
}

#[test]
fn bars() {
    for (depth, capacity, want) in [
        (0, 256, 0),
        (1, 256, 1),
        (128, 256, 5),
        (255, 256, 9),
        (256, 256, 10),
        (300, 256, 10),
        (3, 0, 0),
        (u32::MAX, u32::MAX, 10),
    ] {
        assert_eq!(filled(depth, capacity), want, "{depth}/{capacity}");
    }
}
