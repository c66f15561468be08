// SPDX-License-Identifier: GPL-2.0
//! Exchanges against a kernel that follows a script.

use std::collections::VecDeque;

use super::*;
use crate::netlink::frame::tests::{message, reply};

const DONE: u16 = 3;
const INTERRUPTED: u16 = 16;

/// What the scripted kernel does when asked for a datagram. The sequence
/// number of the last request is written into every message.
enum Step {
    Send(Vec<Vec<u8>>),
    SendStale(Vec<u8>),
    Fail(Errno),
    Cut(usize),
}

#[derive(Default)]
struct Script {
    steps: VecDeque<Step>,
    sent: Vec<Vec<u8>>,
    reopened: usize,
}

impl Script {
    fn seq(&self) -> [u8; 4] {
        self.sent.last().unwrap()[8..12].try_into().unwrap()
    }
}

impl Transport for Script {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.sent.push(datagram.to_vec());
        Ok(())
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let datagram = match self.steps.pop_front().expect("the script is at its end") {
            Step::Fail(errno) => return Err(errno.into()),
            Step::Cut(len) => return Ok(len),
            Step::SendStale(message) => message,
            Step::Send(messages) => {
                let seq = self.seq();
                let numbered = messages.into_iter().map(|mut message| {
                    message[8..12].copy_from_slice(&seq);
                    message
                });
                numbered.flatten().collect()
            }
        };
        buffer[..datagram.len()].copy_from_slice(&datagram);
        Ok(datagram.len())
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.reopened += 1;
        Ok(())
    }
}

fn client(steps: impl IntoIterator<Item = Step>) -> Client<Script> {
    Client::new(Script {
        steps: steps.into_iter().collect(),
        ..Script::default()
    })
}

fn request() -> Request {
    Request {
        message_type: 18,
        flags: 0,
        payload: vec![0; 4],
    }
}

fn object(text: &str, flags: u16) -> Vec<u8> {
    message(16, flags, 0, text.as_bytes())
}

fn done(flags: u16) -> Vec<u8> {
    message(DONE, flags, 0, &0i32.to_ne_bytes())
}

fn dump(client: &mut Client<Script>) -> Result<Vec<String>, Trouble> {
    client.dump(&request(), |payload| {
        Ok(Some(String::from_utf8_lossy(payload).into_owned()))
    })
}

#[test]
fn change_is_acknowledged() {
    let mut client = client([Step::Send(vec![reply(0, 0, "", 0)])]);
    client.change(&request()).unwrap();
    let flags = &client.transport.sent[0][6..8];
    assert_eq!(flags, 5u16.to_ne_bytes());
}

#[test]
fn change_is_refused() {
    let mut client = client([Step::Send(vec![reply(0, 17, "taken", 32)])]);
    let Err(Trouble::Refused(failure)) = client.change(&request()) else {
        panic!("not refused");
    };
    assert_eq!(failure.errno, 17);
    assert_eq!(failure.message.as_deref(), Some("taken"));
}

#[test]
fn change_is_not_repeated_when_its_answer_is_lost() {
    for step in [
        Step::Fail(Errno::AGAIN),
        Step::Fail(Errno::NOBUFS),
        Step::Cut(1 << 20),
    ] {
        let mut client = client([step]);
        let got = client.change(&request());
        assert!(matches!(got, Err(Trouble::Other(Error::Unanswered))));
        assert_eq!(client.transport.sent.len(), 1);
    }
}

#[test]
fn answers_to_earlier_requests_are_passed_over() {
    let stale = reply(77, 1, "old", 0);
    let mut client = client([Step::SendStale(stale), Step::Send(vec![reply(0, 0, "", 0)])]);
    client.change(&request()).unwrap();
}

#[test]
fn get_takes_the_object_and_its_acknowledgement() {
    let mut client = client([
        Step::Send(vec![object("nic0", 0)]),
        Step::Send(vec![reply(0, 0, "", 0)]),
    ]);
    assert_eq!(client.get(&request()).unwrap(), b"nic0");
    assert!(client.transport.steps.is_empty());
}

#[test]
fn get_without_an_object_is_an_error() {
    let mut client = client([Step::Send(vec![reply(0, 0, "", 0)])]);
    let got = client.get(&request());
    assert!(matches!(got, Err(Trouble::Other(Error::Malformed(_)))));
}

#[test]
fn dump_over_several_datagrams() {
    let mut client = client([
        Step::Send(vec![object("a", 2), object("b", 2)]),
        Step::Send(vec![object("c", 2)]),
        Step::Send(vec![done(2)]),
    ]);
    assert_eq!(dump(&mut client).unwrap(), ["a", "b", "c"]);
}

#[test]
fn interrupted_dump_is_read_to_its_end_and_begun_again() {
    for flags in [(INTERRUPTED, 0), (0, INTERRUPTED)] {
        let mut client = client([
            Step::Send(vec![object("a", 2 | flags.0)]),
            Step::Send(vec![object("b", 2), done(2 | flags.1)]),
            Step::Send(vec![object("c", 2), done(2)]),
        ]);
        assert_eq!(dump(&mut client).unwrap(), ["c"]);
        assert_eq!(client.transport.sent.len(), 2);
        assert_eq!(client.transport.reopened, 0);
    }
}

#[test]
fn dump_whose_messages_were_lost_begins_again_on_a_new_socket() {
    for step in [
        Step::Fail(Errno::NOBUFS),
        Step::Fail(Errno::AGAIN),
        Step::Cut(1 << 20),
    ] {
        let mut client = client([
            Step::Send(vec![object("a", 2)]),
            step,
            Step::Send(vec![object("b", 2), done(2)]),
        ]);
        assert_eq!(dump(&mut client).unwrap(), ["b"]);
        assert_eq!(client.transport.reopened, 1);
    }
}

#[test]
fn buffer_grows_to_a_datagram_that_was_cut() {
    let mut client = client([
        Step::Cut(1 << 20),
        Step::Send(vec![object("b", 2), done(2)]),
    ]);
    dump(&mut client).unwrap();
    assert_eq!(client.buffer.len(), 1 << 20);
}

#[test]
fn dump_that_never_holds_still_is_given_up() {
    let again = || Step::Send(vec![object("a", 2 | INTERRUPTED), done(2)]);
    let mut client = client(std::iter::repeat_with(again).take(ATTEMPTS));
    let got = dump(&mut client);
    assert!(matches!(got, Err(Trouble::Other(Error::Unstable))));
}

#[test]
fn kernel_that_never_answers_is_given_up() {
    let mut client = client((0..ATTEMPTS).map(|_| Step::Fail(Errno::AGAIN)));
    let got = client.get(&request());
    assert!(matches!(got, Err(Trouble::Other(Error::NoReply))));
}
