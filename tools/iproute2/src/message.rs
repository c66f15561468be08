// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The request that `ip` has begun, to which attributes are added.

/// How long a request may become: the size of `struct iplink_req` of `ip`, which
/// is 32 bytes of headers and 1024 of room.
pub const ROOM: usize = 32 + 1024;

/// Length of `struct nlmsghdr`.
const HEADER: usize = 16;
/// Length of `struct ifinfomsg`, which follows.
const LINK: usize = 16;
/// Where index, flags and change mask are in `struct ifinfomsg`.
const LINK_FIELDS: std::ops::Range<usize> = 4..16;
/// Length of an attribute's header.
const ATTRIBUTE: usize = 4;

/// There is no room for an attribute.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

/// A request: `struct nlmsghdr`, `struct ifinfomsg`, attributes, free room.
pub struct Message<'a>(&'a mut [u8; ROOM]);

impl<'a> Message<'a> {
    /// The request in a buffer, if it is as long as its header says.
    pub fn new(buffer: &'a mut [u8; ROOM]) -> Option<Self> {
        let message = Self(buffer);
        message.is_whole().then_some(message)
    }

    fn length(&self) -> usize {
        u32::from_ne_bytes([self.0[0], self.0[1], self.0[2], self.0[3]]) as usize
    }

    /// Where the next attribute begins.
    fn end(&self) -> usize {
        self.length().next_multiple_of(4)
    }

    /// Adds bytes behind the end; what is between is padding.
    fn extend(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let start = self.end();
        let end = start + bytes.len();
        if end.next_multiple_of(4) > ROOM {
            return Err(Full);
        }
        self.0[start..end].copy_from_slice(bytes);
        self.0[end..end.next_multiple_of(4)].fill(0);
        // It is ROOM at the most.
        self.0[..4].copy_from_slice(&(end as u32).to_ne_bytes());
        Ok(())
    }

    /// Adds an attribute.
    pub fn push(&mut self, attribute: u16, value: &[u8]) -> Result<(), Full> {
        let length = u16::try_from(ATTRIBUTE + value.len()).map_err(|_| Full)?;
        let mut bytes = Vec::with_capacity(usize::from(length));
        bytes.extend(length.to_ne_bytes());
        bytes.extend(attribute.to_ne_bytes());
        bytes.extend(value);
        self.extend(&bytes)
    }

    /// Adds an attribute with a number.
    pub fn push_u32(&mut self, attribute: u16, value: u32) -> Result<(), Full> {
        self.push(attribute, &value.to_ne_bytes())
    }

    /// Adds an attribute that describes another device. `fill` adds that one's
    /// attributes, and leaves its index and flags in the request's own
    /// `struct ifinfomsg`, as `ip` does; from there they are moved to where
    /// they belong.
    pub fn push_link<E: From<Full>>(
        &mut self,
        attribute: u16,
        fill: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.end();
        self.push(attribute, &[0; LINK])?;
        let own = HEADER + LINK_FIELDS.start..HEADER + LINK_FIELDS.end;
        let kept: [u8; 12] = self.fields(own.start);
        self.0[own.clone()].fill(0);
        fill(self)?;
        let filled: [u8; 12] = self.fields(own.start);
        let link = start + ATTRIBUTE + LINK_FIELDS.start;
        self.0[link..link + filled.len()].copy_from_slice(&filled);
        self.0[own].copy_from_slice(&kept);
        // It is ROOM at the most.
        let length = (self.length() - start) as u16;
        self.0[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        Ok(())
    }

    fn fields(&self, start: usize) -> [u8; 12] {
        let mut fields = [0; 12];
        fields.copy_from_slice(&self.0[start..start + 12]);
        fields
    }

    /// The buffer, for `ip` to add to. It keeps the length within [`ROOM`], or
    /// [`Message::is_whole`] says that it did not.
    pub fn buffer(&mut self) -> &mut [u8; ROOM] {
        self.0
    }

    /// Whether the length still is within the buffer.
    pub fn is_whole(&self) -> bool {
        (HEADER + LINK..=ROOM).contains(&self.length())
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A buffer with an empty request about the device of index 7.
    pub fn buffer() -> [u8; ROOM] {
        let mut buffer = [0xee; ROOM];
        buffer[..32].fill(0);
        buffer[0] = 32;
        buffer[20] = 7;
        buffer
    }

    /// What was added to such a request, or to a nest.
    pub fn attributes(mut bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let length = usize::from(u16::from_ne_bytes([bytes[0], bytes[1]]));
            let kind = u16::from_ne_bytes([bytes[2], bytes[3]]);
            found.push((kind, bytes[4..length].to_vec()));
            bytes = &bytes[length.next_multiple_of(4).min(bytes.len())..];
        }
        found
    }

    /// What was added to a request in a buffer.
    pub fn added(buffer: &[u8; ROOM]) -> Vec<(u16, Vec<u8>)> {
        let length = u32::from_ne_bytes(buffer[..4].try_into().unwrap()) as usize;
        attributes(&buffer[32..length])
    }

    #[test]
    fn attributes_follow_on_one_another() {
        let mut buffer = buffer();
        let mut message = Message::new(&mut buffer).unwrap();
        message.push(5, &[1, 2, 3]).unwrap();
        message.push_u32(6, 0x0102_0304).unwrap();
        assert_eq!(buffer[0], 32 + 8 + 8);
        assert_eq!(buffer[39], 0, "padding");
        let number = 0x0102_0304_u32.to_ne_bytes().to_vec();
        assert_eq!(added(&buffer), [(5, vec![1, 2, 3]), (6, number)]);
    }

    #[test]
    fn a_device_has_its_own_index_and_flags() {
        let mut buffer = buffer();
        let mut message = Message::new(&mut buffer).unwrap();
        message
            .push_link::<Full>(1, |message| {
                assert_eq!(message.buffer()[20], 0, "index");
                message.buffer()[20] = 9;
                message.buffer()[24] = 1;
                message.push(3, b"nic1\0")
            })
            .unwrap();
        message.push_u32(7, 1).unwrap();
        let found = added(&buffer);
        assert_eq!((buffer[20], buffer[24]), (7, 0), "the request's own");
        assert_eq!(found.len(), 2);
        let (kind, peer) = &found[0];
        assert_eq!((*kind, peer[4], peer[8]), (1, 9, 1));
        assert_eq!(attributes(&peer[16..]), [(3, b"nic1\0".to_vec())]);
        assert_eq!(found[1].0, 7);
    }

    #[test]
    fn what_has_no_room_is_not_added() {
        let mut buffer = buffer();
        let mut message = Message::new(&mut buffer).unwrap();
        let most = ROOM - 32 - 4;
        assert_eq!(message.push(5, &vec![1; most + 1]), Err(Full));
        assert_eq!(message.push(5, &[1; 70_000]), Err(Full));
        assert_eq!(message.length(), 32);
        message.push(5, &vec![1; most]).unwrap();
        assert_eq!(message.push(6, &[]), Err(Full));
        assert!(message.is_whole());
    }

    #[test]
    fn a_length_that_cannot_be_is_no_request() {
        for length in [0, 31, ROOM + 1] {
            let mut buffer = buffer();
            buffer[..4].copy_from_slice(&(length as u32).to_ne_bytes());
            assert!(Message::new(&mut buffer).is_none(), "{length}");
        }
    }
}
