# SPDX-License-Identifier: GPL-2.0
"""A driver's own statistics, by the call that ethtool -S makes."""

import array
import fcntl
import socket
import struct

from .netns import inside

SIOCETHTOOL = 0x8946
GSTRINGS, GSTATS, GSSET_INFO = 0x1B, 0x1D, 0x37
SS_STATS = 1
NAME_LEN = 32


def _call(s, dev, request):
    """Makes the call; returns the request as the kernel left it."""
    data = array.array("B", request)
    where, _ = data.buffer_info()
    fcntl.ioctl(s, SIOCETHTOOL, struct.pack("16sQ16x", dev.encode(), where))
    return data.tobytes()


def statistics(dev, netns=None):
    """All statistics by name."""
    with inside(netns):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with s:
        info = _call(s, dev, struct.pack("=IIQI", GSSET_INFO, 0, 1 << SS_STATS, 0))
        count, = struct.unpack_from("=I", info, 16)
        names = _call(s, dev, struct.pack("=III", GSTRINGS, SS_STATS, count)
                      + bytes(count * NAME_LEN))
        values = _call(s, dev, struct.pack("=II", GSTATS, count) + bytes(count * 8))
    return {names[12 + i * NAME_LEN:][:NAME_LEN].rstrip(b"\0").decode():
            struct.unpack_from("=Q", values, 8 + i * 8)[0] for i in range(count)}
