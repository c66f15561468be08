// SPDX-License-Identifier: GPL-2.0

//! Netlink attributes in requests and replies, and extended acks.
//!
//! C headers: `include/net/netlink.h`, `include/linux/netlink.h`.

use crate::bindings;
use crate::net::device::Netdev;
use crate::net::errno::message_size;
use crate::net::rtnl::Rtnl;
use core::fmt::Write as _;
use core::marker::PhantomData;
use core::ptr::NonNull;
use kernel::error::to_result;
use kernel::fmt;
use kernel::prelude::*;
use kernel::str::Formatter;

const HEADER: usize = core::mem::size_of::<bindings::nlattr>();
const TYPE_MASK: u16 = bindings::SOFTNIC_NLA_TYPE_MASK;

/// Where the reason of a refusal goes. May be absent: then nothing is told.
///
/// # Invariants
///
/// The pointer is null or valid for `'a`.
pub(crate) struct ExtAck<'a> {
    ptr: *mut bindings::netlink_ext_ack,
    _life: PhantomData<&'a mut bindings::netlink_ext_ack>,
}

impl ExtAck<'_> {
    /// # Safety
    ///
    /// `ptr` must be null, or valid and not used by others for the lifetime
    /// that the caller chooses.
    pub(super) unsafe fn from_raw(ptr: *mut bindings::netlink_ext_ack) -> Self {
        // INVARIANT: By the requirement.
        Self {
            ptr,
            _life: PhantomData,
        }
    }

    pub(super) fn as_ptr(&self) -> *mut bindings::netlink_ext_ack {
        self.ptr
    }

    /// Refuses with `error` for the reason `message`, of which at most 79
    /// bytes reach the requester.
    pub(crate) fn refuse(&self, error: Error, message: fmt::Arguments<'_>) -> Error {
        self.report(message, None);
        error
    }

    /// As [`Self::refuse`], and points at the attribute at fault.
    pub(crate) fn refuse_attr(
        &self,
        error: Error,
        attr: &Attr<'_>,
        message: fmt::Arguments<'_>,
    ) -> Error {
        self.report(message, Some(attr));
        error
    }

    /// As [`Self::refuse`], and names the attribute that is missing.
    pub(super) fn refuse_missing(
        &self,
        error: Error,
        kind: u16,
        message: fmt::Arguments<'_>,
    ) -> Error {
        self.report(message, None);
        // SAFETY: By the type invariant; nobody else uses it meanwhile.
        if let Some(extack) = unsafe { self.ptr.as_mut() } {
            extack.miss_type = kind;
            extack.miss_nest = core::ptr::null_mut();
        }
        error
    }

    fn report(&self, message: fmt::Arguments<'_>, attr: Option<&Attr<'_>>) {
        // SAFETY: By the type invariant; nobody else uses it meanwhile.
        let Some(extack) = (unsafe { self.ptr.as_mut() }) else {
            return;
        };
        // SAFETY: The buffer is plain bytes of that length.
        let buffer = unsafe {
            core::slice::from_raw_parts_mut(
                extack._msg_buf.as_mut_ptr().cast::<u8>(),
                extack._msg_buf.len(),
            )
        };
        buffer.fill(0);
        let Some((_terminator, text)) = buffer.split_last_mut() else {
            return;
        };
        // A message that does not fit is cut.
        let _ = Formatter::new(text).write_fmt(message);
        extack._msg = extack._msg_buf.as_ptr();
        if let Some(attr) = attr {
            extack.bad_attr = attr.ptr.as_ptr();
            extack.policy = core::ptr::null();
        }
    }
}

/// What an attribute may hold.
#[repr(transparent)]
pub(crate) struct Policy(bindings::nla_policy);

// SAFETY: A policy is never written.
unsafe impl Sync for Policy {}

impl Policy {
    const fn new(kind: u8) -> Self {
        // SAFETY: All-zero is the policy that checks nothing.
        let mut policy: bindings::nla_policy = unsafe { core::mem::zeroed() };
        policy.type_ = kind;
        Self(policy)
    }

    /// The unused entry 0.
    pub(crate) const UNUSED: Self = Self::new(bindings::SOFTNIC_NLA_UNSPEC);
    /// An unsigned 32-bit number.
    pub(crate) const U32: Self = Self::new(bindings::SOFTNIC_NLA_U32);
    /// A signed 32-bit number.
    pub(crate) const S32: Self = Self::new(bindings::SOFTNIC_NLA_S32);
    /// Bytes of any number.
    pub(crate) const BINARY: Self = Self::new(bindings::SOFTNIC_NLA_BINARY);
    /// Only ever written by the kernel.
    pub(crate) const READ_ONLY: Self = Self::new(bindings::SOFTNIC_NLA_REJECT);
    /// A `struct ifinfomsg` with link attributes behind it.
    pub(crate) const LINK: Self = {
        let mut policy = Self::new(bindings::SOFTNIC_NLA_BINARY);
        policy.0.validation_type = bindings::SOFTNIC_NLA_VALIDATE_MIN;
        policy.0.__bindgen_anon_1.__bindgen_anon_1.min =
            core::mem::size_of::<bindings::ifinfomsg>() as i16;
        policy
    };
}

