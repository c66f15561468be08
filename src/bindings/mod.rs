// SPDX-License-Identifier: GPL-2.0

//! Raw bindings to the kernel's network core, for `src/net` alone.
//!
//! The kernel's own bindings leave `net_device` and its relations opaque, so
//! the build runs bindgen over `bindings.h`. The types here are distinct from
//! those of `kernel::bindings`; `src/net` never mixes the two.

#![allow(
    clippy::all,
    clippy::cast_lossless,
    clippy::ptr_as_ptr,
    clippy::ref_as_ptr,
    clippy::undocumented_unsafe_blocks,
    dead_code,
    improper_ctypes,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub,
    unsafe_op_in_unsafe_fn
)]

#[allow(unused_imports)]
mod raw {
    use kernel::ffi;

    type __kernel_size_t = usize;
    type __kernel_ssize_t = isize;
    type __kernel_ptrdiff_t = isize;

    include!(env!("SOFTNIC_BINDINGS"));
}

pub(crate) use raw::*;

/// Fails the build when libclang and the C compiler disagree on a layout.
macro_rules! assert_size {
    ($ty:ty, $size:ident) => {
        const _: () = assert!(core::mem::size_of::<$ty>() == $size as usize);
    };
}

assert_size!(net_device, SOFTNIC_SIZEOF_NET_DEVICE);
assert_size!(netdev_queue, SOFTNIC_SIZEOF_NETDEV_QUEUE);
assert_size!(napi_struct, SOFTNIC_SIZEOF_NAPI_STRUCT);
assert_size!(sk_buff, SOFTNIC_SIZEOF_SK_BUFF);
assert_size!(rtnl_link_ops, SOFTNIC_SIZEOF_RTNL_LINK_OPS);
assert_size!(net_device_ops, SOFTNIC_SIZEOF_NET_DEVICE_OPS);
assert_size!(ethtool_ops, SOFTNIC_SIZEOF_ETHTOOL_OPS);
assert_size!(dim, SOFTNIC_SIZEOF_DIM);
assert_size!(genl_info, SOFTNIC_SIZEOF_GENL_INFO);
assert_size!(genl_dumpit_info, SOFTNIC_SIZEOF_GENL_DUMPIT_INFO);
assert_size!(netlink_callback, SOFTNIC_SIZEOF_NETLINK_CALLBACK);
assert_size!(netlink_ext_ack, SOFTNIC_SIZEOF_EXT_ACK);
