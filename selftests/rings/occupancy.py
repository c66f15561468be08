#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A ring's sums over time tell how many frames waited and were delivered, for how
long, and in how much of the time."""

import json
import os
import sys
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import pktgen
from softnic.frames import frame, packet_socket
from softnic.hold import poll_threads, polls_held_back
from softnic.ktap import DEBUG_KERNEL, equal, main, test, until
from softnic.moderation import Raw, coalesce, prepare
from softnic.net import index_of, run, settle
from softnic.rtnl import link
from softnic.vnics import vnic
from softnic.ynl import family

RING = 256
SUMS = ("frames", "age", "wait-time", "wait-length-time", "run-time", "run-length-time")


class Ring:
    """The sums of one of n1's rings."""

    def __init__(self, number=0):
        self.client = family("b")
        self.which = {"ifindex": index_of("n1", "b"), "id": number}

    def now(self):
        """The sums as they are."""
        told = self.client.do("ring-get", self.which)
        return {name: told[name] for name in SUMS}

    def grew(self, before):
        """By how much the sums grew; none of them may have fallen."""
        now = self.now()
        for name in SUMS:
            assert now[name] >= before[name], f"{name} fell: {before} {now}"
        return {name: now[name] - before[name] for name in SUMS}


def fits(grown, capacity=RING):
    """Asserts what holds of any interval at whose ends the ring is idle."""
    for queue in ("wait", "run"):
        busy, length = grown[f"{queue}-time"], grown[f"{queue}-length-time"]
        assert busy <= grown["age"], f"{queue}: more time than there was: {grown}"
        assert busy <= length <= capacity * busy, f"{queue}: length: {grown}"


@test
def an_idle_ring_has_nothing_but_its_age():
    prepare()
    ring = Ring()
    start, before = time.monotonic_ns(), ring.now()
    until(lambda: ring.grew(before)["age"] > 50_000_000, "age grows")
    grown, took = ring.grew(before), time.monotonic_ns() - start
    assert grown.pop("age") <= took * 1.02, f"age: {ring.now()} after {took} ns"
    equal(set(grown.values()), {0}, "sums of an idle ring")


@test
def one_frame_at_a_time():
    prepare()
    coalesce("adaptive-rx off rx-usecs 0 rx-frames 0")
    ring, raw = Ring(), Raw()
    before = ring.now()
    delays = sum(raw.delay() for _ in range(100)) * 1e9
    settle()
    grown = ring.grew(before)
    fits(grown)
    equal(grown["frames"], 100, "frames")
    # Never more than one: the length is 1 as long as there is any.
    equal(grown["wait-length-time"], grown["wait-time"], "wait")
    equal(grown["run-length-time"], grown["run-time"], "run")
    assert 0 < grown["wait-time"] + grown["run-time"], f"sums: {grown}"
    assert grown["wait-time"] <= delays * 1.02, f"waited for: {grown}, heard after {delays} ns"


@test
def frames_wait_for_the_timer():
    prepare()
    usecs = 10000
    coalesce(f"adaptive-rx off rx-usecs {usecs} rx-frames 0")
    ring, raw = Ring(), Raw()
    before = ring.now()
    delays = sum(raw.delay() for _ in range(10)) * 1e9
    settle()
    grown = ring.grew(before)
    fits(grown)
    equal(grown["frames"], 10, "frames")
    waited = grown["wait-length-time"]
    assert 10 * usecs * 980 <= waited <= delays * 1.02, f"waited {grown}, delays {delays} ns"
    # A burst at the begin of that time: all but the time of the burst.
    before, start = ring.now(), time.monotonic_ns()
    raw.send(10)
    burst = time.monotonic_ns() - start
    raw.hear(10)
    took = time.monotonic_ns() - start
    settle()
    grown = ring.grew(before)
    fits(grown)
    waited = grown["wait-length-time"]
    assert 10 * (usecs * 980 - burst) <= waited <= 10 * took * 1.02, \
        f"waited {grown}, burst of {burst} ns, {took} ns in all"


