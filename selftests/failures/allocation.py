#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One allocation of a request fails, further on each time, until none is left
to fail. However far the request had got, it leaves all or nothing.

# timeout: 600
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.injection import fail_each, inject_everywhere
from softnic.ktap import main, test
from softnic.net import index_of, make_netns, make_pair, nics, run, up

def creation(paired):
    """A request for a NIC n0, or a pair of n0 and n1."""
    one = [rtnl.attr(kind, 1) for kind in (rtnl.NUM_RX_QUEUES, rtnl.NUM_TX_QUEUES)]
    data = [rtnl.peer(rtnl.attr(rtnl.IFNAME, "n1"), *one)] if paired else []
    return rtnl.Request(rtnl.attr(rtnl.IFNAME, "n0"), *one, rtnl.softnic(*data),
                        flags=rtnl.NEW)


def all_or_nothing(*names):
    """Tells whether these NICs are there, all or none."""
    def there():
        seen = nics()
        assert seen in ([], list(names)), f"half a creation: {seen}"
        return bool(seen)
    return there


def delete_n0():
    """Deletes n0, and with it its twin."""
    rtnl.change(message=rtnl.RTM_DELLINK, index=index_of("n0"))


@test
def creation_of_a_nic():
    inject_everywhere()
    fail_each(creation(paired=False), all_or_nothing("n0"), delete_n0)


@test
def creation_of_a_pair():
    inject_everywhere()
    fail_each(creation(paired=True), all_or_nothing("n0", "n1"), delete_n0)
    make_netns("a", "b")
    make_pair()


@test
def connection():
    inject_everywhere()
    for name in ("n0", "n1"):
        run(f"ip link add {name} numrxqueues 1 numtxqueues 1 type softnic")
        up(name)
    one, other = index_of("n0"), index_of("n1")

    def connected():
        seen = (rtnl.link("n0").lower, rtnl.link("n1").lower)
        assert seen in ((0, 0), (other, one)), f"half a wire: {seen}"
        return seen != (0, 0)

    def disconnect():
        rtnl.change(rtnl.softnic(rtnl.attr(rtnl.PEER_IFINDEX, 0)), index=one)

    request = rtnl.Request(rtnl.softnic(rtnl.attr(rtnl.PEER_IFINDEX, other)), index=one)
    fail_each(request, connected, disconnect)


@test
def setting_up():
    inject_everywhere()
    run("ip link add n0 numrxqueues 1 numtxqueues 1 type softnic")
    request = rtnl.Request(index=index_of("n0"), header_flags=rtnl.IFF_UP)
    fail_each(request, lambda: rtnl.link("n0").up, lambda: run("ip link set n0 down"))


main()
