# SPDX-License-Identifier: GPL-2.0
"""The netdev family of generic netlink: queues, NAPI instances and their
statistics."""

import functools
import socket
import struct

from . import rtnl
from .netns import inside

NETLINK_GENERIC = 16
CONTROLLER, GET_FAMILY, FAMILY_ID, FAMILY_NAME = 16, 3, 1, 2

QUEUE_GET, NAPI_GET, QSTATS_GET, NAPI_SET = 10, 11, 12, 14
TYPES = ("rx", "tx")
QUEUE = {1: "id", 2: "ifindex", 3: "type", 4: "napi-id"}
NAPI = {1: "ifindex", 2: "id", 3: "irq", 4: "pid", 5: "defer-hard-irqs",
        6: "gro-flush-timeout", 7: "irq-suspend-timeout", 8: "threaded"}
QSTATS = {1: "ifindex", 2: "queue-type", 3: "queue-id", 4: "scope",
          **dict(enumerate((
              "rx-packets", "rx-bytes", "tx-packets", "tx-bytes", "rx-alloc-fail",
              "rx-hw-drops", "rx-hw-drop-overruns", "rx-csum-complete",
              "rx-csum-unnecessary", "rx-csum-none", "rx-csum-bad", "rx-hw-gro-packets",
              "rx-hw-gro-bytes", "rx-hw-gro-wire-packets", "rx-hw-gro-wire-bytes",
              "rx-hw-drop-ratelimits", "tx-hw-drops", "tx-hw-drop-errors", "tx-csum-none",
              "tx-needs-csum", "tx-hw-gso-packets", "tx-hw-gso-bytes",
              "tx-hw-gso-wire-packets", "tx-hw-gso-wire-bytes", "tx-hw-drop-ratelimits",
              "tx-stop", "tx-wake"), 8))}
SCOPE_QUEUE = 1


def _call(family, command, flags, body, netns):
    """The attributes of each answer to a request."""
    with rtnl.open_socket(netns, protocol=NETLINK_GENERIC) as s:
        s.send(rtnl.pack(family, flags, struct.pack("=BBH", command, 1, 0) + body))
        payloads = rtnl.answers(s, last=not flags & rtnl.DUMP)
    return [rtnl.attributes(payload[4:]) for payload in payloads]


@functools.cache
def _family():
    """The family's number, the same in every namespace."""
    name = rtnl.attr(FAMILY_NAME, "netdev")
    answer, = _call(CONTROLLER, GET_FAMILY, 0, name, None)
    return struct.unpack("=H", answer[FAMILY_ID])[0]


def _named(answer, names):
    return {names[kind]: int.from_bytes(data, "little")
            for kind, data in answer.items() if kind in names}


def _dump(command, names, dev, netns, *attrs):
    with inside(netns):
        index = socket.if_nametoindex(dev)
    number = next(kind for kind, name in names.items() if name == "ifindex")
    body = rtnl.attr(number, index)
    answers = _call(_family(), command, rtnl.DUMP, body + b"".join(attrs), netns)
    return [_named(answer, names) for answer in answers]


def totals(dev, netns=None):
    """A device's statistics by name, such as rx-packets."""
    found, = _dump(QSTATS_GET, QSTATS, dev, netns)
    del found["ifindex"]
    return found


def by_queue(dev, netns=None):
    """The statistics of each queue in use, by direction and number, without
    the direction in their names: ("rx", 0) has packets."""
    found = {}
    for stats in _dump(QSTATS_GET, QSTATS, dev, netns, rtnl.attr(4, SCOPE_QUEUE)):
        queue = TYPES[stats["queue-type"]], stats["queue-id"]
        found[queue] = {name[3:]: value for name, value in stats.items()
                        if name[:3] in ("rx-", "tx-")}
    return found


def queues(dev, netns=None):
    """The queues in use, by direction and number: what queue-get tells."""
    return {(TYPES[queue["type"]], queue["id"]): queue
            for queue in _dump(QUEUE_GET, QUEUE, dev, netns)}


def napis(dev, netns=None):
    """The NAPI instances by id: what napi-get tells."""
    return {napi["id"]: napi for napi in _dump(NAPI_GET, NAPI, dev, netns)}


def napi_of(dev, netns=None, ring=0):
    """The NAPI instance of a receive ring."""
    return napis(dev, netns)[queues(dev, netns)["rx", ring]["napi-id"]]


def set_napi(dev, netns=None, ring=0, **settings):
    """Sets a NAPI instance's settings, by their names with _ for -."""
    numbers = {name.replace("-", "_"): kind for kind, name in NAPI.items()}
    body = [rtnl.attr(numbers["id"], napi_of(dev, netns, ring)["id"])]
    for name, value in settings.items():
        data = struct.pack("=Q" if name.endswith("timeout") else "=I", value)
        body.append(rtnl.attr(numbers[name], data))
    _call(_family(), NAPI_SET, rtnl.ACK, b"".join(body), netns)
