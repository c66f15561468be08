// SPDX-License-Identifier: GPL-2.0
//! Where `ip` and this library meet, and all of its `unsafe`.
//!
//! What is relied on of `ip` is the same from 6.1 (Debian 12) to 6.15 (Debian
//! 13) and older than both: the order of `struct link_util`, the size of
//! `struct iplink_req`, and the functions below, which `ip` exports to plugins.
//! Where it lacks one, the library is not loaded, and `ip` says "Garbage".
//!
//! Nothing unwinds into `ip`: a panic in an `extern "C"` function aborts.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::io::Write;
use std::ptr::null_mut;
use std::slice;
use std::sync::atomic::AtomicPtr;

use crate::kind::{Ip, Kind};
use crate::message::{Message, ROOM};
use crate::show::{Attributes, Json, json, text};
use crate::softnic::Softnic;
use crate::vnic::Vnic;
use crate::words::{Refusal, Words};

/// `FILE` of the C library.
type File = c_void;
/// `struct nlmsghdr`, which begins a `struct iplink_req`.
type Request = c_void;
/// `struct rtattr`: its length and number, then its value.
#[repr(C)]
struct Attribute {
    length: u16,
    number: u16,
}

unsafe extern "C" {
    fn fputs(text: *const c_char, file: *mut File) -> c_int;

    fn iplink_parse(
        argc: c_int,
        argv: *mut *mut c_char,
        request: *mut Request,
        kind: *mut *mut c_char,
    ) -> c_int;

    fn is_json_context() -> bool;
    fn open_json_object(key: *const c_char);
    fn close_json_object();
    fn open_json_array(output: c_uint, key: *const c_char);
    fn close_json_array(output: c_uint, key: *const c_char);
    fn print_color_uint(
        output: c_uint,
        color: c_uint,
        key: *const c_char,
        format: *const c_char,
        value: c_uint,
    ) -> c_int;
    fn print_color_int(
        output: c_uint,
        color: c_uint,
        key: *const c_char,
        format: *const c_char,
        value: c_int,
    ) -> c_int;
    fn print_color_bool(
        output: c_uint,
        color: c_uint,
        key: *const c_char,
        format: *const c_char,
        value: bool,
    ) -> c_int;
    fn print_color_string(
        output: c_uint,
        color: c_uint,
        key: *const c_char,
        format: *const c_char,
        value: *const c_char,
    ) -> c_int;
}

/// `PRINT_JSON`: nothing is printed unless JSON is.
const JSON: c_uint = 2;
/// Colours are for text.
const NO_COLOR: c_uint = 6;

/// `struct link_util`. `ip` writes the link to the next one itself; pointers are
/// atomic because a static may not hold others.
#[repr(C)]
pub struct LinkUtil {
    next: AtomicPtr<LinkUtil>,
    id: AtomicPtr<c_char>,
    last_attribute: c_int,
    parse_opt: Parse,
    print_opt: Print,
    print_xstats: Option<unsafe extern "C" fn()>,
    print_help: Help,
    parse_ifla_xstats: Option<unsafe extern "C" fn()>,
    print_ifla_xstats: Option<unsafe extern "C" fn()>,
    /// What later versions may add; none of it is there.
    spare: [usize; 8],
}

type Parse = unsafe extern "C" fn(*mut LinkUtil, c_int, *mut *mut c_char, *mut Request) -> c_int;
type Print = unsafe extern "C" fn(*mut LinkUtil, *mut File, *mut *mut Attribute);
type Help = unsafe extern "C" fn(*mut LinkUtil, c_int, *mut *mut c_char, *mut File);

impl LinkUtil {
    const fn new<K: Kind>() -> Self {
        Self {
            next: AtomicPtr::new(null_mut()),
            id: AtomicPtr::new(K::ID.as_ptr().cast_mut()),
            last_attribute: K::LAST_ATTRIBUTE as c_int,
            parse_opt: parse_opt::<K>,
            print_opt: print_opt::<K>,
            print_xstats: None,
            print_help: print_help::<K>,
            parse_ifla_xstats: None,
            print_ifla_xstats: None,
            spare: [0; 8],
        }
    }
}