/// One attribute of a request.
///
/// # Invariants
///
/// The pointer is to an attribute whose header and payload are valid for
/// `'a`, as the core checked when it parsed the message.
#[derive(Clone, Copy)]
pub(crate) struct Attr<'a> {
    ptr: NonNull<bindings::nlattr>,
    _life: PhantomData<&'a bindings::nlattr>,
}

impl<'a> Attr<'a> {
    pub(super) fn as_ptr(&self) -> *mut bindings::nlattr {
        self.ptr.as_ptr()
    }

    /// The payload.
    pub(crate) fn payload(&self) -> &'a [u8] {
        // SAFETY: By the type invariant.
        let len = unsafe { self.ptr.as_ref() }.nla_len;
        let len = usize::from(len).saturating_sub(HEADER);
        // SAFETY: By the type invariant the payload lies behind the header.
        unsafe { core::slice::from_raw_parts(self.ptr.as_ptr().cast::<u8>().add(HEADER), len) }
    }

    /// The payload as a 32-bit number; zero-extended if it is shorter.
    pub(crate) fn u32(&self) -> u32 {
        let mut bytes = [0; 4];
        bytes
            .iter_mut()
            .zip(self.payload())
            .for_each(|(to, from)| *to = *from);
        u32::from_ne_bytes(bytes)
    }

    /// As [`Self::u32`], signed.
    pub(crate) fn i32(&self) -> i32 {
        self.u32() as i32
    }

    /// The payload as a string, up to its terminator.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        let payload = self.payload();
        let len = payload.iter().position(|b| *b == 0);
        payload.get(..len.unwrap_or(payload.len())).unwrap_or(&[])
    }

    /// Checks that the payload holds only attributes that `policy` knows, as
    /// it wants them.
    pub(super) fn validate_nested(&self, policy: &[Policy], extack: &ExtAck<'_>) -> Result {
        let payload = self.payload();
        // SAFETY: The payload is valid for its length and the policy has an
        // entry for each type up to the one given.
        to_result(unsafe {
            bindings::__nla_validate(
                payload.as_ptr().cast(),
                payload.len() as i32,
                policy.len().saturating_sub(1) as i32,
                policy.as_ptr().cast(),
                bindings::SOFTNIC_NL_VALIDATE,
                extack.as_ptr(),
            )
        })
    }

    /// The attribute of type `kind` among those in the payload: the last one,
    /// as the core's parser takes it.
    pub(super) fn find_nested(&self, kind: u16) -> Option<Attr<'a>> {
        let mut found = None;
        let mut rest = self.payload();
        while rest.len() >= HEADER {
            // SAFETY: The slice holds a header; attributes are 4-aligned in
            // a message.
            let header = unsafe { rest.as_ptr().cast::<bindings::nlattr>().read_unaligned() };
            let len = usize::from(header.nla_len);
            if len < HEADER || len > rest.len() {
                break;
            }
            if header.nla_type & TYPE_MASK == kind {
                // INVARIANT: Header and payload lie in the slice.
                found = Some(Attr {
                    ptr: NonNull::from(rest).cast(),
                    _life: PhantomData,
                });
            }
            rest = rest.get(len.next_multiple_of(4)..).unwrap_or(&[]);
        }
        found
    }
}

/// A table of parsed attributes, one slot a type.
///
/// # Invariants
///
/// `table` is null, or `len` pointers that are null or as [`Attr`] wants them.
pub(crate) struct Attributes<'a> {
    table: *mut *mut bindings::nlattr,
    len: usize,
    _life: PhantomData<&'a bindings::nlattr>,
}

impl<'a> Attributes<'a> {
    /// # Safety
    ///
    /// `table` must be null, or have `len` entries that the core filled from a
    /// message that outlives the lifetime that the caller chooses.
    pub(super) unsafe fn from_table(table: *mut *mut bindings::nlattr, len: usize) -> Self {
        // INVARIANT: By the requirement.
        Self {
            table,
            len,
            _life: PhantomData,
        }
    }

    /// The attribute of type `kind`, if the request has it.
    pub(crate) fn get(&self, kind: u16) -> Option<Attr<'a>> {
        if self.table.is_null() || usize::from(kind) >= self.len {
            return None;
        }
        // SAFETY: By the type invariant and the check above.
        let ptr = NonNull::new(unsafe { *self.table.add(kind.into()) })?;
        Some(Attr {
            ptr,
            _life: PhantomData,
        })
    }

    /// `IFLA_INFO_DATA` of a table of link attributes, as it was sent.
    pub(super) fn link_info_data(&self) -> Option<Attr<'a>> {
        self.get(bindings::SOFTNIC_IFLA_LINKINFO)?
            .find_nested(bindings::SOFTNIC_IFLA_INFO_DATA)
    }

    pub(super) fn as_ptr(&self) -> *mut *mut bindings::nlattr {
        self.table
    }
}

