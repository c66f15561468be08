# SPDX-License-Identifier: GPL-2.0
"""Link requests and events, byte by byte: for what ip would not send, and
because an ip process for each look takes too long in an emulated guest."""

import errno
import socket
import struct
from typing import NamedTuple

from .netns import inside

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
REQUEST, ACK, DUMP, EXCLUSIVE, CREATE = 0x1, 0x4, 0x300, 0x200, 0x400
NEW = CREATE | EXCLUSIVE
NLMSG_ERROR, NLMSG_DONE, ACK_TLVS, ERRMSG_MSG = 2, 3, 0x200, 1
SOL_NETLINK, CAP_ACK, EXT_ACK, STRICT_CHK = 270, 10, 11, 12
NESTED = 0x8000

ADDRESS, IFNAME, MTU, LOWER, OPERSTATE, LINKINFO = 1, 3, 4, 5, 16, 18
STATS, AF_SPEC = 7, 26
STATS64, GROUP, NET_NS_FD, NUM_TX_QUEUES, NUM_RX_QUEUES, LINK_NETNSID = 23, 27, 28, 31, 32, 37
INFO_KIND, INFO_DATA = 1, 2
# Of the softnic kind, in INFO_DATA.
PEER, WIRE, PEER_IFINDEX, PEER_NETNS_FD, PEER_NETNSID = 1, 2, 3, 4, 5
SLOTS, SLOTS_USED, SLOTS_WAITING, POOL, POOL_USED, STORM = range(7, 13)
# Of the vnic kind.
(VLAN_ID, VLAN_PROTOCOL, MODE, RINGS, VLANS, PLACEMENT, PLACEMENT_REASON,
 PLACEMENT_CHANGES, SLOTS_WANTED, DERIVE) = range(1, 11)
BRIDGE, PRIVATE, VEPA, PASSTHRU = range(4)

IFF_UP, IFF_LOWER_UP = 0x1, 0x10000
STATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")
STATISTICS = ("rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors",
              "tx_errors", "rx_dropped", "tx_dropped", "multicast", "collisions",
              "rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors",
              "rx_fifo_errors", "rx_missed_errors")


class Refused(OSError):
    """The kernel's refusal: an errno, and the extack's text."""


class Link(NamedTuple):
    """What the kernel tells of a device."""
    index: int
    name: str
    kind: str
    address: str
    mtu: int
    # Index of the device below, in whatever namespace; 0 if there is none.
    lower: int
    # A number that whoever made it may have given it; 0 if none did.
    group: int
    up: bool
    operstate: str
    carrier: bool
    stats: dict

    def running(self):
        """Whether frames can pass, as linkwatch saw it."""
        return self.up and self.carrier and self.operstate == "UP"


def attr(kind, payload):
    """An attribute; numbers are 32 bits wide, texts end in a zero."""
    if isinstance(payload, int):
        payload = struct.pack("=I", payload & 0xFFFFFFFF)
    elif isinstance(payload, str):
        payload = payload.encode() + b"\0"
    data = struct.pack("=HH", len(payload) + 4, kind) + payload
    return data + bytes(-len(data) % 4)


def nest(kind, *attrs):
    """An attribute of attributes."""
    return attr(kind | NESTED, b"".join(attrs))


def header(index=0, flags=0, change=0):
    """A struct ifinfomsg."""
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, flags, change)


def softnic(*data):
    """The attribute that asks for a softnic NIC, with the kind's own data."""
    return nest(LINKINFO, attr(INFO_KIND, "softnic"), nest(INFO_DATA, *data))


def vnic(*data):
    """The attribute that asks for a VNIC, with the kind's own data. What it is
    over stands beside it, as LOWER."""
    return nest(LINKINFO, attr(INFO_KIND, "vnic"), nest(INFO_DATA, *data))


def vlan_ranges(*ranges):
    """The attribute with the VLANs of a trunk, as pairs of first and last."""
    return attr(VLANS, b"".join(struct.pack("=HH", *ids) for ids in ranges))


def peer(*attrs):
    """The second end of a pair."""
    return attr(PEER | NESTED, header() + b"".join(attrs))


def attributes(data):
    """The attributes in some bytes, by number."""
    found, at = {}, 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        found[kind & 0x3FFF] = data[at + 4:at + length]
        at += (max(length, 4) + 3) & ~3
    return found


def messages(data):
    """The messages in some bytes: type, flags and payload of each."""
    at = 0
    while at + 16 <= len(data):
        length, kind, flags = struct.unpack_from("=IHH", data, at)
        yield kind, flags, data[at + 16:at + length]
        at += (length + 3) & ~3


def _text(data):
    return data.rstrip(b"\0").decode(errors="replace")


