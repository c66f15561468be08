// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! The Toeplitz hash of receive-side scaling, as Microsoft's "RSS hashing
//! functions" document defines it, and the plain XOR hash beside it.
//!
//! The input is a row of words as they stand in a frame, the first byte of
//! each the lowest of the number. Every bit of the input that is set adds (by
//! XOR) the 32 bits of the key that begin at the bit's own place. A table made
//! from the key holds these sums for all values of each input byte, so a byte
//! costs one load.

/// Bytes of a key.
pub(crate) const KEY_LEN: usize = 40;

/// Most words of an input: two IPv6 addresses, the ports and the flow label.
pub(crate) const WORDS: usize = 10;

/// The sums of one input word: for each of its bytes, for each value.
pub(crate) type WordTable = [[u32; 256]; 4];

/// The sums of all input words. It has 40 KiB, in memory that the caller
/// brings; an IPv4 packet touches the first 12.
pub(crate) type Table = [WordTable; WORDS];

/// Makes the table of a key.
///
/// The standard's longest input, 36 bytes, takes 40 bytes of key. What stands
/// behind those 36 goes on with the key's beginning.
pub(crate) fn build(table: &mut Table, key: &[u8; KEY_LEN]) {
    let mut rest = key.iter().copied().cycle();
    let mut next = || u64::from(rest.next().unwrap_or(0));
    // The 40 bits of the key that begin at the input byte at hand.
    let mut window = (0..4).fold(0, |window, _| (window << 8) | next());
    for row in table.as_flattened_mut() {
        window = ((window << 8) | next()) & 0xff_ffff_ffff;
        fill(row, window);
    }
}

fn fill(row: &mut [u32; 256], window: u64) {
    row[0] = 0;
    for value in 1..=u8::MAX {
        // The sum without the lowest bit is there already.
        let rest = value & value.wrapping_sub(1);
        // A byte's last bit begins 7 bits into the window's 40, and takes 32.
        let bit = window >> 1 >> value.trailing_zeros();
        row[usize::from(value)] = row[usize::from(rest)] ^ bit as u32;
    }
}

/// Adds a word's share of the hash.
#[inline]
pub(crate) fn word(table: &WordTable, word: u32) -> u32 {
    let [a, b, c, d] = word.to_le_bytes();
    table[0][usize::from(a)]
        ^ table[1][usize::from(b)]
        ^ table[2][usize::from(c)]
        ^ table[3][usize::from(d)]
}

/// The hash of the three words of an IPv4 packet.
#[inline]
pub(crate) fn hash3(table: &Table, [a, b, c]: [u32; 3]) -> u32 {
    word(&table[0], a) ^ word(&table[1], b) ^ word(&table[2], c)
}

/// The hash of all words. Words of zero at the end change nothing.
#[inline]
pub(crate) fn hash(table: &Table, words: &[u32; WORDS]) -> u32 {
    table
        .iter()
        .zip(words)
        .fold(0, |sum, (rows, bits)| sum ^ word(rows, *bits))
}

