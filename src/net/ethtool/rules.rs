// SPDX-License-Identifier: GPL-2.0

//! Steering rules: `ethtool -n` and `-N`.
//!
//! The interface has no messages: what is refused is told by the error number
//! alone.

use crate::bindings;
use crate::net::device::{PortDevice, PortOps};
use crate::net::errno::{message_size, not_supported};
use crate::net::rtnl::Rtnl;
use core::mem;
use kernel::prelude::*;

/// The flag of special locations.
const SPECIAL: u32 = bindings::SOFTNIC_RX_CLS_LOC_SPECIAL;

/// Header fields as bytes, or a mask of them.
#[derive(Clone, Copy)]
pub(crate) struct FlowHeaders {
    /// The fields of the flow type (`h_u` or `m_u`).
    pub(crate) fields: [u8; 52],
    /// The fields of every flow type (`h_ext` or `m_ext`).
    pub(crate) ext: [u8; 20],
}

/// A rule, but for its location, as `struct ethtool_rx_flow_spec` has it.
#[derive(Clone, Copy)]
pub(crate) struct FlowRule {
    /// The flow type, with flags.
    pub(crate) flow_type: u32,
    /// What the fields must have.
    pub(crate) value: FlowHeaders,
    /// Where they must have it.
    pub(crate) mask: FlowHeaders,
    /// The ring, or what else happens (`ring_cookie`).
    pub(crate) ring: u64,
    /// The RSS context, if the flow type has its flag.
    pub(crate) context: u32,
}

/// The steering rules of a driver. All under RTNL.
pub(crate) trait FlowRules: Sized {
    /// How many rules there can be.
    const CAPACITY: u32;

    /// The locations that are taken, in order.
    fn locations<'r>(dev: &'r PortDevice<Self>, rtnl: &'r Rtnl) -> impl Iterator<Item = u32> + 'r;
    /// The rule at a location.
    fn rule<'r>(dev: &'r PortDevice<Self>, location: u32, rtnl: &'r Rtnl) -> Option<&'r FlowRule>;
    /// Adds a rule, and returns where it is. `location` may be special. On error
    /// nothing is changed.
    fn add_rule(dev: &PortDevice<Self>, rule: &FlowRule, location: u32, rtnl: &Rtnl)
        -> Result<u32>;
    /// Removes a rule. On error nothing is changed.
    fn remove_rule(dev: &PortDevice<Self>, location: u32, rtnl: &Rtnl) -> Result;
}

/// # Safety
///
/// Called by the core under RTNL with a device of a port `P`, and with room for
/// `request.rule_cnt` locations if the request is for all, or null if that is
/// none.
pub(super) unsafe extern "C" fn get_rxnfc<P: PortOps>(
    dev: *mut bindings::net_device,
    request: *mut bindings::ethtool_rxnfc,
    locations: *mut u32,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, request, rtnl) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            &mut *request,
            Rtnl::assume(),
        )
    };
    match request.cmd {
        bindings::SOFTNIC_GRXCLSRLCNT => {
            request.data = u64::from(P::CAPACITY | SPECIAL);
            set_count(request, P::locations(dev, &rtnl).count() as u32);
            0
        }
        bindings::SOFTNIC_GRXCLSRLALL => {
            // SAFETY: By the requirement.
            let slots = unsafe { slots(request, locations) };
            match list(P::locations(dev, &rtnl), slots) {
                Ok(count) => {
                    request.data = P::CAPACITY.into();
                    set_count(request, count);
                    0
                }
                Err(error) => error.to_errno(),
            }
        }
        bindings::SOFTNIC_GRXCLSRULE => match P::rule(dev, request.fs.location, &rtnl) {
            Some(rule) => {
                tell(request, rule);
                0
            }
            None => ENOENT.to_errno(),
        },
        _ => not_supported().to_errno(),
    }
}

