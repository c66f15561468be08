#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A VNIC with rings of its own is a NIC; one without says what it cannot have."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic import netdev, rxnfc
from softnic.ethtool import own_statistics, statistics
from softnic.frames import BROADCAST, EXPERIMENT, frame, hear, mac_bytes, packet_socket
from softnic.hold import poll_threads
from softnic.ktap import equal, main, test
from softnic.net import attempt, make_netns, make_pair, run
from softnic.rings import TCP, UDP, Wire, ip
from softnic.rtnl import link
from softnic.rxnfc import rule_call
from softnic.vnics import all_arrive, losses, vnic

RINGS = 4
NIC, OWN, GUEST = ("n1", "b"), ("v0", "b"), ("v1", "b")
ENDS = "10.0.0.1", "10.0.0.2"
# As in queues/rss.py.
KEY = ("6d:5a:56:da:25:5b:0e:c2:41:67:25:3d:43:a3:8f:b0:d0:ca:2b:cb:"
       "ae:7b:30:b4:77:cb:2d:a3:80:30:f2:0c:6a:42:b7:3b:be:ac:01:fa")
VECTORS = (
    ("66.9.149.187", 2794, "161.142.100.80", 1766, 0x51ccc178),
    ("199.92.111.2", 14230, "65.69.140.83", 4739, 0xc626b0ea),
    ("24.19.198.95", 12898, "12.22.207.184", 38024, 0x5c2b394a),
    ("3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x40207d3d),
)


def prepare(nic_rings=1):
    """A pair, and over n1 one VNIC with rings of its own, v0."""
    make_netns("a", "b")
    make_pair(f"--rx-queues 1 --tx-queues 1 --peer-rx-queues {nic_rings} --peer-tx-queues 1")
    vnic("v0", "n1", "b", rings=RINGS, queues=RINGS)


def ethtool(words):
    return run(f"ethtool {words}", "b")


def wire(end=OWN):
    return Wire(RINGS, other=end)


def used(rings):
    """The rings that took any packet."""
    return [ring for ring, count in enumerate(rings) if count]


def tcp(count):
    """Packets of so many flows."""
    return [ip(*ENDS, port=1000 + n) for n in range(count)]


def table(context=0):
    return json.loads(ethtool(f"-j -x v0 context {context}"))[0]["rss-indirection-table"]


@test
def flows_spread_over_its_rings():
    prepare()
    ethtool(f"-X v0 hkey {KEY}")
    line, entries = wire(), table()
    for source, port, to, to_port, hashed in VECTORS:
        ring = line.ring_of(ip(source, to, TCP, port, to_port))
        equal(ring, entries[hashed % len(entries)], f"ring of {source}")
    rings = line.rings_of(tcp(400))
    assert min(rings) > 60 and sum(rings) == 400, f"flows by ring: {rings}"
    ethtool("-X v0 weight 0 1 0 3")
    equal(used(line.rings_of(tcp(40))), [1, 3], "rings with weights")
    ethtool("-X v0 default")
    ethtool("-N v0 rx-flow-hash tcp4 sd")
    equal(len(used(line.rings_of(tcp(40)))), 1, "rings used without ports")
    ethtool("-X v0 hfunc xor")
    assert "toeplitz: off" in ethtool("-x v0"), "the function stayed"


@test
def channels_come_and_go():
    prepare()
    line = wire()
    told = json.loads(run("ip -j -d link show dev v0", "b"))[0]
    equal((told["num_rx_queues"], told["num_tx_queues"]), (RINGS, RINGS), "queues made")
    for count in (2, 1, 4):
        ethtool(f"-L v0 combined {count}")
        equal(ethtool("-l v0").split()[-1], str(count), "combined channels")
        equal(sorted(netdev.queues(*OWN)),
              sorted((d, n) for d in ("rx", "tx") for n in range(count)), "queues in use")
        equal(used(line.rings_of(tcp(60))), list(range(count)), "rings used")
    assert attempt(f"ethtool -L v0 combined {RINGS + 1}", "b").returncode, "more than reserved"
    equal(ethtool("-l v0").split()[-1], "4", "combined channels")


@test
def rings_change_in_size():
    prepare()
    before = ethtool("-g n1")
    ethtool("-G v0 rx 64")
    equal(json.loads(ethtool("-j -g v0"))[0]["rx"], 64, "frames in a ring")
    done = attempt("ethtool -G v0 rx 15", "b")
    assert "16 to 8192" in done.stderr + done.stdout, done.stderr
    equal(json.loads(ethtool("-j -g v0"))[0]["rx"], 64, "frames in a ring after a refusal")
    equal(ethtool("-g n1"), before, "rings of the NIC")


@test
def moderation():
    prepare()
    before = ethtool("-c n1")
    ethtool("-C v0 rx-usecs 20 rx-frames 8")
    told = json.loads(ethtool("-j -c v0"))[0]
    equal((told["rx-usecs"], told["rx-frames"]), (20, 8), "moderation")
    ethtool("-Q v0 queue_mask 0x2 --coalesce rx-usecs 50")
    assert "rx-usecs: 50" in ethtool("-Q v0 queue_mask 0x2 --show-coalesce"), "of one ring"
    assert attempt("ethtool -C v0 rx-usecs 100000000", "b").returncode, "out of range"
    equal(sum(wire().rings_of(tcp(30))), 30, "packets that arrived")
    equal(ethtool("-c n1"), before, "moderation of the NIC")


@test
def features_are_its_own():
    prepare()
    before = ethtool("-k n1")
    for feature in ("tso", "gro", "rxhash", "ntuple", "tx-udp-segmentation", "rxvlan"):
        was = f"{feature} on"
        ethtool(f"-K v0 {feature} off")
        ethtool(f"-K v0 {was}")
    ethtool("-K v0 ntuple off")
    assert attempt("ethtool -N v0 flow-type tcp4 action 1", "b").returncode, "a rule was taken"
    equal(ethtool("-k n1"), before, "features of the NIC")


@test
def rules_lead_to_its_rings():
    prepare()
    ethtool("-X v0 equal 1")
    ethtool("-N v0 flow-type tcp4 dst-port 2000 action 3 loc 7")
    ethtool("-N v0 flow-type udp4 action -1")
    line = wire()
    equal(line.ring_of(ip(*ENDS)), 3, "ring of what a rule is for")
    equal(line.ring_of(ip(*ENDS, to_port=2001)), 0, "ring of others")
    equal(line.ring_of(ip(*ENDS, UDP)), None, "ring of what is dropped")
    equal(losses(OWN), {"rx_drop_by_rule": 1}, "losses")
    equal(losses(NIC), {}, "losses of the NIC")
    ethtool("-N v0 delete 7")
    equal(line.ring_of(ip(*ENDS)), 0, "ring without the rule")


@test
def contexts():
    prepare()
    ethtool("-X v0 equal 1")
    context = int(ethtool("-X v0 context new start 2 equal 2").split()[-1])
    equal(sorted(set(table(context))), [2, 3], "rings in the context's table")
    location = int(ethtool(f"-N v0 flow-type tcp4 context {context}").split()[-1])
    line = wire()
    equal(used(line.rings_of(tcp(40))), [2, 3], "rings of TCP")
    equal(used(line.rings_of([ip(*ENDS, UDP, port=n) for n in range(40)])), [0], "rings of UDP")
    assert attempt(f"ethtool -X v0 context {context} delete", "b").returncode, "a rule leads there"
    ethtool(f"-N v0 delete {location}")
    ethtool(f"-X v0 context {context} delete")


@test
def statistics_by_ring():
    prepare()
    ethtool("-X v0 equal 1")
    wire().rings_of(tcp(25))
    own = own_statistics(*OWN)
    for n in range(RINGS):
        for what in ("polls", "interrupts", "full", "batch_1"):
            assert f"rx{n}_{what}" in own, f"-S has no rx{n}_{what}"
    assert own["rx0_polls"] > 0 and own["rx1_polls"] == 0, f"polls: {own}"
    totals, queues = netdev.totals(*OWN), netdev.by_queue(*OWN)
    equal((totals["rx-packets"], queues["rx", 0]["packets"], queues["rx", 1]["packets"]),
          (25, 25, 0), "packets in all, and by ring")
    equal(statistics(*NIC)["rx-packets"], 0, "packets of the NIC itself")


@test
def napi_instances_and_threads():
    prepare()
    queues, napis = netdev.queues(*OWN), netdev.napis(*OWN)
    rings = [queues["rx", n]["napi-id"] for n in range(RINGS)]
    equal(sorted(rings), sorted(napis), "NAPI instances, one a ring")
    assert not set(rings) & set(netdev.napis(*NIC)), "some are the NIC's"
    assert not any("pid" in napi for napi in napis.values()), "polled by threads"
    threads = set(poll_threads(*OWN))
    assert {napi["pid"] for napi in netdev.napis(*OWN).values()} <= threads, "threads"
    assert not any("pid" in napi for napi in netdev.napis(*NIC).values()), "the NIC has threads"
    rings = wire().rings_of(tcp(100))
    equal(sum(rings), 100, "packets that arrived")
    assert len(used(rings)) > 1, f"packets by ring: {rings}"
    run("ip link set v0 down", "b")
    equal((netdev.napis(*OWN), netdev.queues(*OWN)), ({}, {}), "while down")
    run("ip link set v0 up", "b")


def everything():
    """All settings of the VNIC that shares the NIC's rings."""
    shows = ("-l", "-g", "-c", "-k")
    return [run(f"ethtool {show} v1", "b") for show in shows], run("ip -d link show v1", "b")


SHARES = "the VNIC shares its NIC's rings: it needs rings of its own for this"


@test
def without_rings_it_says_what_it_cannot_have():
    prepare()
    vnic("v1", "n1", "b", queues=4)
    before = everything()
    for words, why in (("-G v1 rx 64", SHARES), ("-C v1 rx-usecs 20", SHARES),
                       ("-L v1 rx 1 tx 0 combined 2", "Invalid argument"),
                       ("-X v1 equal 1", "Operation not supported"),
                       ("-X v1 context new", "Operation not supported"),
                       ("-N v1 rx-flow-hash tcp4 sd", "Operation not supported"),
                       ("-N v1 flow-type tcp4 action 0", "Operation not supported"),
                       ("-N v1 flow-type tcp4 action -1", "Operation not supported")):
        done = attempt(f"ethtool {words}", "b")
        said = done.stderr + done.stdout
        assert done.returncode, f"{words} was taken"
        assert why in said, f"{words}: no {why!r} in {said!r}"
        equal(everything(), before, f"settings after {words}")
    equal(rule_call(*GUEST, rxnfc.INSERT, flow_type=rxnfc.TCP4, location=rxnfc.ANY).error,
          "ENOTSUP", "errno of a rule")
    # Its one queue is there for the statistics; no ring of its own serves it.
    equal(sorted(n for d, n in netdev.queues(*GUEST) if d == "rx"), [0], "receive queues")
    equal(netdev.napis(*GUEST), {}, "NAPI instances")


@test
def without_rings_it_has_transmit_queues():
    prepare()
    vnic("v1", "n1", "b", queues=4)
    for count in (2, 4, 1):
        # One channel receives and sends; more can only send.
        run(f"ethtool -L v1 combined 1 tx {count - 1}", "b")
        queues = sorted(netdev.queues(*GUEST))
        equal(queues, sorted([("rx", 0)] + [("tx", n) for n in range(count)]), "queues")
    equal(sum(wire(GUEST).rings_of(tcp(20))), 20, "packets that arrived")


@test
def rules_of_the_nic_are_not_its_vnics():
    prepare(nic_rings=RINGS)
    vnic("v1", "n1", "b")
    source, to = link("n0", "a").address, link(*GUEST).address
    for rule in ("flow-type udp4 action -1", "flow-type tcp4 action -1",
                 f"flow-type ether dst {to} action -1",
                 f"flow-type ether dst {BROADCAST} action -1",
                 f"flow-type ether proto {EXPERIMENT:#x} action -1"):
        ethtool(f"-N n1 {rule}")
    sender, ears = packet_socket("n0", "a"), [packet_socket(*end) for end in (GUEST, OWN)]
    for data in (frame(BROADCAST, source, b"all"), frame(to, source, b"one")):
        sender.send(data)
    equal(hear(ears[0]), frame(BROADCAST, source, b"all"), "broadcast, with rings of the NIC")
    equal(hear(ears[0]), frame(to, source, b"one"), "frame to the one that shares")
    equal(hear(ears[1]), frame(BROADCAST, source, b"all"), "broadcast, with rings of its own")
    for mac in (to, link(*OWN).address, link(*NIC).address):
        for packet, ethertype in (ip(*ENDS), ip(*ENDS, UDP)):
            head = mac_bytes(mac) + mac_bytes(source) + ethertype.to_bytes(2, "big")
            sender.send((head + packet).ljust(60, b"\0"))
    equal([bool(hear(ear)) for ear in ears for _ in range(2)], [True] * 4, "TCP and UDP")
    equal([losses(end) for end in (GUEST, OWN)], [{}, {}], "losses")
    equal(losses(NIC), {"rx_drop_by_rule": 3}, "losses of the NIC: the broadcast, TCP and UDP")
    equal(link(*GUEST).stats["rx_packets"], 4, "frames received")


@test
def rules_that_lead_are_not_its_vnics():
    prepare(nic_rings=RINGS)
    vnic("v1", "n1", "b")
    ethtool("-X n1 equal 1")
    ethtool("-N n1 flow-type tcp4 action 3")

    def polls():
        own = own_statistics(*NIC)
        return [own[f"rx{n}_polls"] > 0 for n in range(RINGS)]

    sender, source = packet_socket("n0", "a"), link("n0", "a").address
    packet, ethertype = ip(*ENDS)
    for end, polled in ((GUEST, [True, False, False, False]), (NIC, [True, False, False, True])):
        head = mac_bytes(link(*end).address) + mac_bytes(source)
        sender.send((head + ethertype.to_bytes(2, "big") + packet).ljust(60, b"\0"))
        all_arrive(("n0", "a"), [GUEST, NIC])
        equal(polls(), polled, f"rings of the NIC that were polled, after a frame to {end}")


main()
