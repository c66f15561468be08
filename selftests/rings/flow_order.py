#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Over several rings, the frames of a flow stay in order and on one ring."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import select
import socket
import struct

from softnic.ethtool import statistics
from softnic.ktap import defer, equal, main, rounds, test
from softnic.net import give_addresses, make_netns, make_pair, settle
from softnic.netns import inside

FLOWS = 32


def sockets():
    """FLOWS pairs of UDP sockets, each a flow from a to b."""
    made = []
    for flow in range(FLOWS):
        with inside("b"):
            receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
        receiver.bind(("10.0.0.2", 5000 + flow))
        with inside("a"):
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.connect(("10.0.0.2", 5000 + flow))
        defer(receiver.close)
        defer(sender.close)
        made.append((sender, receiver))
    return made


def prepare():
    """A pair with four rings each, with addresses, that know one another."""
    make_netns("a", "b")
    make_pair("--rx-queues 4 --tx-queues 4 --peer-rx-queues 4 --peer-tx-queues 4")
    give_addresses()


def by_ring():
    """How many frames each ring of n1 received, when all are there."""
    received = settle()[1]
    return [received[f"rx{n}_packets"] for n in range(4)]


@test
def a_flow_stays_on_one_ring():
    prepare()
    used = set()
    before = by_ring()
    for sender, _ in sockets():
        for _ in range(20):
            sender.send(b"x")
        after = by_ring()
        more = [y - x for x, y in zip(before, after)]
        equal(sorted(more), [0, 0, 0, 20], "frames of one flow, by ring")
        used.add(more.index(20))
        before = after
    assert len(used) > 1, f"{FLOWS} flows used ring {used} alone"


def send_all(senders, count):
    """Sends numbered datagrams in turn over each flow, in a child process."""
    pid = os.fork()
    if pid:
        return pid
    for number in range(count):
        for sender in senders:
            sender.send(struct.pack("=I", number))
    os._exit(0)


@test
def flows_from_two_cpus_stay_in_order():
    prepare()
    flows = sockets()
    count = rounds(300)
    before = by_ring()
    half = FLOWS // 2
    children = [send_all([s for s, _ in part], count) for part in (flows[:half], flows[half:])]
    expected = dict.fromkeys(range(FLOWS), 0)
    number = {receiver: flow for flow, (_, receiver) in enumerate(flows)}
    while any(n < count for n in expected.values()):
        ready = select.select(number, [], [], 10)[0]
        assert ready, f"datagrams are missing: {expected}"
        for receiver in ready:
            seen, = struct.unpack("=I", receiver.recv(4))
            flow = number[receiver]
            equal(seen, expected[flow], f"number of the next datagram of flow {flow}")
            expected[flow] += 1
    for child in children:
        equal(os.waitpid(child, 0)[1], 0, "status of a sender")
    more = [y - x for x, y in zip(before, by_ring())]
    assert sum(more) >= FLOWS * count, f"frames by ring: {more}"
    assert sum(n > 0 for n in more) > 1, f"only one ring was used: {more}"
    equal(statistics("n0", "a")["tx_drop_ring_full"], 0, "frames lost")


main()
