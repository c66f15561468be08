#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Adaptive moderation, which is on by default: a stream waits, nothing else."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import time

from softnic import pktgen
from softnic.ktap import DEBUG_KERNEL, equal, main, rounds, test, until
from softnic.moderation import (Counted, PingPong, Raw, becomes_stream, coalesce, counters,
                                prepare)
from softnic.net import run, settle
from softnic.rtnl import link

DEFAULT = 0, 0, True
# Longer than a stream may pause.
PAUSE = 0.05


def flood(count):
    """Sends frames as fast as two CPUs can; returns what ring 0 counted."""
    address = link("n1", "b").address
    with Counted() as ring:
        equal(pktgen.send("n0", "a", address, count, 1), 2 * count, "frames sent")
    equal(ring["packets"], 2 * count, "frames received")
    return ring


def stream():
    """Floods until the ring's frames are taken for a stream."""
    becomes_stream(lambda: flood(1000 if DEBUG_KERNEL else 20_000)["adaptations"] >= 1)


@test
def it_is_on_by_default():
    prepare(rings=2)
    equal(coalesce(""), DEFAULT, "settings at first")
    for change in ("ip link set n1 down", "ip link set n1 up", "ethtool -L n1 rx 0 combined 1",
                   "ethtool -L n1 rx 1 combined 1"):
        run(change, "b")
        equal(coalesce(""), DEFAULT, f"settings after {change}")


@test
def what_is_set_by_hand_holds():
    prepare()
    equal(coalesce("rx-usecs 50"), (50, 0, False), "settings with rx-usecs")
    equal(coalesce("adaptive-rx on"), (50, 0, True), "settings, adaptive again")
    equal(coalesce("rx-frames 8"), (50, 8, False), "settings with rx-frames")
    equal(coalesce("adaptive-rx on rx-usecs 0 rx-frames 0"), DEFAULT, "settings as at first")
    equal(coalesce("rx-usecs 0"), DEFAULT, "settings after none was changed")
    equal(coalesce("adaptive-rx off"), (0, 0, False), "settings, off")
    run("ethtool --per-queue n1 queue_mask 1 --coalesce adaptive-rx on", "b")
    run("ethtool --per-queue n1 queue_mask 1 --coalesce rx-usecs 20", "b")
    told = run("ethtool --per-queue n1 queue_mask 1 --show-coalesce", "b")
    assert "Adaptive RX: off" in told, told


@test
def lone_frames_do_not_wait():
    prepare()
    # Fewer than a stream takes, however fast they come.
    raw, count = Raw(), 100
    with Counted() as ring:
        for _ in range(count):
            raw.delay()
    equal([ring[name] for name in ("timer", "adaptations", "interrupts", "batch_1")],
          [0, 0, count, count], "timer, adaptations, interrupts, polls of one frame")


@test
def questions_and_answers_do_not_wait():
    prepare()
    # Enough of them to be looked at more than once.
    game, count = PingPong(), rounds(1000)
    game.rounds(10)
    with Counted() as near, Counted("n0", "a") as far:
        game.rounds(count)
    for name, ring in (("n1", near), ("n0", far)):
        assert ring["packets"] >= count, f"{name} received {ring['packets']} frames"
        equal((ring["timer"], ring["adaptations"]), (0, 0), f"timer, adaptations of {name}")


@test
def a_stream_is_polled_in_batches_and_ends():
    prepare()
    stream()

    def batched():
        ring = flood(1000 if DEBUG_KERNEL else 20_000)
        moderated = ring["interrupts"]
        coalesce("adaptive-rx off")
        ring = flood(1000 if DEBUG_KERNEL else 20_000)
        coalesce("adaptive-rx on")
        print(f"# {ring['packets']} frames: {moderated} interrupts, {ring['interrupts']} without")
        return moderated < ring["interrupts"] * 0.9

    until(batched, "a stream raises fewer interrupts than without moderation", seconds=60)
    # Also the first frame after it does not wait.
    for _ in range(3):
        flood(1000)
        time.sleep(PAUSE)
        raw = Raw()
        with Counted() as ring:
            for _ in range(20):
                raw.delay()
        equal((ring["timer"], ring["interrupts"]), (0, 20), "timer, interrupts after a stream")


@test
def a_small_ring_is_not_filled_by_waiting():
    prepare()
    run("ethtool -G n1 rx 16", "b")
    stream()
    settle()


@test
def settings_change_in_a_stream():
    prepare()
    stream()
    address, end = link("n1", "b").address, time.monotonic() + 3
    while time.monotonic() < end:
        for words in ("adaptive-rx off", "adaptive-rx on", "rx-usecs 100", "adaptive-rx on",
                      "adaptive-rx off rx-usecs 0", "adaptive-rx on"):
            coalesce(words)
            equal(pktgen.send("n0", "a", address, 500, 1), 1000, "frames sent")
    settle()
    before = counters()["adaptations"]
    coalesce("adaptive-rx off")
    Raw().delay()
    equal(flood(1000)["timer"], 0, "ends of the timer without moderation")
    assert counters()["adaptations"] - before <= 1, "adaptations went on"


main()
