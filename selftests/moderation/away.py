#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Streams that are polled on another CPU than the sender's, by adaptive moderation."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import re

from softnic.events import mounted
from softnic.ktap import DEBUG_KERNEL, Skip, defer, equal, main, rounds, test, until
from softnic.moderation import (Counted, PingPong, becomes_stream, coalesce, counters,
                                prepare)
from softnic.net import becomes_running, run
from softnic.netdev import set_napi
from softnic.pktgen import Flight, Stream
from softnic.rtnl import link
from softnic.trace import TRACING

WORKERS = "/sys/devices/virtual/workqueue/softnic"
CPU = "/sys/devices/system/cpu/cpu1/online"
TRACE = f"{TRACING}/instances/away"
# The CPU of a poll of n1's ring, as the trace tells it.
POLL = re.compile(r"\[(\d+)\].* softnic_poll_begin: .*dev=\d+:n1 ")
ENDS = ("ip link set n1 down", "ethtool -C n1 adaptive-rx off", "ethtool -G n1 rx 64",
        "ethtool -C n1 adaptive-rx on", "ethtool -G n1 rx 256")
FRAMES = 1000 if DEBUG_KERNEL else 20_000


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def read(path):
    with open(path, encoding="ascii") as f:
        return f.read().strip()


def flood():
    """Sends frames as fast as CPU 0 can; returns what ring 0 counted."""
    with Counted() as ring:
        sent = Flight("a", [Stream("n0", link("n1", "b").address, FRAMES)]).wait(120)
    equal(ring["packets"], sum(sent), "frames received")
    return ring


def goes_away():
    """Floods until a stream is polled elsewhere; only some are where that brought
    nothing before."""
    becomes_stream(lambda: flood()["away"] >= 1)


def is_stream():
    becomes_stream(lambda: flood()["adaptations"] >= 1)


class Polls:
    """On which CPUs n1's ring is polled from now on."""

    def __init__(self):
        mounted()
        os.mkdir(TRACE)
        defer(os.rmdir, TRACE)
        self.event = f"{TRACE}/events/softnic/softnic_poll_begin/enable"
        write(self.event, "1")
        defer(write, self.event, "0")

    def cpus(self):
        """Those since the last call."""
        found = {int(cpu) for cpu in POLL.findall(read(f"{TRACE}/trace"))}
        write(f"{TRACE}/trace", "")
        return found


def only(cpus):
    """Has workers run on these CPUs, a mask, up to the test's end."""
    defer(write, f"{WORKERS}/cpumask", read(f"{WORKERS}/cpumask"))
    write(f"{WORKERS}/cpumask", cpus)


@test
def a_stream_is_polled_where_its_sender_is_not():
    prepare()
    goes_away()
    polls = Polls()

    def both():
        flood()
        return polls.cpus() >= {1}

    until(both, "frames from CPU 0 are polled for by CPU 1", seconds=60)


@test
def the_administrator_chooses_the_cpus():
    prepare()
    polls = Polls()
    only("1")
    goes_away()
    equal(polls.cpus(), {0}, "CPUs of polls, workers on CPU 0")
    write(f"{WORKERS}/cpumask", "2")

    def elsewhere():
        away = flood()["away"]
        return away and 1 in polls.cpus()

    until(elsewhere, "workers run on CPU 1", seconds=60)


@test
def nothing_leaves_that_does_not_wait():
    prepare()
    game, count = PingPong(), rounds(1000)
    game.rounds(10)
    before = counters()["away"]
    game.rounds(count)
    equal(counters()["away"], before, "polls elsewhere of questions")
    coalesce("adaptive-rx off")
    for words in ("rx-usecs 0", "rx-usecs 100"):
        coalesce(words)
        equal(flood()["away"], 0, f"polls elsewhere with {words}")


@test
def with_one_cpu_nothing_leaves():
    if not os.path.exists(CPU):
        raise Skip("a CPU that can go")
    prepare()
    write(CPU, "0")
    defer(write, CPU, "1")
    is_stream()
    equal(counters()["away"], 0, "polls elsewhere")


@test
def a_thread_is_not_passed_by():
    prepare()
    set_napi("n1", "b", threaded=1)
    for _ in range(rounds(4)):
        equal(flood()["away"], 0, "polls elsewhere of a ring with a thread")


@test
def a_stream_that_is_away_may_end_at_any_time():
    prepare()
    goes_away()
    for n in range(rounds(20)):
        flight = Flight("a", [Stream("n0", link("n1", "b").address, FRAMES)])
        until(lambda: sum(flight.sent()), "frames are sent")
        run(ENDS[n % len(ENDS)], "b")
        flight.wait(120)
        run("ip link set n1 up", "b")
        becomes_running(("n0", "a"), ("n1", "b"))
    coalesce("adaptive-rx on")
    goes_away()


main()