@test
def a_ring_that_is_held_full():
    prepare()
    ring, threads = Ring(), poll_threads("n1", "b")
    data = frame(link("n1", "b").address, link("n0", "a").address)
    s = packet_socket("n0", "a")
    ring.grew(ring.now())
    hold = 300_000_000
    for _ in range(10):
        idle = ring.now()
        with polls_held_back(threads):
            for _ in range(RING + 50):
                s.send(data)
            full = ring.now()
            while (held := ring.grew(full))["age"] < hold:
                pass
        settle()
        grown = ring.grew(idle)
        # On a machine that is busy otherwise a poll may slip through.
        if held["frames"] == full["frames"] - idle["frames"] == 0:
            break
    else:
        raise AssertionError(f"polls cannot be held back: {held}")
    depth, used = held["wait-length-time"] / held["age"], held["wait-time"] / held["age"]
    assert 0.98 * RING <= depth <= 1.02 * RING, f"mean depth {depth}: {held}"
    assert 0.98 <= used <= 1.02, f"in use {used}: {held}"
    equal((held["run-time"], held["run-length-time"]), (0, 0), "delivery meanwhile")
    # What was told of those that waited stays so when they have been taken.
    fits(grown, RING + 50)
    equal(grown["frames"], RING + 50, "frames")
    assert grown["wait-length-time"] >= held["wait-length-time"], f"{held} {grown}"
    assert 0 < grown["run-length-time"], f"sums: {grown}"


@test
def sums_never_fall_under_load():
    prepare()
    ring = Ring()
    idle = ring.now()
    to, sent = link("n1", "b").address, []
    load = threading.Thread(
        target=lambda: sent.append(pktgen.send("n0", "a", to, 5000 if DEBUG_KERNEL else 50000, 1)))
    load.start()
    seen, looks = ring.now(), 0
    while load.is_alive():
        now = ring.now()
        for name in SUMS:
            assert now[name] >= seen[name], f"{name} fell: {seen} {now}"
        seen, looks = now, looks + 1
    load.join()
    settle()
    grown = ring.grew(idle)
    equal([grown["frames"]], sent, "frames")
    fits(grown)
    assert looks > 0 and grown["run-time"] > 0, f"{looks} looks, {grown}"


@test
def sums_outlast_what_becomes_of_the_ring():
    prepare(rings=2)
    rings, raw = [Ring(0), Ring(1)], Raw()
    coalesce("adaptive-rx off rx-usecs 20")
    raw.delay()
    before = [ring.now() for ring in rings]
    run("ip link set n1 down", "b")
    run("ip link set n1 up", "b")
    until(lambda: link("n0", "a").running(), "the wire is there again")
    run("ethtool -L n1 rx 0 combined 1", "b")
    run("ethtool -L n1 rx 1 combined 1", "b")
    for ring, then in zip(rings, before):
        grown = ring.grew(then)
        assert grown["age"] > 0, f"age: {grown}"


@test
def frames_of_a_vnic_that_shares_the_ring():
    prepare()
    vnic("v0", "n1", "b", queues=1)
    ring, s = Ring(), packet_socket("n0", "a")
    before, packets = ring.now(), link("n1", "b").stats["rx_packets"]
    data = frame(link("v0", "b").address, link("n0", "a").address)
    for _ in range(30):
        s.send(data)
    until(lambda: link("v0", "b").stats["rx_packets"] == 30, "v0 has all")
    until(lambda: ring.grew(before)["frames"] == 30, "frames of the ring")
    equal(link("n1", "b").stats["rx_packets"], packets, "packets of n1")
    fits(ring.grew(before))


@test
def the_tool_shows_means():
    prepare()
    usecs = 10000
    coalesce(f"adaptive-rx off rx-usecs {usecs} rx-frames 0")
    ring, raw = Ring(), Raw()
    for _ in range(10):
        raw.delay()
    settle()
    told = ring.now()
    shown, = json.loads(run("vnicadm show-ring n1 -j", "b"))
    equal({name: shown[name.replace("-", "_")] for name in SUMS if name != "age"},
          {name: told[name] for name in SUMS if name != "age"}, "sums")
    assert shown["age"] >= told["age"], f"age: {shown} {told}"
    mean = json.loads(run("vnicadm stat --ring n1 -j -o waiting,waitus,wait%,runus,run%", "b"))
    want = told["wait-length-time"] / told["frames"] / 1000
    assert abs(mean["wait_us"] - want) <= 0.01, f"wait: {mean}, {told}"
    assert mean["wait_us"] >= usecs * 0.98, f"wait: {mean}"
    equal(round(mean["waiting"] * 100, 0), round(mean["wait_percent"], 0), "one at a time")
    line = run("vnicadm show-ring n1 -p -o waitus,runus", "b").strip().split(":")
    equal(line[0], f"{want:.3f}", "as show-ring has it")
    assert abs(float(line[1]) - mean["run_us"]) <= 0.01, f"run: {line}, {mean}"


main()
