#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The machine is suspended while frames flow, as far as the last step before its
firmware (`pm_test`): processes are frozen, devices suspended, all CPUs but one off, and
time stands still. Frames flow on afterwards, all settings are as before, and all sums
are exact.

4-suspend.py [--rounds N] [TEST...]
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import contextlib
import glob

from softnic.ktap import Skip, equal, main, option, test
from softnic.meanwhile import ENDS, flows, settle, talk_meanwhile
from softnic.net import run

ROUNDS = option("--rounds", 3)
POWER = "/sys/power"
# As virtio-fs cannot be suspended, it has no devices meanwhile.
DRIVER = "/sys/bus/virtio/drivers/virtiofs"


def write(path, text):
    """Writes a file of the kernel's."""
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def host_mounts():
    """What is mounted of the host's directories, in order: source, part of it, where."""
    with open("/proc/self/mountinfo", encoding="ascii") as f:
        for line in f:
            left, right = (x.split() for x in line.split(" - "))
            if right[0] == "virtiofs":
                yield right[1], left[3], left[4]


@contextlib.contextmanager
def without_host():
    """Takes the host's directories away, and mounts them again over those that are
    dead then: what is open in them stays so."""
    devices = [os.path.basename(x) for x in glob.glob(f"{DRIVER}/virtio*")]
    mounts = list(host_mounts())
    os.chdir("/")
    for device in devices:
        write(f"{DRIVER}/unbind", device)
    try:
        yield
    finally:
        for device in devices:
            write(f"{DRIVER}/bind", device)
        whole = {source: where for source, part, where in mounts if part == "/"}
        for source, part, where in mounts:
            if part == "/":
                run(f"mount -t virtiofs {source} {where}")
            else:
                run(f"mount --bind {whole[source]}{part} {where}")


def told():
    """What is set of the devices."""
    return [run(f"{what} {name}", netns) for name, netns in ENDS
            for what in ("ip -d link show", "ethtool -l", "ethtool -c", "ethtool -x",
                         "ethtool -k")]


@test
def frames_flow_on_after_a_suspend():
    if not os.path.exists(f"{POWER}/pm_test"):
        raise Skip("the kernel cannot be suspended but by its firmware")
    talkers = talk_meanwhile()
    before = told()
    with without_host():
        write(f"{POWER}/pm_test", "core")
        for _ in range(ROUNDS):
            flows()
            write(f"{POWER}/state", "mem")
            flows()
        after = told()
    equal(after, before, "settings")
    settle(talkers)
    run("ip link del n0", "a")
    run("rmmod softnic")
    run("modprobe softnic")


main()
