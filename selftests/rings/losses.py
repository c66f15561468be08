#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is lost at a ring: as many as the ports count that lose it, by reason."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic.ethtool import own_statistics
from softnic.frames import BROADCAST, frame, packet_socket
from softnic.ktap import equal, main, test
from softnic.net import index_of, run
from softnic.netdev import set_napi
from softnic.ports import make_nic
from softnic.rtnl import link
from softnic.vnics import vnic
from softnic.ynl import family

RING = 16
COUNT = 5 * RING
LOSSES = ("lost-full", "lost-purged")


def at_rings(port, netns="a"):
    """How many frames were lost at a port's rings: without room, and purged."""
    told = family(netns).dump("ring-get", {"ifindex": index_of(port, netns)})
    shown = json.loads(run(f"vnicadm show-ring --json {port}", netns))
    for name in LOSSES:
        equal([ring[name.replace("-", "_")] for ring in shown], [ring[name] for ring in told],
              f"{name} as vnicadm tells")
    return tuple(sum(ring[name] for ring in told) for name in LOSSES)


def by_ports(reason, *ports, netns="a"):
    """How many frames ports have lost for a reason."""
    return sum(own_statistics(port, netns)[reason] for port in ports)


def slow(port):
    """Has a port's only ring be small, and polled seldom."""
    run(f"ethtool -G {port} rx {RING}", "a")
    set_napi(port, "a", defer_hard_irqs=1_000_000, gro_flush_timeout=60_000_000_000)


def flood(port, netns, to):
    """Sends frames at a port."""
    s, source = packet_socket(port, netns), link(port, netns).address
    for _ in range(COUNT):
        s.send(frame(to, source))


@test
def frames_that_nobody_keeps():
    make_nic()
    run("tc qdisc replace dev n1 root noqueue", "b")
    slow("n0")
    flood("n1", "b", link("n0", "a").address)
    lost = by_ports("tx_drop_ring_full", "n1", netns="b")
    assert 0 < lost < COUNT, f"{lost} of {COUNT} lost"
    equal(at_rings("n0"), (lost, 0), "lost at n0's ring")
    equal(at_rings("n1", "b"), (0, 0), "lost at n1's")
    # The frames that wait are lost with the ring.
    run("ip link set n0 down", "a")
    purged = by_ports("rx_drop_purged", "n0")
    assert purged, "none was purged"
    equal(at_rings("n0"), (lost, purged), "lost at n0's ring")


@test
def frames_that_are_kept():
    make_nic()
    run("tc qdisc replace dev n1 root pfifo limit 10000", "b")
    slow("n0")
    flood("n1", "b", link("n0", "a").address)
    ring, = family("a").dump("ring-get", {"ifindex": index_of("n0", "a")})
    equal(ring["depth"], RING, "frames that wait")
    equal(at_rings("n0"), (0, 0), "lost at n0's ring")


def with_guests():
    """A NIC whose only ring two VNICs share, v2 and v3, beside v1, which sends; v0
    has a ring of its own."""
    make_nic()
    for name, rings in (("v0", 1), ("v1", 0), ("v2", 0), ("v3", 0)):
        vnic(name, "n0", "a", queues=1, rings=rings)
    slow("n0")


@test
def copies():
    with_guests()
    slow("v0")
    flood("v1", "a", BROADCAST)
    own, others = by_ports("rx_drop_overrun", "v0"), by_ports("rx_drop_overrun", "n0", "v2", "v3")
    assert own and others, f"{own} lost by v0, {others} by those in n0's ring"
    equal((at_rings("v0"), at_rings("n0")), ((own, 0), (others, 0)), "lost at the rings")
    run("ip link set n0 down", "a")
    purged = by_ports("rx_drop_purged", "n0", "v2", "v3")
    assert purged, "none was purged"
    equal(at_rings("n0"), (others, purged), "lost at n0's ring")


@test
def frames_of_a_vnic_that_goes_down():
    with_guests()
    flood("v1", "a", link("v2", "a").address)
    run("ip link set v2 down", "a")
    purged = by_ports("rx_drop_purged", "v2")
    assert purged, "none was purged"
    equal(at_rings("n0")[1], purged, "purged from n0's ring")


main()
