// SPDX-License-Identifier: GPL-2.0
//! Further addresses of a device, as `bridge fdb` has them.

use netlink_bindings::consts::{NLM_F_CREATE, NLM_F_EXCL};
use netlink_bindings::utils::{align, push_header};

use super::MacAddr;
use crate::netlink::Request;

const RTM_NEWNEIGH: u16 = 28;
const RTM_DELNEIGH: u16 = 29;
const AF_BRIDGE: u8 = 7;
const NUD_PERMANENT: u16 = 0x80;
const NTF_SELF: u8 = 0x02;
const NDA_LLADDR: u16 = 2;

/// Gives a device a further address.
pub fn add(ifindex: u32, mac: MacAddr) -> Request {
    request(
        RTM_NEWNEIGH,
        (NLM_F_CREATE | NLM_F_EXCL) as u16,
        ifindex,
        mac,
    )
}

/// Takes a further address away.
pub fn delete(ifindex: u32, mac: MacAddr) -> Request {
    request(RTM_DELNEIGH, 0, ifindex, mac)
}

/// A `struct ndmsg` and the address.
fn request(message_type: u16, flags: u16, ifindex: u32, mac: MacAddr) -> Request {
    let mut payload = vec![AF_BRIDGE, 0, 0, 0];
    payload.extend(ifindex.to_ne_bytes());
    payload.extend(NUD_PERMANENT.to_ne_bytes());
    payload.extend([NTF_SELF, 0]);
    push_header(&mut payload, NDA_LLADDR, 6);
    payload.extend(mac.0);
    align(&mut payload);
    Request {
        message_type,
        flags,
        payload,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_bytes() {
        let request = add(7, MacAddr([2, 0, 0, 0, 0, 9]));
        assert_eq!((request.message_type, request.flags), (28, 0x600));
        let mut want = vec![7, 0, 0, 0, 7, 0, 0, 0, 0x80, 0, 2, 0, 10, 0, 2, 0];
        want.extend([2, 0, 0, 0, 0, 9, 0, 0]);
        assert_eq!(request.payload, want);
        let request = delete(7, MacAddr([2, 0, 0, 0, 0, 9]));
        assert_eq!((request.message_type, request.flags), (29, 0));
        assert_eq!(request.payload, want);
    }
}
