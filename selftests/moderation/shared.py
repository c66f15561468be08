#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Adaptive moderation of a ring that VNICs share with their NIC: their streams wait,
their questions and answers do not."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import pktgen
from softnic.ktap import DEBUG_KERNEL, equal, main, test, until
from softnic.moderation import becomes_stream, counters, prepare
from softnic.net import becomes_running, make_netns, run, up
from softnic.netdev import totals
from softnic.rtnl import link
from softnic.vnics import vnic

COUNT = 1000 if DEBUG_KERNEL else 20_000
# Nanoseconds: fast enough for a stream, and more than the two begin apart in a few turns.
DELAY = 20_000


def play(netns, *ways):
    """Has pktgen send frames from each device of `ways` to the one beside it, in
    turns; returns what the NIC's ring counted."""
    streams = [pktgen.Stream(dev, link(to, netns).address, COUNT, delay=DELAY) for dev, to in ways]

    def received():
        return [totals(to, netns)["rx-packets"] for _, to in ways]

    before, had = counters("n0", netns), received()
    equal(pktgen.Flight(netns, streams).wait(120), [COUNT] * len(ways), "frames sent")
    until(lambda: all(now - then >= COUNT for now, then in zip(received(), had)),
          "all frames arrive")
    after = counters("n0", netns)
    return {name: after[name] - before[name] for name in ("timer", "adaptations")}


def compare(netns, one, other):
    """Two devices send to each other, of which at least one shares the ring of n0. A
    stream is one only where nobody answers."""
    there, back = (one, other), (other, one)
    ring = play(netns, there, back)
    equal(ring, {"timer": 0, "adaptations": 0}, "what a game's ring counted")
    becomes_stream(lambda: play(netns, there)["adaptations"] >= 1)


@test
def between_vnics_of_a_nic():
    make_netns("a")
    run("vnicadm create-nic n0 --rx-queues 1", "a")
    up("n0", "a")
    for name in ("v1", "v2"):
        vnic(name, "n0", "a", rings=0)
    compare("a", "v1", "v2")


@test
def between_a_vnic_and_another_nic():
    prepare()
    run("ip link set n1 netns a", "b")
    up("n1", "a")
    becomes_running(("n0", "a"), ("n1", "a"))
    vnic("v1", "n0", "a", rings=0)
    compare("a", "n1", "v1")


main()
