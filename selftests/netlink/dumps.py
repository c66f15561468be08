#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
"""Dumps of the netlink family softnic with thousands of objects: whole, in
messages of bounded size, and marked when what they tell of changes meanwhile."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import collections
import struct
import threading
import time

from softnic import rtnl
from softnic.ktap import DEBUG_KERNEL, defer, equal, main, rounds, test
from softnic.net import index_of, make_netns, run
from softnic.ports import make_nic
from softnic.rtnl import attr, attributes, header
from softnic.ynl import DUMP_INTR, NLMSG_DONE, Raw, attr as option, family

MANY = 512 if DEBUG_KERNEL else 4096
IFINDEX, PORT_NIC, FILTER_MAC, FILTER_NIC = 1, 4, 2, 1


# make_nic() gives its NIC one.
RINGS = 1


def mac_of(number):
    """The address of a VNIC."""
    return b"\x02\0\0\0" + struct.pack("!H", number)


class Maker:
    """Makes VNICs over n0 and deletes them, one after another."""

    def __init__(self):
        self.socket = rtnl.open_socket("a")
        defer(self.socket.close)
        self.request = header() + attr(rtnl.LOWER, index_of("n0", "a")) + rtnl.vnic()

    def make(self, number, address=None):
        """Makes one, of an address that follows from this number or its own."""
        address = number if address is None else address
        self.socket.send(rtnl.pack(
            rtnl.RTM_NEWLINK, rtnl.ACK | rtnl.NEW, self.request
            + attr(rtnl.IFNAME, f"v{number}") + attr(rtnl.ADDRESS, mac_of(address))))
        rtnl.answers(self.socket, last=False)

    def delete(self, number):
        """Deletes one."""
        self.socket.send(rtnl.pack(rtnl.RTM_DELLINK, rtnl.ACK,
                                   header() + attr(rtnl.IFNAME, f"v{number}")))
        rtnl.answers(self.socket, last=False)


def prepare(count):
    """A NIC with so many VNICs."""
    make_nic()
    run(f"vnicadm set-nic n0 --slots {count}", "a")
    maker = Maker()
    for number in range(count):
        maker.make(number)
    return maker


class Reader:
    """Reads a dump part by part, by a socket of its own: the kernel makes parts
    as large as the socket was ever read with."""

    def __init__(self, command, *attrs, size=1 << 17):
        self.found, self.marked, self.done, self.parts = [], False, False, 0
        raw = Raw("a")
        raw.ask(command, *attrs, dump=True)
        self.answers = raw.parts(size)

    def read(self, parts=1 << 20):
        """Reads so many more parts, or all."""
        for _ in range(parts):
            part = next(self.answers, None)
            if part is None:
                break
            self.parts += 1
            for kind, flags, payload in part:
                self.marked = self.marked or bool(flags & DUMP_INTR)
                if kind == NLMSG_DONE:
                    self.done = True
                    equal(struct.unpack_from("=i", payload)[0], 0, "end of the dump")
                else:
                    self.found.append(attributes(payload[4:]))
        return self

    def numbers(self, kind):
        """The values of a 32-bit attribute."""
        return [struct.unpack("=I", one[kind])[0] for one in self.found]

    def check(self, what):
        """It has ended, and not in the middle."""
        assert self.done, f"{what}: no end"


@test
def thousands_of_ports_and_filters():
    maker = prepare(MANY)
    client, nic = family("a"), index_of("n0", "a")
    wanted = sorted(x.index for x in rtnl.links("a") if x.kind in ("vnic", "softnic"))
    equal(len(wanted), MANY + 1, "devices")
    for command, attrs in (("port-get", ()), ("port-get", (option(PORT_NIC, nic),)),
                           ("drops-get", ())):
        # The smallest buffer that a dump may be read with, and a large one.
        for size in (4096, 1 << 17):
            told = Reader(command, *attrs, size=size).read()
            told.check(command)
            equal((told.numbers(IFINDEX), told.marked), (wanted, False), command)
            assert told.parts > 1, f"{command}: {told.parts} parts"
    equal([x["ifname"] for x in client.dump("port-get", {}) if x["kind"] == "vnic"],
          [f"v{n}" for n in range(MANY)], "names")
    for attrs in ((), (option(FILTER_NIC, nic),)):
        for size in (4096, 1 << 17):
            told = Reader("filter-get", *attrs, size=size).read()
            told.check("filters")
            equal(sorted(x[FILTER_MAC] for x in told.found), [mac_of(n) for n in range(MANY)],
                  "filters")
            equal(told.marked, False, "mark")
    begin = time.monotonic()
    Reader("port-get").read()
    print(f"# {MANY} ports in {(time.monotonic() - begin) * 1000:.0f} ms")
    # A dump that nobody reads on holds nothing up.
    left = Reader("port-get", size=4096).read(2)
    assert not left.done, "the dump is over already"
    maker.delete(0)
    left.read()
    left.check("a dump that had waited")
    assert left.marked, "a port went, and the dump is not marked"


def marks(command, change, parts=2):
    """Whether a dump is marked when something changes after its first parts."""
    told = Reader(command, size=4096).read(parts)
    assert not told.done, f"{command} was over before the change"
    change()
    told.read()
    told.check(command)
    return told


@test
def a_change_meanwhile_is_marked():
    maker = prepare(400)
    left = {x.index for x in rtnl.links("a") if x.kind in ("vnic", "softnic")}
    for command in ("port-get", "drops-get", "filter-get"):
        assert not marks(command, lambda: None).marked, f"{command} is marked without a change"
    told = marks("port-get", lambda: maker.delete(300))
    assert told.marked, "a port went"
    equal(set(told.numbers(IFINDEX)) - left, set(), "ports that are none")
    assert marks("port-get", lambda: maker.make(300)).marked, "a port came"
    assert marks("drops-get", lambda: maker.delete(300)).marked, "a port went"
    # Of a table, what leads to a port, and whether by a slot.
    for what, command in (("an address came", "ip link set v7 address 02:00:00:00:ff:01"),
                          ("an address went", "ip link set v7 address 02:00:00:00:00:07"),
                          ("slots went", "vnicadm set-nic n0 --slots 100"),
                          ("slots came", "vnicadm set-nic n0 --slots 4000")):
        assert marks("filter-get", lambda command=command: run(command, "a")).marked, what
    # The table is laid out anew, at least once.
    assert marks("filter-get", lambda: [maker.make(n) for n in range(400, 1200)]).marked, "growth"


@test
def changes_elsewhere_mark_nothing():
    prepare(300)
    make_netns("c")
    run("ip link add n9 type softnic", "c")
    for command in ("port-get", "filter-get"):
        told = marks(command, lambda: run("ip link add link n9 v9 type vnic", "c"))
        assert not told.marked, f"{command} is marked"
        run("ip link del v9", "c")


@test
def ports_that_come_and_go_meanwhile():
    maker = prepare(300)
    steady = {f"v{n}".encode() + b"\0" for n in range(100, 300)} | {b"n0\0"}
    ending = threading.Event()

    def churn():
        number = 0
        while not ending.is_set():
            maker.delete(number)
            maker.make(number)
            number = (number + 1) % 100

    thread = threading.Thread(target=churn)
    thread.start()
    unmarked, marked = 0, 0
    everything = steady | {f"v{n}".encode() + b"\0" for n in range(100)}
    try:
        for _ in range(60):
            told = Reader("port-get", size=4096).read()
            told.check("port-get")
            names = [one[2] for one in told.found]
            assert steady <= set(names), f"missing: {steady - set(names)}"
            if told.marked:
                marked += 1
                continue
            unmarked += 1
            equal(len(set(names)), len(names), "names")
            # One may be away at that moment, and no more.
            assert len(everything - set(names)) <= 1, f"missing: {everything - set(names)}"
    finally:
        ending.set()
        thread.join()
    print(f"# {marked} dumps were marked, {unmarked} were not")
    assert marked, "no dump was marked"


@test
def what_stays_is_told_once_whatever_comes_and_goes():
    maker = prepare(300)
    run("vnicadm set-nic n0 --pool 1000", "a")
    for n in range(100, 300):
        rtnl.change(rtnl.vnic(attr(rtnl.RINGS, 2)), index=index_of(f"v{n}", "a"), netns="a")
    stay = {index_of(f"v{n}", "a") for n in range(100, 300)} | {index_of("n0", "a")}
    ending = threading.Event()

    def churn():
        # New addresses each time, for which the table has to be laid out anew.
        number, address = 0, 1000
        while not ending.is_set():
            maker.delete(number)
            maker.make(number, address)
            number, address = (number + 1) % 100, address + 1

    thread = threading.Thread(target=churn)
    thread.start()
    marked = 0
    try:
        for number in range(rounds(40)):
            command, keys = (("group-get", (IFINDEX,)), ("ring-get", (IFINDEX, 2)),
                             ("drops-get", (IFINDEX,)), ("filter-get", (FILTER_MAC, 5)))[number % 4]
            told = Reader(command, size=4096).read()
            told.check(command)
            marked += told.marked
            found = collections.Counter(
                tuple(one[key] for key in keys) for one in told.found
                if struct.unpack("=I", one[keys[-1] if command == "filter-get" else IFINDEX])[0]
                in stay)
            equal(set(found.values()), {1}, f"times that each is told by {command}")
            wanted = {"group-get": 201, "ring-get": 400 + RINGS, "drops-get": 201,
                      "filter-get": 200}[command]
            equal(len(found), wanted, f"objects of {command}")
    finally:
        ending.set()
        thread.join()
    assert marked, "no dump was marked"


main()
