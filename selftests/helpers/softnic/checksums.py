# SPDX-License-Identifier: GPL-2.0
"""Internet checksums: verified, spoilt, and counted when they are wrong."""

import array
import socket
import struct

from .netns import inside


def ones_sum(data):
    """Sum of 16-bit words as the Internet checksum has it: 0xffff for data
    that holds its own right checksum."""
    total = sum(array.array("H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checksums(data):
    """Whether a frame's checksums are right; None for other than TCP and UDP."""
    kind, = struct.unpack_from("!H", data, 12)
    if kind == 0x0800:
        size, = struct.unpack_from("!H", data, 16)
        protocol, addresses, header = data[23], data[26:34], 34
        packet, right = data[header:14 + size], ones_sum(data[14:34]) == 0xFFFF
    elif kind == 0x86DD:
        size, = struct.unpack_from("!H", data, 18)
        protocol, addresses, header = data[20], data[22:54], 54
        packet, right = data[header:header + size], True
    else:
        return None
    if protocol not in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
        return None
    pseudo = addresses + struct.pack("!II", len(packet), protocol)
    return right and ones_sum(pseudo + packet) == 0xFFFF


def checksum_errors(netns):
    """How many datagrams the stack refused for their checksum."""
    with inside(netns):
        with open("/proc/thread-self/net/snmp", encoding="ascii") as f:
            names, values = [line.split() for line in f if line.startswith("Udp: ")]
    return int(values[names.index("InCsumErrors")])


def datagram(to, source, payload, spoil):
    """A UDP datagram from 10.0.0.1 to 10.0.0.2 as a frame, its checksum wrong
    by so much."""
    addresses = socket.inet_aton("10.0.0.1") + socket.inet_aton("10.0.0.2")
    udp = struct.pack("!HHHH", 5000, 5000, 8 + len(payload), 0) + payload
    pseudo = addresses + struct.pack("!II", len(udp), socket.IPPROTO_UDP)
    summed = array.array("H", [0xFFFF - ones_sum(pseudo + udp)]).tobytes()
    summed = bytes([summed[0] ^ spoil, summed[1]])
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + addresses
    ip = ip[:10] + array.array("H", [0xFFFF - ones_sum(ip)]).tobytes() + ip[12:]
    head = bytes.fromhex((to + source).replace(":", "")) + b"\x08\x00"
    return head + ip + udp[:6] + summed + payload
