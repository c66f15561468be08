// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What a link kind is made of.

use std::ffi::CStr;

use crate::message::Message;
use crate::show::{Attributes, Field};
use crate::words::{Refusal, Words};

/// What a kind needs of `ip` to read its words.
pub trait Ip {
    /// Has `ip` read the words that are left as those of a link (`name`,
    /// `mtu`, `netns` and so on), from the word of this number on, and add
    /// their attributes. Returns how many it took.
    fn link_words(&mut self, from: usize, message: &mut Message<'_>) -> Result<usize, Refusal>;
}

/// A link kind.
pub trait Kind {
    /// Its name.
    const ID: &'static CStr;
    /// The highest number of its attributes.
    const LAST_ATTRIBUTE: u16;
    /// How it is used.
    const HELP: &'static CStr;

    /// Reads words, and adds the attributes that they stand for.
    fn parse(words: &mut Words, message: &mut Message<'_>, ip: &mut impl Ip)
    -> Result<(), Refusal>;

    /// What is shown of a device: what can be set first.
    fn show(attributes: &Attributes<'_>) -> Vec<Field>;
}
