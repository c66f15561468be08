#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the netlink family softnic refuses, how it says so, and whom it tells."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import struct

from softnic.ktap import equal, main, test
from softnic.net import index_of, make_netns, make_pair, run
from softnic.netns import inside
from softnic.vnics import vnic
from softnic.ynl import DUMPS, Raw, attr, everything, family, refusal

# Where the first and the second attribute of a request lie: behind two headers.
FIRST, SECOND = 20, 28
IFINDEX, RING_ID, PORT_NIC = 1, 2, 4
DOS = ("nic-get", "port-get", "group-get", "ring-get", "drops-get")


def prepare():
    """A pair, and a VNIC that shares its NIC's rings."""
    make_netns("a", "b")
    make_pair("--rx-queues 2 --peer-rx-queues 2")
    vnic("v0", "n1", "b")


@test
def a_missing_attribute_is_named():
    prepare()
    raw, client = Raw("b"), family("b")
    for operation in DOS:
        equal(raw.refusal(operation), ("EINVAL", "ifindex is missing", None, IFINDEX), operation)
    equal(raw.refusal("ring-get", attr(IFINDEX, index_of("n1", "b"))),
          ("EINVAL", "id is missing", None, RING_ID), "ring-get")
    name, told = refusal(client, "nic-get", {})
    equal((name, told["miss-type"]), ("EINVAL", "ifindex"), "as the client tells it")


@test
def unknown_attributes_are_refused():
    prepare()
    raw, index = Raw("b"), index_of("n1", "b")
    for operation in DOS:
        known = [attr(IFINDEX, index)] + [attr(RING_ID, 0)] * (operation == "ring-get")
        name, text, where, _ = raw.refusal(operation, *known, attr(99, 0))
        equal((name, text, where), ("EINVAL", "Unknown attribute type", FIRST + 8 * len(known)),
              operation)
    for operation in DUMPS:
        name, text, where, _ = raw.refusal(operation, attr(99, 0), dump=True)
        equal((name, text, where), ("EINVAL", "Unknown attribute type", FIRST), operation)


@test
def only_what_a_request_may_have_is_taken():
    prepare()
    raw = Raw("b")
    # Attributes that only replies have.
    for operation in ("nic-get", "port-get", "drops-get"):
        equal(raw.refusal(operation, attr(2, "n1"))[:2], ("EINVAL", "Unknown attribute type"),
              operation)
    equal(raw.refusal("nic-get", attr(IFINDEX, 1), dump=True)[0], "EINVAL", "nic-get, as a dump")
    equal(raw.refusal("filter-get", attr(IFINDEX, 1))[0], "EOPNOTSUPP", "one filter")


@test
def numbers_have_their_length_and_range():
    prepare()
    raw = Raw("b")
    for operation in DOS:
        name, text, where, _ = raw.refusal(operation, attr(IFINDEX, b"\1\0"))
        equal((name, where), ("EINVAL", FIRST), operation)
        name, text, where, _ = raw.refusal(operation, attr(IFINDEX, bytes(8)))
        equal((name, where), ("EINVAL", FIRST), operation)
        name, text, where, _ = raw.refusal(operation, attr(IFINDEX, 0))
        equal((name, text, where), ("ERANGE", "integer out of range", FIRST), operation)
    name, text, where, _ = raw.refusal("port-get", attr(PORT_NIC, 0), dump=True)
    equal((name, text, where), ("ERANGE", "integer out of range", FIRST), "port-get, as a dump")


@test
def devices_that_are_none_of_ours_are_refused():
    prepare()
    raw, lo = Raw("b"), 1
    for operation in DOS:
        rest = [attr(RING_ID, 0)] * (operation == "ring-get")
        equal(raw.refusal(operation, attr(IFINDEX, 4711), *rest),
              ("ENODEV", "ifindex: there is no device of index 4711", FIRST, None), operation)
        equal(raw.refusal(operation, attr(IFINDEX, 0xFFFFFFFF), *rest)[:1], ("ENODEV",), operation)
        equal(raw.refusal(operation, attr(IFINDEX, lo), *rest),
              ("EOPNOTSUPP", "ifindex: device 1 is no softnic NIC, and no VNIC", FIRST, None),
              operation)
    for operation, kind in (("port-get", PORT_NIC), ("group-get", 3), ("filter-get", 1)):
        equal(raw.refusal(operation, attr(kind, 4711), dump=True),
              ("ENODEV", "nic-ifindex: there is no device of index 4711", FIRST, None), operation)


