# SPDX-License-Identifier: GPL-2.0
"""Steering rules by the call that ethtool -n and -N make, for what ethtool has
no words for."""

import array
import errno
import fcntl
import socket
import struct

from .netns import inside

SIOCETHTOOL = 0x8946
COUNT, GET, LIST, DELETE, INSERT = 0x2E, 0x2F, 0x30, 0x31, 0x32
ANY, FIRST, LAST = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SPECIAL = 0x80000000
DROP = 0xFFFFFFFFFFFFFFFF
EXT, MAC_EXT, RSS = 0x80000000, 0x40000000, 0x20000000
TCP4, UDP4, IP4, IP6, ETHER = 0x01, 0x02, 0x0D, 0x0E, 0x12

# Command, type, data; type, value, mask (each with its extension), ring,
# location; count or context.
LAYOUT = "=IIQI52s20s52s20s4xQI4xI4x"


class Answer:
    """What the kernel made of a request."""

    def __init__(self, error, raw, size):
        self.error = error
        fields = struct.unpack_from(LAYOUT, raw)
        _, self.outer_type, self.data, self.flow_type = fields[:4]
        self.value, self.value_ext, self.mask, self.mask_ext = fields[4:8]
        self.ring, self.location, self.count = fields[8:]
        at = struct.calcsize(LAYOUT) - 4
        self.locations = struct.unpack_from(f"={size}I", raw, at)[:self.count] if size else ()


def rule_call(dev, netns, command, *, flow_type=0, value=b"", mask=b"", value_ext=b"",
              mask_ext=b"", ring=0, location=0, context=0, slots=0):
    """Makes the call. A value's and a mask's bytes are those of the flow type's
    structure; what is left out is zero."""
    raw = struct.pack(LAYOUT, command, 0, 0, flow_type, value, value_ext, mask, mask_ext,
                      ring, location, slots or context)
    with inside(netns):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    data = array.array("B", raw + bytes(4 * slots))
    error = ""
    with s:
        try:
            where, _ = data.buffer_info()
            fcntl.ioctl(s, SIOCETHTOOL, struct.pack("16sQ16x", dev.encode(), where))
        except OSError as failure:
            error = errno.errorcode[failure.errno]
    return Answer(error, data.tobytes(), slots)
