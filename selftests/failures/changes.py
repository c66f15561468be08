#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One allocation fails of each request that changes, sets up or deletes NICs and
VNICs, further on each time, until none is left to fail: all that the kernel tells is
as before then, or as the request was to make it.

changes.py [--step N] [TEST...]

Each Nth allocation fails, and of those behind the first 60 fewer; with 1, each.

# timeout: 900
"""

import os
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.ktap import main, option, test
from softnic.operations import Operation
from softnic.requests import (N0, P0, TXQLEN, V0, X, Y, delete, mac, new, new_nic, new_pair,
                              new_vnic, prepare, run_all)
from softnic.rtnl import IFF_UP, Request, attr, change

STEP = option("--step", 5)
IFF_PROMISC, IFF_ALLMULTI = 0x100, 0x200
RTM_NEWNEIGH, RTM_DELNEIGH, AF_BRIDGE, NTF_SELF, NUD_PERMANENT, NDA_LLADDR = 28, 29, 7, 2, 0x80, 2
OTHER = bytes.fromhex("02000000aaaa")


def deletion(name, index, remake, netns="a"):
    """The deletion of a device, which other requests make again."""
    request = Request(message=rtnl.RTM_DELLINK, index=index, netns=netns)
    return Operation(name, request, lambda: [x.make() for x in remake], spared=True)


def setting(name, index, to, back):
    """A change of a device that is there: attributes, and those that undo it."""
    return Operation(name, Request(*to, index=index, netns="a"),
                     lambda: change(*back, index=index, netns="a"))


def flags(name, index, flag, on=True):
    """A change of a device's flags."""
    to, back = (flag, 0) if on else (0, flag)
    return Operation(
        name, Request(index=index, header_flags=to, mask=flag, netns="a"),
        lambda: change(index=index, header_flags=back, mask=flag, netns="a"))


def down(index):
    """Sets a device down."""
    change(index=index, header_flags=0, mask=IFF_UP, netns="a")


def forwarding(message, index, address):
    """A request for an address in a device's own list."""
    body = struct.pack("=BxxxiHBB", AF_BRIDGE, index, NUD_PERMANENT, NTF_SELF, 0)
    request = Request(netns="a")
    flags_ = rtnl.ACK | (rtnl.NEW if message == RTM_NEWNEIGH else 0)
    request.data = rtnl.pack(message, flags_, body + attr(NDA_LLADDR, address))
    return request


def new_vlan(over):
    """A request for a device of the module 8021q."""
    data = rtnl.nest(rtnl.LINKINFO, attr(rtnl.INFO_KIND, "vlan"),
                     rtnl.nest(rtnl.INFO_DATA, attr(1, struct.pack("=H", 33))))
    return new(attr(rtnl.IFNAME, "x"), attr(rtnl.LOWER, over), data, index=X)


@test
def deletion_is_done():
    prepare()
    nic = new_nic(X, "x")
    pair = new_pair(X, "x", Y, "y", "b")
    vnic = new_vnic(P0, "w", X, attr(rtnl.RINGS, 1), netns="b")
    for made, name in (([nic], "a NIC's end"), ([pair], "a pair's end"),
                       ([pair, vnic], "the end of a pair with a VNIC")):
        for request in made:
            request.make()
        run_all(STEP, deletion(name, X, made))
        delete(X)()
    nic.make()
    vnic.make()
    run_all(STEP, deletion("a VNIC's end", P0, [vnic], "b"))


@test
def settings_change():
    prepare()
    new_nic(P0, "p0").make()
    run_all(
        STEP,
        setting("slots, pool and storm", P0,
                [rtnl.softnic(attr(rtnl.SLOTS, 2), attr(rtnl.POOL, 30), attr(rtnl.STORM, 7))],
                [rtnl.softnic(attr(rtnl.SLOTS, 20), attr(rtnl.POOL, 10), attr(rtnl.STORM, 100))]),
        setting("slots that all VNICs lose", N0, [rtnl.softnic(attr(rtnl.SLOTS, 0))],
                [rtnl.softnic(attr(rtnl.SLOTS, 128))]),
        setting("VLAN, mode and rings", V0,
                [rtnl.vnic(attr(rtnl.VLAN_ID, 9), attr(rtnl.MODE, rtnl.VEPA), attr(rtnl.RINGS, 2))],
                [rtnl.vnic(attr(rtnl.VLAN_ID, 0), attr(rtnl.MODE, rtnl.BRIDGE), attr(rtnl.RINGS, 1))]),
        setting("a list of VLANs, no rings", V0,
                [rtnl.vnic(rtnl.vlan_ranges((0, 0), (100, 163)), attr(rtnl.RINGS, 0))],
                [rtnl.vnic(rtnl.vlan_ranges(), attr(rtnl.VLAN_ID, 0), attr(rtnl.RINGS, 1))]))


@test
def wires_are_put_on_and_taken_off():
    prepare(vnics=False)
    new_nic(X, "x").make()
    new_nic(P0, "p0").make()
    on = [rtnl.softnic(attr(rtnl.PEER_IFINDEX, P0))]
    off = [rtnl.softnic(attr(rtnl.PEER_IFINDEX, 0))]
    # What kind of wire was there last is told, too.
    for there in (on, off):
        change(*there, index=X, netns="a")
    run_all(STEP, setting("a wire is put on", X, on, off))
    change(*on, index=X, netns="a")
    run_all(STEP, setting("a wire is taken off", X, off, on))


@test
def devices_go_up_and_down():
    prepare()
    new_vnic(X, "x", V0, attr(rtnl.RINGS, 1)).make()
    run_all(STEP, flags("a NIC with VNICs goes down", N0, IFF_UP, on=False),
            flags("a VNIC goes down", V0, IFF_UP, on=False))
    for index in (V0, X):
        down(index)
        run_all(STEP, flags("a VNIC goes up", index, IFF_UP))
    down(N0)
    run_all(STEP, flags("a NIC goes up", N0, IFF_UP))


@test
def addresses_and_sizes_change():
    prepare()
    for dev, name, most in ((N0, "a NIC", 1700), (V0, "a VNIC", 1400)):
        run_all(
            STEP,
            setting(f"the address of {name}", dev, [attr(rtnl.ADDRESS, OTHER)], [mac(dev)]),
            setting(f"the MTU of {name}", dev, [attr(rtnl.MTU, most + 100)],
                    [attr(rtnl.MTU, most)]),
            setting(f"the queue length of {name}", dev, [attr(TXQLEN, 50)], [attr(TXQLEN, 77)]),
            flags(f"{name} is promiscuous", dev, IFF_PROMISC),
            flags(f"{name} takes all multicast", dev, IFF_ALLMULTI),
            Operation(f"an address more of {name}", forwarding(RTM_NEWNEIGH, dev, OTHER),
                      forwarding(RTM_DELNEIGH, dev, OTHER).make),
            Operation(f"a VLAN device over {name}", new_vlan(dev), delete(X)))


main()
