# SPDX-License-Identifier: GPL-2.0
"""What became of frames, by all that counts them: a device's own statistics, the
netlink family, the queues' statistics, those of the link, and a socket."""

import socket
import struct

from .ethtool import own_statistics
from .frames import SOL_PACKET
from .ktap import defer, equal
from .netdev import totals
from .netns import inside
from .rtnl import link

PACKET_STATISTICS = 6
PREFIXES = ("tx_drop_", "rx_drop_", "rx_filtered", "rx_vlan_filtered", "switch_storm")


def drops_by_netlink(client, end):
    """A port's losses by reason, as the netlink family tells a client."""
    with inside(end[1]):
        index = socket.if_nametoindex(end[0])
    told = client.do("drops-get", {"ifindex": index})
    return {drop["reason"].replace("-", "_"): drop["packets"] for drop in told["drop"]}


class Tap:
    """Counts the frames that a device's stack is given, and keeps none."""

    def __init__(self, end):
        with inside(end[1]):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        defer(self.socket.close)
        self.socket.setsockopt(SOL_PACKET, 23, 1)  # PACKET_IGNORE_OUTGOING
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        self.socket.bind((end[0], 3))
        self.count = 0

    def frames(self):
        """How many so far, those that found no room in the socket included."""
        # Read and set to 0 at once.
        told = self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        self.count += struct.unpack("=II", told)[0]
        return self.count


class Fates:
    """What became of the frames that a port was given to send, and of those that
    came to it."""

    def __init__(self, end):
        own, stats = own_statistics(*end), totals(*end)
        self.end = end
        self.drops = {name: value for name, value in own.items() if name.startswith(PREFIXES)}
        self.sent, self.received = stats["tx-packets"], stats["rx-packets"]

    def lost(self, direction):
        """How many were lost of those that the port sent ("tx"), or that came to
        it ("rx")."""
        return sum(value for name, value in self.drops.items() if name.startswith(direction))

    @property
    def given(self):
        """How many frames the port was given to send."""
        return self.sent + self.lost("tx")

    @property
    def came(self):
        """How many frames came to the port."""
        return self.received + self.lost("rx")

    def reasons(self):
        """The reasons that occurred."""
        return {name: value for name, value in self.drops.items() if value}


def agree(client, end, tap=None, core_loses=False):
    """Asserts that all that counts a quiet port's frames tells the same; `client`
    is one of the netlink family. With `core_loses` the core may have lost others
    for the port, which `ip` adds: those for a device that is down. Returns the
    port's `Fates`."""
    fates = Fates(end)
    drops, lost = fates.drops, fates.lost
    equal(drops_by_netlink(client, end), drops, f"losses of {end} by the family and by ethtool")
    stats, queues = link(*end).stats, totals(*end)
    equal((stats["rx_packets"], stats["tx_packets"]), (fates.received, fates.sent),
          f"frames of {end} by ip and by qstats")
    dropped = stats["tx_dropped"], stats["rx_dropped"]
    known = lost("tx"), drops["rx_drop_purged"] + drops["rx_drop_no_memory"]
    if not core_loses:
        equal(dropped, known, f"losses of {end} by ip: sent, received")
    assert all(x >= y for x, y in zip(dropped, known)), f"{end}: {dropped}, at least {known}"
    equal((stats["rx_errors"], stats["rx_missed_errors"]),
          (drops["rx_drop_too_long"], drops["rx_drop_overrun"]),
          f"losses of {end} by ip: errors, missed")
    equal([queues[name] for name in ("tx-hw-drops", "tx-hw-drop-errors", "rx-hw-drops",
                                     "rx-hw-drop-overruns", "rx-alloc-fail")],
          [lost("tx"), drops["tx_drop_truncated"], lost("rx"), drops["rx_drop_overrun"],
           drops["rx_drop_no_memory"]], f"losses of {end} by qstats")
    if tap:
        equal(tap.frames(), fates.received, f"frames that a socket on {end} was shown")
    return fates
