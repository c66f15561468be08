// SPDX-License-Identifier: GPL-2.0
//! What the kernel's family `netdev` tells of a device's queues, in sum.

use super::counters::{Counters, Field};
use super::family::{Attributes, Object};

/// The family's name.
pub const FAMILY: &str = "netdev";

/// `NETDEV_A_QSTATS_IFINDEX`.
pub const IFINDEX: u16 = 1;
/// `NETDEV_A_QSTATS_TX_STOP`.
const TX_STOP: u16 = 33;
/// `NETDEV_A_QSTATS_TX_WAKE`.
const TX_WAKE: u16 = 34;

/// The counters of a device's queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queues {
    /// The device's index.
    pub ifindex: u32,
    /// Times that queues were stopped and let go again.
    pub counters: Counters,
}

impl Object for Queues {
    /// `NETDEV_CMD_QSTATS_GET`.
    const GET: u8 = 12;

    fn attribute(number: u16) -> Option<&'static str> {
        (number == IFINDEX).then_some("ifindex")
    }

    fn from_attributes(found: Attributes<'_>) -> Option<Self> {
        let mut counters = Counters::default();
        for (field, attribute) in [(Field::Stops, TX_STOP), (Field::Wakes, TX_WAKE)] {
            // A device that does not count this does not tell it.
            if found.flag(attribute) {
                counters.set(field, found.counter(attribute));
            }
        }
        Some(Self {
            ifindex: found.u32(IFINDEX)?,
            counters,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netlink_bindings::utils::push_header;

    #[test]
    fn stops_and_wakes() {
        let mut payload = vec![12, 1, 0, 0];
        push_header(&mut payload, IFINDEX, 4);
        payload.extend(7u32.to_ne_bytes());
        let bare = payload.clone();
        push_header(&mut payload, TX_STOP, 4);
        payload.extend(5u32.to_ne_bytes());
        push_header(&mut payload, TX_WAKE, 8);
        payload.extend((1u64 << 40).to_ne_bytes());
        let queues = Queues::read(&payload).unwrap();
        assert_eq!(queues.ifindex, 7);
        assert_eq!(queues.counters.get(Field::Stops), Some(5));
        assert_eq!(queues.counters.get(Field::Wakes), Some(1 << 40));
        let queues = Queues::read(&bare).unwrap();
        assert_eq!(queues.counters, Counters::default());
        assert!(Queues::read(&payload[..4]).is_err());
    }
}
