#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One allocation of a request fails, further on each time, until none is left
to fail. However far the request had got, it leaves all or nothing.

# timeout: 600
"""

import contextlib
import itertools
import os
import socket
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.ktap import Skip, defer, main, test
from softnic.net import index_of, make_netns, make_pair, nics, run, up

INJECTORS = ("failslab", "fail_page_alloc", "fail_usercopy")
FAIL_NTH = "/proc/thread-self/fail-nth"


def inject_everywhere():
    """Has allocations that may wait for memory fail too. Each failure is
    wanted, and none of them worth a stack in the log; and waiting for readers
    would take most of the time."""
    if not os.path.exists(FAIL_NTH):
        raise Skip("the kernel has no fault injection (CONFIG_FAULT_INJECTION)")
    knobs = {"/sys/kernel/rcu_expedited": ("1", "0")}
    for injector in INJECTORS:
        folder = f"/sys/kernel/debug/{injector}"
        if not os.path.isdir(folder):
            raise Skip(f"no {folder}")
        knobs[f"{folder}/verbose"] = ("0", "2")
        if injector != "fail_usercopy":
            knobs[f"{folder}/ignore-gfp-wait"] = ("N", "Y")
    for path, (value, usual) in knobs.items():
        set_knob(path, value)
        defer(set_knob, path, usual)


def set_knob(path, value):
    """Writes a file of debugfs."""
    with open(path, "w", encoding="ascii") as f:
        f.write(value)


class FailNth:
    """Has one of this thread's next allocations fail."""

    def __init__(self):
        self.knob = os.open(FAIL_NTH, os.O_RDWR)
        defer(os.close, self.knob)

    def during(self, number, request):
        """Sends a request, in which the allocation of a number fails; returns
        whether there was one. The kernel is done when the call returns. What
        it answers can be lost for want of memory too, so nobody asks."""
        os.pwrite(self.knob, b"%d" % number, 0)
        with contextlib.suppress(OSError):
            request.socket.send(request.data)
        try:
            left = int(os.pread(self.knob, 20, 0))
        except OSError:
            # The failure came no sooner than in this call.
            left = 1
        try:
            os.pwrite(self.knob, b"0", 0)
        except OSError:
            # The failure came in this call, and there is none left.
            os.pwrite(self.knob, b"0", 0)
        with contextlib.suppress(OSError):
            while request.socket.recv(1 << 16, socket.MSG_DONTWAIT):
                pass
        return left == 0


def numbers():
    """Which allocations fail: each of the first, where the driver makes most
    of its own, then some of the many that the core makes for a device."""
    return itertools.chain(range(1, 60), range(60, 5000, 7))


def fail_each(request, done, undo):
    """Has an allocation of a request fail, further on each time until none is
    left. `done` tells whether the request was carried out, and fails if it was
    so in part; `undo` undoes it."""
    fail = FailNth()
    refusals = 0
    for number in numbers():
        injected = fail.during(number, request)
        was_done = done()
        if was_done:
            undo()
            assert not done(), "not undone"
        if not injected:
            assert was_done, "the request fails by itself"
            assert refusals, "no allocation ever made the request fail"
            print(f"# fewer than {number} allocations, {refusals} refusals")
            return
        refusals += not was_done
    raise AssertionError("allocations without end")


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
