#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Interrupt moderation by ethtool -C: what it does, and what is refused."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import statistics
import time

from softnic import pktgen
from softnic.ktap import DEBUG_KERNEL, equal, main, rounds, test, until
from softnic.moderation import Counted, PingPong, Raw, coalesce, prepare
from softnic.net import attempt, run, settle
from softnic.rtnl import link

OFF = 0, 0, False
LONGEST = "rx-usecs 10000"


def of_queue(number):
    """What ethtool tells of one queue: usecs, frames, adaptive."""
    text = run(f"ethtool --per-queue n1 queue_mask {1 << number:#x} --show-coalesce", "b")
    words = text.replace(":", " ").split()
    adaptive = words[words.index("Adaptive") + 2]
    return (int(words[words.index("rx-usecs") + 1]), int(words[words.index("rx-frames") + 1]),
            adaptive == "on")


def set_queue(mask, words):
    """Sets the moderation of some queues; returns how that went."""
    return attempt(f"ethtool --per-queue n1 queue_mask {mask:#x} --coalesce {words}", "b")


def flood(count):
    """Sends frames as fast as two CPUs can; returns what ring 0 counted."""
    with Counted() as ring:
        pktgen.send("n0", "a", link("n1", "b").address, count, 1)
    return ring


@test
def settings_are_told_and_kept():
    prepare(rings=4)
    equal(coalesce("rx-usecs 50 rx-frames 32"), (50, 32, False), "settings")
    equal(coalesce("adaptive-rx on"), (50, 32, True), "settings, adaptive")
    equal(coalesce("adaptive-rx off"), (50, 32, False), "settings, fixed again")
    run("ip link set n1 down", "b")
    equal(coalesce("rx-frames 16"), (50, 16, False), "settings while down")
    run("ip link set n1 up", "b")
    run("ethtool -L n1 rx 1 combined 1", "b")
    equal(coalesce(""), (50, 16, False), "settings with other queues")
    equal(of_queue(1), (50, 16, False), "settings of queue 1")
    equal(coalesce("rx-usecs 0 rx-frames 0"), OFF, "settings, off again")


@test
def queues_have_settings_of_their_own():
    prepare(rings=4)
    coalesce("rx-usecs 50 rx-frames 32")
    equal(set_queue(0b1010, "rx-usecs 100 adaptive-rx on").returncode, 0, "status")
    equal([of_queue(n) for n in range(4)],
          [(50, 32, False), (100, 32, True)] * 2, "settings of each queue")
    equal(coalesce(""), (50, 32, False), "settings of the others")
    run("ip link set n1 down", "b")
    run("ip link set n1 up", "b")
    equal(of_queue(3), (100, 32, True), "settings after down and up")
    run("ethtool -L n1 rx 1 combined 1", "b")
    run("ethtool -L n1 rx 3 combined 1", "b")
    equal([of_queue(n) for n in range(4)],
          [(50, 32, False), (100, 32, True), (50, 32, False), (50, 32, False)],
          "settings of queues that were out of use")
    coalesce("rx-usecs 10")
    equal([of_queue(n) for n in range(4)], [(10, 32, False)] * 4, "settings after one for all")


@test
def refusals_change_nothing():
    prepare(rings=2)
    coalesce("rx-usecs 50 rx-frames 32")
    for words, told in (("rx-usecs 10001", "rx-usecs must be 0 to 10000"),
                        ("rx-usecs 4294967295", "rx-usecs must be 0 to 10000"),
                        ("rx-usecs 5 rx-frames 8193", "rx-frames must be 0 to 8192"),
                        ("tx-usecs 10", "unsupported"), ("tx-frames 10", "unsupported"),
                        ("adaptive-tx on", "unsupported"), ("rx-usecs-irq 5", "unsupported"),
                        ("pkt-rate-low 5", "unsupported"), ("cqe-mode-rx on", "unsupported")):
        done = attempt(f"ethtool -C n1 {words}", "b")
        assert done.returncode != 0, f"{words} was taken"
        assert told in done.stderr + done.stdout, f"{words}: {done.stderr} {done.stdout}"
        equal(coalesce(""), (50, 32, False), f"settings after {words}")
    for mask, words in ((0b1, "rx-usecs 10001"), (0b11, "rx-frames 8193"),
                        (0b101, "rx-usecs 7"), (0b1, "tx-usecs 7")):
        # ethtool's status does not tell.
        done = set_queue(mask, words)
        assert "Cannot" in done.stderr, f"{words} for {mask:#b}: {done.stderr}"
        equal([of_queue(n) for n in range(2)], [(50, 32, False)] * 2, "settings of queues")