def _link(payload):
    index, flags = struct.unpack_from("=4xiI", payload)
    a = attributes(payload[16:])
    number = {k: struct.unpack("=I", a[k])[0] for k in (MTU, LOWER, GROUP) if k in a}
    stats = struct.unpack_from(f"={len(STATISTICS)}Q", a.get(STATS64, bytes(200)))
    return Link(
        index=index, name=_text(a[IFNAME]),
        kind=_text(attributes(a.get(LINKINFO, b"")).get(INFO_KIND, b"")),
        address=a.get(ADDRESS, b"").hex(":"), mtu=number[MTU],
        lower=number.get(LOWER, 0) % (1 << 32), group=number[GROUP],
        up=bool(flags & IFF_UP), operstate=STATES[a[OPERSTATE][0]],
        carrier=bool(flags & IFF_LOWER_UP), stats=dict(zip(STATISTICS, stats)))


def open_socket(netns, groups=0, protocol=socket.NETLINK_ROUTE):
    """A netlink socket in a namespace."""
    with inside(netns):
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    for option in (CAP_ACK, EXT_ACK, STRICT_CHK):
        s.setsockopt(SOL_NETLINK, option, 1)
    s.bind((0, groups))
    return s


def _refusal(code, flags, payload):
    told = attributes(payload[20:]) if flags & ACK_TLVS else {}
    return Refused(-code, _text(told.get(ERRMSG_MSG, b"")))


def answers(s, last):
    """The payloads of the messages that answer a request; `last` says whether
    one is the last without saying so."""
    payloads = []
    while True:
        for kind, flags, payload in messages(s.recv(1 << 18)):
            if kind == NLMSG_DONE:
                return payloads
            if kind == NLMSG_ERROR:
                code, = struct.unpack_from("=i", payload)
                if code:
                    raise _refusal(code, flags, payload)
                return payloads
            payloads.append(payload)
            if last:
                return payloads


def pack(message, flags, body):
    """A request as it is sent."""
    head = struct.pack("=IHHII", len(body) + 16, message, REQUEST | flags, 1, 0)
    return head + body


def _ask(flags, body, netns):
    with open_socket(netns) as s:
        s.send(pack(RTM_GETLINK, flags, body))
        return answers(s, last=not flags & DUMP)


class Request:
    """A request that changes something, in a namespace. `mask` has the header's
    flags that change: unless given, those that are set."""

    def __init__(self, *attrs, message=RTM_NEWLINK, flags=0, index=0, header_flags=0,
                 mask=None, netns=None):
        body = header(index, header_flags, header_flags if mask is None else mask)
        body += b"".join(attrs)
        self.data = pack(message, ACK | flags, body)
        self.socket = open_socket(netns)

    def make(self):
        """Makes the request."""
        self.socket.send(self.data)
        answers(self.socket, last=False)


def change(*attrs, **options):
    """Makes a request that changes something, once."""
    request = Request(*attrs, **options)
    with request.socket:
        request.make()


def refusal(*attrs, **options):
    """How the kernel refuses a request: the errno's name and the text."""
    try:
        change(*attrs, **options)
    except Refused as refused:
        return errno.errorcode[refused.errno], refused.strerror
    return "accepted", ""


def link(dev, netns=None):
    """A device."""
    payloads = _ask(0, header() + attr(IFNAME, dev), netns)
    return _link(payloads[0])


def links(netns=None):
    """All devices of a namespace."""
    return [_link(p) for p in _ask(DUMP, header(), netns)]


def settings(netns=None):
    """All that the kernel tells of a namespace's devices but counters: each
    device's attributes as they are, by number."""
    counters = {STATS, STATS64, AF_SPEC}
    return [{number: value for number, value in attributes(payload[16:]).items()
             if number not in counters} | {"flags": payload[8:12]}
            for payload in _ask(DUMP, header(), netns)]


class Monitor:
    """Hears of every change to the links of a namespace."""

    def __init__(self, netns=None):
        self.socket = open_socket(netns, groups=1)

    def _payloads(self):
        told = []
        while True:
            try:
                data = self.socket.recv(1 << 18, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return told
            told += [(kind, payload) for kind, _, payload in messages(data)]

    def changes(self):
        """The changes told since the last call."""
        return [(kind, _link(payload)) for kind, payload in self._payloads()]

    def placements(self):
        """Names of the VNICs that were told of since the last call, and where
        each was placed: a `PLACEMENT`."""
        told = []
        for kind, payload in self._payloads():
            link_info = attributes(attributes(payload[16:]).get(LINKINFO, b""))
            number = attributes(link_info.get(INFO_DATA, b"")).get(PLACEMENT)
            if kind == RTM_NEWLINK and number and _text(link_info[INFO_KIND]) == "vnic":
                told.append((_link(payload).name, int.from_bytes(number, "little")))
        return told
