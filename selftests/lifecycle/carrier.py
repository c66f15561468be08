#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Carrier and operational state of both ends, however they come and go, and
the link events that tell of it."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ktap import equal, main, test, until
from softnic.net import make_netns, make_pair, nics, run
from softnic.rtnl import Monitor, link

ONE, OTHER = ("n0", "a"), ("n1", "b")


def state(end):
    """Administrative and operational state, and whether there is a carrier."""
    seen = link(*end)
    return seen.up, seen.operstate, seen.carrier


RUNNING = (True, "UP", True)
# A device that waits for its carrier, and one that is down.
WAITING = (True, "DOWN", False)
# The same, where the device at the other end is in sight.
BEHIND = (True, "LOWERLAYERDOWN", False)
# With its wire's other end down or gone, an end that is down has no carrier
# to show either.
STOPPED = (False, "DOWN", False)


def becomes(end, expected):
    """Waits until an end is in a state: linkwatch tells of it with a delay."""
    until(lambda: state(end) == expected,
          lambda: f"{end}: expected {expected}, seen {state(end)}")


def set_link(end, what):
    """ip link set."""
    run(f"ip link set {end[0]} {what}", end[1])


@test
def follows_both_ends_up_and_down_in_every_order():
    make_netns("a", "b")
    make_pair(set_up=False)
    for first, second in ((ONE, OTHER), (OTHER, ONE)):
        for last in (ONE, OTHER):
            remaining = OTHER if last == ONE else ONE
            set_link(first, "up")
            becomes(first, WAITING)
            becomes(second, STOPPED)
            set_link(second, "up")
            becomes(first, RUNNING)
            becomes(second, RUNNING)
            set_link(last, "down")
            becomes(last, STOPPED)
            becomes(remaining, WAITING)
            set_link(remaining, "down")
            becomes(remaining, STOPPED)


@test
def follows_connect_and_disconnect():
    for name in ("n0", "n1"):
        run(f"vnicadm create-nic {name}")
        run(f"ip link set {name} up")
    one, other = ("n0", None), ("n1", None)
    becomes(one, RUNNING)
    for asked in ("n0", "n1"):
        run("vnicadm connect n0 n1")
        becomes(one, RUNNING)
        becomes(other, RUNNING)
        run(f"vnicadm disconnect {asked}")
        becomes(one, WAITING)
        becomes(other, WAITING)
    run("vnicadm connect n1 n0")
    becomes(one, RUNNING)
    run("vnicadm delete-nic n1")
    becomes(one, WAITING)
    run("vnicadm delete-nic n0")
    equal(nics(), [], "NICs left")


@test
def a_nic_alone_is_running_when_up():
    run("ip link add n0 type softnic")
    end = ("n0", None)
    for _ in range(3):
        set_link(end, "up")
        becomes(end, RUNNING)
        set_link(end, "down")
        becomes(end, STOPPED)
    run("ip link del n0")


@test
def connects_to_an_end_that_is_down():
    run("vnicadm create-nic n0")
    run("vnicadm create-nic n1")
    run("ip link set n0 up")
    becomes(("n0", None), RUNNING)
    run("vnicadm connect n0 n1")
    becomes(("n0", None), BEHIND)
    run("ip link set n1 up")
    becomes(("n0", None), RUNNING)
    becomes(("n1", None), RUNNING)
    run("vnicadm delete-nic n0")
    run("vnicadm delete-nic n1")


@test
def tells_each_change_to_who_listens():
    make_netns("a", "b")
    make_pair(set_up=False)
    monitor = Monitor("a")
    told = []

    def states():
        told.extend(seen.operstate for _, seen in monitor.changes() if seen.name == "n0")
        return [s for i, s in enumerate(told) if i == 0 or told[i - 1] != s]

    set_link(ONE, "up")
    becomes(ONE, WAITING)
    for change, then in (("up", RUNNING), ("down", WAITING), ("up", RUNNING)):
        set_link(OTHER, change)
        becomes(ONE, then)
    until(lambda: states() == ["DOWN", "UP", "DOWN", "UP"], lambda: f"states told: {states()}")


main()
