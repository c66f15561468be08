# SPDX-License-Identifier: GPL-2.0
"""All that the kernel tells of a namespace's devices and that neither time nor
frames change: links, unicast addresses, what the families ethtool, netdev and
softnic have, and steering rules. What the core does without when it lacks memory, as
qdiscs and the stack's own multicast addresses, is left out."""


from . import genl, rtnl, rxnfc
from .ktap import defer
from .rtnl import DUMP, attributes

# Attributes of a link that come and go with carrier, only count, or are a qdisc's.
PASSING = {rtnl.STATS, rtnl.STATS64, rtnl.AF_SPEC, rtnl.OPERSTATE, 6, 33, 35, 47, 48}
RTM_GETNEIGH, AF_BRIDGE, NDA_LLADDR = 30, 7, 2
FDB = bytes([AF_BRIDGE]) + bytes(11)
ETHTOOL = (genl.FEATURES_GET, genl.RINGS_GET, genl.CHANNELS_GET, genl.COALESCE_GET,
           genl.RSS_GET)
PORT_GET, FILTER_GET, FILTER_MAC = 3, 10, 2
# Commands of the family softnic whose answers have no counters: nic, port, group.
SOFTNIC = (1, PORT_GET, 7, FILTER_GET)


class State:
    """Looks at a namespace."""

    def __init__(self, netns):
        self.netns = netns
        self.link = rtnl.open_socket(netns)
        self.generic = rtnl.open_socket(netns, protocol=genl.NETLINK_GENERIC)
        defer(self.link.close)
        defer(self.generic.close)
        self.queries = {
            **{("ethtool", n): self._query("ethtool", n, rtnl.nest(genl.HEADER)) for n in ETHTOOL},
            **{("softnic", n): self._query("softnic", n) for n in SOFTNIC},
            **{("netdev", n): self._query("netdev", n)
               for n in (genl.QUEUE_GET, genl.NAPI_GET)}}

    @staticmethod
    def _query(family, command, *attrs):
        return genl.message(family, command, *attrs, flags=DUMP)

    def _dump(self, socket, query):
        socket.send(query)
        return rtnl.answers(socket, last=False)

    def now(self):
        """What there is."""
        links = [attributes(payload[16:]) | {"flags": payload[8:12]} for payload in
                 self._dump(self.link, rtnl.pack(rtnl.RTM_GETLINK, DUMP, rtnl.header()))]
        told = {"links": [_link(x) for x in links],
                "fdb": [x for x in self._dump(self.link, rtnl.pack(RTM_GETNEIGH, DUMP, FDB))
                        if _unicast(attributes(x[12:]), NDA_LLADDR)]}
        for (family, command), query in self.queries.items():
            answers = [attributes(x[4:]) for x in self._dump(self.generic, query)]
            told[family, command] = [_without(x, family, command) for x in answers
                                     if _unicast(x, FILTER_MAC) or command != FILTER_GET]
        names = [x[rtnl.IFNAME].rstrip(b"\0").decode() for x in links]
        told["rules"] = {name: _rules(name, self.netns) for name in names}
        return told


def _without(answer, family, command):
    """An answer without what is new each time that a device goes up, without how often a
    port was placed anew, and without features that are wished for and not there."""
    lost = {("netdev", genl.QUEUE_GET): (4,), ("netdev", genl.NAPI_GET): (2, 4),
            ("softnic", PORT_GET): (11,), ("ethtool", genl.FEATURES_GET): (3,)}
    return {k: v for k, v in answer.items() if k not in lost.get((family, command), ())}


def _link(told):
    """A link's attributes that stay, without how often a VNIC was placed anew."""
    kept = {k: v for k, v in told.items() if k not in PASSING}
    # IFF_UP and what else is asked for; not IFF_RUNNING, IFF_LOWER_UP and IFF_DORMANT.
    flags = int.from_bytes(told["flags"], "little") & ~(0x40 | 0x10000 | 0x20000)
    kept["flags"] = flags
    if rtnl.LINKINFO in kept:
        info = attributes(kept[rtnl.LINKINFO])
        if info.get(rtnl.INFO_KIND) == b"vnic\0":
            data = attributes(info[rtnl.INFO_DATA])
            data.pop(rtnl.PLACEMENT_CHANGES, None)
            info[rtnl.INFO_DATA] = data
        kept[rtnl.LINKINFO] = info
    return kept


def _rules(name, netns):
    count = rxnfc.rule_call(name, netns, rxnfc.COUNT).count
    if not count:
        return []
    found = rxnfc.rule_call(name, netns, rxnfc.LIST, slots=count)
    return [vars(rxnfc.rule_call(name, netns, rxnfc.GET, location=x)) for x in found.locations]


def _unicast(told, number):
    return not told.get(number, b"\0")[0] & 1


def differences(one, other):
    """What differs between two states, as text."""
    told = []
    for where in one:
        if one[where] != other[where]:
            gone, new = _only(one[where], other[where]), _only(other[where], one[where])
            told.append(f"{where}: {gone!r} is now {new!r}"[:3000])
    return "; ".join(told) or "nothing"


def _only(one, other):
    """What only the first has of two things."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {k: _only(v, other.get(k)) for k, v in one.items() if other.get(k) != v}
    if isinstance(one, list) and isinstance(other, list):
        if len(one) == len(other):
            return [_only(x, y) for x, y in zip(one, other) if x != y]
        return [x for x in one if x not in other]
    return one
