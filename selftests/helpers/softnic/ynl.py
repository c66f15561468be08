# SPDX-License-Identifier: GPL-2.0
"""The netlink family softnic, asked by the kernel's own client, which knows of
it by its spec alone; and byte by byte, for what that client would not send."""

import errno
import functools
import os
import struct
import sys

from .ktap import DEBUG_KERNEL, defer
from .netns import inside
from .rtnl import ACK, DUMP, REQUEST, attr, open_socket

BUILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../build/ynl")
NETLINK = os.path.join(BUILD, "Documentation/netlink")
SPEC = os.path.join(NETLINK, "specs/softnic.yaml")
sys.dont_write_bytecode = True
sys.path.append(BUILD)
# pylint: disable=wrong-import-position,import-error
from pyynl.lib import NlError, YnlFamily  # noqa: E402

NETLINK_GENERIC = 16
NLMSG_ERROR, NLMSG_DONE, DUMP_INTR, ACK_TLVS = 2, 3, 0x10, 0x200
MSG, OFFSET, MISSING = 1, 2, 5
DUMPS = ("nic-get", "port-get", "group-get", "ring-get", "filter-get", "drops-get")


def family(netns=None, **options):
    """A client in a namespace; the spec is checked against the kernel's schema."""
    schema = os.path.join(NETLINK, "genetlink.yaml")
    with inside(netns):
        client = YnlFamily(SPEC, schema, **options)
    defer(client.close)
    return client


def everything(client):
    """All that the family tells in a namespace and that time alone does not change."""
    return {name: [{k: v for k, v in told.items() if k != "age"} for told in client.dump(name, {})]
            for name in DUMPS}


class Events:
    """Hears of what happens to a namespace's ports."""

    def __init__(self, netns=None):
        self.client = family(netns)
        self.client.ntf_subscribe("events")

    def now(self):
        """What was told since the last call: names and attributes."""
        self.client.check_ntf()
        told = []
        while not self.client.async_msg_queue.empty():
            event = self.client.async_msg_queue.get()
            told.append((event["name"].removesuffix("-ntf"), event["msg"]))
        return told

    def wait_for(self, name, seconds=10):
        """The next event of a name; those before it are passed over."""
        seconds *= 6 if DEBUG_KERNEL else 1
        for event in self.client.poll_ntf(seconds):
            if event["name"] == name + "-ntf":
                return event["msg"]
        raise AssertionError(f"no {name} was told")


def name_of(number):
    """The name of an errno, of which one has two."""
    return "EOPNOTSUPP" if number == errno.EOPNOTSUPP else errno.errorcode[number]


def refusal(client, operation, request, dump=False):
    """How a request is refused: the errno's name, and all that the extack says."""
    try:
        if dump:
            client.dump(operation, request)
        else:
            client.do(operation, request)
    except NlError as error:
        return name_of(error.error), error.nl_msg.extack or {}
    return "accepted", {}


@functools.cache
def _numbers():
    """The family's number, and those of its commands."""
    client = family()
    return client.nlproto.family_id, {name: op.req_value for name, op in client.ops.items()}


class Raw:
    """Requests of the family as bytes."""

    def __init__(self, netns=None):
        self.id, self.commands = _numbers()
        self.socket = open_socket(netns, protocol=NETLINK_GENERIC)
        self.socket.settimeout(60)
        defer(self.socket.close)

    def ask(self, command, *attrs, dump=False):
        """Sends a request."""
        body = struct.pack("=BBH", self.commands[command], 1, 0) + b"".join(attrs)
        flags = REQUEST | (DUMP if dump else ACK)
        head = struct.pack("=IHHII", len(body) + 16, self.id, flags, 1, 0)
        self.socket.send(head + body)

    def parts(self, size=1 << 17):
        """The messages that answer, a list for each datagram: type, flags and
        payload of each. Ends with the last one."""
        while True:
            data, found, at = self.socket.recv(size), [], 0
            while at + 16 <= len(data):
                length, kind, flags = struct.unpack_from("=IHH", data, at)
                found.append((kind, flags, data[at + 16:at + length]))
                at += (length + 3) & ~3
            yield found
            if found[-1][0] in (NLMSG_DONE, NLMSG_ERROR):
                return

    def refusal(self, command, *attrs, dump=False):
        """How a request is refused: the errno's name, the text, the offset of the
        attribute at fault, and the type of the one that is missing."""
        self.ask(command, *attrs, dump=dump)
        for part in self.parts():
            for kind, flags, payload in part:
                code, = struct.unpack_from("=i", payload)
                if kind in (NLMSG_DONE, NLMSG_ERROR) and code:
                    told = _extack(kind, flags, payload)
                    return name_of(-code), *told
        return "accepted", "", None, None


def _extack(kind, flags, payload):
    if not flags & ACK_TLVS:
        return "", None, None
    found, at = {}, 4 if kind == NLMSG_DONE else 20
    while at + 4 <= len(payload):
        length, number = struct.unpack_from("=HH", payload, at)
        found[number & 0x3FFF] = payload[at + 4:at + length]
        at += (max(length, 4) + 3) & ~3
    number = {k: struct.unpack("=I", found[k][:4])[0] for k in (OFFSET, MISSING) if k in found}
    text = found.get(MSG, b"").rstrip(b"\0").decode()
    return text, number.get(OFFSET), number.get(MISSING)


__all__ = ["Events", "Raw", "attr", "family", "refusal"]