/// What `ip` takes from link_softnic.so.
// SAFETY: no other library has such a name, which is made of the kind's.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static softnic_link_util: LinkUtil = LinkUtil::new::<Softnic>();

/// What `ip` takes from link_vnic.so.
// SAFETY: no other library has such a name, which is made of the kind's.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static vnic_link_util: LinkUtil = LinkUtil::new::<Vnic>();

/// The words of a command as `ip` has them, for its own parser.
struct Argv {
    argc: c_int,
    argv: *mut *mut c_char,
}

impl Ip for Argv {
    fn link_words(&mut self, from: usize, message: &mut Message<'_>) -> Result<usize, Refusal> {
        let Some(left) = c_int::try_from(from)
            .ok()
            .and_then(|from| self.argc.checked_sub(from))
        else {
            return Err(Refusal::Incomplete);
        };
        if left <= 0 {
            return Err(Refusal::Incomplete);
        }
        let mut kind = null_mut();
        let request = message.buffer().as_mut_ptr().cast();
        // SAFETY: argv has argc words, of which `from` are fewer, so that the
        // `left` from there on are its words too. The buffer is the whole of
        // the struct iplink_req, to which iplink_parse() keeps.
        let taken = unsafe { iplink_parse(left, self.argv.add(from), request, &mut kind) };
        if !kind.is_null() {
            // SAFETY: it is one of the words.
            let kind = unsafe { CStr::from_ptr(kind) };
            let kind = kind.to_string_lossy().into_owned();
            return Err(Refusal::Twice("type", kind));
        }
        match usize::try_from(taken) {
            Ok(taken) => Ok(taken),
            Err(_) => Err(Refusal::Said),
        }
    }
}

/// # Safety
///
/// `argv` has `argc` strings, and `request` begins a `struct iplink_req` that
/// nobody else looks at meanwhile.
unsafe extern "C" fn parse_opt<K: Kind>(
    _: *mut LinkUtil,
    argc: c_int,
    argv: *mut *mut c_char,
    request: *mut Request,
) -> c_int {
    // SAFETY: as the caller promises.
    let words = unsafe { strings(argc, argv) };
    // SAFETY: struct iplink_req has this size, and the caller lends it.
    let buffer = unsafe { &mut *request.cast::<[u8; ROOM]>() };
    let Some(mut message) = Message::new(buffer) else {
        return refuse::<K>(&Refusal::Full);
    };
    match K::parse(
        &mut Words::new(words),
        &mut message,
        &mut Argv { argc, argv },
    ) {
        Ok(()) => 0,
        Err(refusal) => refuse::<K>(&refusal),
    }
}

/// # Safety
///
/// `argv` has `argc` strings.
unsafe fn strings(argc: c_int, argv: *mut *mut c_char) -> Vec<String> {
    let count = usize::try_from(argc).unwrap_or(0);
    if count == 0 {
        return Vec::new();
    }
    // SAFETY: as the caller promises.
    let pointers = unsafe { slice::from_raw_parts(argv, count) };
    let string = |pointer: &*mut c_char| {
        // SAFETY: it is one of the strings.
        let string = unsafe { CStr::from_ptr(*pointer) };
        string.to_string_lossy().into_owned()
    };
    pointers.iter().map(string).collect()
}

/// Says why a command is not carried out. Who would not know how to put it
/// right is told how the kind is used.
fn refuse<K: Kind>(refusal: &Refusal) -> c_int {
    let mut said = match refusal {
        Refusal::Help | Refusal::Said => String::new(),
        _ => format!("{refusal}\n"),
    };
    if matches!(refusal, Refusal::Help | Refusal::Unknown(..)) {
        said += &K::HELP.to_string_lossy();
    }
    // There is no place left where it could be told that this failed.
    let _ = std::io::stderr().write_all(said.as_bytes());
    -1
}

