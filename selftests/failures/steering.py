#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One allocation fails of a request for a rule, an RSS context or other
channels: all or nothing is done.

# timeout: 600
"""

import os
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rxnfc
from softnic.ethtool import Call
from softnic.injection import fail_each, inject_everywhere
from softnic.ktap import equal, main, test
from softnic.net import make_netns, make_pair, run
from softnic.rings import Wire, ip
from softnic.rxnfc import rule_call

RINGS = 64
GCHANNELS, SCHANNELS, GRSSH, SRSSH = 0x3C, 0x3D, 0x46, 0x47
NEW_CONTEXT = NO_CHANGE = 0xFFFFFFFF


def prepare(table="equal 1"):
    inject_everywhere()
    make_netns("a", "b")
    make_pair(f"--rx-queues 1 --tx-queues 1 --peer-rx-queues {RINGS} --peer-tx-queues 1")
    run("ethtool -L n1 combined 0 tx 1 rx 4", "b")
    run(f"ethtool -X n1 {table}", "b")


def context_call(command, context, function=0):
    """A request about a context, without table and key."""
    size = NO_CHANGE if command == SRSSH else 0
    return Call("n1", "b", struct.pack("=4IBB6x", command, context, size, 0, function, 0xFF))


@test
def a_rule():
    prepare()
    flows = {"flow_type": rxnfc.TCP4, "ring": 3, "location": 7}
    request = Call("n1", "b", struct.pack(
        rxnfc.LAYOUT, rxnfc.INSERT, 0, 0, rxnfc.TCP4, b"", b"", b"", b"",
        flows["ring"], flows["location"], 0))
    wire = Wire(RINGS)

    def there():
        seen = rule_call("n1", "b", rxnfc.GET, location=7).error == ""
        equal(rule_call("n1", "b", rxnfc.COUNT).count, int(seen), "rules")
        equal(wire.ring_of(ip("10.0.0.1", "10.0.0.2")), 3 if seen else 0, "ring")
        return seen

    fail_each(request, there, lambda: run("ethtool -N n1 delete 7", "b"))


@test
def a_context():
    prepare()
    exists = context_call(GRSSH, 1)
    second = context_call(GRSSH, 2)

    def there():
        assert not second.succeeds(), "a number was lost"
        return exists.succeeds()

    fail_each(context_call(SRSSH, NEW_CONTEXT), there,
              lambda: run("ethtool -X n1 context 1 delete", "b"))


@test
def a_contexts_function():
    prepare()
    run("ethtool -X n1 context new", "b")
    told = context_call(GRSSH, 1)

    def is_xor():
        told.send(told.data)
        return told.answer[16] == 2

    fail_each(context_call(SRSSH, 1, function=2), is_xor,
              lambda: run("ethtool -X n1 context 1 hfunc toeplitz", "b"))


@test
def channels():
    prepare("default")
    # So that no ring has to be opened, of which there are many.
    run("ip link set n1 down", "b")
    run("ethtool -X n1 context new", "b")
    run("ethtool -N n1 flow-type tcp4 context 1 loc 7", "b")
    told = Call("n1", "b", struct.pack("=9I", GCHANNELS, *[0] * 8))
    table = context_call(GRSSH, 1)

    def entries(context):
        table.send(context_call(GRSSH, context).data)
        return struct.unpack_from("=I", table.answer, 8)[0]

    def more():
        told.send(told.data)
        count = struct.unpack("=9I", told.answer)[5] + struct.unpack("=9I", told.answer)[8]
        assert count in (4, RINGS), f"{count} rings"
        sizes = [entries(context) for context in (0, 1)]
        equal(sizes, [256 if count == RINGS else 128] * 2, f"entries with {count} rings")
        return count == RINGS

    request = Call("n1", "b", struct.pack("=9I", SCHANNELS, 0, 0, 0, 0, RINGS, 1, 0, 0))
    fail_each(request, more, lambda: run("ethtool -L n1 rx 4", "b"))


main()
