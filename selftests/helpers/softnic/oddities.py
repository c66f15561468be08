# SPDX-License-Identifier: GPL-2.0
"""Frames of every kind of header by chance: whole, cut off, or with bytes changed;
and what a sender says of them, right or wrong."""

import struct

from .frames import BROADCAST, mac_bytes

TAGS = (0x8100, 0x88A8, 0x9100)
IPV4, IPV6, ARP, PPP_SESSION, MPLS = 0x0800, 0x86DD, 0x0806, 0x8864, 0x8847
TCP, UDP, ICMP, ICMP6, GRE, SCTP, ESP, AH, IPIP, IP6IP = 6, 17, 1, 58, 47, 132, 50, 51, 4, 41
HOP, ROUTING, FRAGMENT, TARGET = 0, 43, 44, 60
# What a virtio-net header may say of a bundle (include/uapi/linux/virtio_net.h).
NEEDS_CSUM, DATA_VALID = 1, 2
BUNDLES = (0, 1, 3, 4, 5, 0x81, 0x84, 7, 0xFF)
LONGEST = 4000


class Oddities:
    """Frames for some addresses."""

    def __init__(self, random, addresses):
        self.random, self.addresses = random, [*addresses, BROADCAST, "01:00:5e:00:00:01"]

    def bytes(self, most):
        """Some bytes."""
        return self.random.randbytes(self.random.randrange(most + 1))

    def ports(self):
        """What most protocols over IP begin with."""
        return struct.pack("!HH", self.random.choice((0, 53, 1000, 4789, 6081)),
                           self.random.choice((0, 53, 2000, 4789, 6081)))

    def over_ip(self, protocol, depth):
        """What a protocol's packet has."""
        random = self.random
        if protocol == TCP:
            offset, flags = random.choice((5, 5, 5, 6, 15, 0, 4)), random.getrandbits(8)
            return self.ports() + struct.pack(
                "!IIBBHHH", random.getrandbits(32), 0, offset << 4, flags, 1000, 0, 0) + self.bytes(1400)
        if protocol == UDP:
            payload = self.bytes(1400)
            length = random.choice((len(payload) + 8, 0, 7, 8, 65535))
            inner = struct.pack("!II", 0x08000000, 0) + self.frame(depth + 1) if depth < 2 else b""
            return self.ports() + struct.pack("!HH", length, 0) + random.choice((payload, inner))
        if protocol == GRE:
            return struct.pack("!HH", random.choice((0, 0xB000, 0x2000, 0xFFFF)), IPV4) + self.bytes(
                8) + self.packet(depth + 1)[1]
        if protocol in (IPIP, IP6IP):
            return self.packet(depth + 1)[1]
        return self.ports() + self.bytes(200)

    def ipv4(self, depth):
        """An IPv4 packet."""
        random = self.random
        protocol = random.choice((TCP, UDP, ICMP, GRE, SCTP, ESP, AH, IPIP, IP6IP, 255))
        head = random.choice((5, 5, 5, 5, 6, 15, 0, 4))
        behind = bytes(max(0, head - 5) * 4) + self.over_ip(protocol, depth)
        length = random.choice((20 + len(behind),) * 5 + (0, 19, 65535)) & 0xFFFF
        fragment = random.choice((0, 0, 0, 0x4000, 0x2000, 0x2001, 0x1FFF))
        return struct.pack("!BBHHHBBH4s4s", 0x40 | head, 0, length, 1, fragment, 64, protocol, 0,
                           b"\x0a\0\0\1", b"\x0a\0\0\2") + behind

    def ipv6(self, depth):
        """An IPv6 packet, perhaps with extension headers."""
        random, behind = self.random, b""
        protocol = random.choice((TCP, UDP, ICMP6, GRE, SCTP, ESP, IPIP, IP6IP, 59))
        packet = self.over_ip(protocol, depth)
        for kind in random.choices((HOP, ROUTING, FRAGMENT, TARGET, AH), k=random.choice((0, 0, 1, 3, 9))):
            units = random.choice((0, 0, 1, 255))
            behind = struct.pack("!BB", protocol, units) + bytes(6 + 8 * min(units, 2)) + behind
            protocol = kind
        packet = behind + packet
        length = random.choice((len(packet),) * 5 + (0, 1, 65535)) & 0xFFFF
        return struct.pack("!IHBB", 6 << 28 | random.getrandbits(20), length, protocol, 64) + bytes(
            15) + b"\1" + bytes(15) + b"\2" + packet

    def packet(self, depth=0):
        """A packet with its Ethernet type."""
        if depth > 3:
            return IPV4, self.bytes(40)
        kind = self.random.choice((IPV4, IPV4, IPV6, IPV6, ARP, PPP_SESSION, MPLS, 0, 46, 1501))
        if kind == IPV4:
            return kind, self.ipv4(depth)
        if kind == IPV6:
            return kind, self.ipv6(depth)
        return kind, self.bytes(120)

    def frame(self, depth=0):
        """A frame."""
        random = self.random
        kind, packet = self.packet(depth)
        for _ in range(random.choice((0, 0, 0, 1, 1, 2, 4, 20))):
            kind, packet = random.choice(TAGS), struct.pack(
                "!HH", random.choice((0, 1, 10, 20, 4095, 0xFFFF)), kind) + packet
        data = mac_bytes(random.choice(self.addresses)) + mac_bytes(random.choice(
            self.addresses)) + struct.pack("!H", kind) + packet
        return data[:LONGEST]

    def odd_frame(self):
        """A frame, cut off or with bytes changed every second time."""
        data, random = bytearray(self.frame()), self.random
        if random.random() < 0.2:
            del data[random.randrange(14, len(data) + 1):]
        for _ in range(random.choice((0, 0, 0, 1, 2, 8))):
            data[random.randrange(len(data))] = random.getrandbits(8)
        return bytes(data)

    def claim(self, data):
        """A virtio-net header: what a sender says of a frame's checksum, headers and
        segments; often nothing, often the truth for TCP over IPv4."""
        random = self.random
        if random.random() < 0.3:
            return bytes(10)
        flags, kind = random.choice((0, NEEDS_CSUM, NEEDS_CSUM, DATA_VALID, 0xFF)), random.choice(BUNDLES)
        start = random.choice((34, 34, 54, 38, 14, 0, len(data), 65535))
        return struct.pack("=BBHHHH", flags, kind, random.choice((54, 54, 74, 0, len(data))),
                           random.choice((100, 1000, 1448, 1, 0, 65535)), start,
                           random.choice((16, 6, 0, 65535)))
