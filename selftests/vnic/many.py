#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
"""A NIC with thousands of VNICs: each gets its frames, and making them takes
time and memory in proportion."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import struct
import time

from softnic import rtnl
from softnic.frames import BROADCAST
from softnic.ktap import DEBUG_KERNEL, equal, main, test
from softnic.net import index_of, make_netns, run
from softnic.ports import Ports, make_nic
from softnic.rtnl import attr, header, nest
from softnic.vnics import vnics

SOME, ALL = (100, 512) if DEBUG_KERNEL else (1000, 4096)
# How many are timed at once, each time beside as many questions to the kernel:
# on a machine that does other things, too, both take longer.
BATCH = 32
MACVLAN_MODE, MACVLAN_BRIDGE = 1, 4


def mac_of(number):
    """The address of a VNIC."""
    return b"\x02\0\0\0" + struct.pack("!H", number)


def free_memory():
    """How much memory could be had, in KiB."""
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as f:
        f.write("3")
    with open("/proc/meminfo", encoding="ascii") as f:
        return {x.split()[0]: int(x.split()[1]) for x in f}["MemAvailable:"]


def make(count, netns, over, what, prefix="v"):
    """Makes devices over another one; returns what CPU each took in the first quarter
    and in the last, in that of a question to the kernel."""
    before, begin, batches = free_memory(), time.monotonic(), []
    name, kind = what
    question = rtnl.pack(rtnl.RTM_GETLINK, rtnl.ACK, header(1))
    request = (header(0, rtnl.IFF_UP, rtnl.IFF_UP) + attr(rtnl.LOWER, index_of(over, netns))
               + kind)
    with rtnl.open_socket(netns) as s:
        for first in range(0, count, BATCH):
            last = min(first + BATCH, count)
            cpu = time.process_time()
            for number in range(first, last):
                s.send(rtnl.pack(rtnl.RTM_NEWLINK, rtnl.ACK | rtnl.NEW,
                                 request + attr(rtnl.IFNAME, f"{prefix}{number}")
                                 + attr(rtnl.ADDRESS, mac_of(number))))
                rtnl.answers(s, last=False)
            made = time.process_time()
            for _ in range(first, last):
                s.send(question)
                rtnl.answers(s, last=False)
            batches.append((made - cpu, time.process_time() - made))
    part = len(batches) // 4
    cost = [sum(made for made, _ in some) / sum(asked for _, asked in some)
            for some in (batches[:part], batches[-part:])]
    seconds, memory = time.monotonic() - begin, (before - free_memory()) / count
    print(f"# {count} of {name}: {seconds:.2f} s; each took {cost[0]:.2f} questions' CPU at"
          f" first, {cost[1]:.2f} at last, and {memory:.1f} KiB")
    return cost


ONE_QUEUE = attr(rtnl.NUM_RX_QUEUES, 1) + attr(rtnl.NUM_TX_QUEUES, 1)
VNIC = "VNIC", rtnl.vnic()
# As many queues as a macvlan has.
SMALL_VNIC = "VNIC with one queue", rtnl.vnic() + ONE_QUEUE
MACVLAN = "macvlan", nest(rtnl.LINKINFO, attr(rtnl.INFO_KIND, "macvlan"),
                          nest(rtnl.INFO_DATA, attr(MACVLAN_MODE, MACVLAN_BRIDGE)))


def received(netns="a"):
    """How many frames each VNIC received, by name."""
    return {x.name: x.stats["rx_packets"] for x in rtnl.links(netns) if x.kind == "vnic"}


def check_broadcasts(ports, senders, count):
    """Asserts that each VNIC gets each broadcast once."""
    before = received()
    for name in senders:
        for _ in range(count):
            ports.send(name, BROADCAST)
    equal(ports.who("n1", BROADCAST), sorted(set(ports.sockets) - {"n1"}), "who hears the last")
    after = received()
    marked = [x for x in ports.sockets if x in after]
    # The last, and for who listens what tells that it came.
    expected = {name: count * (len(senders) - (name in senders)) + 1 + (name in marked)
                for name in after}
    seen = {name: after[name] - before[name] for name in after}
    wrong = {name: (seen[name], expected[name]) for name in seen if seen[name] != expected[name]}
    equal(wrong, {}, "frames seen and expected")


def listen(ports, count):
    """Listens at the first, at one in the middle, and at the last."""
    for number in (0, count // 2, count - 1):
        ports.listen(f"v{number}", "a")
    return [f"v{number}" for number in (0, count // 2, count - 1)]


def delete(lower, netns, count):
    """Deletes a device with those over it."""
    begin = time.monotonic()
    run(f"ip link del {lower}", netns)
    print(f"# {count} deleted with what was below in {time.monotonic() - begin:.2f} s")


@test
def broadcasts_to_each():
    make_nic()
    ports = Ports()
    make(SOME, "a", "n0", VNIC)
    names = listen(ports, SOME)
    check_broadcasts(ports, ["n1", "n0", names[1]], 10)
    for name in ("n0", *names):
        losses = rtnl.link(name, "a").stats
        equal([losses[x] for x in ("rx_dropped", "rx_errors", "tx_dropped")], [0, 0, 0],
              f"losses of {name}")


@test
def thousands():
    make_netns("m")
    run("ip link add ve up type veth peer name vf", "m")
    macvlan = make(ALL, "m", "ve", MACVLAN, prefix="m")
    delete("ve", "m", ALL)
    make_nic()
    ports = Ports()
    vnic = make(ALL, "a", "n0", SMALL_VNIC)
    equal(len(vnics("a")), ALL, "VNICs")
    # The core itself walks a list of what is over the same device, and a busy machine
    # tells of up to three times the CPU time that was had. What walked all VNICs for
    # each would take seven times as much at last.
    assert vnic[1] / vnic[0] < max(4, 2 * macvlan[1] / macvlan[0]), "cost grows with their number"
    assert vnic[1] < 5 * macvlan[1], "they took much longer than macvlans"
    names = listen(ports, ALL)
    for one in ("n0", "n1", *names):
        for other in ("n0", "n1", *names):
            if one != other:
                equal(ports.who(one, other), [other], f"from {one} to {other}")
    check_broadcasts(ports, ["n1"], 2)
    for name in ("n0", *names):
        ports.forget(name)
    delete("n0", "a", ALL)
    equal(vnics("a"), [], "VNICs left")


main()
