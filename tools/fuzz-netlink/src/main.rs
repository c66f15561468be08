// SPDX-License-Identifier: GPL-2.0
//! Sends netlink messages by chance to rtnetlink, ethtool, netdev and the family
//! `softnic`: in order, nearly in order, and noise. What messages are made of is in
//! the specs. `selftests/fuzz/netlink.py` starts it, and looks at what is left.
//!
//! [`target`] sends and counts; [`links`] and [`target`] put requests together, of
//! what [`spec`] says and [`chance`] chooses; [`message`] makes bytes of them, and
//! faults; [`devices`] keeps some devices there.
#![forbid(unsafe_code)]

mod chance;
mod devices;
mod links;
mod message;
mod spec;
mod target;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use vnicadm::netns::NetNs;

use chance::Chance;
use devices::Devices;
use target::Target;

/// So many messages go at once, and after so many the devices are looked at.
const TOGETHER: u64 = 8;
const ROUND: u64 = 256;

/// How often of ten each target is chosen, in the order of `targets`.
const SHARES: [usize; 10] = [0, 0, 0, 0, 1, 1, 2, 2, 2, 3];

const PROGRESS: Duration = Duration::from_secs(60);

#[derive(Parser)]
#[command(about = "Sends netlink messages by chance")]
struct Wanted {
    /// How many
    #[arg(long)]
    messages: u64,
    /// The same seed makes the same choices, though what they meet depends on time
    #[arg(long)]
    seed: u64,
    /// The folder of the families' specs
    #[arg(long)]
    specs: PathBuf,
    /// The namespaces that have the devices
    #[arg(required = true, num_args = 2)]
    netns: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Wanted::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fuzz-netlink: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(wanted: &Wanted) -> Result<(), String> {
    let open = |name: &String| NetNs::open(name).map_err(|error| error.to_string());
    let namespaces: Vec<_> = wanted.netns.iter().map(open).collect::<Result<_, _>>()?;
    let mut targets = targets(wanted, &namespaces)?;
    let descriptors = namespaces.iter().map(NetNs::raw_fd).collect();
    let mut chance = Chance::new(wanted.seed, descriptors);
    let mut devices = Devices::new(&namespaces)?;
    let start = Instant::now();
    let (mut sent, mut next, mut told) = (0, 0, start);
    while sent < wanted.messages {
        if sent >= next {
            devices.tidy()?;
            next = sent + ROUND;
        }
        if told.elapsed() > PROGRESS {
            told = Instant::now();
            println!("{}", rate(sent, start.elapsed()));
        }
        let place = chance.below(namespaces.len());
        chance.devices.clone_from(&devices.there[place]);
        let target = &mut targets[chance.one(&SHARES)];
        sent += target.send(&mut chance, place, TOGETHER.min(wanted.messages - sent))?;
    }
    println!("seed {}: {}", wanted.seed, rate(sent, start.elapsed()));
    for target in &targets {
        println!("{}", target.tell());
    }
    let idle = targets.iter().find(|t| t.done == 0 || t.refusals() == 0);
    idle.map_or(Ok(()), |target| {
        Err(format!("{} has done or refused nothing", target.name))
    })
}

fn targets(wanted: &Wanted, namespaces: &[NetNs]) -> Result<Vec<Target>, String> {
    let family = |name| Target::family(name, &wanted.specs, namespaces);
    Ok(vec![
        Target::links(&wanted.specs, namespaces)?,
        family("softnic")?,
        family("ethtool")?,
        family("netdev")?,
    ])
}

fn rate(sent: u64, time: Duration) -> String {
    let rate = sent as f64 / time.as_secs_f64().max(0.001);
    format!(
        "{sent} messages in {} s, {rate:.0} a second",
        time.as_secs()
    )
}
