# SPDX-License-Identifier: GPL-2.0
"""All that a NIC counts: its own statistics, by the call that ethtool -S makes,
and those of its queues."""

import array
import fcntl
import socket
import struct

from . import netdev
from .ktap import defer
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


class Call:
    """A call about a device, made as a request is sent."""

    def __init__(self, dev, netns, data):
        with inside(netns):
            self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        defer(self.link.close)
        self.dev, self.data, self.socket, self.answer = dev, data, self, b""

    def send(self, data):
        """Makes the call."""
        self.answer = _call(self.link, self.dev, data)

    def recv(self, *_):
        """There is nothing to be read after a call."""
        raise BlockingIOError

    def make(self):
        """Makes the call; returns what the kernel left of it."""
        self.send(self.data)
        return self.answer

    def succeeds(self):
        """Whether the call can be made."""
        try:
            self.make()
        except OSError:
            return False
        return True


def own_statistics(dev, netns=None):
    """What ethtool -S shows, by name."""
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


def statistics(dev, netns=None):
    """What ethtool -S shows; each queue's statistics, such as rx0_packets, for
    those in use while the device is up; and the device's totals, such as
    rx-packets, named as in the netdev family."""
    found = own_statistics(dev, netns) | netdev.totals(dev, netns)
    for (direction, number), stats in netdev.by_queue(dev, netns).items():
        for name, value in stats.items():
            found[f"{direction}{number}_{name.replace('-', '_')}"] = value
    return found
