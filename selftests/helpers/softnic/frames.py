# SPDX-License-Identifier: GPL-2.0
"""Ethernet frames, sent and heard as they are on the wire."""

import mmap
import select
import socket
import struct

from .ktap import DEBUG_KERNEL, defer
from .netns import inside
from .rtnl import link

BROADCAST = "ff:ff:ff:ff:ff:ff"
# Local experimental EtherType 1: nothing in the stack cares for it.
EXPERIMENT = 0x88B5

SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 1, 8, 23
PACKET_MR_MULTICAST, PACKET_MR_PROMISC, PACKET_MR_ALLMULTI = 0, 1, 2
PACKET_VERSION, PACKET_TX_RING = 10, 13
ETH_P_ALL = 3


def mac_bytes(mac):
    """A MAC address as it is on the wire."""
    return bytes.fromhex(mac.replace(":", ""))


def frame(to, source, payload=b"", ethertype=EXPERIMENT, size=60):
    """A frame of at least `size` bytes."""
    head = mac_bytes(to) + mac_bytes(source) + struct.pack("!H", ethertype)
    return (head + payload).ljust(size, b"\0")


def udp_frame(to, source, port, size):
    """A UDP datagram over IPv4 from a port, for nobody, as a frame of `size`
    bytes; the port makes it one of another flow."""
    udp = struct.pack("!HHHH", 1024 + port, 9, size - 34, 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size - 14, 0, 0, 64, 17, 0,
                     bytes([198, 18, 0, 1]), bytes([198, 51, 100, 1]))
    checksum = sum(struct.unpack("!10H", ip))
    checksum = ~(checksum + (checksum >> 16)) & 0xFFFF
    ip = ip[:10] + struct.pack("!H", checksum) + ip[12:]
    return frame(to, source, ip + udp, ethertype=0x0800, size=size)


def packet_socket(dev, netns=None, ethertype=ETH_P_ALL):
    """A raw socket on a device, closed at the test's end. It hears what comes
    in, and not what goes out."""
    with inside(netns):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    defer(s.close)
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.setsockopt(socket.SOL_SOCKET, 33, 32 << 20)  # SO_RCVBUFFORCE
    s.setsockopt(socket.SOL_SOCKET, 32, 32 << 20)  # SO_SNDBUFFORCE
    s.bind((dev, ethertype))
    return s


class PacketRing:
    """Sends frames from a ring of pages that both the sender and the kernel have, of
    one place."""

    def __init__(self, dev, netns=None):
        self.socket = packet_socket(dev, netns)
        self.socket.setsockopt(SOL_PACKET, PACKET_VERSION, 1)
        self.socket.setsockopt(SOL_PACKET, PACKET_TX_RING, struct.pack("4I", 4096, 1, 4096, 1))
        self.ring = mmap.mmap(self.socket.fileno(), 4096)
        defer(self.ring.close)

    def send(self, data):
        """Sends a frame."""
        at = 32
        self.ring[at:at + len(data)] = data
        self.ring[4:8] = struct.pack("=I", len(data))
        self.ring[:4] = struct.pack("=I", 1)  # TP_STATUS_SEND_REQUEST
        self.socket.send(b"", socket.MSG_DONTWAIT)


def join(s, dev, netns, kind, mac=""):
    """Has a packet socket ask its device for more than its own frames."""
    with inside(netns):
        index = socket.if_nametoindex(dev)
    request = struct.pack("iHH8s", index, kind, len(mac_bytes(mac)), mac_bytes(mac))
    s.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)


def hear(s, seconds=10):
    """The next frame that a packet socket hears; None if there is none."""
    seconds *= 6 if DEBUG_KERNEL else 1
    return s.recv(1 << 17) if select.select([s], [], [], seconds)[0] else None


def heard(s):
    """All frames that a packet socket has heard."""
    found = []
    while (data := hear(s, 0)) is not None:
        found.append(data)
    return found


def tag_control(s):
    """The next frame's (TPID, TCI) beside it, or None, and its bytes."""
    data, ancillary, _, _ = s.recvmsg(1 << 17, 1 << 10)
    for level, kind, content in ancillary:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, *_, tci, tpid = struct.unpack("IIIHHHH", content[:20])
            if status & 0x10:  # TP_STATUS_VLAN_VALID
                return (tpid, tci), data
    return None, data


def vlan_tag(s):
    """The next frame's (TPID, VLAN id) beside it, or None, and its bytes."""
    tag, data = tag_control(s)
    return tag and (tag[0], tag[1] & 0xFFF), data


class Line:
    """Sends frames at one end of a wire and says what the other end's stack
    was given. Needs one receive ring there, so that frames keep their order."""

    def __init__(self, one=("n0", "a"), other=("n1", "b")):
        self.source = link(*one).address
        self.sender = packet_socket(*one)
        self.ear = packet_socket(*other)
        self.count = 0

    def delivers(self, data):
        """Whether a frame reaches the other end's stack: it is followed by a
        broadcast, which tells that it would have come by now."""
        self.count += 1
        mark = frame(BROADCAST, self.source, b"mark%d" % self.count)
        self.sender.send(data)
        self.sender.send(mark)
        heard = False
        while True:
            got = hear(self.ear)
            assert got is not None, "not even the broadcast behind the frame came"
            if got == mark:
                return heard
            heard = heard or got == data

    def delivers_to(self, mac, **options):
        """Whether a frame to an address does."""
        return self.delivers(frame(mac, self.source, b"probe", **options))
