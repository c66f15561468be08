#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""record.py FILE: runs the commands of the tool's transcripts in this guest, and
writes down what they and the kernel say to each other, as the device nlmon hears
it. scripts/record-golden calls it."""

import collections
import os
import platform
import socket
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.golden import scene, transcripts
from softnic.net import run, up

HEADER = 16
NLMSG_ERROR, RTM_NEWLINK, RTM_NEWNEIGH, RTM_DELNEIGH = 2, 16, 28, 29
LINK_HEADER = HEADER + 16
IFLA_STATS, IFLA_AF_SPEC = 7, 26
NDM_FLAGS = 10
SO_RCVBUFFORCE = 33
ETH_P_ALL = 3


def messages(datagram):
    """The messages of a datagram."""
    at = 0
    while at + HEADER <= len(datagram):
        length, kind = struct.unpack_from("=IH", datagram, at)
        yield kind, bytearray(datagram[at:at + length])
        at += max(HEADER, aligned(length))


def aligned(length):
    """A length, with what is left free up to the next message or attribute."""
    return (length + 3) & ~3


def lean(message):
    """What a message about a device tells, but for what the tool does not read
    and what is of the moment."""
    kept, at = message[:LINK_HEADER], LINK_HEADER
    while at < len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if kind & 0x3FFF not in (IFLA_STATS, IFLA_AF_SPEC):
            kept += message[at:at + aligned(length)]
        at += aligned(length)
    struct.pack_into("=I", kept, 0, len(kept))
    return kept


def anonymous(datagram):
    """A datagram without the numbers of its requests and port."""
    data = bytearray()
    for kind, message in messages(datagram):
        message[8:HEADER] = bytes(8)
        if kind == NLMSG_ERROR:
            # The head of the request that it answers.
            message[HEADER + 12:HEADER + 20] = bytes(8)
        elif kind == RTM_NEWLINK and from_kernel(datagram):
            message = lean(message)
        elif kind in (RTM_NEWNEIGH, RTM_DELNEIGH):
            # The kernel takes a flag away before the message is heard.
            message[HEADER + NDM_FLAGS] = 0
        data += message.ljust(aligned(len(message)), b"\0")
    return data.hex()


def from_kernel(datagram):
    """Whether the kernel sent it: it names the port that it answers."""
    return any(datagram[12:HEADER])


class Recorder:
    """Hears what is said in the namespace that it is made in."""

    def __init__(self):
        run("ip link add nlmon0 type nlmon")
        up("nlmon0")
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.socket.bind(("nlmon0", ETH_P_ALL))
        self.socket.setblocking(False)

    def messages(self):
        """What was said since the last call."""
        found = []
        try:
            while True:
                datagram = self.socket.recv(1 << 17)
                found.append(("<>"[not from_kernel(datagram)], anonymous(datagram)))
        except BlockingIOError:
            return found


def main(path):
    """Writes the recording."""
    numbers, sections = {}, []
    for name, cases in transcripts().items():
        with scene():
            recorder, number_of = Recorder(), collections.Counter()
            for case in cases:
                recorder.messages()
                case.run()
                number_of[case.line] += 1
                section = [f"$ {name} {number_of[case.line]} {case.line}"]
                for sender, datagram in recorder.messages():
                    number = numbers.setdefault(datagram, len(numbers))
                    section.append(f"{sender} {number}")
                if len(section) > 1:
                    sections.append("\n".join(section) + "\n")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"# SPDX-License-Identifier: GPL-2.0\n# Kernel {platform.release()}\n")
        f.writelines(f"{number} {datagram}\n" for datagram, number in numbers.items())
        f.write("\n")
        f.write("\n".join(sections))


main(sys.argv[1])
