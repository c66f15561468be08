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
import re

from softnic.ktap import Skip, defer, main, option, rounds, test
from softnic.meanwhile import flows, settle, talk_meanwhile
from softnic.net import attempt, run
from softnic.vnics import vnic

ROUNDS = option("--rounds", rounds(20))
CPU = "/sys/devices/system/cpu/cpu1/online"
# What the guest keeps, in bytes.
SPARE = 48 << 20


def switch_cpu(on):
    """Takes the second CPU away, or gives it back."""
    with open(CPU, "w", encoding="ascii") as f:
        f.write("01"[on])


@test
def a_cpu_goes_and_comes():
    if not os.path.exists(CPU):
        raise Skip("the guest has one CPU, or none can go")
    talkers = talk_meanwhile()
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
    talkers = talk_meanwhile()
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
