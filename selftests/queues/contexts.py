#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Additional RSS contexts: own tables, keys and fields, for what rules lead
there."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic.ktap import equal, main, rounds, test
from softnic.net import attempt, make_netns, make_pair, run
from softnic.rings import TCP, UDP, Wire, ip

RINGS, CONTEXTS = 8, 64
ENDS = "10.0.0.1", "10.0.0.2"
# The keys' hashes are in rss.py's vectors; two bits differ here.
KEY = ("6d:5a:56:da:25:5b:0e:c2:41:67:25:3d:43:a3:8f:b0:d0:ca:2b:cb:"
       "ae:7b:30:b4:77:cb:2d:a3:80:30:f2:0c:6a:42:b7:3b:be:ac:01:fa")
VECTORS = (
    ("66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2, 0x51ccc178),
    ("199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262a, 0xc626b0ea),
    ("24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5de, 0x5c2b394a),
)


def prepare(rings=RINGS, main_table="equal 1"):
    """What no rule is for goes to ring 0."""
    make_netns("a", "b")
    make_pair(f"--rx-queues 2 --tx-queues 1 --peer-rx-queues {rings} --peer-tx-queues {rings}")
    if main_table:
        ethtool(f"-X n1 {main_table}")


def ethtool(words):
    return run(f"ethtool {words}", "b")


def refuses(words, why=""):
    """Asserts that a request is refused."""
    done = attempt(f"ethtool {words}", "b")
    assert done.returncode != 0, f"{words} was taken"
    assert why in done.stderr + done.stdout, f"{words}: {done.stderr}"


def create(words=""):
    """Makes a context; returns its number."""
    return int(ethtool(f"-X n1 context new {words}").split()[-1])


def told(context=0):
    """A context's settings."""
    return json.loads(ethtool(f"-j -x n1 context {context}"))[0]


def table(context=0):
    return told(context)["rss-indirection-table"]


def channels():
    """How many rings are in use."""
    return int(ethtool("-l n1").split()[-1])


def flows(count, protocol=TCP, **options):
    """Packets of so many flows. Their ports differ in all bits: by the kernel's
    random key, ports in a row now and then all have hashes of one parity."""
    return [ip(*ENDS, protocol, port=n * 48271 % 65521, **options) for n in range(1, count + 1)]


def used(rings):
    """The rings that took any packet."""
    return [ring for ring, count in enumerate(rings) if count]


@test
def a_context_has_a_table_of_its_own():
    prepare()
    context, wire = create("start 2 equal 2"), Wire(RINGS)
    equal(sorted(set(table(context))), [2, 3], "rings in the context's table")
    ethtool(f"-N n1 flow-type tcp4 context {context}")
    udp = flows(40, UDP)
    equal(used(wire.rings_of(flows(40))), [2, 3], "rings of TCP")
    equal(used(wire.rings_of(udp)), [0], "rings of what no rule is for")
    ethtool(f"-X n1 context {context} weight 0 0 0 0 1")
    equal(used(wire.rings_of(flows(40))), [4], "rings of TCP after a change")
    equal(sorted(set(table())), [0], "rings in the main table")


@test
def a_context_has_a_key_and_fields_of_its_own():
    prepare()
    context, wire = create(f"hkey {KEY}"), Wire(RINGS)
    assert told()["rss-hash-key"] != told(context)["rss-hash-key"], "the main key changed"
    ethtool(f"-N n1 flow-type tcp4 context {context}")

    def check(column):
        entries = table(context)
        for source, port, to, to_port, *hashes in VECTORS:
            ring = wire.ring_of(ip(source, to, port=port, to_port=to_port))
            equal(ring, entries[hashes[column] % len(entries)], f"ring of {source}")

    check(1)
    ethtool(f"-N n1 rx-flow-hash tcp4 sd context {context}")
    check(0)
    assert "L4" in ethtool("-n n1 rx-flow-hash tcp4"), "the main context's fields changed"
    ethtool(f"-X n1 context {context} hfunc xor")
    functions = [told(which)["rss-hash-function"] for which in (context, 0)]
    equal(functions, ["xor", "toeplitz"], "functions of the context and of the main one")


@test
def a_new_context_has_the_defaults():
    prepare(main_table=f"equal 2 hkey {KEY} hfunc xor")
    ethtool("-N n1 rx-flow-hash tcp4 sd")
    context = create()
    equal(table(context)[:RINGS + 1], list(range(RINGS)) + [0], "table")
    assert any(told(context)["rss-hash-key"]), "the key is zero"
    equal(told(context)["rss-hash-function"], "toeplitz", "function")
    assert "L4" in ethtool(f"-n n1 rx-flow-hash tcp4 context {context}"), "fields"


@test
def a_rule_adds_to_the_table():
    prepare()
    context, wire = create("equal 2"), Wire(RINGS)
    ethtool(f"-N n1 flow-type tcp4 context {context} action 4")
    equal(used(wire.rings_of(flows(40))), [4, 5], "rings of TCP")
    refuses(f"-X n1 context {context} equal 5", "")
    equal(sorted(set(table(context))), [0, 1], "rings in the table")
    refuses("-L n1 combined 5")
    refuses(f"-N n1 flow-type udp4 context {context} action 7", "Invalid")
    ethtool("-L n1 combined 6")


@test
def a_rule_may_name_the_main_context():
    prepare(main_table="equal 2")
    context, wire = create("start 2 equal 2"), Wire(RINGS)
    ethtool(f"-N n1 flow-type tcp4 context {context} loc 1")
    ethtool("-N n1 flow-type tcp4 dst-port 7 context 0 loc 0")
    equal(used(wire.rings_of(flows(40))), [2, 3], "rings of TCP")
    seven = flows(40, to_port=7)
    equal(used(wire.rings_of(seven)), [0, 1], "rings of port 7")
    ethtool("-L n1 combined 4")
    equal(used(wire.rings_of(seven)), [0, 1], "rings of port 7 with fewer rings")
    # The default table names all rings, so that nothing can be added to it.
    ethtool("-N n1 flow-type tcp4 dst-port 7 context 0 action 2 loc 0")
    equal(used(wire.rings_of(seven)), [2, 3], "rings of port 7 and two")
    refuses("-X n1 default")
    refuses("-L n1 combined 3")
    equal(used(wire.rings_of(seven)), [2, 3], "rings of port 7 after refusals")


@test
def a_context_in_use_stays():
    prepare()
    context = create("start 6 equal 2")
    rule = int(ethtool(f"-N n1 flow-type tcp4 context {context}").split()[-1])
    refuses(f"-X n1 context {context} delete", "busy")
    refuses("-L n1 combined 7")
    equal(channels(), RINGS, "rings")
    ethtool(f"-N n1 delete {rule}")
    refuses("-L n1 combined 7")
    ethtool(f"-X n1 context {context} delete")
    ethtool("-L n1 combined 7")
    refuses(f"-x n1 context {context}")


@test
def what_cannot_be_is_refused():
    prepare()
    context = create("equal 3")
    before = told(context)
    for words in ("equal 9", "start 7 equal 2", "hkey 00:11", "hfunc crc32",
                  "hfunc xor xfrm symmetric-xor"):
        refuses(f"-X n1 context {context} {words}")
        equal(told(context), before, f"settings after {words}")
        refuses(f"-X n1 context new {words}")
    refuses("-X n1 context 50 equal 2")
    refuses("-N n1 rx-flow-hash tcp4 sd context 50")
    refuses(f"-N n1 rx-flow-hash ip4 sdfn context {context}")
    refuses(f"-N n1 flow-type tcp4 context {context + 1}", "Invalid")
    refuses(f"-x n1 context {context + 1}")


@test
def contexts_come_to_an_end():
    prepare()
    for number in range(1, CONTEXTS + 1):
        equal(create(), number, "number")
    refuses("-X n1 context new")
    ethtool("-X n1 context 5 delete")
    equal(create("equal 3"), 5, "number that is free again")
    equal(sorted(set(table(5))), [0, 1, 2], "table of the new one")
    equal(len(set(table(4))), RINGS, "rings in the table of another")
    # They go with the device.
    run("ip link del n1", "b")


@test
def tables_follow_the_number_of_rings():
    prepare(rings=64, main_table="")
    ethtool("-L n1 combined 4")
    written, default = create("weight 3 1"), create()
    ethtool(f"-N n1 flow-type tcp4 context {default}")
    for count, entries in ((64, 256), (33, 256), (32, 128), (4, 128), (64, 256)):
        ethtool(f"-L n1 combined {count}")
        equal(table(), [n % count for n in range(entries)], f"main table with {count} rings")
        equal(table(default), [n % 4 for n in range(entries)], f"table with {count} rings")
        counts = [table(written).count(ring) for ring in range(2)]
        equal(counts, [entries * 3 // 4, entries // 4], f"entries with {count} rings")
        equal(used(Wire(count).rings_of(flows(60))), [0, 1, 2, 3], f"rings of {count}")


@test
def a_table_that_would_lose_entries_holds_its_size():
    prepare(rings=64, main_table="")
    ethtool("-X n1 weight 3 1")
    before = table()
    refuses("-L n1 combined 32")
    equal((table(), channels()), (before, 64), "table and rings")
    ethtool("-X n1 default")
    ethtool("-L n1 combined 32")
    ethtool("-X n1 weight 3 1")
    ethtool("-L n1 combined 64")
    equal((table().count(0), table().count(1)), (192, 64), "entries of rings 0 and 1")


@test
def contexts_outlast_other_changes():
    prepare()
    context, packets = create("start 2 equal 2"), flows(20)
    ethtool(f"-N n1 flow-type tcp4 context {context}")
    for command in ("ethtool -L n1 combined 4", "ethtool -L n1 combined 8",
                    "ethtool -X n1 hfunc xor", "ethtool -X n1 default",
                    "ethtool -K n1 rxhash on", "ip link set n1 down", "ip link set n1 up"):
        run(command, "b")
        equal(sorted(set(table(context))), [2, 3], f"table after {command}")
        if not command.endswith("down"):
            equal(used(Wire(RINGS).rings_of(packets)), [2, 3], f"rings after {command}")


@test
def contexts_are_made_and_removed_under_traffic():
    prepare()
    wire, packets = Wire(RINGS), flows(20)
    for _ in range(rounds(8)):
        context = create("start 2 equal 2")
        ethtool(f"-N n1 flow-type tcp4 context {context} loc 3")
        equal(used(wire.rings_of(packets)), [2, 3], "rings with the context")
        ethtool("-N n1 delete 3")
        ethtool(f"-X n1 context {context} delete")
        equal(used(wire.rings_of(packets)), [0], "rings without it")


main()
