# SPDX-License-Identifier: GPL-2.0
"""The kernel's packet generator: it sends from each CPU straight to a transmit
queue, and waits while that is stopped."""

import re

from .ktap import until
from .net import run
from .netns import inside

FOLDER = "/proc/thread-self/net/pktgen"


def _write(name, *commands):
    for command in commands:
        with open(f"{FOLDER}/{name}", "w", encoding="ascii") as f:
            f.write(command)


def _clear():
    """Removes what was set up. The generator's threads do it in their own time,
    and would take away also what is set up meanwhile."""
    def listed():
        found = []
        for cpu in range(2):
            with open(f"{FOLDER}/kpktgend_{cpu}", encoding="ascii") as f:
                found += re.findall(r"^(?:Running|Stopped): *(\S+)", f.read(), re.M)
        return found

    if listed():
        _write("pgctrl", "reset")
        until(lambda: not listed(), lambda: f"pktgen lets go of {listed()}")


def _sent(name):
    with open(f"{FOLDER}/{name}", encoding="ascii") as f:
        return int(re.search(r"pkts-sofar: (\d+)", f.read())[1])


def send(dev, netns, to, count, queues, size=60):
    """Sends UDP frames of many flows, `count` from each of two CPUs, into so
    many transmit queues; returns how many were sent when all are."""
    run("modprobe pktgen")
    with inside(netns):
        _clear()
        names = [f"{dev}@{cpu}" for cpu in range(2)]
        for cpu, name in enumerate(names):
            queue = cpu % queues
            _write(f"kpktgend_{cpu}", f"add_device {name}")
            _write(name, f"count {count}", "clone_skb 0", f"pkt_size {size}", "delay 0",
                   f"queue_map_min {queue}", f"queue_map_max {queue}",
                   f"dst_mac {to}", "src_min 198.18.0.1", "src_max 198.18.0.250",
                   "dst 198.51.100.1", "flag IPSRC_RND", "flag UDPSRC_RND",
                   "udp_src_min 1024", "udp_src_max 60000")
        _write("pgctrl", "start")
        # On a busy machine a thread may begin only after that has returned.
        until(lambda: all(_sent(name) == count for name in names),
              lambda: f"pktgen has sent {[_sent(name) for name in names]} of {count} each")
        _clear()
        return count * len(names)
