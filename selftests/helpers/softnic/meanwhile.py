# SPDX-License-Identifier: GPL-2.0
"""A pair with VNICs that send to each other and to all, while something happens to the
machine."""

import random

from softnic.fates import Fates, agree
from softnic.ktap import until
from softnic.net import make_netns, make_pair
from softnic.owners import child, end, mac_of, talk, vlan_of
from softnic.rtnl import link
from softnic.vnics import vnic
from softnic.ynl import family

NICS = (("n0", "a"), ("n1", "b"))
VNICS = (("v0", "a"), ("v3", "b"), ("v6", "a"))
ENDS = NICS + VNICS


def talk_meanwhile():
    """Makes the devices, and has them send for ever. Returns who sends."""
    make_netns("a", "b")
    make_pair("--rx-queues 4 --tx-queues 4 --peer-rx-queues 4 --peer-tx-queues 4")
    for (name, netns), rings in zip(VNICS, (0, 2, 1)):
        number = int(name[1:])
        assert vlan_of(number) == 0
        nic = "n0" if netns == "a" else "n1"
        vnic(name, nic, netns, mac=mac_of(number), rings=rings, queues=2)
    return [child(talk, netns, random.Random(n), 8)[0] for n, netns in enumerate("ab")]


def received(name, netns):
    """How many frames a port received."""
    return link(name, netns).stats["rx_packets"]


def flows():
    """Waits until each VNIC has received more frames."""
    before = {x: received(*x) for x in VNICS}
    until(lambda: all(received(*x) > before[x] + 5 for x in VNICS),
          lambda: f"frames flow: {[(x, received(*x) - before[x]) for x in VNICS]}", 30)


def settle(talkers):
    """Ends all sending; each port's sums must agree then."""
    for pid in talkers:
        end(pid)
    seen = []

    def still():
        seen.append([(x.sent, x.received, x.reasons()) for x in map(Fates, ENDS)])
        return len(seen) > 2 and seen[-3] == seen[-2] == seen[-1]

    until(still, "the ports come to rest", 30)
    for name, netns in ENDS:
        agree(family(netns), (name, netns), core_loses=True)
