// SPDX-License-Identifier: GPL-2.0
//! The plugin of `ip link` for the kinds `softnic` and `vnic`.
//!
//! `ip` loads `link_KIND.so` when it meets a kind that it does not know itself,
//! and takes the functions from its symbol `KIND_link_util`. Both kinds are in
//! this one library. What touches `ip` is in [`ffi`], and all `unsafe` with it;
//! the rest is plain Rust, which tests run on the host.

mod connect;
// ip's own functions are in ip alone, so that tests could not be linked.
#[cfg(not(test))]
mod ffi;
mod kind;
mod message;
mod named;
mod show;
mod softnic;
mod vlans;
mod vnic;
mod words;
