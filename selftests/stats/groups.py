#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The statistics that standards define: eth-mac (IEEE 802.3) and rmon (RFC 2819,
frames by size)."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json
import socket

from softnic import netdev
from softnic.frames import BROADCAST, frame, packet_socket
from softnic.ktap import equal, main, test
from softnic.net import make_netns, make_pair, run, settle
from softnic.netns import inside
from softnic.rtnl import link

ENDS = (("n0", "a"), ("n1", "b"))
FCS = 4
MULTICAST = "01:00:5e:00:00:09"
LARGEST_MTU = 65521


def groups(end):
    """Both groups of an end."""
    dev, netns = end
    return json.loads(run(f"ethtool --json -S {dev} --groups eth-mac rmon", netns))[0]


def sizes(end, direction):
    """Frames by size: how many of each (shortest, longest)."""
    found = groups(end)["rmon"][f"{direction}-pktsNtoM"]
    return {(x["low"], x["high"]): x["val"] for x in found}


def send(frames):
    """Sends frames at n0, and waits until they are there."""
    s = packet_socket("n0", "a")
    for data in frames:
        s.send(data)
    s.close()
    settle()


def prepare(options=""):
    """A pair; returns the addresses of n1 and of n0."""
    make_netns("a", "b")
    make_pair(options)
    return link("n1", "b").address, link("n0", "a").address


@test
def frames_by_size():
    to, source = prepare()
    for end in ENDS:
        run(f"ip link set {end[0]} mtu {LARGEST_MTU}", end[1])
    ranges = list(sizes(ENDS[0], "tx"))
    equal((ranges[0], ranges[-1]), ((0, 64), (8192, 65535)), "first and last range")
    for (_, high), (low, _) in zip(ranges, ranges[1:]):
        equal(high + 1, low, "the next range")
    before = sizes(ENDS[0], "tx"), sizes(ENDS[1], "rx")
    other = sizes(ENDS[0], "rx"), sizes(ENDS[1], "tx")
    expected = {}
    for n, (low, high) in enumerate(ranges, 1):
        # The shortest frame that can be sent is a header alone.
        lengths = [max(low - FCS, 14)] * n + [high - FCS] * n
        send([frame(to, source, size=length) for length in lengths])
        expected[low, high] = 2 * n
    after = sizes(ENDS[0], "tx"), sizes(ENDS[1], "rx")
    for what, old, new in zip(("sent", "received"), before, after):
        equal({k: new[k] - old[k] for k in ranges}, expected, f"frames {what} by size")
    equal((sizes(ENDS[0], "rx"), sizes(ENDS[1], "tx")), other, "the other way")


@test
def the_sizes_in_sum_are_the_frames():
    to, source = prepare("--rx-queues 4 --tx-queues 4 --peer-rx-queues 4 --peer-tx-queues 4")
    send([frame(to, source, size=size) for size in range(60, 1515, 7)])
    run("ethtool -L n1 combined 1", "b")
    send([frame(to, source, size=size) for size in range(60, 1515, 7)])
    for end, direction in ((ENDS[0], "tx"), (ENDS[1], "rx")):
        frames = netdev.totals(*end)[f"{direction}-packets"]
        equal(sum(sizes(end, direction).values()), frames, f"frames of {end[0]}")


@test
def a_bundle_is_one_frame_of_its_length():
    prepare()
    run("ip addr add 10.0.0.1/24 dev n0", "a")
    run("ip addr add 10.0.0.2/24 dev n1", "b")
    run("ethtool -K n1 gro off", "b")
    with inside("b"):
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener.bind(("10.0.0.2", 9999))
    listener.settimeout(20)
    with inside("a"):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_UDP, 103, 1000)  # UDP_SEGMENT
    s.connect(("10.0.0.2", 9999))
    s.send(b"x")
    listener.recv(10)
    before = netdev.totals("n0", "a"), sizes(ENDS[0], "tx")
    for _ in range(5):
        s.send(bytes(40000))
        for _ in range(40):
            equal(len(listener.recv(1 << 16)), 1000, "bytes of a datagram")
    after = netdev.totals("n0", "a"), sizes(ENDS[0], "tx")
    for name, more in (("packets", 5), ("hw-gso-packets", 5),
                       ("hw-gso-wire-packets", 5 * 40), ("hw-gso-bytes", 5 * 40042)):
        equal(after[0][f"tx-{name}"] - before[0][f"tx-{name}"], more, name)
    equal(after[1][8192, 65535] - before[1][8192, 65535], 5, "frames of more than 8 KiB")
    listener.close()
    s.close()


@test
def what_the_mac_counts():
    to, source = prepare()
    run("ip link set n1 allmulticast on", "b")
    before = [groups(end)["eth-mac"] for end in ENDS]
    kinds = ((to, 7), (MULTICAST, 5), (BROADCAST, 3))
    for address, count in kinds:
        send([frame(address, source, size=100)] * count)
    run("ip link set n1 mtu 1400", "b")
    send([frame(to, source, size=1500)] * 2)
    after = [groups(end)["eth-mac"] for end in ENDS]
    moved = [{name: new[name] - old[name] for name in new} for old, new in zip(before, after)]
    equal({k: v for k, v in moved[0].items() if v},
          {"FramesTransmittedOK": 17, "OctetsTransmittedOK": 15 * 104 + 2 * 1504,
           "MulticastFramesXmittedOK": 5, "BroadcastFramesXmittedOK": 3}, "sent")
    equal({k: v for k, v in moved[1].items() if v},
          {"FramesReceivedOK": 15, "OctetsReceivedOK": 15 * 104,
           "MulticastFramesReceivedOK": 5, "BroadcastFramesReceivedOK": 3,
           "FrameTooLongErrors": 2}, "received")


@test
def they_outlast_down_and_up():
    to, source = prepare()
    send([frame(to, source, size=size) for size in (60, 500, 1500)])
    before = [groups(end) for end in ENDS]
    run("ip link set n1 down", "b")
    equal([groups(end) for end in ENDS], before, "while down")
    run("ip link set n1 up", "b")
    equal([groups(end) for end in ENDS], before, "after down and up")


main()
