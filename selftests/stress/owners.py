#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""VNICs come, go, move and change by chance, and so do the NICs below, from several
processes, while frames flow that carry their owner: none comes to a wrong port, no
counter goes back, and at the end all sums are exact.

owners.py [--seconds N] [--seed S] [TEST...]
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import multiprocessing
import random
import select
import time

from softnic.fates import Fates, agree
from softnic.ktap import DEBUG_KERNEL, equal, main, option, test, until
from softnic.net import attempt, make_netns, make_pair
from softnic.owners import Changer, child, end, listen, talk
from softnic.rtnl import links
from softnic.ynl import family

SECONDS = option("--seconds", 30 if DEBUG_KERNEL else 10)
SEED = option("--seed", random.getrandbits(32))
NAMESPACES = ("a", "b", "c", "d")
NICS = (("n0", "a"), ("n1", "b"))
MOST = 24
COUNTERS = ("rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_dropped", "tx_dropped")


def disturb(chance):
    """Changes the NICs for ever, by chance."""
    while True:
        nic, netns = chance.choice(NICS)
        attempt(chance.choice((
            f"ethtool -L {nic} combined {chance.randrange(1, 5)}",
            f"ethtool -G {nic} rx {chance.choice((16, 64, 256))}",
            f"ethtool -X {nic} equal {chance.randrange(1, 3)}",
            f"ethtool -C {nic} adaptive-rx {chance.choice(('on', 'off'))}",
            f"ip link set {nic} promisc {chance.choice(('on', 'off'))}",
            f"ip link set {nic} mtu {chance.choice((1500, 2000, 1300))}",
            f"vnicadm set-nic {nic} --slots {chance.choice((4, 16, 128))}",
            f"vnicadm disconnect {nic}")), netns)
        attempt("vnicadm connect n0 n1 --peer-netns b", "a")
        for name, where in NICS:
            attempt(f"ip link set {name} up", where)


class Watch:
    """Looks at the counters of all ports: each only grows while its device lives,
    wherever it is moved."""

    def __init__(self):
        self.seen = {}

    def look(self):
        """Compares with what was seen last time."""
        for netns in NAMESPACES:
            for port in links(netns):
                if port.kind in ("softnic", "vnic"):
                    self.compare(port.group or port.name, [port.stats[x] for x in COUNTERS])

    def compare(self, device, counters):
        """Compares a device's counters with its last."""
        before = self.seen.get(device, counters)
        assert all(x >= y for x, y in zip(counters, before)), (
            f"a counter of {device} went back: {dict(zip(COUNTERS, before))} to {counters}")
        self.seen[device] = counters


def ports():
    """The ports that are there."""
    return [(x.name, netns) for netns in NAMESPACES for x in links(netns)
            if x.kind in ("softnic", "vnic")]


def settled():
    """The fates of all ports, once they are at rest."""
    last = []

    def still():
        now = [(x.sent, x.received, x.reasons()) for x in map(Fates, ports())]
        last.append(now)
        return len(last) > 2 and last[-3] == last[-2] == now

    until(still, "the ports come to rest", 30)


@test
def frames_come_to_their_owners():
    print(f"# {SECONDS} s, seed {SEED}", flush=True)
    make_netns(*NAMESPACES)
    make_pair("--rx-queues 4 --tx-queues 4 --peer-rx-queues 4 --peer-tx-queues 4")
    heard = [multiprocessing.Value("Q") for _ in NAMESPACES]
    acts = [multiprocessing.Value("Q") for _ in range(2)]
    chances = [random.Random(SEED + n) for n in range(8)]
    ears = [child(listen, netns, count) for netns, count in zip(NAMESPACES, heard)]
    movers = [child(Changer(chances[n], range(n, MOST, 2), NICS, NAMESPACES).run, acts[n])
              for n in range(2)]
    movers += [child(talk, netns, chances[2 + n], MOST) for n, netns in enumerate(NAMESPACES)]
    movers.append(child(disturb, chances[6]))
    pipes = {pipe: pid for pid, pipe in ears + movers}
    watch, stop = Watch(), time.monotonic() + SECONDS

    def others():
        for pipe in select.select(pipes, [], [], 0.2)[0]:
            raise AssertionError(os.read(pipe, 4000).decode() or "a process ended")

    while time.monotonic() < stop or not all(x.value for x in acts):
        others()
        watch.look()
    for pid, _ in movers:
        end(pid)
    for pipe in [pipe for _, pipe in movers]:
        del pipes[pipe]
    settled()
    others()
    print(f"# {sum(x.value for x in acts)} changes, {sum(x.value for x in heard)} frames heard")
    assert sum(x.value for x in heard), "nobody heard anything"
    client = {netns: family(netns) for netns in NAMESPACES}
    for name, netns in ports():
        agree(client[netns], (name, netns), core_loses=True)
    for nic, netns in NICS:
        attempt(f"ip link del {nic}", netns)
    equal(ports(), [], "ports left")


main()
