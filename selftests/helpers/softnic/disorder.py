# SPDX-License-Identifier: GPL-2.0
"""Netlink messages by chance: in order, nearly in order, and noise. Attributes of
a generic family are those of its spec."""

import struct

from .rtnl import (ACK, ADDRESS, CREATE, DUMP, EXCLUSIVE, IFNAME, IFF_UP, INFO_DATA, INFO_KIND,
                   LINK_NETNSID, LINKINFO, LOWER, MTU, NESTED, NET_NS_FD, NUM_RX_QUEUES,
                   NUM_TX_QUEUES, REQUEST, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK, RTM_SETLINK,
                   attr, header, nest)

RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH = 28, 29, 30
AF_BRIDGE, NUD_PERMANENT, NTF_SELF = 7, 0x80, 2
NDA_LLADDR, NDA_VLAN = 2, 5
TXQLEN, OPERSTATE, LINKMODE, IFALIAS, GROUP, PROMISCUITY = 13, 16, 17, 20, 27, 30
CARRIER, PROTO_DOWN, GSO_MAX_SEGS, GSO_MAX_SIZE, GRO_MAX_SIZE = 33, 39, 40, 41, 58
EDGES = (0, 1, 2, 3, 255, 256, 257, 4094, 4095, 4096, 65535, 65536, 65537,
         0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
WIDTHS = {"u8": 1, "s8": 1, "u16": 2, "s16": 2, "u32": 4, "s32": 4, "u64": 8, "s64": 8}
DEEPEST = 4


class Chance:
    """Values that a driver may meet. `devices` are the numbers and names of those
    that are where a request goes, `namespaces` file descriptors;
    `there` has the devices of each namespace."""

    def __init__(self, random, namespaces):
        self.random = random
        self.namespaces = namespaces
        self.devices = [(1, "lo")]
        self.there = {}

    def happens(self, percent):
        """True so often."""
        return self.random.random() * 100 < percent

    def number(self):
        """A number: mostly small, or at an edge."""
        choice = self.random.random()
        if choice < 0.5:
            return self.random.randrange(9)
        if choice < 0.9:
            return self.random.choice(EDGES)
        return self.random.getrandbits(32)

    def index(self):
        """The number of a device, seldom of none."""
        return self.number() if self.happens(5) else self.random.choice(self.devices)[0]

    def name(self):
        """The name of a device, there or not, seldom one that cannot be."""
        choice = self.random.random()
        if choice < 0.6:
            return self.random.choice(self.devices)[1]
        if choice < 0.97:
            return self.random.choice("npv") + str(self.random.randrange(8))
        return self.random.choice(("", "a" * 15, "a" * 16, "a/b", "%d", "n%d", "\xff"))

    def mac(self):
        """A MAC address, often one of few, seldom one that cannot be."""
        choice = self.random.random()
        if choice < 0.8:
            return bytes((2, 0, 0, 0, 0, self.random.randrange(8)))
        if choice < 0.9:
            return self.random.choice((bytes(6), b"\xff" * 6, b"\x01\0\x5e\0\0\1", b"\2\0\0\0\0"))
        return self.random.randbytes(6)

    def number_bytes(self, width):
        """A number of some bytes."""
        return (self.number() & (1 << 8 * width) - 1).to_bytes(width, "little")

    def bytes(self):
        """Bytes, few or many."""
        return self.random.randbytes(self.random.choice((0, 1, 2, 4, 6, 8, 20, 40, 128, 1024)))

    def some(self, choices):
        """A few of some choices, seldom one twice."""
        count = min(len(choices), self.random.choice((0, 1, 1, 1, 2, 3, 5)))
        found = self.random.sample(choices, count)
        return found + found[:1] if self.happens(3) else found


def attributes_spoilt(chance, data):
    """Attributes with a fault: in a length, a number, or a byte; cut, or longer."""
    data, random = bytearray(data), chance.random
    for _ in range(random.randrange(1, 4)):
        if len(data) < 4:
            break
        at = random.randrange(len(data) // 4) * 4
        choice = random.randrange(6)
        if choice == 0:
            struct.pack_into("=H", data, at, random.choice((0, 1, 3, 4, 5, 8, 0xFFFF)))
        elif choice == 1:
            struct.pack_into("=H", data, at + 2, random.getrandbits(16))
        elif choice == 2:
            data[random.randrange(len(data))] = random.getrandbits(8)
        elif choice == 3:
            data[at + 3] ^= NESTED >> 8
        elif choice == 4:
            del data[random.randrange(len(data)):]
        else:
            data[at:at] = chance.bytes()[:64]
    return bytes(data)


class Links:
    """Requests of rtnetlink about NICs, VNICs, and what stands on them."""

    def __init__(self, chance):
        self.chance = chance
        u32 = lambda: chance.number_bytes(4)  # noqa: E731
        few = lambda: struct.pack("=I", 1 + chance.random.randrange(4))  # noqa: E731
        index = lambda: struct.pack("=I", chance.index() & 0xFFFFFFFF)  # noqa: E731
        self.common = {
            IFNAME: lambda: chance.name().encode("latin-1") + b"\0", ADDRESS: chance.mac,
            MTU: u32, LOWER: index, NUM_RX_QUEUES: few, NUM_TX_QUEUES: few,
            TXQLEN: u32, GROUP: u32, IFALIAS: chance.bytes, NET_NS_FD: self.namespace,
            LINK_NETNSID: u32, OPERSTATE: lambda: chance.number_bytes(1),
            LINKMODE: lambda: chance.number_bytes(1), PROMISCUITY: u32,
            CARRIER: lambda: chance.number_bytes(1), PROTO_DOWN: lambda: chance.number_bytes(1),
            GSO_MAX_SEGS: u32, GSO_MAX_SIZE: u32, GRO_MAX_SIZE: u32}
        self.softnic = {1: self.peer, 3: index, 4: self.namespace, 5: u32} | {
            number: u32 for number in (2, 6, 7, 8, 9, 10, 11, 12, 13)}
        self.vnic = {number: u32 for number in (1, 3, 4, 6, 7, 8, 9, 10, 11)} | {
            2: lambda: struct.pack("=I", chance.random.choice((0x8100, 0x88A8, 0, 7))),
            5: self.ranges}
        self.others = {"vlan": {1: lambda: chance.number_bytes(2)},
                       "macvlan": {1: lambda: struct.pack("=I", 1 << chance.random.randrange(4))}}

    def namespace(self):
        """The descriptor of a namespace, seldom of something else."""
        chance = self.chance
        which = chance.number() if chance.happens(3) else chance.random.choice(chance.namespaces)
        return struct.pack("=I", which)

    def ranges(self):
        """VLAN ids as ranges, seldom more than fit, or part of one."""
        pairs = b"".join(self.chance.number_bytes(2) * 2
                         for _ in range(self.chance.random.randrange(4)))
        return pairs[:-1] if self.chance.happens(5) else pairs * self.chance.random.choice((1, 70))

    def peer(self):
        """The second end of a pair."""
        return header(flags=self.chance.random.choice((0, 0, 0, IFF_UP))) + self.attributes(
            self.common, {IFNAME})

    def attributes(self, table, musts=frozenset()):
        """Some attributes of a table, and those that it must have."""
        numbers = [x for x in self.chance.some(sorted(table)) if x not in musts]
        return b"".join(attr(x, table[x]()) for x in numbers + sorted(musts))

    def info(self):
        """The kind of a device, and what is particular to it."""
        kind = self.chance.random.choice(("softnic", "vnic", "softnic", "vnic", "vlan", "macvlan"))
        table = {"softnic": self.softnic, "vnic": self.vnic}.get(kind) or self.others[kind]
        return nest(LINKINFO, attr(INFO_KIND, kind),
                    nest(INFO_DATA, self.attributes(table, set(table) if kind == "vlan" else set())))

    def creation(self):
        """A request for a device."""
        musts = {IFNAME, LOWER} if self.chance.happens(60) else {IFNAME}
        if self.chance.happens(60):
            few = {x: self.common[x] for x in (IFNAME, LOWER, ADDRESS, NUM_RX_QUEUES)}
            body = self.attributes(few, musts)
        else:
            body = self.attributes(self.common, musts)
        return RTM_NEWLINK, CREATE | EXCLUSIVE, header(), body + self.info()

    def change(self):
        """A request to change one."""
        head = header(self.chance.index() & 0x7FFFFFFF, *self.chance.random.choice(
            ((0, 0), (IFF_UP, IFF_UP), (IFF_UP, IFF_UP), (0, IFF_UP), (0x100, 0x100), (0, 0x300))))
        body = self.attributes(self.common)
        if self.chance.happens(50):
            body += self.info()
        return self.chance.random.choice((RTM_NEWLINK, RTM_SETLINK)), 0, head, body

    def neighbour(self):
        """A request about addresses that a device takes beside its own."""
        head = struct.pack("=BxxxiHBB", AF_BRIDGE, self.chance.index() & 0x7FFFFFFF,
                           NUD_PERMANENT, NTF_SELF, 0)
        body = attr(NDA_LLADDR, self.chance.mac())
        if self.chance.happens(10):
            body += attr(NDA_VLAN, self.chance.number_bytes(2))
        message = self.chance.random.choice((RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH))
        flags = {RTM_NEWNEIGH: CREATE, RTM_GETNEIGH: DUMP}.get(message, 0)
        return message, flags, head, b"" if message == RTM_GETNEIGH else body

    def message(self):
        """Type, flags, header and attributes of a request."""
        choice = self.chance.random.random()
        if choice < 0.25:
            return self.creation()
        if choice < 0.7:
            return self.change()
        if choice < 0.85:
            return self.neighbour()
        head = header(self.chance.index() & 0x7FFFFFFF)
        if choice < 0.89:
            return RTM_DELLINK, 0, head, b""
        return RTM_GETLINK, self.chance.random.choice((0, DUMP)), head, b""


class Family:
    """Requests of a generic netlink family, as its spec has them."""

    def __init__(self, chance, client):
        self.chance = chance
        self.number = client.nlproto.family_id
        self.sets = client.attr_sets
        self.requests = [
            (op.req_value, flags, client.attr_sets[op.attr_set.name],
             set(op.yaml[mode].get("request", {}).get("attributes", ())))
            for op in client.ops.values() for mode, flags in (("do", 0), ("dump", DUMP))
            if mode in op.yaml]

    def value(self, known, depth):
        """A value of an attribute."""
        chance, kind = self.chance, known["type"]
        if kind in WIDTHS:
            width = WIDTHS[kind]
            number = chance.index() if known.name in ("ifindex", "dev-index") else chance.number()
            return (number & (1 << 8 * width) - 1).to_bytes(width, "little")
        if kind in ("uint", "sint"):
            return chance.number_bytes(chance.random.choice((4, 4, 4, 8)))
        if kind == "string":
            return chance.name().encode("latin-1") + b"\0"
        if known.name == "header" and chance.happens(80):
            return attr(1, chance.index() & 0xFFFFFFFF)
        if kind == "nest" and depth < DEEPEST:
            return self.attributes(self.sets[known["nested-attributes"]], depth + 1)
        if kind == "flag":
            return b""
        return chance.bytes()

    def attributes(self, known, depth=0, wanted=()):
        """Some attributes of a set; what names a device is seldom left out."""
        members = [x for x in known.attrs.values() if not wanted or x.name in wanted]
        chosen = {x.name: x for x in self.chance.some(members)}
        for member in members:
            if member.name in ("header", "dev-index", "ifindex") and not self.chance.happens(4):
                chosen[member.name] = member
        chosen = [x for x in chosen.values() if x["type"] not in ("unused", "pad")]
        return b"".join(attr(x.value | (NESTED if x["type"] == "nest" else 0),
                             self.value(x, depth)) for x in chosen)

    def message(self):
        """Type, flags, header and attributes of a request."""
        command, flags, known, wanted = self.chance.random.choice(self.requests)
        head = struct.pack("=BBH", command, 1, 0)
        if self.chance.happens(2):
            head = self.chance.random.randbytes(4)
        wanted = () if self.chance.happens(5) else wanted
        return self.number, flags, head, self.attributes(known, wanted=wanted)


def request(chance, source):
    """A request as bytes: two of three are as they should be."""
    message, flags, head, body = source.message()
    if chance.happens(30):
        body = attributes_spoilt(chance, body)
    elif chance.happens(3):
        body = chance.bytes()
    if chance.happens(2):
        head = head[:chance.random.randrange(len(head))]
    if chance.happens(2):
        flags = chance.random.getrandbits(12)
    data = head + body
    length = len(data) + 16
    packed = struct.pack("=IHHII", length, message, REQUEST | ACK | flags, 1, 0) + data
    return packed + bytes(-length % 4)
