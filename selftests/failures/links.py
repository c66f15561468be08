#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One allocation fails of each request that makes NICs and VNICs, further on
each time, until none is left to fail: all that the kernel tells is as before then, or
as the request was to make it.

links.py [--step N] [TEST...]

Each Nth allocation fails, and of those behind the first 60 fewer; with 1, each.

# timeout: 900
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.ktap import main, option, test
from softnic.operations import Operation
from softnic.requests import N0, P0, V0, X, Y, delete, new_nic, new_pair, new_vnic, prepare, run_all
from softnic.rtnl import attr

STEP = option("--step", 5)


@test
def nics_are_made():
    prepare(vnics=False)
    run_all(STEP, Operation("a NIC", new_nic(X, "x"), delete(X)),
            Operation("a pair", new_pair(X, "x", Y, "y", "b"), delete(X)))


@test
def vnics_are_made():
    prepare()
    new_nic(P0, "p0").make()
    vlan = [attr(rtnl.VLAN_ID, 7), attr(rtnl.VLAN_PROTOCOL, 0x88A8),
            attr(rtnl.MODE, rtnl.PRIVATE), attr(rtnl.RINGS, 2)]
    run_all(STEP, Operation("a VNIC", new_vnic(X, "x", N0, *vlan), delete(X)),
            Operation("a trunk elsewhere",
                      new_vnic(X, "x", N0, rtnl.vlan_ranges((0, 0), (20, 30)), netns="b"),
                      delete(X, "b")),
            Operation("a VNIC over a VNIC", new_vnic(X, "x", V0, attr(rtnl.RINGS, 1)), delete(X)),
            Operation("a VNIC with a NIC for itself",
                      new_vnic(X, "x", P0, attr(rtnl.MODE, rtnl.PASSTHRU)), delete(X)))


main()
