# SPDX-License-Identifier: GPL-2.0
"""What tests of interrupt moderation share."""

import json
import socket
import threading
import time

from .ethtool import statistics
from .frames import frame, packet_socket
from .ktap import DEBUG_KERNEL, Skip, defer, until
from .net import give_addresses, make_netns, make_pair, run, settle
from .netns import inside
from .rtnl import link

# The lanes of polls, and the frames that a poll of each found.
LANES = {"batch_1": (1, 1), "batch_2_9": (2, 9), "batch_10_49": (10, 49), "batch_50": (50, 64)}


def prepare(rings=1):
    """A pair with addresses and a qdisc, whose receiver is n1."""
    make_netns("a", "b")
    make_pair(f"--rx-queues 1 --tx-queues 1 --peer-rx-queues {rings} --peer-tx-queues 1")
    give_addresses()


def coalesce(words, dev="n1", netns="b"):
    """Sets moderation; returns what is told afterwards: usecs, frames and
    whether it is adaptive."""
    if words:
        run(f"ethtool -C {dev} {words}", netns)
    told = json.loads(run(f"ethtool -j -c {dev}", netns))[0]
    return told["rx-usecs"], told["rx-frames"], told["adaptive-rx"]


def counters(dev="n1", netns="b", ring=0):
    """A ring's counters, without its number in their names."""
    head = f"rx{ring}_"
    return {name[len(head):]: value for name, value in statistics(dev, netns).items()
            if name.startswith(head)}


class Counted:
    """Counts what a ring does inside a with block."""

    def __init__(self, dev="n1", netns="b", ring=0):
        self.where = dev, netns, ring

    def __enter__(self):
        settle()
        self.before, self.start = counters(*self.where), time.monotonic()
        return self

    def __exit__(self, *_):
        settle()
        self.seconds = time.monotonic() - self.start
        self.after = counters(*self.where)

    def __getitem__(self, name):
        return self.after[name] - self.before[name]


def becomes_stream(begins):
    """Floods by `begins` until it tells that a stream began. The test is skipped on a
    kernel that is too slow for one; then it is so from the start."""
    try:
        until(begins, "a flood is taken for a stream", seconds=10 if DEBUG_KERNEL else 30)
    except AssertionError:
        if DEBUG_KERNEL:
            raise Skip("frames fast enough for a stream") from None
        raise


class Raw:
    """Sends frames from n0 to n1, and hears them there."""

    def __init__(self):
        self.data = frame(link("n1", "b").address, link("n0", "a").address)
        self.sender, self.ear = packet_socket("n0", "a"), packet_socket("n1", "b")
        self.ear.settimeout(60 if DEBUG_KERNEL else 10)

    def send(self, count=1):
        """Sends frames, one after another."""
        for _ in range(count):
            self.sender.send(self.data)

    def hear(self, count=1):
        """Hears as many, or fails."""
        for _ in range(count):
            while self.ear.recv(1 << 12) != self.data:
                pass

    def delay(self):
        """Seconds from a frame's sending to its hearing."""
        start = time.monotonic()
        self.send()
        self.hear()
        return time.monotonic() - start


class PingPong:
    """Datagrams to and fro between 10.0.0.1 and 10.0.0.2."""

    def __init__(self):
        with inside("b"):
            self.far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.far.bind(("10.0.0.2", 0))
        with inside("a"):
            self.near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.near.connect(self.far.getsockname())
        self.near.settimeout(60 if DEBUG_KERNEL else 10)
        self.answerer = threading.Thread(target=self.answer)
        self.answerer.start()
        defer(self.close)

    def answer(self):
        """Sends back what comes, up to an empty datagram."""
        while True:
            data, to = self.far.recvfrom(64)
            if not data:
                return
            self.far.sendto(data, to)

    def close(self):
        """Ends it."""
        self.near.send(b"")
        self.answerer.join()
        self.near.close()
        self.far.close()

    def rounds(self, count):
        """Plays so many rounds; returns the seconds that each took. A frame
        that nobody polls for ends in a time-out."""
        took = []
        for n in range(count):
            data, start = n.to_bytes(4, "little"), time.monotonic()
            self.near.send(data)
            assert self.near.recv(64) == data
            took.append(time.monotonic() - start)
        return took
