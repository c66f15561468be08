#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Messages by chance to rtnetlink, ethtool, netdev and the family softnic, while
frames flow: the kernel does or refuses them, and stays whole.

netlink.py [--messages N] [--seed S] [TEST...]: two processes of tools/fuzz-netlink
send them, with S and the number behind it as seeds. A seed makes the same choices,
though what they meet depends on time.

# timeout: 300
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import contextlib
import random
import signal
import socket
import subprocess
import time

from softnic import rtnl
from softnic.frames import BROADCAST, Line, frame
from softnic.ktap import defer, equal, main, option, rounds, test
from softnic.net import attempt, make_netns, make_pair, run, start
from softnic.netns import inside
from softnic.ynl import NETLINK

SOME, PROCESSES = 40000, 2
NAMESPACES = ("a", "b")
KINDS = ("softnic", "vnic", "vlan", "macvlan")

MESSAGES = option("--messages", rounds(SOME))
SEED = option("--seed", random.getrandbits(32))


def talk(netns):
    """Sends to all at whatever devices a namespace has, now and then, in a child
    process."""
    pid = os.fork()
    if pid:
        defer(os.waitpid, pid, 0)
        defer(os.kill, pid, signal.SIGKILL)
        return
    try:
        os.nice(19)
        data = frame(BROADCAST, "02:00:00:00:00:01", b"x" * 200)
        with inside(netns), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
            while True:
                with contextlib.suppress(OSError):
                    for _, name in socket.if_nameindex():
                        s.sendto(data, (name, 0x88B5))
                time.sleep(0.01)
    finally:
        os._exit(1)


def devices():
    """The devices that may have been made, with their namespaces."""
    return [(netns, x) for netns in NAMESPACES for x in rtnl.links(netns) if x.kind in KINDS]


def clear():
    """Deletes what there is."""
    for netns, one in devices():
        attempt(f"ip link del {one.name}", netns)
    equal([x.name for _, x in devices()], [], "devices left")


@test
def messages_by_chance():
    make_netns(*NAMESPACES)
    for netns in NAMESPACES:
        talk(netns)
    count = f"--messages {MESSAGES // PROCESSES} --specs {NETLINK}/specs {' '.join(NAMESPACES)}"
    senders = [start(f"fuzz-netlink --seed {SEED + n} {count}", stdout=subprocess.PIPE)
               for n in range(PROCESSES)]
    for sender in senders:
        for line in sender.stdout:
            print("#", line.rstrip(), flush=True)
    equal([sender.wait() for sender in senders], [0] * PROCESSES, "how those who send end")


@test
def all_is_whole_then():
    """Devices are made and work as ever, and nothing holds the module."""
    make_netns(*NAMESPACES)
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    line = Line()
    equal(line.delivers_to(rtnl.link("n1", "b").address), True, "a frame comes through")
    clear()
    run("rmmod softnic")
    run("modprobe softnic")


main()