/// # Safety
///
/// Called by the core under RTNL with a device of a port `P`.
pub(super) unsafe extern "C" fn set_rxnfc<P: PortOps>(
    dev: *mut bindings::net_device,
    request: *mut bindings::ethtool_rxnfc,
) -> c_int {
    // SAFETY: By the requirement.
    let (dev, request, rtnl) = unsafe {
        (
            PortDevice::<P>::from_ptr(dev),
            &mut *request,
            Rtnl::assume(),
        )
    };
    let location = request.fs.location;
    match request.cmd {
        bindings::SOFTNIC_SRXCLSRLINS => {
            match P::add_rule(dev, &rule_of(request), location, &rtnl) {
                Ok(location) => {
                    request.fs.location = location;
                    0
                }
                Err(error) => error.to_errno(),
            }
        }
        bindings::SOFTNIC_SRXCLSRLDEL => {
            P::remove_rule(dev, location, &rtnl).map_or_else(Error::to_errno, |()| 0)
        }
        _ => not_supported().to_errno(),
    }
}

/// # Safety
///
/// `locations` must be null, or have room for as many as the request says for
/// the lifetime that the caller chooses.
unsafe fn slots<'a>(request: &bindings::ethtool_rxnfc, locations: *mut u32) -> &'a mut [u32] {
    if locations.is_null() {
        return &mut [];
    }
    // SAFETY: All bits are a number, whichever member of the union was written.
    let len = unsafe { request.__bindgen_anon_1.rule_cnt } as usize;
    // SAFETY: By the requirement.
    unsafe { core::slice::from_raw_parts_mut(locations, len) }
}

/// Puts locations into slots, and says how many there are. `EMSGSIZE`: there
/// are more than slots.
fn list(locations: impl Iterator<Item = u32>, slots: &mut [u32]) -> Result<u32> {
    let mut count: u32 = 0;
    let mut slots = slots.iter_mut();
    for location in locations {
        *slots.next().ok_or_else(message_size)? = location;
        count = count.wrapping_add(1);
    }
    Ok(count)
}

fn set_count(request: &mut bindings::ethtool_rxnfc, count: u32) {
    request.__bindgen_anon_1.rule_cnt = count;
}

fn tell(request: &mut bindings::ethtool_rxnfc, rule: &FlowRule) {
    request.fs.flow_type = rule.flow_type;
    request.fs.ring_cookie = rule.ring;
    (request.fs.h_u, request.fs.h_ext) = raw(&rule.value);
    (request.fs.m_u, request.fs.m_ext) = raw(&rule.mask);
    if rule.flow_type & bindings::SOFTNIC_FLOW_RSS == 0 {
        return;
    }
    request.__bindgen_anon_1.rss_context = rule.context;
    // The core takes this for a context of its own; it has none for the main
    // one (net/ethtool/common.c, ethtool_get_max_rxnfc_channel()).
    if rule.context != 0 {
        request.flow_type |= bindings::SOFTNIC_FLOW_RSS;
    }
}

fn rule_of(request: &bindings::ethtool_rxnfc) -> FlowRule {
    let fs = &request.fs;
    FlowRule {
        flow_type: fs.flow_type,
        value: headers(&fs.h_u, &fs.h_ext),
        mask: headers(&fs.m_u, &fs.m_ext),
        ring: fs.ring_cookie,
        // SAFETY: All bits are a number, whichever member of the union was
        // written.
        context: unsafe { request.__bindgen_anon_1.rss_context },
    }
}

fn headers(fields: &bindings::ethtool_flow_union, ext: &bindings::ethtool_flow_ext) -> FlowHeaders {
    FlowHeaders {
        // SAFETY: The union came from the user, so all of its bytes are there;
        // it has this size.
        fields: unsafe { mem::transmute_copy(fields) },
        // SAFETY: As above: the structure came from the user, and has this size.
        ext: unsafe { mem::transmute_copy(ext) },
    }
}

fn raw(headers: &FlowHeaders) -> (bindings::ethtool_flow_union, bindings::ethtool_flow_ext) {
    (
        // SAFETY: The union is of numbers alone and has this size.
        unsafe { mem::transmute_copy(&headers.fields) },
        // SAFETY: As above: the structure is of numbers alone and has this size.
        unsafe { mem::transmute_copy(&headers.ext) },
    )
}

const _: () = assert!(mem::size_of::<bindings::ethtool_flow_union>() == 52);
const _: () = assert!(mem::size_of::<bindings::ethtool_flow_ext>() == 20);
