# SPDX-License-Identifier: GPL-2.0
"""Requests that make links of each kind with all that can be given to them, and a
place where they are carried out and fail."""

import os

from . import rtnl
from .injection import inject_everywhere
from .ktap import defer
from .net import make_netns
from .netns import set_sysctl
from .operations import Watch
from .rtnl import IFF_UP, Request, attr, change

# Indices, so that what is made again is the same.
N0, N1, V0, V1, X, Y, P0 = range(1000, 1007)
TXQLEN = 13


def mac(number):
    """The address of a device of an index."""
    return attr(rtnl.ADDRESS, bytes.fromhex(f"02000000{number:04x}"))


def common(index, name, queues):
    """What each new device has."""
    return [attr(rtnl.IFNAME, name), mac(index), attr(TXQLEN, 77),
            attr(rtnl.NUM_RX_QUEUES, queues), attr(rtnl.NUM_TX_QUEUES, queues)]


def descriptor(netns):
    """The attribute that says a namespace."""
    fd = os.open(f"/run/netns/{netns}", os.O_RDONLY)
    defer(os.close, fd)
    return attr(rtnl.NET_NS_FD, fd)


def new(*attrs, index, header_flags=IFF_UP):
    """A request for a device."""
    return Request(*attrs, index=index, flags=rtnl.NEW, header_flags=header_flags, netns="a")


def new_nic(index, name, queues=2, *data, up=True):
    """A request for a NIC with all that can be given to it."""
    settings = data or [attr(rtnl.SLOTS, 20), attr(rtnl.POOL, 10), attr(rtnl.STORM, 100)]
    return new(*common(index, name, queues), attr(rtnl.MTU, 1700), rtnl.softnic(*settings),
               index=index, header_flags=IFF_UP if up else 0)


def new_pair(index, name, far_index, far, netns, queues=2):
    """A request for a pair, whose other end is in a namespace, if any is given."""
    there = [descriptor(netns)] if netns else []
    twin = (rtnl.header(far_index) + b"".join([*common(far_index, far, queues),
                                               attr(rtnl.MTU, 1700), *there]))
    return new(*common(index, name, queues), attr(rtnl.MTU, 1700),
               rtnl.softnic(attr(rtnl.PEER | rtnl.NESTED, twin)), index=index)


def new_vnic(index, name, over, *data, netns=None, queues=2):
    """A request for a VNIC."""
    there = [descriptor(netns)] if netns else []
    return new(*common(index, name, queues), attr(rtnl.LOWER, over), attr(rtnl.MTU, 1400),
               *there, rtnl.vnic(*data), index=index)


def delete(index, netns="a"):
    """What deletes a device."""
    return lambda: change(message=rtnl.RTM_DELLINK, index=index, netns=netns)


def run_all(step, *operations):
    """Carries operations out, and has each `step`th of their allocations fail."""
    watch = Watch("a", "b")
    for operation in operations:
        watch.carry_out(operation, step)


def prepare(vnics=True):
    """A pair, n1 in a namespace b, and two VNICs over n0, the first with a ring; in
    the namespaces is nothing else."""
    inject_everywhere(pages=True)
    set_sysctl("core/fb_tunnels_only_for_init_net", 2)
    defer(set_sysctl, "core/fb_tunnels_only_for_init_net", 0)
    make_netns("a", "b")
    new_pair(N0, "n0", N1, "n1", "b", queues=4).make()
    change(index=N1, header_flags=IFF_UP, netns="b")
    if vnics:
        new_vnic(V0, "v0", N0, attr(rtnl.RINGS, 1)).make()
        new_vnic(V1, "v1", N0, attr(rtnl.VLAN_ID, 5), netns="b").make()
