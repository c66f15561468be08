#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checksum offloads act: on, a checksum is put off or taken as it is; off, it
is written before the frame goes, or verified when it has come."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket

from softnic.checksums import checksum_errors, checksums, datagram
from softnic.flows import call, listen, transfer
from softnic.frames import heard, packet_socket
from softnic.ktap import equal, main, test
from softnic.net import make_netns, make_pair, run
from softnic.rtnl import link
from softnic.trace import NONE, PARTIAL, SENT, Watch

FAMILIES = ((socket.AF_INET, "10.0.0.2"), (socket.AF_INET6, "fd00::2"))


def prepare(n0="", n1=""):
    """A pair with addresses; some of its offloads changed."""
    make_netns("a", "b", ipv6=True)
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    for n, (dev, netns, options) in enumerate((("n0", "a", n0), ("n1", "b", n1))):
        run("ip -batch -", netns, f"addr add 10.0.0.{n + 1}/24 dev {dev}\n"
            f"addr add fd00::{n + 1}/64 dev {dev} nodad\n")
        if options:
            run(f"ethtool -K {dev} {options}", netns)


def datagrams(sizes=(0, 1, 999, 1400)):
    """Sends datagrams, which must arrive as they are."""
    for family, host in FAMILIES:
        receiver = listen("b", family, host, socket.SOCK_DGRAM)
        sender = call("a", family, host, socket.SOCK_DGRAM)
        for size in sizes:
            data = os.urandom(size)
            sender.send(data)
            equal(receiver.recv(4096), data, f"datagram of {size} bytes")
        receiver.close()


def is_datagram(frame):
    """Whether a traced frame can be one of those: ARP and neighbour discovery
    never put their checksums off, and would not tell anything."""
    return frame["len"] > 900


def states(frames):
    """The checksum states of the large ones among traced frames."""
    found = {frame["ip_summed"] for frame in frames if is_datagram(frame)}
    assert found, f"no datagram among {frames}"
    return found


@test
def on_both_ends_it_is_put_off():
    prepare()
    watch = Watch("n1")
    datagrams()
    equal(states(watch.frames()), {PARTIAL}, "states")


@test
def transmit_off_writes_it_before_the_frame_goes():
    prepare(n0="tx off")
    sent, ear = Watch("n0", SENT), packet_socket("n1", "b")
    datagrams()
    equal(states(sent.frames()), {NONE}, "states")
    verdicts = [checksums(data) for data in heard(ear)]
    assert verdicts.count(True) >= 8 and False not in verdicts, verdicts


@test
def receive_off_hands_it_over_finished_and_unverified():
    prepare(n1="rx off")
    watch, ear = Watch("n1"), packet_socket("n1", "b")
    datagrams()
    equal(states(watch.frames()), {NONE}, "states")
    verdicts = [checksums(data) for data in heard(ear)]
    assert verdicts.count(True) >= 8 and False not in verdicts, verdicts


@test
def receive_off_leaves_bundles_whole():
    prepare(n1="rx off gro off")
    watch = Watch("n1")
    for family, host in FAMILIES:
        transfer(family, "a", "b", host)
    seen = [frame for frame in watch.frames() if is_datagram(frame)]
    bundles = [frame for frame in seen if frame["gso_size"]]
    assert len(bundles) >= 8, f"{len(bundles)} bundles of {len(seen)} frames"
    # The checksums of their frames, which are not there yet, stay put off; frames
    # that are there have theirs.
    equal({frame["ip_summed"] for frame in bundles}, {PARTIAL}, "states of bundles")
    alone = {frame["ip_summed"] for frame in seen if not frame["gso_size"]}
    assert alone <= {NONE}, f"states of frames: {alone}"


@test
def receive_off_merges_what_was_verified():
    prepare(n0="tso off gso off", n1="rx off")
    for family, host in FAMILIES:
        transfer(family, "a", "b", host)


@test
def it_comes_back_on_under_traffic():
    prepare()
    for setting in ("off", "on", "off", "on"):
        run(f"ethtool -K n1 rx {setting}", "b")
        run(f"ethtool -K n0 tx {setting}", "a")
        transfer(socket.AF_INET, "a", "b", "10.0.0.2")
    watch = Watch("n1")
    datagrams()
    equal(states(watch.frames()), {PARTIAL}, "states")


def spoilt_ones_are_caught():
    """Sends two right and two spoilt datagrams by a raw socket."""
    receiver = listen("b", socket.AF_INET, "10.0.0.2", socket.SOCK_DGRAM)
    wire = packet_socket("n0", "a")
    to, source = link("n1", "b").address, link("n0", "a").address
    before = checksum_errors("b")
    for number, spoil in enumerate((0, 1, 0x80, 0)):
        wire.send(datagram(to, source, b"datagram %d" % number, spoil))
    equal([receiver.recv(100) for _ in range(2)], [b"datagram 0", b"datagram 3"], "delivered")
    equal(checksum_errors("b") - before, 2, "checksum errors")


@test
def a_spoilt_one_is_caught_with_receive_on():
    prepare()
    spoilt_ones_are_caught()


@test
def a_spoilt_one_is_caught_with_receive_off():
    prepare(n1="rx off")
    spoilt_ones_are_caught()


main()
