// SPDX-License-Identifier: GPL-2.0
//! The framing of netlink messages and of the kernel's acknowledgements.

use netlink_bindings::builtin::NlmsgerrAttrs;
use netlink_bindings::consts;
use netlink_bindings::utils::{nla_align_up, parse_i32, parse_u16, parse_u32};

use crate::error::Error;

/// Length of a message header.
pub const HEADER_LEN: usize = 16;

const TYPE_NOOP: u16 = 1;
const TYPE_ERROR: u16 = 2;
const TYPE_DONE: u16 = 3;
const TYPE_OVERRUN: u16 = 4;

const FLAG_DUMP_INTR: u16 = consts::NLM_F_DUMP_INTR as u16;
const FLAG_CAPPED: u16 = consts::NLM_F_CAPPED as u16;
const FLAG_ACK_TLVS: u16 = consts::NLM_F_ACK_TLVS as u16;

/// A request, but for the flags and the number that each sending adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The message type.
    pub message_type: u16,
    /// Flags beside `NLM_F_REQUEST`, `NLM_F_ACK` and `NLM_F_DUMP`.
    pub flags: u16,
    /// All that follows the header.
    pub payload: Vec<u8>,
}

impl Request {
    /// The bytes to send.
    pub fn encode(&self, extra_flags: u16, seq: u32) -> Vec<u8> {
        let flags = self.flags | extra_flags | consts::NLM_F_REQUEST as u16;
        let len = (HEADER_LEN + self.payload.len()) as u32;
        let mut bytes = Vec::with_capacity(len as usize);
        bytes.extend(len.to_ne_bytes());
        bytes.extend(self.message_type.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        bytes.extend(seq.to_ne_bytes());
        bytes.extend(0u32.to_ne_bytes());
        bytes.extend(&self.payload);
        bytes
    }
}

/// What one received message says.
#[derive(Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// An object.
    Data(&'a [u8]),
    /// The request was carried out.
    Ack,
    /// The dump is complete.
    Done,
    /// The request failed.
    Failed(Failure),
    /// Messages were lost.
    Overrun,
    /// Nothing.
    Noop,
}

/// A received message.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its type.
    pub message_type: u16,
    /// The number of the request it answers.
    pub seq: u32,
    /// The dumped list changed since the dump began.
    pub interrupted: bool,
    /// Its content.
    pub body: Body<'a>,
}

/// A negative acknowledgement. Offsets count from the request's header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// The error number, positive.
    pub errno: i32,
    /// The kernel's text.
    pub message: Option<String>,
    /// Where the offending attribute stands.
    pub offset: Option<usize>,
    /// The type of the attribute that is missing.
    pub missing_type: Option<u16>,
    /// Where the nest stands that should hold it; none: the message itself.
    pub missing_nest: Option<usize>,
}

/// Takes the first message off a datagram.
pub fn next<'a>(datagram: &mut &'a [u8]) -> Option<Result<Message<'a>, Error>> {
    if datagram.is_empty() {
        return None;
    }
    Some(split(datagram).ok_or(Error::Malformed("bad message length")))
}

fn split<'a>(datagram: &mut &'a [u8]) -> Option<Message<'a>> {
    let whole = *datagram;
    // Whatever is wrong with this message, what follows it can't be found.
    *datagram = &[];
    let len = parse_u32(whole)? as usize;
    let message_type = parse_u16(whole.get(4..)?)?;
    let flags = parse_u16(whole.get(6..)?)?;
    let seq = parse_u32(whole.get(8..)?)?;
    let payload = whole.get(HEADER_LEN..len)?;
    let body = match message_type {
        TYPE_NOOP => Body::Noop,
        TYPE_OVERRUN => Body::Overrun,
        TYPE_ERROR => match parse_i32(payload)? {
            0 => Body::Ack,
            code => Body::Failed(failure(code, flags, echo_end(payload, flags)?)),
        },
        // A dump that ends well may end without a status.
        TYPE_DONE => match parse_i32(payload).unwrap_or(0) {
            code if code < 0 => Body::Failed(failure(code, flags, payload.get(4..)?)),
            _ => Body::Done,
        },
        _ => Body::Data(payload),
    };
    *datagram = whole.get(nla_align_up(len)..).unwrap_or(&[]);
    Some(Message {
        message_type,
        seq,
        interrupted: flags & FLAG_DUMP_INTR != 0,
        body,
    })
}

/// What follows the copy of the request in an error message.
fn echo_end(payload: &[u8], flags: u16) -> Option<&[u8]> {
    let echo = payload.get(4..)?;
    let len = match flags & FLAG_CAPPED {
        0 => parse_u32(echo)? as usize,
        _ => HEADER_LEN,
    };
    Some(echo.get(nla_align_up(len)..).unwrap_or(&[]))
}

