// SPDX-License-Identifier: GPL-2.0
//! The screen, drawn.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Sparkline};

use super::screen::{Device, Ring, Screen};
use super::units::short;

/// The most lines that rings and their head take.
const MOST_BELOW: u16 = 9;
/// How many characters the bar of a ring's depth has.
const BAR: usize = 10;
/// How wide a line is before its last minute.
const TEXT: u16 = 61;

const HELP: &str = " p packets  b bytes  d drops  n name  arrows choose  q quits";

/// Colours, or none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Whether there are to be colours.
    pub colours: bool,
}

impl Palette {
    fn colour(self, colour: Color) -> Style {
        match self.colours {
            true => Style::new().fg(colour),
            false => Style::new(),
        }
    }
}

/// Draws all of it.
pub fn draw(frame: &mut Frame<'_>, screen: &mut Screen, palette: Palette) {
    let rings = screen.rings.as_ref().map_or(0, Vec::len);
    let below = u16::try_from(rings + 1).unwrap_or(MOST_BELOW);
    let below = below.min(MOST_BELOW).min(frame.area().height / 2);
    let [title, head, list, below, help] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(below),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    screen.set_height(list.height);
    draw_title(frame, screen, title, list.height);
    draw_devices(frame, screen, palette, head, list);
    draw_rings(frame, screen, palette, below);
    let reversed = Style::new().add_modifier(Modifier::REVERSED);
    frame.render_widget(Paragraph::new(HELP).style(reversed), help);
}

fn draw_title(frame: &mut Frame<'_>, screen: &Screen, area: Rect, height: u16) {
    let count = screen.devices.len();
    let (first, last) = (screen.first, screen.first + usize::from(height));
    let part = match count > usize::from(height) {
        true => format!(", {} to {} shown", first + 1, last.min(count)),
        false => String::new(),
    };
    let order = screen.order.as_str();
    let text = format!(
        "vnicadm top: {count} devices by {order}, every {:?}{part}",
        screen.interval
    );
    let bold = Style::new().add_modifier(Modifier::BOLD);
    frame.render_widget(Paragraph::new(text).style(bold), area);
}

fn draw_devices(frame: &mut Frame<'_>, screen: &Screen, palette: Palette, head: Rect, list: Rect) {
    if screen.devices.is_empty() {
        frame.render_widget(Paragraph::new("No NICs and no VNICs."), head);
        return;
    }
    let titles = format!(
        "{:<16}{:<5}{:>8}{:>8}{:>8}{:>8}{:>7} {}",
        "NAME", "KIND", "RXPKT/s", "RXB/s", "TXPKT/s", "TXB/s", "DROP/s", "LAST MINUTE"
    );
    frame.render_widget(underlined(titles), head);
    let selected = screen.place();
    let shown = screen.devices.iter().enumerate().skip(screen.first);
    for ((place, device), line) in shown.zip(list.rows()) {
        let style = match Some(place) == selected {
            true => Style::new().add_modifier(Modifier::REVERSED),
            false => Style::new(),
        };
        let text = Paragraph::new(device_line(device, palette)).style(style);
        let columns = |width| device.history.columns(screen.now, width);
        draw_line(frame, line, text, columns, palette);
    }
}

fn draw_rings(frame: &mut Frame<'_>, screen: &Screen, palette: Palette, area: Rect) {
    let [head, list] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let Some(device) = screen.place().and_then(|place| screen.devices.get(place)) else {
        return;
    };
    frame.render_widget(
        underlined(rings_title(screen, &device.row.name, list)),
        head,
    );
    for (ring, line) in screen.rings.iter().flatten().zip(list.rows()) {
        let text = Paragraph::new(ring_line(ring, palette));
        let columns = |width| ring.history.columns(screen.now, width);
        draw_line(frame, line, text, columns, palette);
    }
}

fn rings_title(screen: &Screen, name: &str, list: Rect) -> String {
    let Some(rings) = &screen.rings else {
        return format!("Rings of {name}: not told yet");
    };
    if rings.is_empty() {
        return format!("{name} has no rings of its own");
    }
    let part = match rings.len() > usize::from(list.height) {
        true => format!(" (first {} of {})", list.height, rings.len()),
        false => String::new(),
    };
    let title = format!("Rings of {name}{part}");
    format!(
        "{title:<28}{:>7}{:>7}{:>7} {:<9} LAST MINUTE",
        "PKT/s", "BATCH", "FULL/s", "MODE"
    )
}

/// A line's text, and a minute right of it as far as there is room.
fn draw_line(
    frame: &mut Frame<'_>,
    area: Rect,
    text: Paragraph<'_>,
    columns: impl Fn(u16) -> Vec<u64>,
    palette: Palette,
) {
    let parts = Layout::horizontal([Constraint::Length(TEXT), Constraint::Min(0)]);
    let [left, right] = parts.areas(area);
    frame.render_widget(text, left);
    let columns = columns(right.width);
    let minute = Sparkline::default()
        .data(&columns)
        .style(palette.colour(Color::Green));
    frame.render_widget(minute, right);
}

fn device_line(device: &Device, palette: Palette) -> Line<'static> {
    let row = &device.row;
    let head = format!("{:<16}{:<5}", row.name, row.kind.as_str());
    let Some(rates) = device.rates else {
        return Line::from(format!("{head}{:>8}", "-"));
    };
    let text = format!(
        "{head}{:>8}{:>8}{:>8}{:>8}",
        short(rates.rx_packets),
        short(rates.rx_bytes),
        short(rates.tx_packets),
        short(rates.tx_bytes)
    );
    let style = match rates.drops > 0.0 {
        true => palette.colour(Color::Red).add_modifier(Modifier::BOLD),
        false => Style::new(),
    };
    let drops = Span::styled(format!("{:>7}", short(rates.drops)), style);
    Line::from(vec![Span::raw(text), drops])
}

/// A ring: its number, how full it is as a bar and in numbers, and its rates.
fn ring_line(ring: &Ring, palette: Palette) -> Line<'static> {
    let row = &ring.row;
    let (depth, capacity) = (row.depth.unwrap_or(0), row.capacity.unwrap_or(0));
    let bar = "#".repeat(filled(depth, capacity));
    let rate = |rate: Option<f64>| rate.map_or_else(|| "-".to_owned(), short);
    let mode = row.mode.map_or_else(String::new, |mode| mode.to_string());
    Line::from(vec![
        Span::raw(format!("{:>3} [", row.ring.unwrap_or(0))),
        Span::styled(format!("{bar:<BAR$}"), palette.colour(Color::Yellow)),
        Span::raw(format!("]{:>12}", format!("{depth}/{capacity}"))),
        Span::raw(format!(
            "{:>7}{:>7}{:>7} {mode}",
            rate(ring.packets),
            rate(row.batch()),
            rate(ring.full),
        )),
    ])
}

/// How many characters of a bar are full: none only where nothing waits, all
/// only where nothing more has room.
fn filled(depth: u32, capacity: u32) -> usize {
    match (depth as usize, capacity as usize) {
        (0, _) | (_, 0) => 0,
        (depth, capacity) if depth >= capacity => BAR,
        (depth, capacity) => (depth * BAR / capacity).clamp(1, BAR - 1),
    }
}

fn underlined(text: String) -> Paragraph<'static> {
    Paragraph::new(text).style(Style::new().add_modifier(Modifier::UNDERLINED))
}

#[cfg(test)]
mod tests;
