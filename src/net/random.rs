// SPDX-License-Identifier: GPL-2.0

//! Random numbers.
//!
//! C header: `include/linux/random.h`.

use crate::bindings;

/// A random number that cannot be guessed. Any context.
pub(crate) fn u64() -> u64 {
    // SAFETY: No requirements.
    unsafe { bindings::get_random_u64() }
}

/// The key that this system hashes received flows with by default.
pub(crate) fn rss_key<const LEN: usize>() -> [u8; LEN] {
    let mut key = [0; LEN];
    // SAFETY: The buffer has that length. Process context.
    unsafe { bindings::netdev_rss_key_fill(key.as_mut_ptr().cast(), LEN) };
    key
}
