#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Steering rules: which frames go to the ring that a rule names."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import threading

from softnic import rxnfc
from softnic.ethtool import statistics
from softnic.ktap import defer, equal, main, rounds, test
from softnic.net import attempt, make_netns, make_pair, run, settle, up
from softnic.rings import (AH, ESP, ICMP, SCTP, SERVICE_VLAN, TCP, UDP, VLAN, Wire, ip,
                           tagged)
from softnic.rtnl import link
from softnic.rxnfc import rule_call

RINGS, CAPACITY = 4, 256
A4, B4 = "10.0.0.1", "10.0.0.2"
A6, B6 = "2001:db8::1", "2001:db8::2"
ARP = (bytes(46), 0x0806)


def prepare():
    """What no rule is for goes to ring 0."""
    make_netns("a", "b")
    make_pair(f"--rx-queues {RINGS} --tx-queues 1 "
              f"--peer-rx-queues {RINGS} --peer-tx-queues {RINGS}")
    run("ethtool -X n1 equal 1", "b")


def ethtool(words):
    return run(f"ethtool {words}", "b")


def refused(words):
    """Why a request is refused."""
    done = attempt(f"ethtool {words}", "b")
    assert done.returncode != 0, f"{words} was taken"
    return done.stderr


def add(rule):
    """Adds a rule; returns its location if it names none."""
    told = ethtool(f"-N n1 flow-type {rule}").split()
    return int(told[-1]) if told else None


def call(command, **options):
    return rule_call("n1", "b", command, **options)


def locations():
    """The locations of all rules."""
    count = call(rxnfc.COUNT)
    equal(count.data, CAPACITY | rxnfc.SPECIAL, "locations, of which special ones")
    return list(call(rxnfc.LIST, slots=count.count).locations) if count.count else []


def check_rule(wire, rule, wanted, others):
    """A rule leads what it is for to ring 3, and leaves the rest in ring 0."""
    location = add(f"{rule} action 3")
    for packet in wanted:
        equal(wire.ring_of(packet), 3, f"ring with {rule}")
    for packet in others:
        equal(wire.ring_of(packet), 0, f"ring of others with {rule}")
    ethtool(f"-N n1 delete {location}")
    equal(wire.ring_of(wanted[0]), 0, f"ring without {rule}")


@test
def each_flow_type_takes_its_packets():
    prepare()
    wire = Wire(RINGS)
    protocols = {"tcp": TCP, "udp": UDP, "sctp": SCTP, "ah": AH, "esp": ESP}
    packets = {(name, version): ip(*ends, protocol) for name, protocol in protocols.items()
               for version, ends in ((4, (A4, B4)), (6, (A6, B6)))}
    others = [ARP, ip(A4, B4, ICMP)]
    for name, version in packets:
        rest = [other for kind, other in packets.items() if kind != (name, version)]
        check_rule(wire, f"{name}{version}", [packets[name, version]], rest + others)
    for version in (4, 6):
        inside = [packet for kind, packet in packets.items() if kind[1] == version]
        rest = [packet for kind, packet in packets.items() if kind[1] != version]
        word = f"ip{version} {'dst-ip ' + B4 if version == 4 else 'dst-ip ' + B6}"
        check_rule(wire, word, inside, rest + [ARP])


@test
def fields_and_masks_narrow_a_rule():
    prepare()
    wire = Wire(RINGS)
    four, six = ip(A4, B4, UDP, 1000, 2000, 0x1c), ip(A6, B6, UDP, 1000, 2000, 0x1c)
    other = ip("10.1.0.1", "10.1.0.2", UDP, 1001, 2001, 0)
    for words in (f"src-ip {A4}", f"dst-ip {B4}", "src-port 1000", "dst-port 2000", "tos 0x1c",
                  f"src-ip {A4} dst-ip {B4} src-port 1000 dst-port 2000",
                  # ethtool's masks say what to leave out.
                  "src-ip 10.0.7.7 m 0.0.255.255", "dst-port 2002 m 2"):
        check_rule(wire, f"udp4 {words}", [four], [other, six])
    other = ip("2001:db8:1::1", "2001:db8:1::2", UDP, 1001, 2001, 0)
    for words in (f"src-ip {A6}", f"dst-ip {B6}", "src-port 1000", "dst-port 2000",
                  "tclass 0x1c", "src-ip 2001:db8::ffff m ::ffff"):
        check_rule(wire, f"udp6 {words}", [six], [other, four])
    check_rule(wire, "ip4 l4proto 17", [four], [ip(A4, B4), six])
    check_rule(wire, "ip4 l4data 0x03e807d0", [four], [ip(A4, B4, UDP, 1000, 2001)])
    check_rule(wire, "ip6 l4proto 17", [six], [ip(A6, B6), four])
    check_rule(wire, "esp4 spi 0x03e807d0", [ip(A4, B4, ESP)], [ip(A4, B4, ESP, 1, 2)])
    check_rule(wire, "ah6 spi 0x03e807d0", [ip(A6, B6, AH)], [ip(A6, B6, AH, 1, 2)])


