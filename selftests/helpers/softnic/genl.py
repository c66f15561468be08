# SPDX-License-Identifier: GPL-2.0
"""Requests of generic netlink as bytes, with numbers for names: the kernel's client,
which has the names, takes seconds to read them on a debug kernel."""

import functools
import struct

from . import rtnl

NETLINK_GENERIC, CONTROLLER, GET_FAMILY, FAMILY_ID, FAMILY_NAME = 16, 16, 3, 1, 2
# The family ethtool: commands, and the attributes of each.
(FEATURES_GET, FEATURES_SET, RINGS_GET, RINGS_SET, CHANNELS_GET, CHANNELS_SET,
 COALESCE_GET, COALESCE_SET) = 11, 12, 15, 16, 17, 18, 19, 20
RSS_GET, RSS_SET, RSS_CREATE, RSS_DELETE = 38, 48, 49, 50
HEADER, DEV_INDEX = 1, 1
RINGS_RX = 6
CHANNELS_COMBINED = 9
RX_USECS, RX_FRAMES, ADAPTIVE_RX = 2, 3, 11
RSS_CONTEXT, RSS_FUNCTION, RSS_TABLE, RSS_KEY = 2, 3, 4, 5
# The family netdev.
QUEUE_GET, NAPI_GET, NAPI_SET = 10, 11, 14
NAPI_ID, NAPI_DEFER, NAPI_THREADED = 2, 5, 8


@functools.cache
def family_number(name):
    """A family's number, the same in every namespace."""
    body = struct.pack("=BBH", GET_FAMILY, 1, 0) + rtnl.attr(FAMILY_NAME, name)
    with rtnl.open_socket(None, protocol=NETLINK_GENERIC) as s:
        s.send(rtnl.pack(CONTROLLER, 0, body))
        answer, = rtnl.answers(s, last=True)
    return struct.unpack("=H", rtnl.attributes(answer[4:])[FAMILY_ID])[0]


def message(family, command, *attrs, flags=rtnl.ACK):
    """A request's bytes."""
    body = struct.pack("=BBH", command, 1, 0) + b"".join(attrs)
    return rtnl.pack(family_number(family), flags, body)


class Request:
    """A request that changes something, as `rtnl.Request`."""

    def __init__(self, family, command, *attrs, netns=None):
        self.data = message(family, command, *attrs)
        self.socket = rtnl.open_socket(netns, protocol=NETLINK_GENERIC)

    def make(self):
        """Makes the request."""
        self.socket.send(self.data)
        # What it made may be told first.
        while True:
            for kind, _, payload in rtnl.messages(self.socket.recv(1 << 18)):
                if kind == rtnl.NLMSG_ERROR:
                    code, = struct.unpack_from("=i", payload)
                    if code:
                        raise rtnl.Refused(-code, "refused")
                    return


def ethtool(command, index, *attrs, netns=None):
    """A request of the family ethtool about a device."""
    header = rtnl.nest(HEADER, rtnl.attr(DEV_INDEX, index))
    return Request("ethtool", command, header, *attrs, netns=netns)


def wanted_features(**on):
    """The attribute that switches features, by name with _ for -, on or off."""
    bits = []
    for name, value in on.items():
        bit = [rtnl.attr(2, name.replace("_", "-"))] + [rtnl.attr(3, b"")] * value
        bits.append(rtnl.nest(1, *bit))
    return rtnl.nest(3, rtnl.nest(3, *bits))
