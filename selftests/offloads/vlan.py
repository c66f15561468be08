#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""VLAN offloads act: tags beside frames or in them, and the VLAN filter."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket
import struct

from softnic.ethtool import statistics
from softnic.flows import transfer
from softnic.frames import (BROADCAST, PACKET_MR_PROMISC, EXPERIMENT, frame, join,
                            packet_socket, vlan_tag)
from softnic.ktap import equal, main, test, until
from softnic.net import becomes_running, make_netns, make_pair, run, settle, start, up
from softnic.rtnl import link
from softnic.trace import SENT, Watch

ENDS = (("n0", "a"), ("n1", "b"))
Q, AD = 0x8100, 0x88A8
KINDS = ((Q, "802.1Q", "vlan", "rx-vlan-hw-parse", "tx-vlan-hw-insert", "rx-vlan-filter"),
         (AD, "802.1ad", "vlan-stag", "rx-vlan-stag-hw-parse", "tx-vlan-stag-hw-insert",
          "rx-vlan-stag-filter"))


def prepare():
    """A pair whose ends have VLAN devices of both kinds with addresses."""
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    for n, (dev, netns) in enumerate(ENDS):
        for number, (_, protocol, *_) in enumerate(KINDS):
            name = f"v{number}"
            run(f"ip link add link {dev} name {name} type vlan protocol {protocol} "
                f"id {100 + number}", netns)
            run(f"ip addr add 10.9.{number}.{n + 1}/24 dev {name}", netns)
            up(name, netns)
    for number in range(len(KINDS)):
        becomes_running(*((f"v{number}", netns) for _, netns in ENDS))


def pings(number):
    """Small and full packets pass in both directions."""
    run(f"ping -c 1 -W 10 10.9.{number}.2", "a")
    run(f"ping -c 1 -W 10 -M do -s 1472 10.9.{number}.2", "a")
    run(f"ping -c 1 -W 10 -M do -s 1472 10.9.{number}.1", "b")


def beside(frames):
    """The types of the tags beside traced full frames; 0 for none."""
    return {f["vlan_proto"] if f["vlan_tagged"] else 0 for f in frames if f["len"] >= 1500}


@test
def tags_travel_beside_frames():
    prepare()
    sent, received = Watch("n0", SENT), Watch("n1")
    for number, (ethertype, *_) in enumerate(KINDS):
        pings(number)
        equal(beside(sent.frames()), {ethertype}, "sent")
        equal(beside(received.frames()), {ethertype}, "received")


@test
def insertion_off_has_the_stack_do_it():
    prepare()
    for number, (ethertype, _, _, _, insert, _) in enumerate(KINDS):
        run(f"ethtool -K n0 {insert} off", "a")
        sent, received = Watch("n0", SENT), Watch("n1")
        pings(number)
        equal(beside(sent.frames()), {0}, "sent")
        seen = [f for f in received.frames() if f["len"] >= 1500]
        # In the frame: nothing beside it, and the type is the tag's.
        equal({(f["vlan_tagged"], f["protocol"]) for f in seen}, {(0, ethertype)}, "received")
        run(f"ethtool -K n0 {insert} on", "a")
        transfer(socket.AF_INET, "a", "b", f"10.9.{number}.2")


@test
def stripping_off_puts_the_tag_into_the_frame():
    prepare()
    for number, (ethertype, _, _, strip, _, _) in enumerate(KINDS):
        other, (other_type, *_) = 1 - number, KINDS[1 - number]
        run(f"ethtool -K n1 {strip} off", "b")
        watch = Watch("n1")
        pings(number)
        seen = [f for f in watch.frames() if f["len"] >= 1500]
        equal({(f["vlan_tagged"], f["protocol"]) for f in seen}, {(0, ethertype)}, "off")
        pings(other)
        equal(beside(watch.frames()), {other_type}, "of the other kind")
        for host in (f"10.9.{number}.2", f"10.9.{other}.2"):
            transfer(socket.AF_INET, "a", "b", host)
            transfer(socket.AF_INET, "b", "a", host[:-1] + "1")
        run(f"ethtool -K n1 {strip} on", "b")
        watch.frames()
        pings(number)
        equal(beside(watch.frames()), {ethertype}, "on again")


@test
def stripping_off_keeps_the_priority():
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    run("ip link add link n0 name v type vlan id 7 egress-qos-map 0:5", "a")
    up("v", "a")
    becomes_running(("v", "a"))
    run("ethtool -K n1 rxvlan off", "b")
    ear, wire = packet_socket("n1", "b"), packet_socket("v", "a")
    watch = Watch("n1")
    wire.send(frame(link("n1", "b").address, link("v", "a").address, b"tagged"))
    tag, data = vlan_tag(ear)
    equal(tag, (Q, 7), "tag")
    equal(data[12:20], struct.pack("!H", EXPERIMENT) + b"tagged", "behind it")
    # 4 of the tag, which the stack has not taken out yet.
    equal([f["len"] for f in watch.frames() if f["protocol"] == Q], [60 + 4 - 14], "length")


