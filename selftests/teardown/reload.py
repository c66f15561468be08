#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The module comes and goes 200 times, with a pair made and used each time.

reload.py [--times N] [TEST...]
"""

import errno
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.frames import BROADCAST, frame, packet_socket
from softnic.ktap import equal, main, option, rounds, test, until
from softnic.modules import is_there, load, unload
from softnic.net import index_of, nics, run, up
from softnic.ynl import Events, Raw

TIMES = option("--times", rounds(200))


@test
def loads_and_unloads():
    file = run("modinfo -F filename softnic").strip()
    run("rmmod softnic")
    for n in range(TIMES):
        load(file)
        rtnl.change(rtnl.attr(rtnl.IFNAME, "n0"),
                    rtnl.softnic(rtnl.peer(rtnl.attr(rtnl.IFNAME, "n1"))), flags=rtnl.NEW)
        up("n0")
        up("n1")
        s = packet_socket("n0")
        s.send(frame(BROADCAST, rtnl.link("n0").address))
        s.close()
        until(lambda: rtnl.link("n1").stats["rx_packets"] > 0, f"a frame arrives, round {n}")
        unload()
        equal((nics(), is_there()), ([], False), f"left, round {n}")
    run("modprobe softnic")


@test
def stays_while_a_dump_is_read():
    rtnl.change(rtnl.attr(rtnl.IFNAME, "n0"), rtnl.softnic(), flags=rtnl.NEW)
    for n in range(100):
        rtnl.change(rtnl.attr(rtnl.IFNAME, f"v{n}"), rtnl.attr(rtnl.LOWER, index_of("n0")),
                    rtnl.vnic(), flags=rtnl.NEW)
    Events()
    dump = Raw()
    dump.ask("port-get", dump=True)
    parts = dump.parts(4096)
    next(parts)
    try:
        unload()
        raise AssertionError("the module went under a dump")
    except OSError as error:
        equal(error.errno, errno.EAGAIN, "refusal")
    told = 1 + sum(1 for _ in parts)
    assert told > 2, f"{told} parts"
    # Who listens, and has read nothing, holds nothing up.
    unload()
    equal((nics(), is_there()), ([], False), "left")
    run("modprobe softnic")


main()
