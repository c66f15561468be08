#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Frames with VLAN tags pass as they are."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import struct

from softnic.frames import frame, packet_socket, vlan_tag
from softnic.ktap import equal, main, test
from softnic.net import attempt, becomes_running, make_netns, make_pair, run, settle, up
from softnic.rtnl import link

ENDS = (("n0", "a"), ("n1", "b"))
Q, AD = 0x8100, 0x88A8


def prepare():
    """A pair."""
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")


def add_vlan(below, name, options):
    """A VLAN device at each end, over the devices of one name or of the NICs."""
    for dev, netns in ENDS:
        run(f"ip link add link {below or dev} name {name} type vlan {options}", netns)
        up(name, netns)
    becomes_running((name, "a"), (name, "b"))


def passes(name):
    """Asserts that small and full packets pass between VLAN devices."""
    for n, (_, netns) in enumerate(ENDS):
        run(f"ip addr add 10.9.0.{n + 1}/24 dev {name}", netns)
    run("ping -c 1 -W 10 10.9.0.2", "a")
    run("ping -c 1 -W 10 -M do -s 1472 10.9.0.2", "a")
    run("ping -c 1 -W 10 -M do -s 1472 10.9.0.1", "b")
    sent, received = settle()
    equal([x["rx_drop_too_long"] + x["rx_filtered"] for x in (sent, received)], [0, 0],
          "frames lost")


@test
def tags_arrive_as_sent():
    prepare()
    s, ear = packet_socket("n0", "a"), packet_socket("n1", "b")
    to, source = link("n1", "b").address, link("n0", "a").address
    for tpid in (Q, AD):
        for tci in (1, 100, 4094, 0x6000 | 7):
            inner = struct.pack("!HH", tci, 0x88B5) + b"tagged"
            s.send(frame(to, source, inner, ethertype=tpid))
            tag, data = vlan_tag(ear)
            equal(tag, (tpid, tci & 0xFFF), "tag")
            assert data[12:20] == b"\x88\xb5tagged", f"behind the tag: {data!r}"


@test
def two_tags_arrive_as_sent():
    prepare()
    s, ear = packet_socket("n0", "a"), packet_socket("n1", "b")
    to, source = link("n1", "b").address, link("n0", "a").address
    inner = struct.pack("!HHHH", 100, Q, 200, 0x88B5) + b"tagged"
    s.send(frame(to, source, inner, ethertype=AD))
    tag, data = vlan_tag(ear)
    equal(tag, (AD, 100), "outer tag")
    equal(struct.unpack("!HHH", data[12:18]), (Q, 200, 0x88B5), "inner tag")


@test
def devices_of_802_1q():
    prepare()
    add_vlan(None, "v100", "id 100")
    passes("v100")


@test
def devices_of_802_1ad():
    prepare()
    add_vlan(None, "v100", "protocol 802.1ad id 100")
    passes("v100")


@test
def nested_devices():
    prepare()
    add_vlan(None, "v100", "protocol 802.1ad id 100")
    add_vlan("v100", "v200", "id 200")
    passes("v200")


@test
def other_vlans_stay_apart():
    prepare()
    for n, (dev, netns) in enumerate(ENDS):
        run(f"ip link add link {dev} name v type vlan id {100 + n}", netns)
        run(f"ip addr add 10.9.0.{n + 1}/24 dev v", netns)
        up("v", netns)
    becomes_running(("v", "a"), ("v", "b"))
    assert attempt("ping -c 1 -W 1 10.9.0.2", "a").returncode, "VLAN 100 reached VLAN 101"


@test
def tag_offload_off():
    prepare()
    for n, (dev, netns) in enumerate(ENDS):
        run(f"ethtool -K {dev} {('tx', 'rx')[n]}vlan off", netns)
    add_vlan(None, "v100", "id 100")
    passes("v100")


main()
