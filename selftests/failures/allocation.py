#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Each allocation that a request makes fails in turn, until none is left to
fail. However far the request had got, it leaves all or nothing.

# timeout: 600
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.ktap import Skip, defer, equal, main, test
from softnic.net import index_of, make_netns, make_pair, nics, run, up

INJECTORS = ("failslab", "fail_page_alloc")
FAIL_NTH = "/proc/thread-self/fail-nth"


def inject_everywhere():
    """Has allocations that may wait for memory fail too."""
    if not os.path.exists(FAIL_NTH):
        raise Skip("the kernel has no fault injection (CONFIG_FAULT_INJECTION)")
    for injector in INJECTORS:
        folder = f"/sys/kernel/debug/{injector}"
        if not os.path.isdir(folder):
            raise Skip(f"no {folder}")
        set_knob(f"{folder}/ignore-gfp-wait", "N")
        # Each failure is wanted, and none of them worth a stack in the log.
        set_knob(f"{folder}/verbose", "0")
    defer(set_knob, "/sys/kernel/debug/failslab/ignore-gfp-wait", "Y")
    defer(set_knob, "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "Y")


def set_knob(path, value):
    """Writes a file of debugfs."""
    with open(path, "w", encoding="ascii") as f:
        f.write(value)


class FailNth:
    """Has one of this thread's next allocations fail."""

    def __init__(self):
        self.knob = os.open(FAIL_NTH, os.O_RDWR)
        defer(os.close, self.knob)

    def during(self, number, action):
        """Runs an action in which the allocation of a number fails. Returns
        whether there was one, and whether the action succeeded all the same."""
        os.pwrite(self.knob, b"%d" % number, 0)
        try:
            action()
            succeeded = True
        except OSError:
            succeeded = False
        left = int(os.pread(self.knob, 20, 0))
        os.pwrite(self.knob, b"0", 0)
        return left == 0, succeeded


def fail_each(action, judge, most=5000):
    """Has each allocation of an action fail; `judge` is told each time whether
    the action succeeded, and puts back what it changed."""
    fail = FailNth()
    failures = 0
    for number in range(1, most):
        injected, succeeded = fail.during(number, action)
        judge(succeeded)
        if not injected:
            assert succeeded, "the request fails by itself"
            assert failures, "no allocation ever made the request fail"
            print(f"# {number - 1} allocations, {failures} refusals")
            return
        failures += not succeeded
    raise AssertionError(f"still failing after {most} allocations")


def creation(*data):
    """A request for a NIC n0 of two rings."""
    queues = [rtnl.attr(kind, 2) for kind in (rtnl.NUM_RX_QUEUES, rtnl.NUM_TX_QUEUES)]
    if data:
        data = [rtnl.peer(rtnl.attr(rtnl.IFNAME, "n1"), *queues)]
    return rtnl.Request(rtnl.attr(rtnl.IFNAME, "n0"), *queues, rtnl.softnic(*data),
                        flags=rtnl.NEW)


def all_or_nothing(names):
    """Judges a creation."""
    def judge(succeeded):
        equal(nics(), names if succeeded else [], "NICs")
        if succeeded:
            run("ip link del n0")
        equal(nics(), [], "NICs left")
    return judge


@test
def creation_of_a_nic():
    inject_everywhere()
    fail_each(creation().make, all_or_nothing(["n0"]))


@test
def creation_of_a_pair():
    inject_everywhere()
    fail_each(creation("peer").make, all_or_nothing(["n0", "n1"]))
    make_netns("a", "b")
    make_pair()


@test
def connection():
    inject_everywhere()
    for name in ("n0", "n1"):
        run(f"ip link add {name} type softnic")
        up(name)
    one, other = index_of("n0"), index_of("n1")
    request = rtnl.Request(rtnl.softnic(rtnl.attr(rtnl.PEER_IFINDEX, other)), index=one)

    def judge(succeeded):
        connected = (rtnl.link("n0").lower, rtnl.link("n1").lower)
        equal(connected, (other, one) if succeeded else (0, 0), "ends of the wire")
        if succeeded:
            rtnl.change(rtnl.softnic(rtnl.attr(rtnl.PEER_IFINDEX, 0)), index=one)

    fail_each(request.make, judge)


@test
def setting_up():
    inject_everywhere()
    run("ip link add n0 type softnic")
    number = index_of("n0")
    request = rtnl.Request(index=number, header_flags=rtnl.IFF_UP)

    def judge(succeeded):
        equal(rtnl.link("n0").up, succeeded, "up")
        if succeeded:
            run("ip link set n0 down")

    fail_each(request.make, judge)


main()
