#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Copies of frames to many for which a ring has no room: lost to the VNIC that
wanted them, told by each interface, and to nobody else."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ethtool import own_statistics
from softnic.frames import BROADCAST, frame, packet_socket
from softnic.ktap import equal, main, test, until
from softnic.net import run
from softnic.netdev import set_napi, totals
from softnic.ports import make_nic
from softnic.rtnl import link
from softnic.vnics import vnic

RING = 16
COUNT = 5 * RING


def flood(slow):
    """Sends broadcasts from v1, while the polls of a device are held back."""
    run(f"ethtool -G {slow} rx {RING}", "a")
    set_napi(slow, "a", defer_hard_irqs=1_000_000, gro_flush_timeout=1_000_000_000)
    s, source = packet_socket("v1", "a"), link("v1", "a").address
    for _ in range(COUNT):
        s.send(frame(BROADCAST, source))


def is_short_of(port):
    """Asserts that a VNIC lost some of the frames, as all interfaces tell."""
    def accounted():
        stats = link(port, "a").stats
        return stats["rx_packets"] + stats["rx_missed_errors"] == COUNT

    until(accounted, lambda: f"all are accounted for: {link(port, 'a').stats}", 60)
    stats = link(port, "a").stats
    lost = stats["rx_missed_errors"]
    assert 0 < lost < COUNT, f"{lost} of {COUNT} lost, with a ring of {RING}"
    equal(own_statistics(port, "a")["rx_drop_overrun"], lost, "as ethtool tells")
    equal(totals(port, "a")["rx-hw-drop-overruns"], lost, "as qstats tell")


def has_all(port, netns):
    """Asserts that a device got each of the frames."""
    until(lambda: link(port, netns).stats["rx_packets"] == COUNT,
          lambda: f"{port} has all: {link(port, netns).stats}", 60)
    equal(link(port, netns).stats["rx_missed_errors"], 0, f"losses of {port}")


@test
def in_a_ring_of_its_own():
    make_nic()
    vnic("v0", "n0", "a", queues=1, rings=1)
    vnic("v1", "n0", "a", queues=1)
    flood("v0")
    is_short_of("v0")
    has_all("n0", "a")
    has_all("n1", "b")


@test
def in_the_ring_of_its_nic():
    make_nic()
    for name in ("v0", "v1", "v2"):
        vnic(name, "n0", "a", queues=1)
    flood("n0")
    is_short_of("v0")
    is_short_of("v2")
    has_all("n1", "b")


main()
