#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The bpftrace scripts that are shipped tell what happened, to the frame.

# timeout: 300
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import re
import time

from softnic.ethtool import statistics
from softnic.frames import frame, packet_socket
from softnic.hold import poll_threads, polls_held_back
from softnic.ktap import equal, main, test, until
from softnic.moderation import Counted
from softnic.net import run, settle
from softnic.observe import EVENTS, SCRIPTS, bpftrace, maps, netns_number, pair
from softnic.rings import ip
from softnic.rtnl import link
from softnic.vnics import vnic

FOREIGN = "02:00:00:00:00:99"


class Sender:
    """Sends from n0, and waits for what arrives."""

    def __init__(self):
        self.socket = packet_socket("n0", "a")
        self.own = link("n0", "a").address

    def send(self, count, to, **contents):
        """Sends frames to an address, and does not wait."""
        data = frame(to, self.own, **contents)
        for _ in range(count):
            self.socket.send(data)

    def deliver(self, count, end=("n1", "b"), **contents):
        """Sends frames to a device, and waits until it has them."""
        before = link(*end).stats["rx_packets"]
        self.send(count, link(*end).address, **contents)
        until(lambda: link(*end).stats["rx_packets"] == before + count, "frames are delivered")


def key(*words, netns="b"):
    """A map's key, in the words that bpftrace prints."""
    return (str(netns_number(netns)), *map(str, words))


@test
def latency():
    pair()
    ends = [vnic(name, "n1", "b") for name in ("v0", "v1")]
    sender, threads = Sender(), poll_threads("n1", "b")
    settle()
    watching = bpftrace("latency.bt")
    sender.deliver(7, ends[0])
    sender.deliver(11, ends[1])
    count = 0

    def held():
        """A frame waits in its ring for 40 ms."""
        nonlocal count
        count += 1
        to, before = link("n1", "b").address, link("n1", "b").stats["rx_packets"]
        with polls_held_back(threads):
            sender.send(1, to)
            end = time.monotonic() + 0.04
            while time.monotonic() < end:
                pass
            kept = link("n1", "b").stats["rx_packets"] == before
        until(lambda: link("n1", "b").stats["rx_packets"] == before + 1, "it is delivered")
        return kept

    until(held, "polls are held back")
    told = maps(watching.end())["ns"]
    equal({name: sum(told[name].values()) for name in told},
          {key("v0"): 7, key("v1"): 11, key("n1"): count}, "frames by device")
    slow = sum(n for low, n in told[key("n1")].items() if low >= 1 << 25)
    assert slow >= 1, f"none of {told[key('n1')]} took 33 ms"
    assert min(told[key("v0")]) > 0, f"some of {told[key('v0')]} took no time"


@test
def full():
    pair()
    run("tc qdisc replace dev n0 root noqueue", "a")
    sender, threads = Sender(), poll_threads("n1", "b")
    to = link("n1", "b").address
    settle()
    watching = bpftrace("full.bt")
    before = settle()
    with polls_held_back(threads):
        sender.send(600, to)
    after = settle()
    told = maps(watching.end())

    def more(end, name):
        return after[end][name] - before[end][name]

    ring = key("n1", 0)
    frames = {name: n for name, n in told["frames"].items() if name[:3] == ring}
    equal(sum(frames.values()), more(0, "tx0_packets"), "frames into the ring")
    equal(told["refused"], {(*ring, "n0", "python3"): more(1, "rx0_full")}, "frames refused")
    assert more(1, "rx0_full") > 0, "the ring was never full"
    equal(told["most"][ring], 256, "the most frames in it")
    assert told["filled"][(*ring, "n0", "python3")] >= 1, f"nobody filled it: {told}"


@test
def batches():
    pair()
    sender, threads = Sender(), poll_threads("n1", "b")
    to = link("n1", "b").address
    settle()
    watching = bpftrace("batches.bt")
    polls = 0

    def in_one_poll():
        nonlocal polls
        with Counted() as ring:
            before = link("n1", "b").stats["rx_packets"]
            with polls_held_back(threads):
                sender.send(20, to)
            until(lambda: link("n1", "b").stats["rx_packets"] == before + 20, "they arrive")
        polls += ring["polls"]
        return ring["polls"] == 1

    until(in_one_poll, "a poll finds 20 frames")
    told = maps(watching.end())["frames"][key("n1", 0)]
    assert told.get(16, 0) >= 1, f"no poll found 16 to 31: {told}"
    equal(sum(n for low, n in told.items() if low > 0), polls, "polls that found a frame")