class Tagged:
    """Sends tagged frames to n1 and says whether they come to its stack."""

    def __init__(self):
        self.source, self.to = link("n0", "a").address, link("n1", "b").address
        self.wire, self.ear = packet_socket("n0", "a"), packet_socket("n1", "b")
        self.count = 0

    def passes(self, ethertype, vlan, to=None, inner=b""):
        """Whether a frame with this tag comes in: behind it goes one without."""
        self.count += 1
        payload = struct.pack("!H", vlan) + inner + struct.pack("!H", EXPERIMENT) + b"tagged"
        self.wire.send(frame(to or self.to, self.source, payload, ethertype=ethertype))
        mark = b"mark%d" % self.count
        self.wire.send(frame(BROADCAST, self.source, mark))
        tags = []
        while True:
            tag, data = vlan_tag(self.ear)
            if mark in data:
                return tags == [(ethertype, vlan & 0xFFF)]
            if b"tagged" in data:
                tags.append(tag)


def filtered():
    """How many frames n1's VLAN filter has dropped."""
    return statistics("n1", "b")["rx_vlan_filtered"]


@test
def the_filter_is_off_by_default():
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    tagged = Tagged()
    assert tagged.passes(Q, 77) and tagged.passes(AD, 77)
    equal(filtered(), 0, "filtered")


@test
def the_filter_drops_what_nobody_asked_for():
    prepare()
    tagged = Tagged()
    for number, (ethertype, *_, feature) in enumerate(KINDS):
        other_type = KINDS[1 - number][0]
        run(f"ethtool -K n1 {feature} on", "b")
        before = filtered()
        # The VLAN of the device, and priority tags, with and without one.
        for vlan in (100 + number, 0xE000 | 100 + number, 0, 0xA000):
            assert tagged.passes(ethertype, vlan), f"{vlan:#x} was dropped"
        equal(filtered(), before, "filtered")
        for count, vlan in enumerate((1, 99, 101 + number, 4094, 0xE000 | 64), 1):
            assert not tagged.passes(ethertype, vlan), f"{vlan:#x} came in"
            equal(filtered(), before + count, "filtered")
        assert tagged.passes(other_type, 3333), "the other kind of tag is filtered"
        pings(number)
        run(f"ethtool -K n1 {feature} off", "b")
        assert tagged.passes(ethertype, 4094), "filtered when it is off"
    equal(settle()[1]["rx_vlan_filtered"], 10, "filtered in all")


@test
def the_outer_tag_counts():
    prepare()
    tagged = Tagged()
    run("ethtool -K n1 rx-vlan-filter on rx-vlan-stag-filter on", "b")
    inner = struct.pack("!HH", Q, 100)
    assert tagged.passes(AD, 101, inner=inner)
    assert not tagged.passes(AD, 102, inner=inner)


@test
def the_filter_follows_vlan_devices():
    prepare()
    tagged = Tagged()
    run("ethtool -K n1 rx-vlan-filter on rx-vlan-stag-filter on", "b")
    for ethertype, protocol, *_ in KINDS:
        assert not tagged.passes(ethertype, 2000)
        run(f"ip link add link n1 name w type vlan protocol {protocol} id 2000", "b")
        assert tagged.passes(ethertype, 2000), "the device was not told"
        run("ip link del w", "b")
        assert not tagged.passes(ethertype, 2000), "the device is gone"


@test
def the_filter_knows_devices_made_before():
    prepare()
    tagged = Tagged()
    run("ip link add link n1 name w type vlan id 2000", "b")
    for _ in range(2):
        run("ethtool -K n1 rx-vlan-filter on", "b")
        assert tagged.passes(Q, 2000) and not tagged.passes(Q, 2001)
        run("ethtool -K n1 rx-vlan-filter off", "b")
        assert tagged.passes(Q, 2001)


@test
def promiscuous_takes_all_vlans():
    prepare()
    run("ethtool -K n1 rx-vlan-filter on", "b")
    tagged = Tagged()
    assert not tagged.passes(Q, 55)
    join(tagged.ear, "n1", "b", PACKET_MR_PROMISC)
    assert tagged.passes(Q, 55)


@test
def a_bridge_port_takes_all_vlans():
    prepare()
    run("ethtool -K n1 rx-vlan-filter on", "b")
    run("ip link add br0 type bridge", "b")
    run("ip link set n1 master br0", "b")
    assert Tagged().passes(Q, 55)


@test
def a_macvlan_with_a_vlan_gets_it():
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    run("ethtool -K n1 rx-vlan-filter on", "b")
    run("ip link add link n1 name m type macvlan mode bridge", "b")
    run("ip link add link m name mv type vlan id 300", "b")
    run("ip link add link n0 name v type vlan id 300", "a")
    for n, (dev, netns) in enumerate((("v", "a"), ("mv", "b"))):
        run(f"ip addr add 10.9.0.{n + 1}/24 dev {dev}", netns)
    for dev, netns in (("v", "a"), ("m", "b"), ("mv", "b")):
        up(dev, netns)
    becomes_running(("v", "a"), ("mv", "b"))
    run("ping -c 1 -W 10 10.9.0.2", "a")


@test
def toggling_the_filter_loses_nothing():
    prepare()
    ping = start("ping -q -f -c 3000 -W 10 10.9.0.2", "a", stdout=-1)
    while ping.poll() is None:
        run("ethtool -K n1 rx-vlan-filter on", "b")
        run("ethtool -K n1 rx-vlan-filter off", "b")
    equal(filtered(), 0, "filtered")
    assert " 0% packet loss" in ping.stdout.read()


@test
def bundles_pass_with_every_setting():
    prepare()
    for setting in ("rxvlan off", "rx off", "rxvlan on", "rx-vlan-filter on", "rx on"):
        run(f"ethtool -K n1 {setting}", "b")
        transfer(socket.AF_INET, "a", "b", "10.9.0.2")
    until(lambda: filtered() == 0, "nothing filtered")


main()
