// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! What is shown of a device: words for people, keys and values for programs.

use std::ffi::CStr;

use crate::named::{Names, ON_OFF};
use crate::vlans::{self, Range};

/// What the kernel tells of a device, by number of the attribute.
pub struct Attributes<'a>(pub Vec<Option<&'a [u8]>>);

impl Attributes<'_> {
    /// The bytes of an attribute.
    pub fn bytes(&self, attribute: u16) -> Option<&[u8]> {
        *self.0.get(usize::from(attribute))?
    }

    /// An attribute that is a number.
    pub fn number(&self, attribute: u16) -> Option<u32> {
        let bytes = self.bytes(attribute)?.first_chunk()?;
        Some(u32::from_ne_bytes(*bytes))
    }
}

/// A value that is shown.
#[derive(Debug, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Number(u32),
    /// One that may be below 0.
    Signed(i32),
    /// On or off.
    Flag(bool),
    /// The name of a number.
    Name(&'static CStr),
    /// VLANs.
    Vlans(Vec<Range>),
}

impl Value {
    /// A number by its name, if it has one.
    pub fn named(names: &Names, number: u32) -> Self {
        names.name(number).map_or(Self::Number(number), Self::Name)
    }

    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Signed(number) => number.to_string(),
            Self::Flag(on) => ON_OFF
                .name(u32::from(*on))
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            Self::Name(name) => name.to_string_lossy().into_owned(),
            Self::Vlans(ranges) => vlans::text(ranges),
        }
    }
}

/// Something of a device.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The key in JSON. With - for _ it is the word.
    pub key: &'static CStr,
    /// The value.
    pub value: Value,
    /// Whether it is shown in text, too.
    pub in_text: bool,
}

impl Field {
    /// One that is shown in text and in JSON.
    pub fn new(key: &'static CStr, value: Value) -> Self {
        Self {
            key,
            value,
            in_text: true,
        }
    }

    /// The same in JSON alone, unless `shown`.
    pub fn in_text_if(self, shown: bool) -> Self {
        Self {
            in_text: shown,
            ..self
        }
    }
}

/// A line's words, each with a blank behind it, as `ip` has it.
pub fn text(fields: &[Field]) -> String {
    let words = |field: &Field| {
        let word = field.key.to_string_lossy().replace('_', "-");
        format!("{word} {} ", field.value.text())
    };
    fields.iter().filter(|f| f.in_text).map(words).collect()
}

/// A writer of JSON within an object. A key is wanted there, but not in arrays.
pub trait Json {
    /// A number.
    fn number(&mut self, key: &CStr, number: u32);
    /// A number that may be below 0.
    fn signed(&mut self, key: &CStr, number: i32);
    /// True or false.
    fn flag(&mut self, key: &CStr, value: bool);
    /// A string.
    fn string(&mut self, key: &CStr, text: &CStr);
    /// Begins an array.
    fn open_array(&mut self, key: &CStr);
    /// Ends it.
    fn close_array(&mut self);
    /// Begins an object in an array.
    fn open_object(&mut self);
    /// Ends it.
    fn close_object(&mut self);
}

/// Writes keys and values.
pub fn json(fields: &[Field], out: &mut impl Json) {
    for Field { key, value, .. } in fields {
        match value {
            Value::Number(number) => out.number(key, *number),
            Value::Signed(number) => out.signed(key, *number),
            Value::Flag(value) => out.flag(key, *value),
            Value::Name(name) => out.string(key, name),
            Value::Vlans(ranges) => {
                out.open_array(key);
                for (first, last) in ranges {
                    out.open_object();
                    out.number(c"first", u32::from(*first));
                    out.number(c"last", u32::from(*last));
                    out.close_object();
                }
                out.close_array();
            }
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Writes JSON without caring for commas: they are `ip`'s.
    #[derive(Default)]
    pub struct Said(pub String);

    impl Said {
        fn add(&mut self, key: &CStr, value: &str) {
            let key = key.to_str().unwrap();
            self.0 += &format!("{key}={value};");
        }
    }

    impl Json for Said {
        fn number(&mut self, key: &CStr, number: u32) {
            self.add(key, &number.to_string());
        }
        fn signed(&mut self, key: &CStr, number: i32) {
            self.add(key, &number.to_string());
        }
        fn flag(&mut self, key: &CStr, value: bool) {
            self.add(key, &value.to_string());
        }
        fn string(&mut self, key: &CStr, text: &CStr) {
            self.add(key, text.to_str().unwrap());
        }
        fn open_array(&mut self, key: &CStr) {
            self.add(key, "[");
        }
        fn close_array(&mut self) {
            self.0 += "]";
        }
        fn open_object(&mut self) {
            self.0 += "{";
        }
        fn close_object(&mut self) {
            self.0 += "}";
        }
    }

    #[test]
    fn every_sort_of_value() {
        let fields = [
            Field::new(c"slots_used", Value::Number(7)),
            Field::new(c"peer_netnsid", Value::Signed(-1)),
            Field::new(c"finish", Value::Flag(true)),
            Field::new(c"mode", Value::Name(c"vepa")),
            Field::new(c"vlan", Value::Number(0)).in_text_if(false),
            Field::new(c"vlans", Value::Vlans(vec![(0, 0), (20, 30)])),
        ];
        assert_eq!(
            text(&fields),
            "slots-used 7 peer-netnsid -1 finish on mode vepa vlans 0,20-30 "
        );
        let mut said = Said::default();
        json(&fields, &mut said);
        assert_eq!(
            said.0,
            "slots_used=7;peer_netnsid=-1;finish=true;mode=vepa;vlan=0;\
             vlans=[;{first=0;last=0;}{first=20;last=30;}]"
        );
    }

    #[test]
    fn attributes_that_are_missing_or_short() {
        let attributes = Attributes(vec![None, Some(&[1, 0, 0, 0]), Some(&[1])]);
        assert_eq!(attributes.number(1), Some(u32::from_ne_bytes([1, 0, 0, 0])));
        for attribute in [0, 2, 3] {
            assert_eq!(attributes.number(attribute), None);
        }
    }
}
