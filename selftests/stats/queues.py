#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Statistics by queue: true, and never less than before, whatever is changed."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import netdev
from softnic.ethtool import own_statistics
from softnic.frames import frame, packet_socket, udp_frame
from softnic.hold import poll_threads, polls_held_back
from softnic.ktap import equal, main, test, until
from softnic.net import attempt, make_netns, make_pair, run, settle
from softnic.rtnl import link

ENDS = (("n0", "a"), ("n1", "b"))
QUEUES = 4
BASIC = ("rx-packets", "rx-bytes", "tx-packets", "tx-bytes")


def prepare():
    """A pair with four rings and queues at each end."""
    make_netns("a", "b")
    make_pair("".join(f"--{p}{d}-queues {QUEUES} " for p in ("", "peer-") for d in ("rx", "tx")))


def send(count, size=100):
    """Sends frames of as many flows each way, and waits until all are there."""
    for n, end in enumerate(ENDS):
        to, source = link(*ENDS[1 - n]).address, link(*end).address
        s = packet_socket(*end)
        for port in range(count):
            s.send(udp_frame(to, source, port, size))
        s.close()
    settle()


def check_sums(end, down=False):
    """The totals are those of ip, and what the queues in use have of them is no
    more; returns the totals, and what each queue has."""
    totals, queues = netdev.totals(*end), netdev.by_queue(*end)
    shown = link(*end).stats
    for name in BASIC:
        equal(totals[name], shown[name.replace("-", "_")], f"{name} as ip tells")
        direction, what = name.split("-")
        part = sum(stats[what] for (d, _), stats in queues.items() if d == direction)
        assert part <= totals[name], f"{name}: {part} of {totals[name]} in queues"
    if down:
        equal(queues, {}, "queues in use")
    return totals, queues


@test
def the_queues_in_use_have_it_all():
    prepare()
    send(200)
    for end in ENDS:
        totals, queues = check_sums(end)
        equal(sorted(queues), sorted((d, n) for d in ("rx", "tx") for n in range(QUEUES)),
              "queues in use")
        for name in BASIC:
            direction, what = name.split("-")
            shares = [stats[what] for (d, _), stats in queues.items() if d == direction]
            equal(sum(shares), totals[name], f"sum of {name}")
        equal((totals["rx-packets"], totals["rx-bytes"]), (200, 200 * 100), "received")
        used = sum(stats["packets"] > 0 for (d, _), stats in queues.items() if d == "rx")
        assert used > 1, f"only {used} ring was used"


@test
def what_queues_out_of_use_had_stays():
    prepare()
    seen = [netdev.totals(*end) for end in ENDS]
    frames = 0
    for count in (4, 1, 3, 2, 4):
        for end in ENDS:
            run(f"ethtool -L {end[0]} combined {count}", end[1])
        for n, end in enumerate(ENDS):
            totals, queues = check_sums(end)
            equal(totals, seen[n], f"totals with {count} queues")
            equal(len(queues), 2 * count, "queues in use")
        send(50)
        frames += 50
        seen = [check_sums(end)[0] for end in ENDS]
        equal(seen[0]["rx-packets"], frames, "frames received")


@test
def they_outlast_down_and_up():
    prepare()
    send(50)
    before = [check_sums(end) for end in ENDS]
    run("ip link set n1 down", "b")
    equal(check_sums(ENDS[1], down=True)[0], before[1][0], "totals while down")
    run("ip link set n1 up", "b")
    equal([check_sums(end) for end in ENDS], before, "after down and up")


@test
def losses_are_the_devices():
    prepare()
    source, to = link("n0", "a").address, link("n1", "b").address
    before = [netdev.totals(*end) for end in ENDS]
    s = packet_socket("n0", "a")
    for _ in range(9):
        s.send(frame("02:00:00:00:00:99", source))
    settle()
    run("ip link set n1 mtu 1400", "b")
    for _ in range(4):
        s.send(frame(to, source, size=1514))
    settle()
    after = [netdev.totals(*end) for end in ENDS]
    for n, name, more in ((1, "rx-hw-drops", 9 + 4), (1, "rx-alloc-fail", 0),
                          (0, "tx-hw-drops", 0), (0, "tx-hw-drop-errors", 0)):
        equal(after[n][name] - before[n][name], more, name)
    own = own_statistics(*ENDS[1])
    equal((own["rx_filtered"], own["rx_drop_too_long"]), (9, 4), "by reason")