fn failure(code: i32, flags: u16, attributes: &[u8]) -> Failure {
    let mut failure = Failure {
        errno: code.saturating_neg(),
        ..Failure::default()
    };
    if flags & FLAG_ACK_TLVS != 0 {
        let ack = NlmsgerrAttrs::new(attributes);
        failure.message = ack.get_msg().ok().map(|m| m.to_string_lossy().into_owned());
        failure.offset = ack.get_offset().ok().map(|o| o as usize);
        failure.missing_type = ack.get_missing_type().ok();
        failure.missing_nest = ack.get_missing_nest().ok().map(|o| o as usize);
    }
    failure
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use netlink_bindings::builtin::PushNlmsgerrAttrs;

    /// A message as the kernel would send it.
    pub(crate) fn message(message_type: u16, flags: u16, seq: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = ((HEADER_LEN + payload.len()) as u32).to_ne_bytes().to_vec();
        bytes.extend(message_type.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        bytes.extend(seq.to_ne_bytes());
        bytes.extend(0u32.to_ne_bytes());
        bytes.extend(payload);
        bytes.resize(nla_align_up(bytes.len()), 0);
        bytes
    }

    /// An acknowledgement (`errno` 0) or refusal with text and offset.
    pub(crate) fn reply(seq: u32, errno: i32, text: &str, offset: u32) -> Vec<u8> {
        let mut payload = (-errno).to_ne_bytes().to_vec();
        payload.extend([0; HEADER_LEN]);
        if errno != 0 {
            PushNlmsgerrAttrs::new(&mut payload)
                .push_msg_bytes(text.as_bytes())
                .push_offset(offset);
        }
        message(TYPE_ERROR, FLAG_CAPPED | FLAG_ACK_TLVS, seq, &payload)
    }

    fn all(mut datagram: &[u8]) -> Vec<Message<'_>> {
        std::iter::from_fn(|| next(&mut datagram))
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn request_bytes() {
        let request = Request {
            message_type: 16,
            flags: 0x600,
            payload: vec![1, 2, 3, 4],
        };
        let mut want = 20u32.to_ne_bytes().to_vec();
        want.extend(16u16.to_ne_bytes());
        want.extend(0x605u16.to_ne_bytes());
        want.extend(7u32.to_ne_bytes());
        want.extend([0, 0, 0, 0, 1, 2, 3, 4]);
        assert_eq!(request.encode(4, 7), want);
    }

    #[test]
    fn several_messages_in_a_datagram() {
        let mut bytes = message(16, 2, 5, b"abc");
        bytes.extend(message(16, 2 | FLAG_DUMP_INTR, 5, b"defg"));
        bytes.extend(message(TYPE_DONE, 2, 5, &0i32.to_ne_bytes()));
        let got = all(&bytes);
        assert_eq!(got[0].body, Body::Data(b"abc"));
        assert!(!got[0].interrupted);
        assert_eq!(got[1].body, Body::Data(b"defg"));
        assert!(got[1].interrupted);
        assert_eq!(got[2].body, Body::Done);
        assert_eq!(got.len(), 3);
    }

    #[test]
    fn refusal_with_capped_request() {
        let bytes = reply(9, 22, "no", 32);
        let Body::Failed(failure) = &all(&bytes)[0].body else {
            panic!("not a failure");
        };
        assert_eq!(failure.errno, 22);
        assert_eq!(failure.message.as_deref(), Some("no"));
        assert_eq!(failure.offset, Some(32));
    }

    #[test]
    fn refusal_with_the_whole_request_copied() {
        let mut payload = (-1i32).to_ne_bytes().to_vec();
        payload.extend(message(16, 0, 9, b"12345678"));
        PushNlmsgerrAttrs::new(&mut payload)
            .push_missing_type(3)
            .push_missing_nest(40);
        let bytes = message(TYPE_ERROR, FLAG_ACK_TLVS, 9, &payload);
        let Body::Failed(failure) = &all(&bytes)[0].body else {
            panic!("not a failure");
        };
        assert_eq!(failure.errno, 1);
        assert_eq!(failure.missing_type, Some(3));
        assert_eq!(failure.missing_nest, Some(40));
    }

    #[test]
    fn dump_that_ends_badly() {
        let bytes = message(TYPE_DONE, 0, 1, &(-95i32).to_ne_bytes());
        let Body::Failed(failure) = &all(&bytes)[0].body else {
            panic!("not a failure");
        };
        assert_eq!(failure.errno, 95);
    }

    #[test]
    fn every_cut_of_a_message_is_an_error_and_no_panic() {
        for whole in [message(16, 0, 1, b"abcd"), reply(1, 22, "text", 20)] {
            for len in 1..whole.len() {
                let mut cut = &whole[..len];
                assert!(next(&mut cut).unwrap().is_err(), "{len}");
                assert!(next(&mut cut).is_none());
            }
        }
        let short = 3u32.to_ne_bytes();
        let mut endless = &short[..];
        assert!(next(&mut endless).unwrap().is_err());
    }
}