@test
def polls():
    pair()
    sender = Sender()
    settle()
    watching = bpftrace("polls.bt")
    columns = ("frame", "frames", "timer", "polls", "go-on", "received")

    def told():
        lines = re.findall(rf"^\d\d:\d\d:\d\d +{netns_number('b')} n1 +0 +(.*)$",
                           watching.output(), re.M)
        sums = map(sum, zip(*(map(int, line.split()) for line in lines)))
        return dict(zip(columns, sums))

    with Counted() as ring:
        for _ in range(20):
            sender.deliver(1)
    seen = until(lambda: (sums := told()).get("received") == 20 and sums,
                 lambda: f"20 frames are told: {watching.output()}", seconds=30)
    watching.end()
    equal(seen["frame"] + seen["frames"], ring["interrupts"], "interrupts")
    equal(seen["timer"], ring["timer"], "ends of the timer")
    assert ring["polls"] <= seen["polls"] <= 20 + ring["timer"], f"polls: {seen}"


@test
def talkers():
    pair()
    sender = Sender()
    vnic("v0", "n1", "b")
    settle()
    watching = bpftrace("talkers.bt")
    for source, count, size in (("10.0.0.9", 5, 100), ("10.0.0.8", 3, 200)):
        payload, ethertype = ip(source, "10.0.0.2")
        sender.deliver(count, payload=payload, ethertype=ethertype, size=size)
    payload, ethertype = ip("fc00::9", "fc00::2")
    sender.deliver(2, ("v0", "b"), payload=payload, ethertype=ethertype, size=90)
    sender.deliver(4, ("v0", "b"), size=60)
    told = maps(watching.end())
    equal(told, {
        "ipv4": {key("n1", "10.0.0.9"): 500, key("n1", "10.0.0.8"): 600},
        "ipv6": {key("v0", "fc00::9"): 180},
        "other": {key("v0", sender.own.upper()): 240},
    }, "bytes by sender")


@test
def talkers_of_one_device():
    pair()
    sender = Sender()
    vnic("v0", "n1", "b")
    settle()
    watching = bpftrace("talkers.bt", "v0")
    most = range(1, 14)
    for n in most:
        payload, ethertype = ip(f"10.0.1.{n}", "10.0.0.2")
        sender.deliver(n, ("v0", "b"), payload=payload, ethertype=ethertype, size=100)
        sender.deliver(20, payload=payload, ethertype=ethertype, size=100)
    told = maps(watching.end())
    equal(told, {"ipv4": {key("v0", f"10.0.1.{n}"): 100 * n for n in most[-10:]}},
          "bytes by sender, of the ten with the most")


@test
def drops():
    pair()
    sender = Sender()
    before = statistics("n1", "b")["rx_filtered"]
    settle()
    watching = bpftrace("drops.bt")
    sender.send(4, FOREIGN)
    until(lambda: statistics("n1", "b")["rx_filtered"] == before + 4, "frames are dropped")
    text = watching.end()
    equal(maps(text)["drops"], {key("n1", "rx_filtered"): 4}, "drops")
    callers = re.findall(r"^@callers\[rx_filtered, \n((?: +\S.*\n)+)\]: (\d+)$", text, re.M)
    equal(sum(int(count) for _, count in callers), 4, f"drops by caller in {text}")
    for stack, _ in callers:
        assert "packet_snd" in stack or "packet_sendmsg" in stack, f"not sent by us: {stack}"


@test
def reasons_are_the_modules():
    with open(f"{EVENTS}/softnic_drop/format", encoding="ascii") as f:
        symbols = re.search(r"REC->reason, (.*?)\)", f.read())[1]
    module = [(int(n), name) for n, name in re.findall(r'\{ (\d+), "(\w+)" \}', symbols)]
    with open(os.path.join(SCRIPTS, "drops.bt"), encoding="utf-8") as f:
        names = re.search(r"^enum reason \{\n(.*?)\}", f.read(), re.M | re.S)[1]
    equal(list(enumerate(re.findall(r"\w+", names))), sorted(module), "reasons")


main()
