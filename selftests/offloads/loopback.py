#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""In loopback a NIC gets its own frames back, and the wire is as cut."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ethtool import statistics
from softnic.frames import BROADCAST, Line, frame, hear, packet_socket
from softnic.ktap import equal, main, test, until
from softnic.net import becomes_running, index_of, make_netns, make_pair, run, up
from softnic.pktgen import send
from softnic.rtnl import link
from softnic import rtnl

OTHER = "02:00:00:00:99:99"


def loopback(setting, dev="n0", netns="a"):
    """Puts a NIC into loopback, or out of it."""
    run(f"ethtool -K {dev} loopback {setting}", netns)


def prepare():
    """A pair."""
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")


@test
def frames_come_back():
    prepare()
    loopback("on")
    becomes_running(("n0", "a"))
    far = packet_socket("n1", "b")
    line = Line(one=("n0", "a"), other=("n0", "a"))
    assert line.delivers_to(link("n0", "a").address), "its own address"
    assert not line.delivers_to(OTHER), "another's address"
    assert not line.delivers_to(link("n1", "b").address), "the peer's address"
    equal(hear(far, 0), None, "heard by the peer")
    stats = link("n0", "a").stats
    # The three, and a broadcast after each; two are for others.
    equal([stats["tx_packets"], stats["rx_packets"]], [6, 4], "sent and received")


@test
def the_wire_is_as_cut():
    prepare()
    loopback("on")
    until(lambda: not link("n1", "b").carrier, "the peer has lost the carrier")
    assert link("n0", "a").carrier, "no carrier in loopback"
    loopback("off")
    becomes_running(("n0", "a"), ("n1", "b"))
    assert Line().delivers_to(link("n1", "b").address)


@test
def both_ends_at_once():
    prepare()
    loopback("on")
    loopback("on", "n1", "b")
    becomes_running(("n0", "a"), ("n1", "b"))
    for end in (("n0", "a"), ("n1", "b")):
        assert Line(one=end, other=end).delivers_to(link(*end).address)
    loopback("off")
    until(lambda: not link("n0", "a").carrier, "the first waits for the second")
    loopback("off", "n1", "b")
    becomes_running(("n0", "a"), ("n1", "b"))
    assert Line().delivers_to(link("n1", "b").address)


@test
def carrier_without_a_peer_up():
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1", set_up=False)
    up("n0", "a")
    assert not link("n0", "a").carrier
    loopback("on")
    becomes_running(("n0", "a"))
    loopback("off")
    until(lambda: not link("n0", "a").carrier, "no carrier")


@test
def a_nic_without_a_wire():
    make_netns("a")
    run("vnicadm create-nic n0 --nic-netns a --rx-queues 1")
    up("n0", "a")
    loopback("on")
    becomes_running(("n0", "a"))
    end = ("n0", "a")
    assert Line(one=end, other=end).delivers_to(link(*end).address)


@test
def connected_and_disconnected_meanwhile():
    prepare()
    loopback("on")
    run("vnicadm --netns a disconnect n0")
    becomes_running(("n0", "a"))
    end = ("n0", "a")
    assert Line(one=end, other=end).delivers_to(link(*end).address)
    run("vnicadm --netns a connect n0 n1 --peer-netns b")
    assert not link("n1", "b").carrier
    assert Line(one=end, other=end).delivers_to(link(*end).address)
    loopback("off")
    becomes_running(("n0", "a"), ("n1", "b"))
    assert Line().delivers_to(link("n1", "b").address)


@test
def deleted_in_loopback():
    prepare()
    loopback("on")
    loopback("on", "n1", "b")
    run("ip link del n0", "a")
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    loopback("on", "n1", "b")
    run("vnicadm --netns a disconnect n0")
    run("ip link del n1", "b")
    run("ip link del n0", "a")


@test
def a_namespace_goes_in_loopback():
    prepare()
    loopback("on")
    run("ip netns del a")
    until(lambda: not [x for x in rtnl.links("b") if x.name == "n1"], "the peer is gone")


@test
def every_frame_is_accounted_for():
    prepare()
    sent = 0
    for setting in ("on", "off", "on", "off"):
        loopback(setting)
        becomes_running(("n0", "a"))
        sent += send("n0", "a", link("n0", "a").address, 2000, 1)

    def found():
        ends = [statistics("n0", "a"), statistics("n1", "b")]
        lost = [sum(v for k, v in x.items() if k.startswith("rx_")) for x in ends]
        taken = [link("n0", "a").stats["rx_packets"], link("n1", "b").stats["rx_packets"]]
        return sum(lost) + sum(taken)

    until(lambda: found() >= sent, lambda: f"{found()} of {sent} frames")
    assert not any(v for k, v in statistics("n0", "a").items() if k.startswith("tx_drop"))


@test
def a_full_ring_holds_the_sender_back():
    prepare()
    loopback("on")
    becomes_running(("n0", "a"))
    run("ethtool -G n0 rx 16", "a")
    sent = send("n0", "a", link("n0", "a").address, 5000, 1)
    until(lambda: link("n0", "a").stats["rx_packets"] >= sent, "all came back")
    equal(index_of("n0", "a") > 0, True, "the NIC is there")


@test
def broadcasts_come_back():
    prepare()
    loopback("on")
    becomes_running(("n0", "a"))
    wire, ear = packet_socket("n0", "a"), packet_socket("n0", "a")
    data = frame(BROADCAST, link("n0", "a").address, b"all")
    wire.send(data)
    equal(hear(ear), data, "heard")


main()
