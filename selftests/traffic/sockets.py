#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What sockets ask of the device below: data sent without a copy stays as it
was, and the time of sending is told once."""

import hashlib
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket
import struct

from softnic.hold import poll_threads, polls_held_back
from softnic.ktap import defer, equal, main, test, until
from softnic.net import make_netns, make_pair, run, settle
from softnic.netns import inside

SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
SO_TIMESTAMPING = 37
TX_SOFTWARE, SOFTWARE, OPT_ID, OPT_TSONLY = 1 << 1, 1 << 4, 1 << 7, 1 << 11
ORIGIN_TIMESTAMPING, ORIGIN_ZEROCOPY = 4, 5
SO_RCVBUFFORCE = 33


def prepare():
    """A pair with addresses."""
    make_netns("a", "b")
    make_pair()
    run("ip addr add 10.0.0.1/24 dev n0", "a")
    run("ip addr add 10.0.0.2/24 dev n1", "b")


def connected(kind):
    """A socket in a connected to one in b, with room for all that comes."""
    with inside("b"):
        receiver = socket.socket(socket.AF_INET, kind)
    receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
    receiver.bind(("10.0.0.2", 5000))
    with inside("a"):
        sender = socket.socket(socket.AF_INET, kind)
    if kind == socket.SOCK_STREAM:
        receiver.listen()
        sender.connect(("10.0.0.2", 5000))
        listener, (receiver, _) = receiver, receiver.accept()
        listener.close()
    else:
        sender.connect(("10.0.0.2", 5000))
    receiver.settimeout(30)
    defer(receiver.close)
    defer(sender.close)
    return sender, receiver


def told(s):
    """The next message of a socket's error queue: origin, info, data, and
    timestamp; None if there is none."""
    try:
        _, ancillary, _, _ = s.recvmsg(0, 1 << 10, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    origin = info = data = stamp = None
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            stamp = struct.unpack_from("qq", content)
        elif level == socket.SOL_IP:
            origin, info, data = struct.unpack_from("=4xB3xII", content)
    return origin, info, data, stamp


def sends_without_copy(kind, count, size):
    """Sends and changes the memory as soon as the kernel gives it back, which
    is before the receiver looks."""
    prepare()
    sender, receiver = connected(kind)
    sender.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    digest, done = hashlib.sha256(), 0
    for _ in range(count):
        memory = bytearray(os.urandom(size))
        digest.update(memory)
        sent = 0
        while sent < size:
            sent += sender.send(memoryview(memory)[sent:], MSG_ZEROCOPY)
            done += 1
        back = 0
        while back < done:
            origin, _, high, _ = until(lambda: told(sender), "the memory is given back")
            equal(origin, ORIGIN_ZEROCOPY, "origin")
            back = high + 1
        memory[:] = bytes(size)
    seen, left = hashlib.sha256(), count * size
    while left:
        part = receiver.recv(1 << 17)
        assert part, f"{left} bytes are missing"
        seen.update(part)
        left -= len(part)
    equal(seen.digest(), digest.digest(), "hash of the data")


@test
def tcp_without_copy():
    sends_without_copy(socket.SOCK_STREAM, 20, 100000)


@test
def udp_without_copy():
    sends_without_copy(socket.SOCK_DGRAM, 50, 1400)


@test
def memory_stays_until_given_back_by_a_slow_receiver():
    prepare()
    sender, receiver = connected(socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    sender.send(b"makes the addresses known")
    receiver.recv(100)
    equal(told(sender), None, "message at first")
    threads = poll_threads("n1", "b")
    data = bytes(range(250)) * 5
    memory = bytearray(data)
    with polls_held_back(threads):
        sender.send(memory, MSG_ZEROCOPY)
        early = told(sender)
        if early:
            memory[:] = bytes(len(memory))
    origin, *_ = early or until(lambda: told(sender), "the memory is given back")
    memory[:] = bytes(len(memory))
    equal(origin, ORIGIN_ZEROCOPY, "origin")
    equal(receiver.recv(2000), data, "data")


@test
def time_of_sending_is_told_once():
    prepare()
    sender, receiver = connected(socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING,
                      TX_SOFTWARE | SOFTWARE | OPT_ID | OPT_TSONLY)
    for number in range(20):
        sender.send(b"%d" % number)
        equal(receiver.recv(100), b"%d" % number, "datagram")
    settle()
    stamps = []
    while (message := told(sender)) is not None:
        stamps.append(message)
    equal([(origin, info, data) for origin, info, data, _ in stamps],
          [(ORIGIN_TIMESTAMPING, 0, number) for number in range(20)], "messages")
    times = [stamp for *_, stamp in stamps]
    assert times == sorted(times) and times[0] > (0, 0), f"times: {times}"


main()
