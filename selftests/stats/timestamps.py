#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Software timestamps: offered, and really made, of sending and of receiving."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket
import struct
import time

from softnic.frames import packet_socket, udp_frame
from softnic.hold import poll_threads, polls_held_back
from softnic.ktap import equal, main, test, until
from softnic.net import make_netns, make_pair, run
from softnic.netns import inside
from softnic.rtnl import link

SO_TIMESTAMPING = 37
TX_SOFTWARE, RX_SOFTWARE, SOFTWARE = 1 << 1, 1 << 3, 1 << 4
OPT_ID, OPT_TSONLY = 1 << 7, 1 << 11
IP_RECVERR, SO_EE_ORIGIN_TIMESTAMPING = 11, 4


def prepare(options=""):
    make_netns("a", "b")
    make_pair(options)
    run("ip addr add 10.0.0.1/24 dev n0", "a")
    run("ip addr add 10.0.0.2/24 dev n1", "b")


def sockets(flags):
    """A sender at n0, with its timestamping, and a receiver at n1."""
    with inside("b"):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(("10.0.0.2", 9999))
    receiver.settimeout(20)
    receiver.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, RX_SOFTWARE | SOFTWARE)
    with inside("a"):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect(("10.0.0.2", 9999))
    sender.send(b"resolves the address")
    receiver.recv(100)
    sender.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, flags)
    return sender, receiver


def time_in(ancillary):
    """The software time among a message's ancillary data, in seconds."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            seconds, nanoseconds = struct.unpack_from("qq", data)
            return seconds + nanoseconds / 1e9
    return 0


def told(sender):
    """The next message on a socket's error queue; None if there is none."""
    try:
        return sender.recvmsg(1 << 12, 1 << 10, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None


def sending_time(sender):
    """The next time of sending, with the datagram's number; there is no other
    yet."""
    _, ancillary, _, _ = until(lambda: told(sender), "a time of sending comes")
    number, = [struct.unpack_from("=IBBBBII", data)[6] for level, kind, data in ancillary
               if (level, kind) == (socket.SOL_IP, IP_RECVERR)
               and data[4] == SO_EE_ORIGIN_TIMESTAMPING]
    assert told(sender) is None, "a second time of sending"
    return number, time_in(ancillary)


@test
def software_times_are_offered():
    prepare()
    shown = run("ethtool -T n0", "a")
    for word in ("software-transmit", "software-receive", "software-system-clock"):
        assert word in shown, shown
    assert "hardware-" not in shown, shown


@test
def each_frame_has_both_times():
    prepare()
    sender, receiver = sockets(TX_SOFTWARE | SOFTWARE | OPT_ID | OPT_TSONLY)
    for n in range(20):
        before = time.time()
        sender.send(b"%d" % n)
        data, ancillary, _, _ = receiver.recvmsg(100, 1 << 10)
        after = time.time()
        equal(data, b"%d" % n, "data")
        number, sent = sending_time(sender)
        equal(number, n, "number of the datagram")
        received = time_in(ancillary)
        assert before <= sent <= received <= after, f"{before} {sent} {received} {after}"


@test
def a_frame_that_waited_has_one_time():
    prepare("--rx-queues 1 --tx-queues 1 --peer-rx-queues 1 --peer-tx-queues 1")
    run("tc qdisc replace dev n0 root pfifo limit 10000", "a")
    sender, receiver = sockets(TX_SOFTWARE | SOFTWARE | OPT_ID | OPT_TSONLY)
    filler = packet_socket("n0", "a")
    data = udp_frame(link("n1", "b").address, link("n0", "a").address, 7, 60)
    with polls_held_back(poll_threads("n1", "b")):
        # What follows a full ring is given back to the qdisc, and sent later.
        for _ in range(600):
            filler.send(data)
        sender.send(b"waits")
        held_until = time.time()
    equal(receiver.recv(100), b"waits", "data")
    number, sent = sending_time(sender)
    equal(number, 0, "number of the datagram")
    assert sent >= held_until, f"sent at {sent}, before {held_until}"


@test
def who_does_not_ask_gets_none():
    prepare()
    sender, receiver = sockets(SOFTWARE | OPT_ID)
    sender.send(b"x")
    equal(receiver.recv(10), b"x", "data")
    assert told(sender) is None, "a time of sending came"


main()
