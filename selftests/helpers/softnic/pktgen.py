# SPDX-License-Identifier: GPL-2.0
"""The kernel's packet generator: it sends from each CPU straight to a transmit
queue, and waits while that is stopped."""

import re
import threading
from typing import NamedTuple

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


class Stream(NamedTuple):
    """UDP frames of many flows that a device sends to an address. Those of one CPU
    that have a delay, in nanoseconds, take turns; others come one after the other."""
    dev: str
    to: str
    count: int
    size: int = 60
    cpu: int = 0
    queue: int = 0
    vlan: int = 0
    port: int = 9
    delay: int = 0


class Flight:
    """Streams that are being sent, all at once. One ends early when its device
    goes down; what it has sent counts."""

    def __init__(self, netns, streams):
        run("modprobe pktgen")
        self.netns = netns
        self.streams = {f"{stream.dev}@{n}": stream for n, stream in enumerate(streams)}
        with inside(netns):
            _clear()
            for name, stream in self.streams.items():
                _write(f"kpktgend_{stream.cpu}", f"add_device {name}")
                _write(name, *self._commands(stream))
        self._starter = threading.Thread(target=self._start)
        self._starter.start()

    @staticmethod
    def _commands(stream):
        commands = [f"count {stream.count}", "clone_skb 0", f"pkt_size {stream.size}",
                    f"delay {stream.delay}",
                    f"queue_map_min {stream.queue}", f"queue_map_max {stream.queue}",
                    f"dst_mac {stream.to}", "src_min 198.18.0.1", "src_max 198.18.0.250",
                    "dst 198.51.100.1", "flag IPSRC_RND", "flag UDPSRC_RND",
                    "udp_src_min 1024", "udp_src_max 60000",
                    f"udp_dst_min {stream.port}", f"udp_dst_max {stream.port}"]
        return commands + ([f"vlan_id {stream.vlan}"] if stream.vlan else [])

    def _start(self):
        with inside(self.netns):
            _write("pgctrl", "start")

    def _is_over(self):
        texts = []
        for name in self.streams:
            with open(f"{FOLDER}/{name}", encoding="ascii") as f:
                texts.append(f.read())
        # On a busy machine a thread may begin only after the start has returned.
        return all(re.search(r"^Result: OK: .* usec", text, re.M) for text in texts)

    def sent(self):
        """How many frames each stream has sent so far, in their order."""
        with inside(self.netns):
            return [_sent(name) for name in self.streams]

    def is_over(self):
        """Whether all that is to be sent is sent."""
        with inside(self.netns):
            return self._is_over()

    def wait(self, seconds):
        """As `sent`, once all are."""
        until(self.is_over, lambda: f"pktgen has sent {self.sent()} of {self.streams}", seconds)
        self._starter.join()
        sent = self.sent()
        with inside(self.netns):
            _clear()
        return sent
