#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The module comes and goes 200 times, with a pair made and used each time.

# timeout: 240
"""

import ctypes
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.frames import BROADCAST, frame, packet_socket
from softnic.ktap import equal, main, rounds, test, until
from softnic.net import nics, run, up


LIBC = ctypes.CDLL(None, use_errno=True)
FINIT_MODULE, DELETE_MODULE = 313, 176


def call(number, *arguments):
    """A system call: modprobe and rmmod would take most of the test's time."""
    if LIBC.syscall(number, *arguments):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def load(file):
    """Loads the module."""
    with open(file, "rb") as f:
        call(FINIT_MODULE, f.fileno(), b"", 0)


@test
def loads_and_unloads():
    file = run("modinfo -F filename softnic").strip()
    run("rmmod softnic")
    for n in range(rounds(200)):
        load(file)
        rtnl.change(rtnl.attr(rtnl.IFNAME, "n0"),
                    rtnl.softnic(rtnl.peer(rtnl.attr(rtnl.IFNAME, "n1"))), flags=rtnl.NEW)
        up("n0")
        up("n1")
        s = packet_socket("n0")
        s.send(frame(BROADCAST, rtnl.link("n0").address))
        s.close()
        until(lambda: rtnl.link("n1").stats["rx_packets"] > 0, f"a frame arrives, round {n}")
        call(DELETE_MODULE, b"softnic", os.O_NONBLOCK)
        equal((nics(), os.path.exists("/sys/module/softnic")), ([], False), f"left, round {n}")
    run("modprobe softnic")


main()
