#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The module comes and goes 200 times, with a pair made and used each time.

# timeout: 240
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.frames import BROADCAST, frame, packet_socket
from softnic.ktap import equal, main, rounds, test, until
from softnic.net import nics, run, up


@test
def loads_and_unloads():
    run("rmmod softnic")
    for n in range(rounds(200)):
        run("modprobe softnic")
        rtnl.change(rtnl.attr(rtnl.IFNAME, "n0"),
                    rtnl.softnic(rtnl.peer(rtnl.attr(rtnl.IFNAME, "n1"))), flags=rtnl.NEW)
        up("n0")
        up("n1")
        s = packet_socket("n0")
        s.send(frame(BROADCAST, rtnl.link("n0").address))
        s.close()
        until(lambda: rtnl.link("n1").stats["rx_packets"] > 0, f"a frame arrives, round {n}")
        run("rmmod softnic")
        equal((nics(), os.path.exists("/sys/module/softnic")), ([], False), f"left, round {n}")
    run("modprobe softnic")


main()
