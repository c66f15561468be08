#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Messages by chance to rtnetlink, ethtool, netdev and the family softnic, while
frames flow: the kernel does or refuses them, and stays whole.

netlink.py [--messages N] [--seed S] [TEST...]: a seed gives the same messages,
though what they meet depends on time.

# timeout: 300
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import collections
import contextlib
import errno
import random
import signal
import socket
import struct

from softnic import rtnl
from softnic.disorder import Chance, Family, Links, request
from softnic.frames import BROADCAST, Line, frame
from softnic.ktap import defer, equal, main, option, rounds, test
from softnic.net import attempt, make_netns, make_pair, run
from softnic.netns import inside
from softnic.ynl import NETLINK, NETLINK_GENERIC, YnlFamily

SOME, TOGETHER, ROUND, MOST_DEVICES = 6000, 8, 200, 12
NAMESPACES = ("a", "b")
KINDS = ("softnic", "vnic", "vlan", "macvlan")


MESSAGES = option("--messages", rounds(SOME))
SEED = option("--seed", random.getrandbits(32))


def talk(netns):
    """Sends to all at whatever devices a namespace has, for ever, in a child process."""
    pid = os.fork()
    if pid:
        defer(os.waitpid, pid, 0)
        defer(os.kill, pid, signal.SIGKILL)
        return
    try:
        os.nice(19)
        data = frame(BROADCAST, "02:00:00:00:00:01", b"x" * 200)
        with inside(netns), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
            while True:
                with contextlib.suppress(OSError):
                    for _, name in socket.if_nameindex():
                        s.sendto(data, (name, 0x88B5))
    finally:
        os._exit(1)


class Target:
    """Where messages of one kind go: a socket in each namespace. Counts what the
    kernel says to them."""

    def __init__(self, name, protocol, source):
        self.name, self.source = name, source
        self.sockets = [rtnl.open_socket(netns, protocol=protocol) for netns in NAMESPACES]
        self.done, self.refused = 0, collections.Counter()
        for s in self.sockets:
            defer(s.close)
            s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
            s.setblocking(False)

    def send(self, chance, count):
        """Sends so many at once."""
        s, netns = chance.random.choice(list(zip(self.sockets, NAMESPACES)))
        chance.devices = chance.there[netns]
        s.send(b"".join(request(chance, self.source) for _ in range(count)))
        with contextlib.suppress(BlockingIOError):
            while True:
                self.read(s.recv(1 << 18))

    def read(self, data):
        """Notes what messages of the kernel say."""
        at = 0
        while at + 16 <= len(data):
            length, kind = struct.unpack_from("=IH", data, at)
            if kind == rtnl.NLMSG_ERROR:
                code, = struct.unpack_from("=i", data, at + 16)
                if code:
                    self.refused[errno.errorcode[-code]] += 1
                else:
                    self.done += 1
            elif kind == rtnl.NLMSG_DONE:
                self.done += 1
            at += (length + 3) & ~3

    def tell(self):
        """Prints what came of it all."""
        most = ", ".join(f"{name} {count}" for name, count in self.refused.most_common(8))
        print(f"# {self.name}: {self.done} done, {self.refused.total()} refused: {most}")


def targets(chance):
    """All that is sent to."""
    specs = os.path.join(NETLINK, "specs")
    found = [Target("rtnetlink", socket.NETLINK_ROUTE, Links(chance))]
    for name in ("softnic", "ethtool", "netdev"):
        client = YnlFamily(f"{specs}/{name}.yaml", "")
        found.append(Target(name, NETLINK_GENERIC, Family(chance, client)))
        client.close()
    return found


def devices():
    """The devices that may have been made, with their namespaces."""
    return [(netns, x) for netns in NAMESPACES for x in rtnl.links(netns) if x.kind in KINDS]


def tidy(chance):
    """Keeps some devices, not too many, and one of each kind; notes what is there."""
    there = devices()
    for netns, one in there[MOST_DEVICES:] if len(there) > 2 * MOST_DEVICES else []:
        attempt(f"ip link del {one.name}", netns)
    kinds = {x.kind for _, x in there}
    if "softnic" not in kinds:
        run("vnicadm create-nic s0 --peer s1 --nic-netns a --peer-netns b")
    elif "vnic" not in kinds:
        netns, nic = next((n, x) for n, x in there if x.kind == "softnic")
        attempt(f"ip link add link {nic.name} name w0 type vnic", netns)
    chance.there = {netns: [(1, "lo")] for netns in NAMESPACES}
    for netns, one in devices():
        chance.there[netns].append((one.index, one.name))


def clear():
    """Deletes what there is."""
    for netns, one in devices():
        attempt(f"ip link del {one.name}", netns)
    equal([x.name for _, x in devices()], [], "devices left")


@test
def messages_by_chance():
    print(f"# {MESSAGES} messages, seed {SEED}", flush=True)
    make_netns(*NAMESPACES)
    descriptors = [os.open(f"/run/netns/{name}", os.O_RDONLY) for name in NAMESPACES]
    for descriptor in descriptors:
        defer(os.close, descriptor)
    chance = Chance(random.Random(SEED), descriptors)
    ends = targets(chance)
    for netns in NAMESPACES:
        talk(netns)
    for start in range(0, MESSAGES, ROUND):
        tidy(chance)
        for _ in range(start, min(start + ROUND, MESSAGES), TOGETHER):
            chance.random.choices(ends, (4, 2, 3, 1))[0].send(chance, TOGETHER)
    for end in ends:
        end.tell()
        assert end.done, f"{end.name} has done none"
        assert end.refused, f"{end.name} has refused none"


@test
def all_is_whole_then():
    """Devices are made and work as ever, and nothing holds the module."""
    make_netns(*NAMESPACES)
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    line = Line()
    equal(line.delivers_to(rtnl.link("n1", "b").address), True, "a frame comes through")
    clear()
    run("rmmod softnic")
    run("modprobe softnic")


main()
