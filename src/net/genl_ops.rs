// SPDX-License-Identifier: GPL-2.0

//! What the generated operations of the family call, and how they are answered.
//!
//! Reading is open to all. The core has checked a request against its
//! operation's policy. All is told under RTNL, which is let go between the
//! messages of a dump.

use crate::bindings;
use crate::net::genl::{write_behind, Message};
use crate::net::netlink::{Attr, Attributes, Dump, ExtAck};
use crate::net::netns::NetRef;
use crate::net::once::OnceRef;
use crate::net::rtnl::{with_rtnl, Rtnl};
use core::marker::PhantomData;
use core::mem;
use kernel::error::to_result;
use kernel::prelude::*;

/// Answers a request for one object.
pub(crate) type Get = fn(&Request<'_>, &mut Dump<'_>, &Rtnl) -> Result;
/// Goes on with answering a request for many; `EMSGSIZE` when the buffer is full.
pub(crate) type List = fn(&Request<'_>, &mut Series<'_>, &Rtnl) -> Result;

/// Who does the family's operations.
pub(crate) struct Operations {
    /// `nic-get`.
    pub(crate) nic: (Get, List),
    /// `port-get`.
    pub(crate) port: (Get, List),
    /// `group-get`.
    pub(crate) group: (Get, List),
    /// `ring-get`.
    pub(crate) ring: (Get, List),
    /// `filter-get`.
    pub(crate) filter: List,
    /// `drops-get`.
    pub(crate) drops: (Get, List),
}

static OPERATIONS: OnceRef<Operations> = OnceRef::empty();

/// Has operations done by `operations` from now on; only the first call counts.
pub(super) fn serve_by(operations: &'static Operations) {
    OPERATIONS.fill(operations);
}

/// A request, checked against its policy.
pub(crate) struct Request<'a> {
    attributes: Attributes<'a>,
    net: NetRef<'a>,
    extack: ExtAck<'a>,
}

impl<'a> Request<'a> {
    /// # Safety
    ///
    /// `info` must be that of a request that the core is having answered, with
    /// the attributes of an operation that knows those up to `max`, valid for
    /// the lifetime that the caller chooses.
    unsafe fn new(info: &'a bindings::genl_info, max: u32) -> Self {
        // SAFETY: By the requirement; the core keeps the requester's namespace.
        unsafe {
            Self {
                attributes: Attributes::from_table(info.attrs, max as usize + 1),
                net: NetRef::from_ptr(bindings::genl_info_net(info)),
                extack: ExtAck::from_raw(info.extack),
            }
        }
    }

    /// The attribute of type `kind`, if the request has it.
    pub(crate) fn get(&self, kind: u16) -> Option<Attr<'a>> {
        self.attributes.get(kind)
    }

    /// The attribute of type `kind`, which is called `name`. `EINVAL` if it is
    /// missing.
    pub(crate) fn require(&self, kind: u16, name: &str) -> Result<Attr<'a>> {
        let attr = self.get(kind);
        attr.ok_or_else(|| {
            self.extack
                .refuse_missing(EINVAL, kind, fmt!("{name} is missing"))
        })
    }

    /// The requester's namespace.
    pub(crate) fn net(&self) -> &NetRef<'a> {
        &self.net
    }

    /// Where the reason of a refusal goes.
    pub(crate) fn extack(&self) -> &ExtAck<'a> {
        &self.extack
    }
}

/// Where a dump goes on, between its messages. Nothing of it refers to what may
/// go meanwhile.
#[derive(Clone, Copy)]
#[repr(C)]
struct Place {
    /// The first device index that is not done with.
    device: u32,
    /// How often a device told of another state when it was gone on with.
    disturbances: u32,
    /// The first item of that device that is not done with.
    item: u64,
    /// What the device told of the state of its items when it was begun.
    state: u64,
}

const _: () =
    assert!(mem::size_of::<Place>() <= mem::size_of::<bindings::netlink_callback__bindgen_ty_1>());

/// The messages of a dump.
///
/// # Invariants
///
/// Both pointers are valid for `'a` and nobody else uses them: `cb` is that of a
/// dump of the family, and `skb` the buffer that it is to fill.
pub(crate) struct Series<'a> {
    skb: *mut bindings::sk_buff,
    cb: *mut bindings::netlink_callback,
    _life: PhantomData<&'a mut bindings::netlink_callback>,
}

impl Series<'_> {
    fn place(&mut self) -> &mut Place {
        // SAFETY: By the type invariant. The core zeroes the area, aligns it to
        // a word, and leaves it to the dump; any bytes are a place.
        unsafe { &mut *(&raw mut (*self.cb).__bindgen_anon_1).cast::<Place>() }
    }

    /// Says which list of devices, and how often disturbed, the following
    /// messages are of: those of a dump in which that changes are marked.
    fn note_state(&mut self) {
        let disturbances = self.place().disturbances;
        // SAFETY: By the type invariant; a dump's namespace lives as long.
        unsafe {
            let net = bindings::genl_info_net(info_of(self.cb));
            let devices = bindings::dev_base_seq(net);
            // The core takes 0 for none.
            (*self.cb).seq = devices.wrapping_add(disturbances).max(1);
        }
    }

    /// The first device index that is still to be looked at.
    pub(crate) fn next_device(&mut self) -> u32 {
        self.place().device
    }

    /// Goes on with device `index`; returns the first of its items that is still
    /// to be told. The dump is marked as interrupted if it was begun before and
    /// `state` was another then.
    pub(crate) fn enter(&mut self, index: u32, state: u64) -> u64 {
        let place = self.place();
        if place.device != index || place.item == 0 {
            (place.device, place.item, place.state) = (index, 0, state);
        } else if place.state != state {
            place.state = state;
            place.disturbances = place.disturbances.wrapping_add(1);
            self.note_state();
        }
        self.place().item
    }

    /// The device's items below `item` are told.
    pub(crate) fn done_below(&mut self, item: u64) {
        self.place().item = item;
    }

    /// All items of the device are told.
    pub(crate) fn leave(&mut self) {
        let place = self.place();
        (place.device, place.item) = (place.device.saturating_add(1), 0);
    }

    /// Writes a message whose attributes `fill` writes; `EMSGSIZE` when the
    /// buffer is full, which has nothing of it then.
    pub(crate) fn write(&mut self, fill: impl FnOnce(&mut Dump<'_>) -> Result) -> Result {
        // SAFETY: By the type invariant.
        unsafe {
            let flags = bindings::SOFTNIC_NLM_F_MULTI.into();
            let header = bindings::genlmsg_iput(self.skb, info_of(self.cb), flags);
            if !header.is_null() {
                bindings::genl_dump_check_consistent(self.cb, header);
            }
            write_behind(self.skb, header, fill)
        }
    }
}