@test
def what_no_wire_takes_is_lost():
    make_netns("a")
    run("vnicadm create-nic n0 --nic-netns a")
    run("ip link set n0 up", "a")
    source = link("n0", "a").address
    before = netdev.totals("n0", "a")
    s = packet_socket("n0", "a")
    for _ in range(3):
        s.send(frame("02:00:00:00:00:99", source))
    after = netdev.totals("n0", "a")
    for name, more in (("tx-hw-drops", 3), ("tx-hw-drop-errors", 0)):
        equal(after[name] - before[name], more, name)
    equal(own_statistics("n0", "a")["tx_drop_no_wire"], 3, "by reason")


@test
def each_stop_of_a_queue_is_counted():
    make_netns("a", "b")
    make_pair("--rx-queues 1 --tx-queues 1 --peer-rx-queues 1 --peer-tx-queues 1")
    run("tc qdisc replace dev n0 root pfifo limit 10000", "a")
    to, source = link("n1", "b").address, link("n0", "a").address
    s, threads = packet_socket("n0", "a"), poll_threads("n1", "b")

    def stops():
        queue = netdev.by_queue("n0", "a")["tx", 0]
        return queue["stop"], queue["wake"]

    settle()
    equal(stops(), (0, 0), "stops and wakes of a queue that sent nothing")
    with polls_held_back(threads):
        for _ in range(600):
            s.send(frame(to, source))
    until(lambda: link("n1", "b").stats["rx_packets"] == 600, "all arrive")
    stopped, woken = stops()
    assert stopped >= 1, "the queue was not stopped"
    equal(woken, stopped, "wakes")
    run("ip link set n0 down", "a")
    run("ip link set n0 up", "a")
    equal(stops(), (stopped, woken), "stops and wakes after down and up")


@test
def no_statistic_is_told_twice():
    prepare()
    for name in own_statistics(*ENDS[0]):
        for standard in ("packets", "bytes", "multicast", "errors"):
            assert not name.endswith("_" + standard), f"-S has {name}"


@test
def rings_and_queues_have_their_napi():
    prepare()
    run("ethtool -L n1 combined 3", "b")
    queues, napis = netdev.queues("n1", "b"), netdev.napis("n1", "b")
    equal(sorted(queues), [(d, n) for d in ("rx", "tx") for n in range(3)], "queues in use")
    rings = [queues["rx", n]["napi-id"] for n in range(3)]
    equal(sorted(rings), sorted(napis), "NAPI instances, one a ring")
    for n in range(3):
        # Nothing completes later: a frame is on the wire when it was sent.
        assert "napi-id" not in queues["tx", n], "a NAPI serves a transmit queue"
    assert not any("pid" in napi for napi in napis.values()), "polled by threads"
    threads = set(poll_threads("n1", "b"))
    napis = netdev.napis("n1", "b")
    equal(sorted(napis), sorted(rings), "NAPI instances with threads")
    assert {napi["pid"] for napi in napis.values()} <= threads, f"{napis}, {threads}"
    run("ethtool -L n1 combined 1", "b")
    equal(sorted(netdev.napis("n1", "b")), [rings[0]], "NAPI instances of one ring")
    run("ip link set n1 down", "b")
    equal((netdev.napis("n1", "b"), netdev.queues("n1", "b")), ({}, {}), "while down")
    run("ip link set n1 up", "b")
    equal(netdev.queues("n1", "b")["rx", 0]["napi-id"], rings[0], "NAPI after down and up")
    assert attempt("ethtool -L n1 combined 4", "b").returncode == 0


main()
