#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A VNIC whose transmit queue a full ring stopped goes on when there is room,
or when the wire leads elsewhere."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ethtool import statistics
from softnic.frames import frame, packet_socket
from softnic.ktap import equal, main, test, until
from softnic.net import becomes_running, make_netns, make_pair, run, up
from softnic.netdev import by_queue, set_napi
from softnic.rtnl import link
from softnic.vnics import vnic

RING = 16
ONE_RING = "--rx-queues 1 --tx-queues 1 --peer-rx-queues 1 --peer-tx-queues 1"


def prepare(seconds):
    """A VNIC over n0 whose peer n1 has a small ring that is polled only each so
    many seconds; returns the VNIC's socket and its address."""
    make_netns("a", "b")
    make_pair(ONE_RING)
    run(f"ethtool -G n1 rx {RING}", "b")
    vnic("v0", "n0", "a", queues=1)
    run("tc qdisc replace dev v0 root pfifo", "a")
    set_napi("n1", "b", defer_hard_irqs=1_000_000, gro_flush_timeout=seconds * 1_000_000_000)
    return packet_socket("v0", "a"), link("v0", "a").address


def held():
    """How often v0's queue was stopped, and not yet woken."""
    queue = by_queue("v0", "a")["tx", 0]
    return queue["stop"] - queue["wake"]


def fill(s, to, source):
    """Has n1's ring filled, and v0's queue stopped."""
    for _ in range(3 * RING):
        s.send(frame(to, source))
    until(held, "the queue is stopped")


@test
def a_stopped_vnic_goes_on_when_there_is_room():
    s, source = prepare(1)
    before = statistics("n1", "b")["rx0_packets"]
    fill(s, link("n1", "b").address, source)
    count = 3 * RING
    until(lambda: statistics("n1", "b")["rx0_packets"] - before >= count,
          lambda: f"all arrive: {statistics('n1', 'b')}", 60)


@test
def a_stopped_vnic_goes_on_by_another_wire():
    s, source = prepare(600)
    fill(s, link("n1", "b").address, source)
    run("vnicadm disconnect n0", "a")
    run("vnicadm create-nic n2", "b")
    up("n2", "b")
    run("ip link set n2 promisc on", "b")
    run("vnicadm connect n0 n2 --peer-netns b", "a")
    becomes_running(("v0", "a"), ("n2", "b"))
    s.send(frame(link("n2", "b").address, source))
    until(lambda: statistics("n2", "b")["rx0_packets"] > 0,
          lambda: f"frames arrive: {statistics('n2', 'b')} {statistics('v0', 'a')}")
    equal(held(), 0, "stops without a wake")


main()
