#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Frames of every kind of header, right and wrong, with what senders say of them,
into every kind of port, as the receivers' offloads change: each is delivered or
lost for a reason, sums are exact, and nothing breaks.

frames.py [--frames N] [--seed S] [TEST...]
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import collections
import contextlib
import random
import socket

from softnic.fates import Fates, agree
from softnic.frames import SOL_PACKET, Line
from softnic.ktap import defer, equal, main, option, rounds, test, until
from softnic.net import attempt, make_netns, make_pair, run
from softnic.netns import inside
from softnic.oddities import Oddities
from softnic.rtnl import link
from softnic.vnics import vnic
from softnic.ynl import family

FRAMES = option("--frames", rounds(8000))
SEED = option("--seed", random.getrandbits(32))
PACKET_VNET_HDR, BATCH = 15, 100
VNICS = {"v0": {}, "v1": {"rings": 1}, "v2": {"vlan": 10}, "v3": {"vlans": "0,10,20", "rings": 2}}
ENDS = [("n0", "a"), ("n1", "b"), *((name, "a") for name in VNICS)]
SETTINGS = ("rx {}", "rxvlan {}", "rx-vlan-stag-hw-parse {}", "rx-vlan-filter {}", "gro {}",
            "rx-gro-list {}", "rxhash {}", "ntuple {}", "tso {}", "tx {}", "sg {}", "txvlan {}")


def prepare():
    """A pair with VNICs of every kind, all with four queues."""
    make_netns("a", "b")
    make_pair("--rx-queues 4 --tx-queues 4 --peer-rx-queues 4 --peer-tx-queues 4")
    for name, settings in VNICS.items():
        vnic(name, "n0", "a", queues=2, **settings)


def mouth(end):
    """A socket that sends frames with a virtio-net header at a device."""
    with inside(end[1]):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    defer(s.close)
    s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    s.bind((end[0], 0))
    s.setblocking(False)
    return s


def other_settings(chance):
    """Changes how frames are sent and received."""
    name, netns = chance.choice(ENDS)
    setting = chance.choice(SETTINGS).format(chance.choice(("on", "off")))
    attempt(f"ethtool -K {name} {setting}", netns)
    name, netns = chance.choice(ENDS[:2])
    attempt(f"vnicadm set-nic {name} --finish {chance.choice(('on', 'off'))}", netns)
    attempt("ethtool -N n0 flow-type tcp4 dst-port 2000 action -1", "a")


def at_rest():
    """Waits until the ports' counts stand still."""
    seen = []

    def still():
        seen.append([(x.sent, x.received, x.reasons()) for x in map(Fates, ENDS)])
        return len(seen) > 2 and seen[-3] == seen[-2] == seen[-1]

    until(still, "the ports come to rest", 30)


@test
def frames_by_chance():
    print(f"# {FRAMES} frames, seed {SEED}", flush=True)
    prepare()
    chance = random.Random(SEED)
    odd = Oddities(chance, [link(*end).address for end in ENDS])
    mouths = [mouth(end) for end in ENDS]
    sent = 0
    for number in range(FRAMES):
        if number % BATCH == 0:
            other_settings(chance)
        data = odd.odd_frame()
        with contextlib.suppress(OSError):
            chance.choice(mouths).send(odd.claim(data) + data)
            sent += 1
    at_rest()
    lost = collections.Counter()
    for end in ENDS:
        lost.update(agree(family(end[1]), end, core_loses=True).reasons())
    print(f"# {sent} of {FRAMES} taken by the devices; lost: {dict(lost)}")
    assert sent > FRAMES // 4, f"only {sent} of {FRAMES} could be sent"


@test
def all_is_whole_then():
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    line = Line()
    equal(line.delivers_to(link("n1", "b").address), True, "a frame comes through")
    run("ip link del n0", "a")


main()
