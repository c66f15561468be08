# SPDX-License-Identifier: GPL-2.0
"""A device without link-layer headers, whose frames go on as they are."""

import fcntl
import os
import struct

from .ktap import defer
from .net import attempt, run, up
from .netns import inside

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_VNET_HDR = 0x0001, 0x4000
IPV4 = 0x0800


class Tun:
    """Writes packets to a device t0; each is sent by another one as it is, as if
    it had an Ethernet header. Or a copy of it is."""

    def __init__(self, dev, netns, copies=False):
        attempt("modprobe tun")
        with inside(netns):
            self.file = os.open("/dev/net/tun", os.O_RDWR)
        defer(os.close, self.file)
        fcntl.ioctl(self.file, TUNSETIFF, struct.pack("16sH22x", b"t0", IFF_TUN | IFF_VNET_HDR))
        run("ip link set t0 mtu 9000", netns)
        up("t0", netns)
        run("tc qdisc add dev t0 clsact", netns)
        run("tc filter add dev t0 ingress matchall action mirred egress "
            f"{'mirror' if copies else 'redirect'} dev {dev}", netns)

    def send(self, packet, linear=0):
        """Sends a packet, of which only so much is linear if it is longer than a
        page."""
        information = struct.pack("!HH", 0, IPV4)
        os.write(self.file, information + struct.pack("=BBHHHH", 0, 0, linear, 0, 0, 0) + packet)
