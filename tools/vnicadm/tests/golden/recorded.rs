// SPDX-License-Identifier: GPL-2.0
//! A kernel that was recorded.
//!
//! `kernel.txt` has each different datagram once, as a number and its bytes, and
//! for each command of a transcript, the how manieth of that wording it is before
//! it, what was sent (`>`) and received (`<`), by those numbers. Numbers of
//! requests and ports are 0 in it: they are those of the run.
//! `scripts/record-golden` writes it.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

use vnicadm::netlink::socket::stand_in;
use vnicadm::netlink::{Protocol, Transport};

/// Names the file of messages for a run of the tool in this program.
pub const PLAY: &str = "VNICADM_GOLDEN_PLAY";

/// The status of a run that did not ask for what was recorded.
pub const ASTRAY: u8 = 99;

const HEADER_LEN: usize = 16;
const TYPE_ERROR: u16 = 2;
const RTM_NEWNEIGH: u16 = 28;
const RTM_DELNEIGH: u16 = 29;
const NDM_FLAGS: usize = 10;

/// All that was recorded.
pub struct Book {
    datagrams: HashMap<String, String>,
    commands: HashMap<String, String>,
}

impl Book {
    /// Reads it.
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("what was recorded");
        let (mut datagrams, mut commands) = (HashMap::new(), HashMap::new());
        let mut command = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("$ ") {
                command = Some(commands.entry(name.to_owned()).or_insert_with(String::new));
            } else if let (Some(messages), false) = (&mut command, line.is_empty()) {
                **messages += &format!("{line}\n");
            } else if let Some((number, bytes)) = line.split_once(' ') {
                datagrams.insert(number.to_owned(), bytes.to_owned());
            }
        }
        Self {
            datagrams,
            commands,
        }
    }

    /// The messages of a transcript's command, in their order. One that was not
    /// recorded asks the kernel for nothing.
    pub fn of(&self, transcript: &str, number: usize, command: &str) -> String {
        let name = format!("{transcript} {number} {command}");
        let lines = self.commands.get(&name).map_or("", String::as_str);
        let lines = lines.lines().map(|line| {
            let (way, number) = line.split_once(' ').expect("a way and a number");
            format!("{way} {}\n", self.datagrams[number])
        });
        lines.collect()
    }
}

/// What is still to come of a run's messages.
static MESSAGES: Mutex<VecDeque<Message>> = Mutex::new(VecDeque::new());

enum Message {
    Sent(Vec<u8>),
    Received(Vec<u8>),
}

/// Is the tool, with a kernel that answers as it was recorded.
pub fn play() -> ExitCode {
    let path = std::env::var_os(PLAY).expect("a file of messages");
    let text = std::fs::read_to_string(path).expect("messages");
    let messages = text.lines().map(|line| {
        let bytes = bytes(&line[2..]);
        match line.starts_with('>') {
            true => Message::Sent(bytes),
            false => Message::Received(bytes),
        }
    });
    *MESSAGES.lock().expect("one thread") = messages.collect();
    stand_in(|_: Protocol| Box::new(Recorded { seq: [0; 4] }));
    let status = vnicadm::run(std::env::args_os());
    let mut rest = MESSAGES.lock().expect("one thread");
    match rest
        .drain(..)
        .find(|message| matches!(message, Message::Sent(_)))
    {
        None => status,
        Some(_) => astray("it asked for less than was recorded"),
    }
}

fn astray(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(ASTRAY)
}

/// One socket's view of it.
struct Recorded {
    seq: [u8; 4],
}

impl Transport for Recorded {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        let mut request = datagram.to_vec();
        self.seq.copy_from_slice(&request[8..12]);
        request[8..12].fill(0);
        if [RTM_NEWNEIGH, RTM_DELNEIGH].contains(&u16::from_ne_bytes([request[4], request[5]])) {
            // The kernel changes these in place before they are heard.
            request[HEADER_LEN + NDM_FLAGS] = 0;
        }
        let mut messages = MESSAGES.lock().expect("one thread");
        while let Some(Message::Received(_)) = messages.front() {
            messages.pop_front();
        }
        match messages.pop_front() {
            Some(Message::Sent(recorded)) if recorded == request => Ok(()),
            other => {
                let recorded = match other {
                    Some(Message::Sent(recorded)) => hex(&recorded),
                    _ => "nothing".to_owned(),
                };
                eprintln!("it asks\n{}\nand recorded is\n{recorded}", hex(&request));
                std::process::exit(ASTRAY.into());
            }
        }
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut messages = MESSAGES.lock().expect("one thread");
        let Some(Message::Received(mut datagram)) = messages.pop_front() else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        number(&mut datagram, self.seq);
        buffer[..datagram.len()].copy_from_slice(&datagram);
        Ok(datagram.len())
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Has each message answer the request of this number.
fn number(datagram: &mut [u8], seq: [u8; 4]) {
    let mut rest = datagram;
    while rest.len() >= HEADER_LEN {
        rest[8..12].copy_from_slice(&seq);
        let len = u32::from_ne_bytes([rest[0], rest[1], rest[2], rest[3]]) as usize;
        if u16::from_ne_bytes([rest[4], rest[5]]) == TYPE_ERROR {
            rest[HEADER_LEN + 12..HEADER_LEN + 16].copy_from_slice(&seq);
        }
        let next = len.next_multiple_of(4).clamp(HEADER_LEN, rest.len());
        rest = &mut rest[next..];
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits");
    (0..hex.len()).step_by(2).map(digits).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Nothing fails that is written into a string.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