@test
def fragments_have_no_ports_to_match():
    prepare()
    wire = Wire(RINGS)
    more, last = ip(A4, B4, UDP, fragment=0x2000), ip(A4, B4, UDP, fragment=8)
    check_rule(wire, "udp4 dst-port 2000", [ip(A4, B4, UDP)], [more, last])
    check_rule(wire, "udp4", [ip(A4, B4, UDP), more, last], [ip(A4, B4)])


@test
def stations_and_types_match():
    prepare()
    wire = Wire(RINGS)
    mine, other = link("n0", "a").address, "02:00:00:00:00:99"
    check_rule(wire, "ether proto 0x0806", [ARP], [ip(A4, B4)])
    check_rule(wire, "ether proto 0x0800", [ip(A4, B4), tagged(ip(A4, B4), (VLAN, 5))], [ARP])
    add(f"ether src {other} action 2")
    equal(wire.ring_of(ARP), 0, "ring of another source")
    equal(wire.ring_of(ARP, source=other), 2, "ring of the source")
    add(f"ether dst ff:ff:ff:ff:ff:ff src {mine} action 3")
    equal(wire.ring_of(ARP, to="ff:ff:ff:ff:ff:ff"), 3, "ring of broadcasts")
    # A destination beside the fields of another flow type.
    add(f"tcp4 dst-mac {link('n1', 'b').address} dst-port 2000 action 1")
    equal(wire.ring_of(ip(A4, B4)), 1, "ring of TCP to the station")
    equal(wire.ring_of(ip(A4, B4), to="ff:ff:ff:ff:ff:ff"), 3, "ring of TCP to all")


@test
def tags_match_in_the_frame_and_beside_it():
    prepare()
    wire = Wire(RINGS)
    packet = ip(A4, B4)
    five, six = tagged(packet, (VLAN, 0x6005)), tagged(packet, (VLAN, 6))
    service = tagged(packet, (SERVICE_VLAN, 5), (VLAN, 6))
    check_rule(wire, "tcp4 vlan 5 m 0xf000", [five, service], [six, packet])
    check_rule(wire, "tcp4 vlan 0x6005", [five], [service, six, packet])
    check_rule(wire, "tcp4 vlan-etype 0x88a8 vlan 5", [service], [five, six, packet])
    run("ip link add link n0 name v5 type vlan id 5", "a")
    up("v5", "a")
    settle()
    beside = Wire(RINGS, through=("v5", "a"))
    check_rule(beside, "tcp4 vlan 5 m 0xf000", [packet], [ARP])
    check_rule(beside, "tcp4 vlan-etype 0x8100 vlan 5", [packet, six], [ARP])


@test
def the_lowest_location_holds():
    prepare()
    wire = Wire(RINGS)
    packet = ip(A4, B4)
    add("tcp4 action 1 loc 9")
    add("tcp4 dst-port 2000 action 2 loc 10")
    equal(wire.ring_of(packet), 1, "ring by the general rule before")
    add("tcp4 src-port 1000 action 3 loc 8")
    equal(wire.ring_of(packet), 3, "ring by a rule before both")
    ethtool("-N n1 delete 9")
    ethtool("-N n1 delete 8")
    equal(wire.ring_of(packet), 2, "ring by the rule that is left")


@test
def dropped_frames_are_counted():
    prepare()
    wire = Wire(RINGS)
    add("udp4 dst-port 2000 action -1")
    before = statistics("n1", "b")["rx_drop_by_rule"]
    rings = wire.rings_of([ip(A4, B4, UDP), ip(A4, B4, UDP, to_port=7)] * 5)
    equal(rings, [5] + [0] * (RINGS - 1), "frames by ring")
    equal(statistics("n1", "b")["rx_drop_by_rule"] - before, 5, "frames dropped by the rule")