/// The XOR hash: all words XORed, folded so that the lowest byte is the XOR of
/// all bytes of the input. That byte is the XOR8 hash of other NICs; the bytes
/// above tell flows apart where more than 256 values are wanted.
#[inline]
pub(crate) fn xor(words: &[u32]) -> u32 {
    let sum = words.iter().fold(0, |sum, word| sum ^ word);
    let sum = sum ^ (sum >> 16);
    sum ^ (sum >> 8)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{IpAddr, SocketAddr};

    /// The key of Microsoft's verification suite.
    pub(crate) const MICROSOFT_KEY: [u8; KEY_LEN] = [
        0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f,
        0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
        0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
    ];

    /// Microsoft's vectors: source, destination, hash without and with ports.
    pub(crate) fn vectors() -> Vec<(SocketAddr, SocketAddr, u32, u32)> {
        let text = "
            66.9.149.187:2794 161.142.100.80:1766 323e8fc2 51ccc178
            199.92.111.2:14230 65.69.140.83:4739 d718262a c626b0ea
            24.19.198.95:12898 12.22.207.184:38024 d2d0a5de 5c2b394a
            38.27.205.30:48228 209.142.163.6:2217 82989176 afc7327f
            153.39.163.191:44251 202.188.127.2:1303 5d1809c5 10e828a2
            [3ffe:2501:200:1fff::7]:2794 [3ffe:2501:200:3::1]:1766 2cc18cd5 40207d3d
            [3ffe:501:8::260:97ff:fe40:efab]:14230 [ff02::1]:4739 0f0c461c dde51bbf
            [3ffe:1900:4545:3:200:f8ff:fe21:67cf]:44251 [fe80::200:f8ff:fe21:67cf]:38024
                4b61e985 02d1feef";
        let fields: Vec<&str> = text.split_whitespace().collect();
        let hash = |text| u32::from_str_radix(text, 16).unwrap();
        fields
            .chunks(4)
            .map(|f| {
                (
                    f[0].parse().unwrap(),
                    f[1].parse().unwrap(),
                    hash(f[2]),
                    hash(f[3]),
                )
            })
            .collect()
    }

    pub(crate) fn octets(address: IpAddr) -> Vec<u8> {
        match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }
    }

    pub(crate) fn table(key: &[u8; KEY_LEN]) -> Box<Table> {
        let mut table = Box::new([[[0; 256]; 4]; WORDS]);
        build(&mut table, key);
        table
    }

    /// Bit by bit, as the document says it.
    fn reference(key: &[u8], input: &[u8]) -> u32 {
        let key_bit = |i: usize| u32::from((key[i / 8 % key.len()] >> (7 - i % 8)) & 1);
        let mut sum = 0;
        for bit in 0..input.len() * 8 {
            if (input[bit / 8] >> (7 - bit % 8)) & 1 == 1 {
                sum ^= (bit..bit + 32).fold(0, |window, i| (window << 1) | key_bit(i));
            }
        }
        sum
    }

    fn words(input: &[u8]) -> [u32; WORDS] {
        let mut words = [0; WORDS];
        for (word, bytes) in words.iter_mut().zip(input.chunks(4)) {
            *word = u32::from_le_bytes(bytes.try_into().unwrap());
        }
        words
    }

    #[test]
    fn microsoft_vectors() {
        let table = table(&MICROSOFT_KEY);
        let check = |input: &[u8], expected| {
            assert_eq!(hash(&table, &words(input)), expected);
            assert_eq!(reference(&MICROSOFT_KEY, input), expected);
        };
        for (source, destination, two, four) in vectors() {
            let mut input = octets(source.ip());
            input.extend(octets(destination.ip()));
            check(&input, two);
            input.extend(source.port().to_be_bytes());
            input.extend(destination.port().to_be_bytes());
            check(&input, four);
        }
    }

    #[test]
    fn xor_ends_in_the_xor_of_all_bytes() {
        assert_eq!(xor(&[]), 0);
        assert_eq!(xor(&[0x1008_0402]) & 0xff, 0x1e);
        assert_eq!(xor(&[0xff, 0x1_0000]) & 0xff, 0xfe);
        assert_ne!(xor(&[0x100]), xor(&[0x1_0000]));
    }

    proptest! {
        #[test]
        fn table_equals_bit_by_bit(
            key in proptest::array::uniform::<_, KEY_LEN>(any::<u8>()),
            input in proptest::array::uniform::<_, { 4 * WORDS }>(any::<u8>()),
        ) {
            let table = table(&key);
            let words = words(&input);
            prop_assert_eq!(hash(&table, &words), reference(&key, &input));
            let [a, b, c, ..] = words;
            prop_assert_eq!(hash3(&table, [a, b, c]), reference(&key, &input[..12]));
        }

        #[test]
        fn xor_is_that_of_the_bytes(words in proptest::collection::vec(any::<u32>(), 0..12)) {
            let bytes = words.iter().flat_map(|word| word.to_le_bytes());
            prop_assert_eq!(xor(&words) & 0xff, u32::from(bytes.fold(0, |a, b| a ^ b)));
        }
    }
}
