#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The machine changes below NICs and VNICs while frames flow: a CPU goes and comes,
memory runs short. Frames flow on, and all sums are exact.

machine.py [--rounds N] [TEST...]
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import contextlib
import mmap
import random
import re

from softnic.fates import Fates, agree
from softnic.ktap import Skip, defer, main, option, rounds, test, until
from softnic.net import attempt, make_netns, make_pair, run
from softnic.owners import child, end, mac_of, talk, vlan_of
from softnic.rtnl import link
from softnic.vnics import vnic
from softnic.ynl import family

ROUNDS = option("--rounds", rounds(20))
CPU = "/sys/devices/system/cpu/cpu1/online"
NICS = (("n0", "a"), ("n1", "b"))
VNICS = (("v0", "a"), ("v3", "b"), ("v6", "a"))
ENDS = NICS + VNICS
# What the guest keeps, in bytes.
SPARE = 48 << 20


def prepare():
    """A pair with VNICs, which all send to each other and to all for ever."""
    make_netns("a", "b")
    make_pair("--rx-queues 4 --tx-queues 4 --peer-rx-queues 4 --peer-tx-queues 4")
    for (name, netns), rings in zip(VNICS, (0, 2, 1)):
        number = int(name[1:])
        assert vlan_of(number) == 0
        nic = "n0" if netns == "a" else "n1"
        vnic(name, nic, netns, mac=mac_of(number), rings=rings, queues=2)
    return [child(talk, netns, random.Random(n), 8)[0] for n, netns in enumerate("ab")]


def received(name, netns):
    """How many frames a port received."""
    return link(name, netns).stats["rx_packets"]


def flows():
    """Waits until each VNIC has received more frames."""
    before = {x: received(*x) for x in VNICS}
    until(lambda: all(received(*x) > before[x] + 5 for x in VNICS),
          lambda: f"frames flow: {[(x, received(*x) - before[x]) for x in VNICS]}", 30)


def settle(talkers):
    """Ends all sending; each port's sums must agree then."""
    for pid in talkers:
        end(pid)
    seen = []

    def still():
        seen.append([(x.sent, x.received, x.reasons()) for x in map(Fates, ENDS)])
        return len(seen) > 2 and seen[-3] == seen[-2] == seen[-1]

    until(still, "the ports come to rest", 30)
    for name, netns in ENDS:
        agree(family(netns), (name, netns), core_loses=True)


def switch_cpu(on):
    """Takes the second CPU away, or gives it back."""
    with open(CPU, "w", encoding="ascii") as f:
        f.write("01"[on])


@test
def a_cpu_goes_and_comes():
    if not os.path.exists(CPU):
        raise Skip("the guest has one CPU, or none can go")
    talkers = prepare()
    defer(switch_cpu, True)
    for n in range(ROUNDS):
        switch_cpu(False)
        flows()
        run(f"ethtool -L n0 combined {1 + n % 4}", "a")
        switch_cpu(True)
        flows()
    settle(talkers)


def available():
    """Bytes that could be had."""
    with open("/proc/meminfo", encoding="ascii") as f:
        return int(re.search(r"MemAvailable: *(\d+)", f.read())[1]) << 10


@test
def memory_runs_short():
    talkers = prepare()
    held = []
    defer(held.clear)
    while available() > SPARE + (4 << 20):
        part = mmap.mmap(-1, 4 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        part.write(b"x" * len(part))
        held.append(part)
    made = 0
    for n in range(4 * ROUNDS):
        with contextlib.suppress(AssertionError):
            run(f"vnicadm create-vnic --over n0 w{n} --queues 4 --rings {n % 2}", "a")
            made += 1
        if n % 4 == 3:
            for m in range(n - 3, n + 1):
                attempt(f"ip link del w{m}", "a")
    flows()
    print(f"# {made} of {4 * ROUNDS} VNICs made with {available() >> 20} MiB available")
    held.clear()
    vnic("w0", "n0", "a")
    settle(talkers)


main()
