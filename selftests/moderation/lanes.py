#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""How many frames polls found is counted in lanes."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.hold import poll_threads, polls_held_back
from softnic.ktap import equal, main, test, until
from softnic.moderation import LANES, Counted, Raw, coalesce, counters, prepare
from softnic.net import run, settle
from softnic.rtnl import link


def sums(ring):
    """Checks that each poll is in one lane; returns those of the lanes."""
    lanes = {name: ring[name] for name in LANES}
    equal(sum(lanes.values()), ring["polls"], f"polls in lanes {lanes}")
    return lanes


@test
def polls_are_counted_by_what_they_found():
    prepare()
    threads, raw = poll_threads("n1", "b"), Raw()
    for name, frames in (("batch_2_9", 6), ("batch_10_49", 30), ("batch_50", 60)):

        def in_one_poll():
            with Counted() as ring:
                with polls_held_back(threads):
                    raw.send(frames)
                raw.hear(frames)
            equal(ring["packets"], frames, "frames received")
            lanes = sums(ring)
            least = sum(n * LANES[lane][0] for lane, n in lanes.items())
            most = sum(n * LANES[lane][1] for lane, n in lanes.items())
            assert least <= frames <= most, f"{frames} frames in {lanes}"
            return lanes[name] == ring["polls"] == 1

        until(in_one_poll, f"a poll finds {frames} frames")
    with Counted() as ring:
        for _ in range(20):
            raw.delay()
    equal(sums(ring), {"batch_1": 20, "batch_2_9": 0, "batch_10_49": 0, "batch_50": 0},
          "polls by lane")


@test
def an_interrupt_is_counted_once():
    prepare()
    raw = Raw()
    with Counted() as ring:
        for _ in range(20):
            raw.delay()
    equal((ring["interrupts"], ring["polls"], ring["timer"]), (20, 20, 0),
          "interrupts, polls, ends of the timer")


@test
def counters_never_go_back():
    prepare(rings=2)
    raw = Raw()
    coalesce("rx-usecs 20")
    raw.delay()
    seen = [counters(ring=n) for n in range(2)]
    for change in ("ip link set n1 down", "ip link set n1 up", "ethtool -L n1 rx 0 combined 1",
                   "ethtool -L n1 rx 1 combined 1", "ethtool -C n1 rx-usecs 0"):
        run(change, "b")
        now = [counters(ring=n) for n in range(2)]
        for ring, (before, after) in enumerate(zip(seen, now)):
            for name, value in before.items():
                assert after.get(name, value) >= value, f"{name} of {ring} after {change}"
        seen = now
    until(lambda: link("n0", "a").running(), "the wire is there again")
    Raw().delay()
    settle()


main()
