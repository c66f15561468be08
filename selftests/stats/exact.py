#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Statistics match what was sent, to the frame and the byte, at both ends."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic.ethtool import statistics
from softnic.frames import BROADCAST, frame, packet_socket, udp_frame
from softnic.ktap import equal, main, test
from softnic.net import make_netns, make_pair, ring_sum, run, settle
from softnic.rtnl import link

ENDS = (("n0", "a"), ("n1", "b"))


def prepare():
    """A pair with four rings each."""
    make_netns("a", "b")
    make_pair("--rx-queues 4 --tx-queues 4 --peer-rx-queues 4 --peer-tx-queues 4")


def send(end, frames):
    """Sends frames at an end."""
    s = packet_socket(*end)
    for data in frames:
        s.send(data)
    s.close()


def told_by_ip(end):
    """The statistics as ip shows them."""
    dev, netns = end
    stats = json.loads(run(f"ip -s -s -j link show dev {dev}", netns))[0]["stats64"]
    return stats["rx"], stats["tx"]


@test
def frames_and_bytes_each_way():
    prepare()
    plan = {0: (1000, 60), 1: (317, 1514)}
    for n, (count, size) in plan.items():
        to, source = link(*ENDS[1 - n]).address, link(*ENDS[n]).address
        send(ENDS[n], [udp_frame(to, source, port, size) for port in range(count)])
    ends = settle()
    for n, (count, size) in plan.items():
        _, sent = told_by_ip(ENDS[n])
        received, _ = told_by_ip(ENDS[1 - n])
        for side in (sent, received):
            equal((side["packets"], side["bytes"]), (count, count * size), f"from end {n}")
            equal((side["errors"], side["dropped"]), (0, 0), f"losses from end {n}")
        for index, direction in ((n, "tx"), (1 - n, "rx")):
            equal(ring_sum(ends[index], direction, "packets"), count, f"sum of {direction}")
            equal(ring_sum(ends[index], direction, "bytes"), count * size, f"sum of {direction}")
        used = sum(ends[1 - n][f"rx{ring}_packets"] > 0 for ring in range(4))
        assert used > 1, f"only {used} ring was used"


@test
def each_frame_size():
    prepare()
    to, source = link("n1", "b").address, link("n0", "a").address
    sizes = [14, 15, 59, 60, 61, 64, 999, 1513, 1514]
    send(ENDS[0], [frame(to, source, size=size) for size in sizes])
    sent, received = settle()
    equal(ring_sum(received, "rx", "bytes"), sum(sizes), "bytes received")
    equal(ring_sum(sent, "tx", "bytes"), sum(sizes), "bytes sent")
    equal(ring_sum(received, "rx", "packets"), len(sizes), "frames received")


@test
def multicasts():
    prepare()
    own, source = link("n1", "b").address, link("n0", "a").address
    run("ip link set n1 allmulticast on", "b")
    for to, count in ((own, 7), ("01:00:5e:00:00:09", 5), (BROADCAST, 3)):
        send(ENDS[0], [frame(to, source)] * count)
    _, received = settle()
    # A broadcast is none, as elsewhere in the kernel.
    equal(told_by_ip(ENDS[1])[0]["multicast"], 5, "multicasts")
    equal(ring_sum(received, "rx", "packets"), 15, "frames received")


@test
def what_the_filter_kept_out_is_no_loss():
    prepare()
    source = link("n0", "a").address
    send(ENDS[0], [frame("02:00:00:00:00:99", source)] * 9)
    sent, received = settle()
    equal(ring_sum(sent, "tx", "packets"), 9, "frames sent")
    equal(received["rx_filtered"], 9, "frames for others")
    seen, _ = told_by_ip(ENDS[1])
    equal((seen["packets"], seen["dropped"], seen["errors"]), (0, 0, 0), "as ip tells")


@test
def frames_that_nobody_can_take():
    make_netns("a")
    run("vnicadm create-nic n0 --nic-netns a")
    run("ip link set n0 up", "a")
    end = ENDS[0]
    address = link(*end).address
    before = statistics(*end)
    lost_before = link(*end).stats["tx_dropped"]
    send(end, [frame("02:00:00:00:00:99", address)] * 4)
    after = statistics(*end)
    equal(after["tx_drop_no_wire"] - before["tx_drop_no_wire"], 4, "frames lost")
    equal(link(*end).stats["tx_dropped"] - lost_before, 4, "frames lost, as ip tells")
    group = ring_sum(after, "tx", "packets")
    send(end, [frame(BROADCAST, address)] * 3)
    equal(ring_sum(statistics(*end), "tx", "packets") - group, 3, "broadcasts sent")


@test
def never_go_back():
    prepare()
    to, source = link("n1", "b").address, link("n0", "a").address
    for n in range(1, 4):
        send(ENDS[0], [frame(to, source, size=100)] * 50)
        settle()
        before = [statistics(*end) for end in ENDS] + [link(*end).stats for end in ENDS]
        run("ip link set n1 down", "b")
        run("ip link set n1 up", "b")
        after = [statistics(*end) for end in ENDS] + [link(*end).stats for end in ENDS]
        equal(after, before, "statistics after down and up")
        equal(link("n1", "b").stats["rx_packets"], 50 * n, "frames received")


main()