@test
def a_number_without_a_receive_queue_does_not_apply():
    prepare(rings=1)
    run("ip link add n2 numrxqueues 1 numtxqueues 3 type softnic", "b")
    text = run("ethtool --per-queue n2 queue_mask 0x4 --show-coalesce", "b")
    assert "rx-usecs:\t4294967295" in text.replace(": ", ":\t"), text
    run("ethtool --per-queue n2 queue_mask 0x4 --coalesce rx-usecs 5", "b")
    assert attempt("ethtool --per-queue n2 queue_mask 0x8 --show-coalesce", "b").returncode


@test
def a_lone_frame_waits_as_long_as_told():
    prepare()
    raw = Raw()
    raw.delay()
    without = statistics.median(raw.delay() for _ in range(9))
    coalesce(LONGEST)
    with Counted() as ring:
        delays = [raw.delay() for _ in range(9)]
    assert min(delays) >= 0.01, f"frames waited {delays}"
    equal((ring["timer"], ring["interrupts"], ring["batch_1"]), (9, 9, 9),
          "timer, interrupts, polls of one frame")
    coalesce("rx-usecs 0")
    again = statistics.median(raw.delay() for _ in range(9))
    assert max(without, again) < 0.01, f"without moderation frames waited {without}, {again}"


@test
def enough_frames_end_the_wait():
    prepare()
    coalesce(LONGEST + " rx-frames 4")
    raw = Raw()

    def at_once():
        with Counted() as ring:
            raw.send(4)
            raw.hear(4)
        return (ring["timer"], ring["interrupts"], ring["batch_2_9"]) == (0, 1, 1)

    until(at_once, "four frames are polled for when the fourth is there")
    coalesce("rx-frames 1")
    with Counted() as ring:
        raw.send(3)
        raw.hear(3)
    equal((ring["timer"], ring["interrupts"]), (0, 3), "timer, interrupts")


@test
def the_rate_of_interrupts_is_bounded():
    prepare()
    frames = 2 * (2000 if DEBUG_KERNEL else 100_000)
    seen = []
    for usecs in (0, 125):
        coalesce(f"adaptive-rx off rx-usecs {usecs}")
        ring = flood(frames // 2)
        equal(ring["packets"], frames, "frames received")
        seen.append(ring["interrupts"])
        print(f"# rx-usecs {usecs}: {ring['interrupts'] / ring.seconds:.0f} interrupts and "
              f"{frames / ring.seconds:.0f} frames a second")
    assert seen[1] <= 8000 * ring.seconds, f"{seen[1]} interrupts in {ring.seconds} s"
    assert seen[1] < seen[0] / 2 or DEBUG_KERNEL, f"interrupts without and with: {seen}"


@test
def no_frame_is_forgotten():
    prepare()
    game = PingPong()
    game.rounds(10)
    for words in ("rx-usecs 20", "rx-usecs 200 rx-frames 2", "adaptive-rx on",
                  "adaptive-rx off rx-frames 1", "rx-usecs 0 rx-frames 0", "rx-usecs 1",
                  "adaptive-rx on rx-usecs 0"):
        for dev, netns in (("n0", "a"), ("n1", "b")):
            coalesce(words, dev, netns)
        game.rounds(rounds(400))


@test
def settings_change_under_traffic():
    prepare()
    address, end = link("n1", "b").address, time.monotonic() + 3
    while time.monotonic() < end:
        for usecs in (0, 100, 5, 10000, 0):
            coalesce(f"rx-usecs {usecs}")
            equal(pktgen.send("n0", "a", address, 200, 1), 400, "frames sent")
    settle()


main()