@test
def places_are_chosen_and_taken():
    prepare()
    equal(add("tcp4 dst-port 1 action 1"), CAPACITY - 1, "place of the first rule")
    equal(add("tcp4 dst-port 2 action 1"), CAPACITY - 2, "place of the second rule")
    assert "exists" in refused("-N n1 flow-type tcp4 dst-port 2 action 2"), "a rule was taken twice"
    add(f"tcp4 dst-port 2 action 2 loc {CAPACITY - 2}")
    assert "queue 2" in ethtool(f"-n n1 rule {CAPACITY - 2}"), "the rule was not replaced"
    fields = {"flow_type": rxnfc.ETHER, "mask": bytes(12) + b"\xff\xff", "ring": 1}

    def place(number, location):
        answer = call(rxnfc.INSERT, value=bytes(12) + number.to_bytes(2), location=location,
                      **fields)
        return answer.error or answer.location

    equal(place(1, rxnfc.FIRST), 0, "first place")
    equal(place(2, rxnfc.FIRST), 1, "first place of those left")
    equal(place(3, rxnfc.LAST), CAPACITY - 3, "last place of those left")
    equal(place(3, rxnfc.FIRST), "EEXIST", "another place for the same flows")
    equal(place(3, 7), "EEXIST", "a numbered place for the same flows")
    equal(place(4, 1), 1, "place of a rule that is replaced")
    equal(place(5, rxnfc.SPECIAL), "EINVAL", "unknown special place")
    equal(place(5, CAPACITY), "EINVAL", "place behind the last")
    equal(locations(), [0, 1] + list(range(CAPACITY - 3, CAPACITY)), "places taken")
    equal(call(rxnfc.LIST, slots=4).error, "EMSGSIZE", "list without room")


@test
def a_full_table_takes_no_more():
    prepare()
    for port in range(CAPACITY):
        answer = call(rxnfc.INSERT, flow_type=rxnfc.TCP4, value=bytes(10) + port.to_bytes(2),
                      mask=bytes(10) + b"\xff\xff", ring=port % RINGS, location=rxnfc.ANY)
        equal((answer.error, answer.location), ("", CAPACITY - 1 - port), f"rule {port}")
    equal(locations(), list(range(CAPACITY)), "places taken")
    assert "No space" in refused("-N n1 flow-type udp4 action 1"), "not for want of space"
    wire = Wire(RINGS)
    ports = [0, 1, CAPACITY - 1, CAPACITY]
    equal([wire.ring_of(ip(A4, B4, to_port=port)) for port in ports],
          [0, 1, (CAPACITY - 1) % RINGS, 0], "rings by the first, second, last and no rule")
    for location in range(CAPACITY):
        equal(call(rxnfc.DELETE, location=location).error, "", f"deletion of {location}")
    equal(call(rxnfc.DELETE, location=0).error, "ENOENT", "deletion of nothing")
    equal(locations(), [], "places taken in the end")


@test
def what_cannot_be_is_refused():
    prepare()
    add("udp4 action 2 loc 4")
    before = ethtool("-n n1")

    def insert(**options):
        options = {"flow_type": rxnfc.TCP4, "location": rxnfc.ANY, **options}
        return call(rxnfc.INSERT, **options).error

    version = bytes(13) + b"\x01"
    for expected, options in (
            ("EINVAL", {"ring": RINGS}),
            ("EINVAL", {"ring": 1 << 32}),
            ("EINVAL", {"ring": rxnfc.DROP - 1}),
            ("EINVAL", {"flow_type": rxnfc.TCP4 | rxnfc.RSS, "context": 1}),
            ("EINVAL", {"flow_type": rxnfc.TCP4 | rxnfc.RSS, "ring": rxnfc.DROP}),
            ("ENOTSUP", {"flow_type": 0}),
            ("ENOTSUP", {"flow_type": 4}),
            ("ENOTSUP", {"flow_type": 0x13}),
            ("ENOTSUP", {"flow_type": rxnfc.TCP4 | 0x100}),
            ("ENOTSUP", {"mask": bytes(13) + b"\x01"}),
            ("ENOTSUP", {"flow_type": rxnfc.TCP4 | rxnfc.EXT, "mask_ext": bytes(12) + b"\x01"}),
            ("ENOTSUP", {"flow_type": rxnfc.IP4}),
            ("ENOTSUP", {"flow_type": rxnfc.IP4, "value": version, "mask": version})):
        equal(insert(**options), expected, f"error for {options}")
    equal(call(rxnfc.GET, location=5).error, "ENOENT", "rule where there is none")
    equal(call(rxnfc.GET, location=1 << 30).error, "ENOENT", "rule beyond the last place")
    equal(call(0x99).error, "ENOTSUP", "unknown command")
    equal(ethtool("-n n1"), before, "rules afterwards")


