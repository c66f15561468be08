#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Which ring a flow goes to: key, fields and table, as ethtool sets them."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic.ethtool import statistics
from softnic.ktap import equal, main, test
from softnic.net import attempt, make_netns, make_pair, run
from softnic.rings import TCP, Wire, ip

RINGS = 8
# The key and some of the vectors of Microsoft's "Verifying the RSS Hash
# Calculation": source, destination, hash of addresses, hash with ports.
KEY = ("6d:5a:56:da:25:5b:0e:c2:41:67:25:3d:43:a3:8f:b0:d0:ca:2b:cb:"
       "ae:7b:30:b4:77:cb:2d:a3:80:30:f2:0c:6a:42:b7:3b:be:ac:01:fa")
VECTORS = (
    ("66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2, 0x51ccc178),
    ("199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262a, 0xc626b0ea),
    ("24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5de, 0x5c2b394a),
    ("3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x2cc18cd5, 0x40207d3d),
    ("3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0x0f0c461c, 0xdde51bbf),
)


def prepare():
    make_netns("a", "b")
    make_pair(f"--rx-queues {RINGS} --tx-queues 1 "
              f"--peer-rx-queues {RINGS} --peer-tx-queues {RINGS}")


def ethtool(words):
    return run(f"ethtool {words}", "b")


def table():
    """The indirection table of n1."""
    return json.loads(ethtool("-j -x n1"))[0]["rss-indirection-table"]


def tcp(source, port, to, to_port):
    """An IP packet with a TCP header, and its Ethernet type."""
    return ip(source, to, TCP, port, to_port)


@test
def known_vectors_go_where_their_hash_says():
    prepare()
    ethtool(f"-X n1 hkey {KEY}")
    entries, wire = table(), Wire(RINGS)
    for source, port, to, to_port, _, hashed in VECTORS:
        ring = wire.ring_of(tcp(source, port, to, to_port))
        equal(ring, entries[hashed % len(entries)], f"ring of {source}")


@test
def without_ports_only_addresses_count():
    prepare()
    ethtool(f"-X n1 hkey {KEY}")
    for kind in ("tcp4", "tcp6"):
        ethtool(f"-N n1 rx-flow-hash {kind} sd")
    entries, wire = table(), Wire(RINGS)
    for source, port, to, to_port, hashed, _ in VECTORS:
        ring = wire.ring_of(tcp(source, port, to, to_port))
        equal(ring, entries[hashed % len(entries)], f"ring of {source}")


@test
def many_flows_spread_evenly():
    prepare()
    # With a random key the spread would be one of chance, and now and then wide.
    ethtool(f"-X n1 hkey {KEY}")
    one_client = [tcp("10.0.0.1", 1000 + n, "10.0.0.2", 80) for n in range(1000)]
    many_clients = [tcp(f"10.0.{n % 50}.{n // 50 + 1}", 32768 + n * 7, "10.0.0.2", 443)
                    for n in range(1000)]
    even = 1000 / RINGS
    for flows in (one_client, many_clients):
        rings = Wire(RINGS).rings_of(flows)
        equal(sum(rings), 1000, "packets that arrived")
        assert all(abs(n - even) <= 0.15 * even for n in rings), f"flows by ring: {rings}"


@test
def weights_choose_the_rings():
    prepare()
    ethtool("-X n1 weight 0 1 0 3")
    entries = table()
    equal([entries.count(n) for n in range(RINGS)],
          [0, len(entries) // 4, 0, len(entries) * 3 // 4, 0, 0, 0, 0], "entries by ring")
    flows = [tcp("10.0.0.1", 1000 + n, "10.0.0.2", 80) for n in range(200)]
    rings = Wire(RINGS).rings_of(flows)
    equal(rings[1] + rings[3], 200, f"flows in rings 1 and 3 of {rings}")
    ethtool("-X n1 default")
    equal(sorted(set(table())), list(range(RINGS)), "rings in the default table")


@test
def refusals_change_nothing():
    prepare()
    before = ethtool("-x n1")
    for words in ("-X n1 weight 0 0 0 0 0 0 0 0 1", "-X n1 hkey 00:11", "-X n1 hfunc crc32",
                  "-N n1 rx-flow-hash tcp4 v", "-X n1 equal 9"):
        done = attempt(f"ethtool {words}", "b")
        assert done.returncode != 0, f"{words} was taken"
        equal(ethtool("-x n1"), before, f"settings after {words}")


@test
def without_settings_one_ring_takes_all():
    prepare()
    ethtool("-L n1 combined 1")
    flows = [tcp("10.0.0.1", 1000 + n, "10.0.0.2", 80) for n in range(100)]
    equal(Wire(RINGS).rings_of(flows), [100] + [0] * (RINGS - 1), "flows by ring")
    equal(statistics("n1", "b")["rx0_full"], 0, "times full")


main()
