# SPDX-License-Identifier: GPL-2.0
"""The kernel's drop monitor, asked as dropwatch asks it, but by bytes: each dropped
frame by itself."""

import contextlib
import socket
import struct

from . import rtnl
from .ktap import defer
from .net import attempt

NETLINK_GENERIC, SOL_NETLINK, ADD_MEMBERSHIP, RCVBUFFORCE = 16, 270, 1, 33
CONTROLLER, GET_FAMILY, FAMILY_ID, FAMILY_NAME, GROUPS, GROUP_ID = 16, 3, 1, 2, 7, 2
CONFIG, START, STOP, PACKET_ALERT = 2, 3, 4, 5
ALERT_MODE, SYMBOL, QUEUE_LEN, SW_DROPS, REASON = 1, 3, 11, 20, 23
PACKET = b"\x01"
ENOUGH = 100_000


class DropMonitor:
    """Hears of drops from now until the test's end."""

    def __init__(self):
        attempt("modprobe drop_monitor")
        self.control = rtnl.open_socket(None, protocol=NETLINK_GENERIC)
        defer(self.control.close)
        told = rtnl.attributes(self.ask(CONTROLLER, GET_FAMILY, rtnl.attr(FAMILY_NAME, "NET_DM"),
                                        flags=0)[0][4:])
        self.number, = struct.unpack("=H", told[FAMILY_ID])
        group = rtnl.attributes(next(iter(rtnl.attributes(told[GROUPS]).values())))
        self.ear = rtnl.open_socket(None, protocol=NETLINK_GENERIC)
        defer(self.ear.close)
        self.ear.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, 64 << 20)
        self.ear.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, struct.unpack("=I", group[GROUP_ID])[0])
        self.ask(self.number, CONFIG, rtnl.attr(ALERT_MODE, PACKET),
                 rtnl.attr(QUEUE_LEN, ENOUGH))
        self.ask(self.number, START, rtnl.attr(SW_DROPS, b""))
        defer(self.ask, self.number, STOP, rtnl.attr(SW_DROPS, b""))
        self.seen = []

    def ask(self, family, command, *attrs, flags=rtnl.ACK):
        """Makes a request; returns the payloads that answer it."""
        body = struct.pack("=BBH", command, 1, 0) + b"".join(attrs)
        self.control.send(rtnl.pack(family, flags, body))
        return rtnl.answers(self.control, last=not flags)

    def drops(self):
        """All drops so far: where, and why."""
        with contextlib.suppress(BlockingIOError):
            while True:
                data = self.ear.recv(1 << 18, socket.MSG_DONTWAIT)
                for kind, _, payload in rtnl.messages(data):
                    if kind == self.number and payload[0] == PACKET_ALERT:
                        told = rtnl.attributes(payload[4:])
                        self.seen.append(tuple(told[x].rstrip(b"\0").decode()
                                               for x in (SYMBOL, REASON)))
        return self.seen
