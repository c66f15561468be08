# SPDX-License-Identifier: GPL-2.0
"""Sockets in namespaces, and transfers between them."""

import hashlib
import os
import socket
import threading

from .ktap import defer, equal
from .netns import inside

SIZE = 1 << 20


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
