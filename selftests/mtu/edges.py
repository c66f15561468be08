#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""MTUs at the edges of their range, and frames at the edges of an MTU."""

import errno
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket

from softnic.ethtool import statistics
from softnic.frames import Line, frame, hear, packet_socket
from softnic.ktap import defer, equal, main, test, until
from softnic.net import attempt, make_netns, make_pair, run, settle
from softnic.netns import inside
from softnic.rtnl import link

ENDS = (("n0", "a"), ("n1", "b"))
# What a frame may have beside the MTU: a header and one VLAN tag.
OVERHEAD = 14 + 4
ONE_RING = "--rx-queues 1 --peer-rx-queues 1"
UDP_SEGMENT = 103


def set_mtu(n, mtu):
    """Sets the MTU of an end."""
    run(f"ip link set {ENDS[n][0]} mtu {mtu}", ENDS[n][1])


def prepare(one, other):
    """A pair with these MTUs."""
    make_netns("a", "b")
    make_pair(f"{ONE_RING} --mtu {one} --peer-mtu {other}")
    equal([link(*end).mtu for end in ENDS], [one, other], "MTUs")


def too_long(n):
    """How many frames an end found too long, which must be the same however
    it is asked."""
    count = statistics(*ENDS[n])["rx_drop_too_long"]
    stats = link(*ENDS[n]).stats
    equal((stats["rx_errors"], stats["rx_length_errors"], stats["rx_dropped"]),
          (count, count, 0), "errors, length errors and drops as ip tells")
    return count


@test
def smallest_and_largest():
    prepare(68, 65521)
    for mtu in (65521, 68, 1500):
        for n in range(2):
            set_mtu(n, mtu)
            equal(link(*ENDS[n]).mtu, mtu, "MTU")
    for mtu, why in ((67, "less than device minimum"), (65522, "greater than device maximum")):
        done = attempt(f"ip link set n0 mtu {mtu}", "a")
        equal((done.returncode, done.stderr), (2, f"Error: mtu {why}.\n"), "answer")
        equal(link("n0", "a").mtu, 1500, "MTU after a refusal")


@test
def a_full_packet_passes_at_each_mtu():
    make_netns("a", "b")
    make_pair(ONE_RING)
    for n, (dev, netns) in enumerate(ENDS):
        run(f"ip addr add 10.0.0.{n + 1}/24 dev {dev}", netns)
    for mtu in (68, 1500, 9000, 65521):
        set_mtu(0, mtu)
        set_mtu(1, mtu)
        # The headers of IP and ICMP take 28 bytes.
        run(f"ping -M do -s {mtu - 28} -c 1 -W 10 10.0.0.2", "a")
        done = attempt(f"ping -M do -s {mtu - 27} -c 1 -W 1 10.0.0.2", "a")
        assert done.returncode, f"a packet of {mtu + 1} bytes passed at MTU {mtu}"
    equal([too_long(0), too_long(1)], [0, 0], "frames too long")


def refusal(line, data):
    """The errno that sending a frame ends with."""
    try:
        line.sender.send(data)
    except OSError as error:
        return error.errno
    return 0


@test
def the_receivers_limit_counts():
    for mtus in ((9000, 1500), (1500, 9000), (65521, 68), (68, 65521)):
        prepare(*mtus)
        for n in range(2):
            line = Line(ENDS[n], ENDS[1 - n])
            to = link(*ENDS[1 - n]).address
            may_send, takes = mtus[n] + 14, mtus[1 - n] + OVERHEAD
            for size in (min(mtus) + 14, min(may_send, takes)):
                assert line.delivers_to(to, size=size), f"{size} bytes did not pass at {mtus}"
            if may_send > takes:
                assert not line.delivers_to(to, size=takes + 1), f"{takes + 1} bytes passed"
            else:
                equal(refusal(line, frame(to, line.source, size=may_send + 1)),
                      errno.EMSGSIZE, "errno of a frame too long to send")
            settle()
            equal(too_long(1 - n), int(may_send > takes), "frames too long")
        run("ip netns del a")
        run("ip netns del b")


def udp_sockets():
    """UDP from n0 to n1."""
    for n, (dev, netns) in enumerate(ENDS):
        run(f"ip addr add 10.0.0.{n + 1}/24 dev {dev}", netns)
    with inside("b"):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("10.0.0.2", 5000))
    receiver.settimeout(10)
    with inside("a"):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect(("10.0.0.2", 5000))
    defer(receiver.close)
    defer(sender.close)
    return sender, receiver


@test
def bundles_count_by_their_segments():
    prepare(9000, 1500)
    sender, receiver = udp_sockets()
    wire = packet_socket("n1", "b")
    sender.send(b"first")
    equal(receiver.recv(100), b"first", "datagram")
    # A header of UDP and one of IP: 28 bytes.
    for segment, passes in ((1472, True), (1472 + 4, True), (1472 + 5, False), (4000, False)):
        before = too_long(1)
        while hear(wire, 0):
            pass
        sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, segment)
        sender.send(bytes(segment * 5))
        settle()
        equal(too_long(1) - before, int(not passes), f"bundles too long, of {segment}")
        if passes:
            equal([len(receiver.recv(9000)) for _ in range(5)], [segment] * 5, "datagrams")
            equal(len(hear(wire)), segment * 5 + 42, "bundle on the wire")


@test
def a_new_mtu_holds_at_once():
    prepare(9000, 9000)
    line = Line(*ENDS)
    to = link("n1", "b").address
    assert line.delivers_to(to, size=9014), "9000 bytes did not pass at first"
    set_mtu(1, 1500)
    assert not line.delivers_to(to, size=9014), "9000 bytes passed after all"
    set_mtu(1, 9000)
    assert line.delivers_to(to, size=9014), "9000 bytes did not pass again"
    until(lambda: too_long(1) == 1, lambda: f"one is too long: {too_long(1)}")


main()