/// # Safety
///
/// `file` is open; `attributes` is null, or has a place for each number to the
/// kind's last, with null or an attribute that is whole.
unsafe extern "C" fn print_opt<K: Kind>(
    _: *mut LinkUtil,
    file: *mut File,
    attributes: *mut *mut Attribute,
) {
    if attributes.is_null() {
        return;
    }
    let count = usize::from(K::LAST_ATTRIBUTE) + 1;
    // SAFETY: there are as many places, as the caller promises.
    let places = unsafe { slice::from_raw_parts(attributes, count) };
    let value = |place: &*mut Attribute| {
        if place.is_null() {
            return None;
        }
        // SAFETY: it is an attribute, as the caller promises, and not changed.
        let length = usize::from(unsafe { (**place).length });
        let length = length.checked_sub(size_of::<Attribute>())?;
        // SAFETY: its value follows on its header and has that length.
        Some(unsafe { slice::from_raw_parts(place.add(1).cast::<u8>().cast_const(), length) })
    };
    let fields = K::show(&Attributes(places.iter().map(value).collect()));
    // SAFETY: it only reads a variable of ip's.
    if unsafe { is_json_context() } {
        json(&fields, &mut IpJson);
    } else if let Ok(text) = CString::new(text(&fields)) {
        // SAFETY: the text ends in a null byte, and the caller has opened the file.
        unsafe { fputs(text.as_ptr(), file) };
    }
}

/// # Safety
///
/// `file` is open.
unsafe extern "C" fn print_help<K: Kind>(
    _: *mut LinkUtil,
    _: c_int,
    _: *mut *mut c_char,
    file: *mut File,
) {
    // SAFETY: the text ends in a null byte, and the caller has opened the file.
    unsafe { fputs(K::HELP.as_ptr(), file) };
}

/// The writer of JSON of `ip`, which knows where commas belong. Its functions do
/// nothing when there is none, and use no format for JSON.
struct IpJson;

/// For a function of the writer's: it has a key, or is in an array.
const NO_FORMAT: *const c_char = std::ptr::null();

impl Json for IpJson {
    fn number(&mut self, key: &CStr, number: u32) {
        // SAFETY: the key is a string, and JSON needs no format.
        unsafe { print_color_uint(JSON, NO_COLOR, key.as_ptr(), NO_FORMAT, number) };
    }

    fn signed(&mut self, key: &CStr, number: i32) {
        // SAFETY: the key is a string, and JSON needs no format.
        unsafe { print_color_int(JSON, NO_COLOR, key.as_ptr(), NO_FORMAT, number) };
    }

    fn flag(&mut self, key: &CStr, value: bool) {
        // SAFETY: the key is a string, and JSON needs no format.
        unsafe { print_color_bool(JSON, NO_COLOR, key.as_ptr(), NO_FORMAT, value) };
    }

    fn string(&mut self, key: &CStr, text: &CStr) {
        // SAFETY: key and text are strings, and JSON needs no format.
        unsafe { print_color_string(JSON, NO_COLOR, key.as_ptr(), NO_FORMAT, text.as_ptr()) };
    }

    fn open_array(&mut self, key: &CStr) {
        // SAFETY: the key is a string.
        unsafe { open_json_array(JSON, key.as_ptr()) };
    }

    fn close_array(&mut self) {
        // SAFETY: the key is for text alone.
        unsafe { close_json_array(JSON, std::ptr::null()) };
    }

    fn open_object(&mut self) {
        // SAFETY: an object in an array has no key, which is null.
        unsafe { open_json_object(std::ptr::null()) };
    }

    fn close_object(&mut self) {
        // SAFETY: it ends the object that was begun.
        unsafe { close_json_object() };
    }
}
