# SPDX-License-Identifier: GPL-2.0
"""VNICs that come, go and change by chance, and frames that carry their owner: a
port has a number, which says its address and its VLAN for life."""

import contextlib
import os
import signal
import socket
import struct

from .frames import BROADCAST, EXPERIMENT, PACKET_IGNORE_OUTGOING, SOL_PACKET, frame
from .ktap import defer
from .netns import inside
from .rtnl import (ADDRESS, GROUP, IFF_UP, IFNAME, LOWER, MODE, MTU, NET_NS_FD, NEW,
                   NUM_RX_QUEUES, RINGS, RTM_DELLINK, VLAN_ID, Refused, attr, change, link, links,
                   vnic)

MARK = b"owner"
VLANS = (0, 10, 20)
PACKET_OUTGOING = 4


def vlan_of(number):
    """The VLAN of a port of a number; 0 is none."""
    return VLANS[number % len(VLANS)]


def mac_of(number):
    """Its address."""
    return f"02:00:00:00:01:{number:02x}"


def payload(number, to):
    """What a frame of a port says: who sent it, on which VLAN, and to whom."""
    return MARK + struct.pack("!HHH", number, vlan_of(number), to)


def child(function, *args):
    """Runs a function in a process of its own until the test ends. Returns its
    number, and the end of a pipe into which it writes when it fails."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        defer(os.close, reader)
        defer(end, pid)
        return pid, reader
    try:
        os.close(reader)
        function(*args)
    except BaseException as error:  # pylint: disable=broad-except
        os.write(writer, repr(error).encode()[:4000])
    finally:
        os._exit(1)


def end(pid):
    """Ends such a process, if it has not been."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def judge(name, kind, data):
    """What is wrong with a frame that a port was given: nothing, or a text."""
    if kind == PACKET_OUTGOING or data[14:14 + len(MARK)] != MARK or not name.startswith("v"):
        return None
    number = int(name[1:])
    source, vlan, to = struct.unpack_from("!HHH", data, 14 + len(MARK))
    here = f"v{number} was given a frame of v{source} on VLAN {vlan} to {to}"
    if vlan != vlan_of(number):
        return f"{here}: it is on VLAN {vlan_of(number)}"
    if to not in (number, 0xFFFF):
        return f"{here}: it is another's"
    if source == number:
        return f"{here}: its own"
    return None


def listen(netns, heard):
    """Hears all that the ports of a namespace are given, for ever; fails at the
    first frame that is not for who was given it. Counts those that were right."""
    with inside(netns):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EXPERIMENT))
        s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        while True:
            data, (name, _, kind, *_) = s.recvfrom(2048)
            wrong = judge(name, kind, data)
            if wrong:
                raise AssertionError(wrong)
            if data[14:14 + len(MARK)] == MARK and name.startswith("v"):
                heard.value += 1


def talk(netns, random, most):
    """Sends at the ports that a namespace has, to any and to all, for ever."""
    os.nice(10)
    with inside(netns):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        while True:
            for _, name in socket.if_nameindex():
                if not name.startswith("v"):
                    continue
                number = int(name[1:])
                for to in (random.randrange(most), random.randrange(most), 0xFFFF):
                    mac = BROADCAST if to == 0xFFFF else mac_of(to)
                    data = frame(mac, mac_of(number), payload(number, to),
                                 size=random.choice((60, 200, 1500)))
                    with contextlib.suppress(OSError):
                        s.sendto(data, (name, EXPERIMENT))


class Changer:
    """Makes, changes, moves and deletes VNICs over some NICs by chance. The VNICs
    are its own: `numbers`. What it is told is errors of what others took away. Each
    VNIC that it makes is in a group of its own, by which it is known wherever it
    moves: names and indexes come again."""

    def __init__(self, random, numbers, nics, namespaces):
        self.random, self.numbers, self.nics, self.namespaces = random, numbers, nics, namespaces
        self.descriptors = {name: os.open(f"/run/netns/{name}", os.O_RDONLY)
                            for name in namespaces}
        self.where = {}
        self.made = 0

    def make(self, number):
        """Makes a VNIC."""
        nic, home = self.random.choice(self.nics)
        into = self.random.choice(self.namespaces)
        rings = self.random.choice((0, 0, 1, 2))
        with inside(home):
            lower = socket.if_nametoindex(nic)
        self.made += 1
        data = [attr(VLAN_ID, vlan_of(number)), attr(RINGS, rings),
                attr(MODE, self.random.choice((0, 0, 0, 1)))]
        change(attr(IFNAME, f"v{number}"), attr(LOWER, lower), attr(NUM_RX_QUEUES, 2),
               attr(GROUP, self.made << 8 | number),
               attr(ADDRESS, bytes.fromhex(mac_of(number).replace(":", ""))),
               attr(NET_NS_FD, self.descriptors[into]), vnic(*data), flags=NEW,
               header_flags=IFF_UP, netns=home)
        self.where[number] = into

    def change(self, number):
        """Changes a VNIC, moves it, or deletes it."""
        netns, name = self.where[number], f"v{number}"
        index = link(name, netns).index
        act = self.random.randrange(7)
        if act == 0:
            change(message=RTM_DELLINK, index=index, netns=netns)
            del self.where[number]
        elif act == 1:
            into = self.random.choice(self.namespaces)
            change(attr(NET_NS_FD, self.descriptors[into]), index=index, netns=netns)
            self.where[number] = into
            change(index=link(name, into).index, header_flags=IFF_UP, netns=into)
        elif act == 2:
            for flags in (0, IFF_UP):
                change(index=index, header_flags=flags, mask=IFF_UP, netns=netns)
        elif act == 3:
            change(attr(MTU, self.random.choice((1000, 1500, 1200))), index=index, netns=netns)
        elif act == 4:
            change(vnic(attr(RINGS, self.random.choice((0, 1, 2)))), index=index, netns=netns)
        else:
            change(vnic(attr(MODE, self.random.choice((0, 0, 1, 2)))), index=index, netns=netns)

    def run(self, acts):
        """Goes on for ever; counts what was done."""
        while True:
            number = self.random.choice(self.numbers)
            try:
                if number in self.where:
                    self.change(number)
                else:
                    self.make(number)
                acts.value += 1
            except (Refused, OSError):
                # The NIC below has gone, and all over it: look again.
                if number in self.where and not self.there(number):
                    del self.where[number]

    def there(self, number):
        """Whether a VNIC is still there."""
        return any(x.name == f"v{number}" for x in links(self.where[number]))