/// # Safety
///
/// `cb` must be that of a dump of the family.
unsafe fn info_of<'a>(cb: *mut bindings::netlink_callback) -> &'a bindings::genl_info {
    // SAFETY: By the requirement; generic netlink's data of a dump.
    unsafe { &(*(*cb).data.cast::<bindings::genl_dumpit_info>()).info }
}

/// # Safety
///
/// `info` must be that of a request that the core is having answered, by an
/// operation that knows attributes up to `max`.
unsafe fn answer(info: *mut bindings::genl_info, max: u32, of: fn(&Operations) -> Get) -> Result {
    let get = of(OPERATIONS.get().ok_or(ENODEV)?);
    // SAFETY: By the requirement.
    let request = unsafe { Request::new(&*info, max) };
    let message = Message::new(bindings::SOFTNIC_GFP_KERNEL)?;
    let skb = message.as_ptr();
    // SAFETY: The message is ours, and empty.
    unsafe {
        let header = bindings::genlmsg_iput(skb, info, 0);
        write_behind(skb, header, |reply| {
            with_rtnl(|rtnl| get(&request, reply, rtnl))
        })?;
    }
    // SAFETY: By the requirement; the message is given away.
    to_result(unsafe { bindings::genlmsg_reply(message.into_raw(), info) })
}

/// # Safety
///
/// `cb` must be that of a dump of the family, by an operation that knows
/// attributes up to `max`, and `skb` the buffer that is to be filled.
unsafe fn go_on(
    skb: *mut bindings::sk_buff,
    cb: *mut bindings::netlink_callback,
    max: u32,
    of: fn(&Operations) -> List,
) -> Result {
    let list = of(OPERATIONS.get().ok_or(ENODEV)?);
    // SAFETY: By the requirement.
    let request = unsafe { Request::new(info_of(cb), max) };
    // INVARIANT: By the requirement.
    let mut series = Series {
        skb,
        cb,
        _life: PhantomData,
    };
    with_rtnl(|rtnl| {
        series.note_state();
        list(&request, &mut series, rtnl)
    })
}

fn errno(result: Result) -> c_int {
    result.map_or_else(Error::to_errno, |()| 0)
}

/// The functions that the generated operations name, with the last attribute
/// that a request may have.
macro_rules! operations {
    ($(do $name:ident: $max:expr => $of:expr;)* $(dump $list:ident: $last:expr => $many:expr;)*) => {
        $(
            /// # Safety
            ///
            /// Called by the core to have a request answered.
            #[no_mangle]
            unsafe extern "C" fn $name(
                _: *mut bindings::sk_buff,
                info: *mut bindings::genl_info,
            ) -> c_int {
                // SAFETY: By the requirement.
                errno(unsafe { answer(info, $max, $of) })
            }
        )*
        $(
            /// # Safety
            ///
            /// Called by the core to have a buffer of a dump filled.
            #[no_mangle]
            unsafe extern "C" fn $list(
                skb: *mut bindings::sk_buff,
                cb: *mut bindings::netlink_callback,
            ) -> c_int {
                // SAFETY: By the requirement.
                errno(unsafe { go_on(skb, cb, $last, $many) })
            }
        )*
    };
}

operations! {
    do softnic_nl_nic_get_doit: bindings::SOFTNIC_A_NIC_IFINDEX => |ops| ops.nic.0;
    do softnic_nl_port_get_doit: bindings::SOFTNIC_A_PORT_IFINDEX => |ops| ops.port.0;
    do softnic_nl_group_get_doit: bindings::SOFTNIC_A_GROUP_IFINDEX => |ops| ops.group.0;
    do softnic_nl_ring_get_doit: bindings::SOFTNIC_A_RING_ID => |ops| ops.ring.0;
    do softnic_nl_drops_get_doit: bindings::SOFTNIC_A_DROPS_IFINDEX => |ops| ops.drops.0;
    dump softnic_nl_nic_get_dumpit: 0 => |ops| ops.nic.1;
    dump softnic_nl_port_get_dumpit: bindings::SOFTNIC_A_PORT_NIC_IFINDEX => |ops| ops.port.1;
    dump softnic_nl_group_get_dumpit: bindings::SOFTNIC_A_GROUP_NIC_IFINDEX => |ops| ops.group.1;
    dump softnic_nl_ring_get_dumpit: bindings::SOFTNIC_A_RING_IFINDEX => |ops| ops.ring.1;
    dump softnic_nl_filter_get_dumpit: bindings::SOFTNIC_A_FILTER_NIC_IFINDEX => |ops| ops.filter;
    dump softnic_nl_drops_get_dumpit: 0 => |ops| ops.drops.1;
}
