# SPDX-License-Identifier: GPL-2.0
"""Sockets in namespaces, and transfers between them."""

import contextlib
import hashlib
import os
import socket
import threading

from .frames import packet_socket, udp_frame
from .ktap import defer, equal
from .netns import inside
from .rtnl import link

SIZE = 1 << 20
BLOCK = bytes(range(256)) * 256


def listen(netns, family, host, kind):
    """A socket that waits at an address."""
    with inside(netns):
        s = socket.socket(family, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host, 5000))
    s.settimeout(30)
    defer(s.close)
    return s


def call(netns, family, host, kind):
    """A socket connected to an address."""
    with inside(netns):
        s = socket.socket(family, kind)
    s.settimeout(30)
    s.connect((host, 5000))
    defer(s.close)
    return s


def transfer(family, source, target, host, size=SIZE):
    """Sends random bytes over TCP, which must arrive as they are."""
    server = listen(target, family, host, socket.SOCK_STREAM)
    server.listen()
    data = os.urandom(size)
    client = call(source, family, host, socket.SOCK_STREAM)
    other, _ = server.accept()
    server.close()
    other.settimeout(30)

    def send():
        client.sendall(data)
        client.close()

    sender = threading.Thread(target=send)
    sender.start()
    digest = hashlib.sha256()
    while part := other.recv(1 << 16):
        digest.update(part)
    sender.join()
    other.close()
    equal(digest.digest(), hashlib.sha256(data).digest(), "hash of the data")


class Transfer(threading.Thread):
    """A TCP connection between namespaces that sends until it is told to end."""

    def __init__(self, host, source="a", target="b"):
        super().__init__()
        with inside(target):
            listener = socket.create_server((host, 0))
        with inside(source):
            self.source = socket.create_connection(listener.getsockname(), timeout=60)
        self.sink, _ = listener.accept()
        listener.close()
        self.ending = threading.Event()
        self.sent, self.received = hashlib.sha256(), hashlib.sha256()
        self.sender = threading.Thread(target=self.send)
        self.start()
        self.sender.start()
        defer(self.end)

    def send(self):
        """What the sending thread does."""
        while not self.ending.is_set():
            self.source.sendall(BLOCK)
            self.sent.update(BLOCK)
        self.source.shutdown(socket.SHUT_WR)

    def run(self):
        """What the receiving thread does."""
        while data := self.sink.recv(1 << 20):
            self.received.update(data)

    def end(self):
        """Returns when all has been received."""
        self.ending.set()
        self.sender.join()
        self.join()

    def ends_well(self):
        """Ends it; what was sent must have come, as it was."""
        self.end()
        equal(self.received.hexdigest(), self.sent.hexdigest(), "data")


class Flood(threading.Thread):
    """Sends datagrams of several flows to addresses in turn until it is told to
    end. How many, the device that sends them has counted."""

    def __init__(self, dev, netns, macs, flows=16):
        super().__init__()
        source = link(dev, netns).address
        self.frames = [udp_frame(mac, source, port, 100) for port in range(flows) for mac in macs]
        self.socket = packet_socket(dev, netns)
        self.ending = threading.Event()
        self.start()
        defer(self.end)

    def run(self):
        """What the thread does."""
        while not self.ending.is_set():
            for data in self.frames:
                # The queue may be full; then the frame is not sent.
                with contextlib.suppress(OSError):
                    self.socket.send(data)

    def end(self):
        """Returns when the last has been sent."""
        self.ending.set()
        self.join()
