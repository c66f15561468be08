#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Frames leave a NIC's wire for a bridge and a veth that does nothing itself:
there each has its checksum and fits the MTU. On the wire neither is done.

    a: n0 --wire-- n1 :b: br0 :b: v0 --veth-- v1 :c"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket
import struct

from softnic.checksums import checksums
from softnic.flows import SIZE, call, listen, transfer
from softnic.frames import SOL_PACKET, PACKET_AUXDATA, heard, packet_socket
from softnic.ktap import equal, main, test
from softnic.net import becomes_running, make_netns, make_pair, run, up

UDP_SEGMENT = 103
CHECKSUM_NOT_READY = 8
FAMILIES = ((socket.AF_INET, "10.0.0.{}"), (socket.AF_INET6, "fd00::{}"))


def prepare():
    """The devices above, with addresses, and v0 without offloads."""
    make_netns("a", "b", "c", ipv6=True)
    make_pair()
    run("ip link add v0 type veth peer name v1 netns c", "b")
    run("ip link add br0 type bridge", "b")
    for dev in ("n1", "v0"):
        run(f"ip link set {dev} master br0", "b")
    for end in (("v0", "b"), ("v1", "c"), ("br0", "b")):
        up(*end)
    run("ethtool -K v0 tx off tso off gso off sg off", "b")
    for n, (dev, netns) in enumerate((("n0", "a"), ("v1", "c"))):
        run("ip -batch -", netns, f"addr add 10.0.0.{n + 1}/24 dev {dev}\n"
            f"addr add fd00::{n + 1}/64 dev {dev} nodad\n")
    becomes_running(("br0", "b"), ("v1", "c"))
    for host in ("10.0.0.2", "fd00::2"):
        run(f"ping -c 1 -W 10 {host}", "a")


def check_leaving(frames, least):
    """Asserts that frames are fit for a device that does nothing itself."""
    verdicts = [checksums(data) for data in frames]
    assert False not in verdicts, f"{verdicts.count(False)} wrong of {len(verdicts)}"
    assert verdicts.count(True) >= least, f"only {verdicts.count(True)} frames"
    assert max(map(len, frames)) <= 1514, f"a frame of {max(map(len, frames))} bytes"


@test
def tcp_leaves_segmented_and_summed():
    prepare()
    ear = packet_socket("v1", "c")
    for family, host in FAMILIES:
        transfer(family, "a", "c", host.format(2))
        check_leaving(heard(ear), SIZE // 1500)


@test
def tcp_comes_in_from_the_veth():
    prepare()
    run("ethtool -K v1 tx off tso off gso off", "c")
    for family, host in FAMILIES:
        transfer(family, "c", "a", host.format(1))


@test
def udp_bundles_leave_segmented_and_summed():
    prepare()
    ear = packet_socket("v1", "c")
    for family, host in FAMILIES:
        receiver = listen("c", family, host.format(2), socket.SOCK_DGRAM)
        sender = call("a", family, host.format(2), socket.SOCK_DGRAM)
        sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 1000)
        data = os.urandom(20 * 1000 - 300)
        sender.send(data)
        parts = [receiver.recv(4096) for _ in range(20)]
        equal(b"".join(parts), data, "data")
        equal([len(part) for part in parts], [1000] * 19 + [700], "sizes of the datagrams")
        check_leaving(heard(ear), 20)
        receiver.close()


@test
def single_datagrams_leave_summed():
    prepare()
    ear = packet_socket("v1", "c")
    for family, host in FAMILIES:
        receiver = listen("c", family, host.format(2), socket.SOCK_DGRAM)
        sender = call("a", family, host.format(2), socket.SOCK_DGRAM)
        for size in (0, 1, 2, 999, 1400):
            data = os.urandom(size)
            sender.send(data)
            equal(receiver.recv(4096), data, f"datagram of {size} bytes")
        check_leaving(heard(ear), 5)
        receiver.close()


@test
def without_offloads_the_wire_has_it_all_done():
    prepare()
    run("ethtool -K n0 tx off tso off gso off sg off", "a")
    # What n1's stack would merge, the ear would hear merged.
    run("ethtool -K n1 gro off", "b")
    ear = packet_socket("n1", "b")
    for family, host in FAMILIES:
        transfer(family, "a", "c", host.format(2))
        check_leaving(heard(ear), SIZE // 1500)


@test
def on_the_wire_bundles_stay_whole():
    make_netns("a", "b")
    make_pair()
    run("ip addr add 10.0.0.1/24 dev n0", "a")
    run("ip addr add 10.0.0.2/24 dev n1", "b")
    run("ethtool -K n1 gro off", "b")
    ear = packet_socket("n1", "b")
    transfer(socket.AF_INET, "a", "b", "10.0.0.2")
    largest, unsummed = 0, 0
    while True:
        try:
            data, ancillary, _, _ = ear.recvmsg(1 << 17, 1 << 10, socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        status = next(struct.unpack("I", content[:4])[0] for level, kind, content in ancillary
                      if (level, kind) == (SOL_PACKET, PACKET_AUXDATA))
        largest = max(largest, len(data))
        unsummed += bool(status & CHECKSUM_NOT_READY)
    # How large TCP makes its bundles goes by its pace; larger than a frame of
    # the MTU is what matters.
    assert largest > 1514, f"the largest frame had {largest} bytes"
    assert unsummed > SIZE // 65536, f"{unsummed} frames without a checksum"


main()