@test
def a_vnic_is_no_nic_and_may_have_no_rings():
    prepare()
    raw, index = Raw("b"), index_of("v0", "b")
    equal(raw.refusal("nic-get", attr(IFINDEX, index)),
          ("EINVAL", f"ifindex: device {index} is a VNIC", FIRST, None), "nic-get")
    equal(raw.refusal("port-get", attr(PORT_NIC, index), dump=True),
          ("EINVAL", f"nic-ifindex: device {index} is a VNIC", FIRST, None), "port-get")
    shares = ("EOPNOTSUPP", f"ifindex: VNIC {index} shares its NIC's rings", FIRST, None)
    equal(raw.refusal("group-get", attr(IFINDEX, index)), shares, "group-get")
    equal(raw.refusal("ring-get", attr(IFINDEX, index), attr(RING_ID, 0)), shares, "ring-get")
    equal(family("b").dump("ring-get", {"ifindex": index}), [], "rings of the VNIC")


@test
def a_ring_has_to_be_there():
    prepare()
    raw, index = Raw("b"), index_of("n1", "b")
    for ring in (2, 0xFFFFFFFF):
        equal(raw.refusal("ring-get", attr(IFINDEX, index), attr(RING_ID, ring)),
              ("EINVAL", "id must be 0 to 1", SECOND, None), "ring-get")
    run("ethtool -L n1 combined 1", "b")
    equal(raw.refusal("ring-get", attr(IFINDEX, index), attr(RING_ID, 1)),
          ("EINVAL", "id must be 0 to 0", SECOND, None), "a ring out of use")


@test
def other_namespaces_devices_are_not_seen():
    prepare()
    run("ip link add mine type softnic", "a")
    client, mine = family("a"), {index_of("n0", "a"), index_of("mine", "a")}
    for operation in ("nic-get", "port-get", "group-get", "drops-get", "ring-get"):
        equal({x["ifindex"] for x in client.dump(operation, {})}, mine, operation)
    equal(client.dump("filter-get", {}), [], "filter-get")
    equal(refusal(client, "port-get", {"ifindex": 4711})[0], "ENODEV", "port-get")
    theirs = [index for index in (index_of("v0", "b"), index_of("n1", "b")) if index not in mine]
    for index in theirs:
        equal(refusal(client, "port-get", {"ifindex": index})[0], "ENODEV", "port-get")


def as_nobody(function):
    """Runs a function without any rights in namespace b; returns what it says."""
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        status = b"failed"
        try:
            with inside("b"):
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
                status = repr(function()).encode()
        finally:
            os.write(tells, status)
            os._exit(0)
    os.close(tells)
    os.waitpid(child, 0)
    with os.fdopen(told) as f:
        return f.read()


@test
def who_has_no_rights_may_read():
    prepare()
    wanted = everything(family("b"))
    for values in wanted.values():
        assert values, f"nothing to read: {wanted}"

    def look():
        mine = family()
        with_events = family()
        with_events.ntf_subscribe("events")
        return everything(mine)

    equal(as_nobody(look), repr(wanted), "what nobody reads")


@test
def requests_are_cut_anywhere():
    prepare()
    raw = Raw("b")
    whole = attr(IFINDEX, index_of("n1", "b")) + attr(RING_ID, 0)
    for length in range(len(whole)):
        name, *_ = raw.refusal("ring-get", whole[:length])
        assert name in ("EINVAL", "ERANGE"), f"{length} bytes: {name}"
    for length in range(4):
        name, *_ = raw.refusal("ring-get", struct.pack("=HH", length, IFINDEX))
        assert name == "EINVAL", f"an attribute of {length} bytes: {name}"


main()
