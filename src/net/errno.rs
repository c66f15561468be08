// SPDX-License-Identifier: GPL-2.0

//! Error numbers of the network core that the kernel crate does not name.
//!
//! C header: `include/uapi/asm-generic/errno.h`.

use crate::bindings;
use kernel::prelude::*;

/// The operation is not supported.
pub(crate) fn not_supported() -> Error {
    Error::from_errno(-bindings::SOFTNIC_EOPNOTSUPP)
}

/// The address cannot be used.
pub(crate) fn address_not_available() -> Error {
    Error::from_errno(-bindings::SOFTNIC_EADDRNOTAVAIL)
}

/// There is no connection.
pub(crate) fn not_connected() -> Error {
    Error::from_errno(-bindings::SOFTNIC_ENOTCONN)
}

/// What is to be told is more than there is room for.
pub(crate) fn message_size() -> Error {
    Error::from_errno(-bindings::SOFTNIC_EMSGSIZE)
}
