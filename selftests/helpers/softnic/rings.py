# SPDX-License-Identifier: GPL-2.0
"""Which ring of a receiver takes a packet."""

import ipaddress
import struct

from .frames import mac_bytes, packet_socket
from .ktap import equal
from .net import settle
from .rtnl import link

IPV4, IPV6, VLAN, SERVICE_VLAN = 0x0800, 0x86DD, 0x8100, 0x88A8
AH, ESP, ICMP, SCTP, TCP, UDP = 51, 50, 1, 132, 6, 17


def l4(protocol, port, to_port):
    """A header with ports, or with an SPI of the two."""
    ports = struct.pack("!HH", port, to_port)
    if protocol == AH:
        return struct.pack("!BBH", TCP, 4, 0) + ports + bytes(16)
    return ports + (bytes(8) + b"\x50\x02" + bytes(6) if protocol == TCP else bytes(16))


def ip(source, to, protocol=TCP, port=1000, to_port=2000, tos=0, fragment=0):
    """An IP packet, and its Ethernet type."""
    source, to = ipaddress.ip_address(source), ipaddress.ip_address(to)
    behind = l4(protocol, port, to_port)
    if source.version == 4:
        head = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(behind), 0, fragment, 64, protocol, 0)
        return head + source.packed + to.packed + behind, IPV4
    head = struct.pack("!IHBB", 6 << 28 | tos << 20, len(behind), protocol, 64)
    return head + source.packed + to.packed + behind, IPV6


def tagged(packet, *tags):
    """A packet with VLAN tags, of a type and a TCI each, the outer first."""
    payload, ethertype = packet
    for tpid, tci in reversed(tags):
        payload, ethertype = struct.pack("!HH", tci, ethertype) + payload, tpid
    return payload, ethertype


class Wire:
    """Sends packets from one end, and tells which ring of the other took them."""

    def __init__(self, rings, one=("n0", "a"), other=("n1", "b"), through=None):
        self.rings, self.one, self.other = rings, one, other
        self.socket = packet_socket(*(through or one))
        self.to, self.source = link(*other).address, link(*one).address

    def send(self, packets, to=None, source=None):
        """Sends packets, each with its Ethernet type."""
        for payload, ethertype in packets:
            head = mac_bytes(to or self.to) + mac_bytes(source or self.source)
            data = head + struct.pack("!H", ethertype) + payload
            self.socket.send(data.ljust(60, b"\0"))

    def rings_of(self, packets, **options):
        """How many of the packets each ring took."""
        before = settle(self.one, self.other)[1]
        self.send(packets, **options)
        after = settle(self.one, self.other)[1]
        names = [f"rx{n}_packets" for n in range(self.rings)]
        return [after.get(name, 0) - before.get(name, 0) for name in names]

    def ring_of(self, packet, **options):
        """The ring that a packet goes to; None if it goes to none."""
        rings = self.rings_of([packet], **options)
        if not sum(rings):
            return None
        equal(sum(rings), 1, "packets that arrived")
        return rings.index(1)
