#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Which frames a NIC's filter gives to its stack."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket

from softnic import frames
from softnic.ethtool import statistics
from softnic.frames import BROADCAST, Line
from softnic.ktap import defer, equal, main, test, until
from softnic.net import becomes_running, make_netns, make_pair, run, settle
from softnic.netns import inside
from softnic.rtnl import link

OTHER = "02:00:00:00:00:99"
GROUP = "01:00:5e:01:02:03"


def prepare():
    """A pair, and what tells which frames pass from n0 to n1."""
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    return Line()


def filtered():
    """How many frames n1's filter kept out."""
    return statistics("n1", "b")["rx_filtered"]


def comes_to_take(line, mac):
    """Waits until the filter takes an address: it may follow the stack's wish
    a moment later."""
    until(lambda: line.delivers_to(mac), f"{mac} is taken")


def comes_to_refuse(line, mac):
    """Waits until the filter does not take an address any more."""
    until(lambda: not line.delivers_to(mac), f"{mac} is refused")


@test
def own_and_broadcast_alone():
    line = prepare()
    assert line.delivers_to(link("n1", "b").address), "its own"
    assert line.delivers_to(BROADCAST), "broadcast"
    before = settle()[1]["rx_filtered"]
    for mac in (OTHER, GROUP, "00:00:00:00:00:00", link("n0", "a").address):
        assert not line.delivers_to(mac), mac
    equal(settle()[1]["rx_filtered"] - before, 4, "frames kept out")
    stats = link("n1", "b").stats
    equal((stats["rx_dropped"], stats["rx_errors"]), (0, 0), "losses")


@test
def nearly_the_own_address():
    line = prepare()
    own = bytearray(frames.mac_bytes(link("n1", "b").address))
    for byte in range(6):
        for bit in (1, 0x80):
            near = bytearray(own)
            near[byte] ^= bit
            assert not line.delivers_to(near.hex(":")), near.hex(":")


@test
def promiscuous():
    line = prepare()
    run("ip link set n1 promisc on", "b")
    for mac in (OTHER, GROUP):
        comes_to_take(line, mac)
    before = filtered()
    assert line.delivers_to(OTHER), OTHER
    equal(filtered(), before, "frames kept out")
    run("ip link set n1 promisc off", "b")
    for mac in (OTHER, GROUP):
        comes_to_refuse(line, mac)


@test
def promiscuous_for_a_packet_socket():
    line = prepare()
    s = frames.packet_socket("n1", "b")
    frames.join(s, "n1", "b", frames.PACKET_MR_PROMISC)
    comes_to_take(line, OTHER)
    s.close()
    comes_to_refuse(line, OTHER)


@test
def all_multicast():
    line = prepare()
    run("ip link set n1 allmulticast on", "b")
    comes_to_take(line, GROUP)
    assert line.delivers_to("33:33:00:00:00:77"), "a group of IPv6"
    assert not line.delivers_to(OTHER), "a station"
    run("ip link set n1 allmulticast off", "b")
    comes_to_refuse(line, GROUP)


@test
def group_joined_by_a_socket():
    line = prepare()
    run("ip addr add 10.0.0.2/24 dev n1", "b")
    with inside("b"):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    defer(s.close)
    member = socket.inet_aton("239.1.2.3") + socket.inet_aton("10.0.0.2")
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    comes_to_take(line, GROUP)
    assert not line.delivers_to("01:00:5e:01:02:04"), "another group"
    s.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, member)
    comes_to_refuse(line, GROUP)


@test
def second_station_address():
    line = prepare()
    run(f"bridge fdb add {OTHER} dev n1 self", "b")
    comes_to_take(line, OTHER)
    assert not line.delivers_to("02:00:00:00:00:98"), "a third"
    run(f"bridge fdb del {OTHER} dev n1 self", "b")
    comes_to_refuse(line, OTHER)


@test
def macvlan_on_top():
    line = prepare()
    run(f"ip link add m0 link n1 address {OTHER} type macvlan mode bridge", "b")
    run("ip link set m0 up", "b")
    comes_to_take(line, OTHER)
    before = link("m0", "b").stats["rx_packets"]
    assert line.delivers_to(OTHER), OTHER
    until(lambda: link("m0", "b").stats["rx_packets"] > before, "the macvlan has it")
    assert "promiscuity 0" in run("ip -d link show n1", "b"), "it is promiscuous"
    run("ip link del m0", "b")
    comes_to_refuse(line, OTHER)


@test
def many_addresses():
    line = prepare()
    macs = [f"02:00:00:00:{n >> 8:02x}:{n & 0xff:02x}" for n in range(300)]
    run("bridge -batch -", "b", "".join(f"fdb add {m} dev n1 self\n" for m in macs))
    comes_to_take(line, macs[-1])
    for mac in macs:
        assert line.delivers_to(mac), mac
    for n in range(300, 400):
        mac = f"02:00:00:00:{n >> 8:02x}:{n & 0xff:02x}"
        assert not line.delivers_to(mac), mac
    run("bridge -batch -", "b", "".join(f"fdb del {m} dev n1 self\n" for m in macs[::2]))
    comes_to_refuse(line, macs[-2])
    for n, mac in enumerate(macs):
        equal(line.delivers_to(mac), n % 2 == 1, mac)


@test
def new_address_while_up():
    line = prepare()
    old = link("n1", "b").address
    run(f"ip link set n1 address {OTHER}", "b")
    comes_to_take(line, OTHER)
    assert not line.delivers_to(old), "the old address"
    equal(link("n1", "b").address, OTHER, "address")
    run(f"ip link set n1 address {old}", "b")
    comes_to_take(line, old)
    assert not line.delivers_to(OTHER), "the former address"


@test
def wishes_outlast_down_and_up():
    line = prepare()
    run(f"bridge fdb add {OTHER} dev n1 self", "b")
    comes_to_take(line, OTHER)
    run("ip link set n1 down", "b")
    run("ip link set n1 up", "b")
    becomes_running(("n0", "a"), ("n1", "b"))
    # The first one's socket has heard of the end.
    line = Line()
    comes_to_take(line, OTHER)
    assert not line.delivers_to(GROUP), "a group"


main()