/// Link attributes that the driver looks at.
pub(crate) mod ifla {
    use crate::bindings;

    /// Hardware address.
    pub(crate) const ADDRESS: u16 = bindings::SOFTNIC_IFLA_ADDRESS;
    /// Name.
    pub(crate) const IFNAME: u16 = bindings::SOFTNIC_IFLA_IFNAME;
    /// Largest payload of a frame.
    pub(crate) const MTU: u16 = bindings::SOFTNIC_IFLA_MTU;
    /// Index of the device below.
    pub(crate) const LINK: u16 = bindings::SOFTNIC_IFLA_LINK;
    /// Number of transmit queues.
    pub(crate) const NUM_TX_QUEUES: u16 = bindings::SOFTNIC_IFLA_NUM_TX_QUEUES;
    /// Number of receive queues.
    pub(crate) const NUM_RX_QUEUES: u16 = bindings::SOFTNIC_IFLA_NUM_RX_QUEUES;
}

/// A reply that is being written.
pub(crate) struct Dump<'a> {
    skb: *mut bindings::sk_buff,
    _life: PhantomData<&'a mut bindings::sk_buff>,
}

impl Dump<'_> {
    /// # Safety
    ///
    /// `skb` must be a message under construction that nobody else uses for
    /// the lifetime that the caller chooses.
    pub(super) unsafe fn from_raw(skb: *mut bindings::sk_buff) -> Self {
        Self {
            skb,
            _life: PhantomData,
        }
    }

    /// Writes a 32-bit number; `EMSGSIZE` when the message is full.
    pub(crate) fn put_u32(&mut self, kind: u16, value: u32) -> Result {
        // SAFETY: The message is ours to write; the value is copied.
        to_result(unsafe { bindings::nla_put(self.skb, kind.into(), 4, (&raw const value).cast()) })
    }

    /// Writes bytes; `EMSGSIZE` when the message is full.
    pub(crate) fn put_bytes(&mut self, kind: u16, bytes: &[u8]) -> Result {
        let len = i32::try_from(bytes.len()).map_err(|_| EINVAL)?;
        // SAFETY: As above.
        to_result(unsafe { bindings::nla_put(self.skb, kind.into(), len, bytes.as_ptr().cast()) })
    }

    /// Writes a number in 32 bits, or in 64 if it needs them.
    pub(crate) fn put_uint(&mut self, kind: u16, value: u64) -> Result {
        match u32::try_from(value) {
            Ok(value) => self.put_u32(kind, value),
            Err(_) => self.put_bytes(kind, &value.to_ne_bytes()),
        }
    }

    /// Writes an attribute that says something by being there.
    pub(crate) fn put_flag(&mut self, kind: u16) -> Result {
        self.put_bytes(kind, &[])
    }

    /// Writes the name of a device.
    pub(crate) fn put_name(&mut self, kind: u16, dev: &Netdev, _: &Rtnl) -> Result {
        // SAFETY: The device is live, and RTNL keeps its name, which is
        // terminated.
        unsafe {
            let name = &(*dev.as_ptr()).name;
            let len = name.iter().position(|byte| *byte == 0);
            let len = len.map_or(name.len(), |len| len.saturating_add(1));
            let len = i32::try_from(len).map_err(|_| EINVAL)?;
            to_result(bindings::nla_put(
                self.skb,
                kind.into(),
                len,
                name.as_ptr().cast(),
            ))
        }
    }

    /// Writes an attribute that holds those that `fill` writes; on error nothing
    /// is left of them.
    pub(crate) fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Self) -> Result) -> Result {
        // SAFETY: The message is ours to write.
        let start = unsafe { bindings::nla_nest_start(self.skb, kind.into()) };
        if start.is_null() {
            return Err(message_size());
        }
        let filled = fill(self);
        // SAFETY: The nest was begun above.
        unsafe {
            match filled {
                Ok(()) => bindings::nla_nest_end(self.skb, start),
                Err(_) => bindings::nla_nest_cancel(self.skb, start),
            }
        }
        filled
    }

    /// As [`Self::put_u32`], signed.
    pub(crate) fn put_i32(&mut self, kind: u16, value: i32) -> Result {
        self.put_u32(kind, value as u32)
    }
}

/// Bytes that an attribute of `len` bytes takes in a message.
pub(crate) const fn attribute_size(len: usize) -> usize {
    (HEADER + len).next_multiple_of(4)
}

/// Bytes that a 32-bit attribute takes in a message.
pub(crate) const U32_SIZE: usize = HEADER + 4;
