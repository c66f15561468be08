#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A full ring stops the sender's queue and loses nothing; without a qdisc each
frame too many is counted; and traffic always goes on."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import pktgen
from softnic.ethtool import statistics
from softnic.frames import frame, packet_socket
from softnic.hold import poll_threads, polls_held_back
from softnic.ktap import equal, main, rounds, test, until
from softnic.net import make_netns, make_pair, ring_sum, run, settle
from softnic.rtnl import link

# What a ring holds.
RING = 256
BURST = 600
ONE_RING = "--rx-queues 1 --tx-queues 1 --peer-rx-queues 1 --peer-tx-queues 1"


def prepare(qdisc):
    """A pair with one ring each, whose sender has a qdisc; returns the
    sender's socket, a frame, and n1's poll threads."""
    make_netns("a", "b")
    make_pair(ONE_RING)
    run(f"tc qdisc replace dev n0 root {qdisc}", "a")
    to, source = link("n1", "b").address, link("n0", "a").address
    # What is called while polls are held back must be in memory by then.
    settle()
    return packet_socket("n0", "a"), frame(to, source), poll_threads("n1", "b")


def all_of(burst, before):
    """Waits until a burst has been received or lost; returns both ends'
    statistics."""
    def gone():
        ends = settle()
        ways = ((0, "tx_drop_ring_full"), (1, "rx0_packets"))
        count = sum(ends[end][name] - before[end][name] for end, name in ways)
        return count == burst and ends

    return until(gone, lambda: f"all go on: {settle()}")


def hold_back(s, data, threads, burst):
    """Sends a burst while n1's polls are held back; returns both ends'
    statistics before, at the end of the hold, and after all.

    On a machine that is busy otherwise a poll may slip through; what was seen
    then says nothing, and another burst is sent.
    """
    for _ in range(10):
        before = settle()
        with polls_held_back(threads):
            for _ in range(burst):
                s.send(data)
            held = statistics("n0", "a"), statistics("n1", "b")
        after = all_of(burst, before)
        if held[1]["rx0_packets"] == before[1]["rx0_packets"]:
            return before, held, after
    raise AssertionError("polls could not be held back")


@test
def a_full_ring_stops_the_queue():
    s, data, threads = prepare("pfifo limit 10000")
    before, held, (sent, received) = hold_back(s, data, threads, BURST)
    equal(held[0]["tx0_packets"] - before[0]["tx0_packets"], RING, "frames put on the wire")
    equal(sent["tx_drop_ring_full"], 0, "frames lost")
    equal(link("n0", "a").stats["tx_dropped"], 0, "frames lost in the end")
    equal(received["rx_drop_purged"], 0, "frames purged")


@test
def without_a_qdisc_each_frame_too_many_is_counted():
    s, data, threads = prepare("noqueue")
    for burst in (1, RING, RING + 1, BURST):
        before, _, after = hold_back(s, data, threads, burst)
        lost = max(0, burst - RING)
        for end, name, more in ((0, "tx0_packets", burst - lost),
                                (0, "tx_drop_ring_full", lost),
                                (1, "rx0_full", lost),
                                (1, "rx0_packets", burst - lost)):
            equal(after[end][name] - before[end][name], more, f"{name} of {burst}")
    equal(link("n0", "a").stats["tx_dropped"], statistics("n0", "a")["tx_drop_ring_full"],
          "frames lost, as ip tells")


@test
def traffic_goes_on_after_each_stop():
    s, data, threads = prepare("pfifo limit 10000")
    for n in range(rounds(60)):
        before, held, _ = hold_back(s, data, threads, BURST)
        sent = held[0]["tx0_packets"] - before[0]["tx0_packets"]
        equal(sent, RING, f"frames on the wire, held back in round {n}")


@test
def a_receiver_that_goes_down_frees_the_sender():
    s, data, threads = prepare("pfifo limit 10000")
    with polls_held_back(threads):
        for _ in range(BURST):
            s.send(data)
    run("ip link set n1 down", "b")
    run("ip link set n1 up", "b")
    before = until(lambda: link("n0", "a").running() and settle(), "both run")[1]
    s.send(data)
    until(lambda: arrived_more(before), "a frame arrives after down and up")


def arrived_more(before):
    """Whether n1 received since."""
    return statistics("n1", "b")["rx0_packets"] > before["rx0_packets"]


def flood(queues, rings, threaded):
    """Both CPUs send all they can; every frame arrives."""
    make_netns("a", "b")
    make_pair(f"--tx-queues {queues} --peer-rx-queues {rings}")
    run("tc qdisc replace dev n0 root pfifo", "a")
    if threaded:
        poll_threads("n1", "b")
    count = rounds(40000)
    sent = pktgen.send("n0", "a", link("n1", "b").address, count, queues)
    ends = settle()
    equal(sent, 2 * count, "frames that pktgen sent")
    equal(ring_sum(ends[0], "tx", "packets"), sent, "frames on the wire")
    equal(ring_sum(ends[1], "rx", "packets"), sent, "frames received")
    return ends


@test
def flood_into_one_ring_loses_nothing():
    flood(1, 1, threaded=False)


@test
def flood_into_a_polling_thread_loses_nothing():
    ends = flood(2, 1, threaded=True)
    assert ends[1]["rx0_full"] > 0, "the ring was never full"


@test
def flood_over_several_rings_loses_nothing():
    ends = flood(2, 4, threaded=True)
    used = sum(ends[1][f"rx{n}_packets"] > 0 for n in range(4))
    equal(used, 4, "rings used")


main()