@test
def a_rule_is_told_as_it_was_made():
    prepare()
    value, mask = bytes(range(1, 13)), b"\xff" * 12
    ext, ext_mask = bytes(8) + b"\x81\x00\x00\x05", bytes(8) + b"\xff\xff\x0f\xff"
    made = {"flow_type": rxnfc.TCP4 | rxnfc.EXT, "value": value, "mask": mask,
            "value_ext": ext, "mask_ext": ext_mask, "ring": 3}
    equal(call(rxnfc.INSERT, location=77, **made).error, "", "error")
    told = call(rxnfc.GET, location=77)
    equal({"flow_type": told.flow_type, "value": told.value[:12], "mask": told.mask[:12],
           "value_ext": told.value_ext[:12], "mask_ext": told.mask_ext[:12], "ring": told.ring},
          made, "rule")
    equal(told.outer_type & rxnfc.RSS, 0, "flag of a context")


@test
def a_rule_holds_its_ring():
    prepare()
    location = add("tcp4 action 3")
    assert attempt("ethtool -L n1 combined 3", "b").returncode != 0, "the ring was taken away"
    equal(Wire(RINGS).ring_of(ip(A4, B4)), 3, "ring")
    ethtool(f"-N n1 delete {location}")
    ethtool("-L n1 combined 3")
    assert "Invalid" in refused("-N n1 flow-type tcp4 action 3"), "a ring out of use was named"


@test
def rules_outlast_other_changes():
    prepare()
    add("tcp4 dst-port 2000 action 1")
    add("udp4 action -1")
    before, wire = ethtool("-n n1"), Wire(RINGS)
    for command in ("ethtool -L n1 combined 2", "ethtool -G n1 rx 64", "ethtool -L n1 combined 4",
                    "ethtool -X n1 hfunc xor", "ethtool -K n1 rxhash on",
                    "ip link set n1 down", "ip link set n1 up"):
        run(command, "b")
        if command.endswith("down"):
            continue
        equal(ethtool("-n n1").splitlines()[1:], before.splitlines()[1:],
              f"rules after {command}")
        wire = Wire(RINGS)
        equal(wire.ring_of(ip(A4, B4)), 1, f"ring after {command}")
        equal(wire.ring_of(ip(A4, B4, UDP)), None, f"ring of what is dropped after {command}")


@test
def rules_rest_while_they_are_off():
    prepare()
    wire, packet = Wire(RINGS), ip(A4, B4)
    location = add("tcp4 action 2")
    ethtool("-K n1 ntuple off")
    equal(wire.ring_of(packet), 0, "ring without rules")
    assert "not supported" in refused("-N n1 flow-type udp4 action 1"), "a rule was taken"
    equal(locations(), [location], "rules kept")
    ethtool("-K n1 ntuple on")
    equal(wire.ring_of(packet), 2, "ring with rules again")
    ethtool("-K n1 ntuple off")
    ethtool(f"-N n1 delete {location}")
    equal(locations(), [], "rules left")


@test
def one_ring_is_enough_for_rules():
    make_netns("a", "b")
    make_pair("--peer-rx-queues 1")
    wire = Wire(1)
    add("udp4 action -1")
    equal([wire.ring_of(ip(A4, B4, protocol)) for protocol in (TCP, UDP)], [0, None], "rings")


@test
def rules_change_under_traffic():
    prepare()
    wire, ending = Wire(RINGS), threading.Event()
    packets = [ip(A4, B4, to_port=port) for port in range(2000, 2008)]
    sent = 0

    def flood():
        nonlocal sent
        while not ending.is_set():
            wire.send(packets)
            sent += len(packets)

    before = settle()[1]
    sender = threading.Thread(target=flood)
    sender.start()
    defer(sender.join)
    defer(ending.set)
    for n in range(rounds(40)):
        add(f"tcp4 dst-port {2000 + n % 8} action {1 + n % 3} loc {n % 5}")
        ethtool(f"-N n1 delete {n % 5}")
    ending.set()
    sender.join()
    after = settle()[1]
    took = sum(after[f"rx{n}_packets"] - before[f"rx{n}_packets"] for n in range(RINGS))
    equal(took, sent, "packets that arrived")
    equal(after["rx_drop_by_rule"], 0, "frames dropped by rules")


main()
