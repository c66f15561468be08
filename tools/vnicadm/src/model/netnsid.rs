// SPDX-License-Identifier: GPL-2.0
//! The numbers by which one network namespace knows another.

use netlink_bindings::utils::{find_attr, parse_i32, push_header};

use super::uapi::{NETNSA_FD, NETNSA_NSID, RTGENMSG_LEN, RTM_GETNSID};
use crate::netlink::Request;

/// Asks for the number of the namespace behind a descriptor.
pub fn get(netns_fd: u32) -> Request {
    let mut payload = vec![0; RTGENMSG_LEN];
    push_header(&mut payload, NETNSA_FD, 4);
    payload.extend(netns_fd.to_ne_bytes());
    Request {
        message_type: RTM_GETNSID,
        flags: 0,
        payload,
    }
}

/// Asks for the numbers of all namespaces that have one.
pub fn list() -> Request {
    Request {
        message_type: RTM_GETNSID,
        flags: 0,
        payload: vec![0; RTGENMSG_LEN],
    }
}

/// Reads the number; none: the namespace has none here.
pub fn read(payload: &[u8]) -> Option<i32> {
    let value = find_attr(payload.get(RTGENMSG_LEN..)?, NETNSA_NSID)?;
    parse_i32(value).filter(|id| *id >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_bytes() {
        let mut want = vec![0; 4];
        want.extend(8u16.to_ne_bytes());
        want.extend(3u16.to_ne_bytes());
        want.extend(9u32.to_ne_bytes());
        let request = get(9);
        assert_eq!((request.message_type, request.flags), (90, 0));
        assert_eq!(request.payload, want);
    }

    #[test]
    fn reply() {
        let answer = |id: i32| {
            let mut payload = vec![0; 4];
            push_header(&mut payload, 1, 4);
            payload.extend(id.to_ne_bytes());
            read(&payload)
        };
        assert_eq!(answer(0), Some(0));
        assert_eq!(answer(7), Some(7));
        assert_eq!(answer(-1), None);
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[0; 4]), None);
    }
}
