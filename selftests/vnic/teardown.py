#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""VNICs go, alone or with what is below them, idle or while frames flow."""

import contextlib
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import signal
import socket

from softnic.frames import BROADCAST
from softnic.ktap import defer, equal, main, rounds, test, until
from softnic.net import attempt, becomes_running, make_netns, make_pair, nics, run, up
from softnic.netns import inside
from softnic.ports import Ports, make_nic
from softnic.rtnl import link
from softnic.vnics import vnic, vnics

# VNIC, NIC below it, namespace, and the last part of its IP address.
VNICS = (("v0", "n0", "c", 1), ("v1", "n0", "d", 2), ("w0", "n1", "e", 3))


def talk(netns, own):
    """Sends datagrams from a namespace to the others' addresses and to all for
    ever, in a child process, whatever becomes of them."""
    pid = os.fork()
    if pid:
        defer(end, pid)
        return
    signal.alarm(600)
    # What is tested must get its turn.
    os.nice(19)
    with inside(netns):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    others = [n for n in range(1, 6) if n != own] + [255]
    while True:
        for other in others:
            with contextlib.suppress(OSError):
                s.sendto(b"x" * 500, (f"10.0.0.{other}", 5000))


def end(pid):
    """Ends a child process."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def mac_of(number):
    """The address of who has a certain last part of its IP address."""
    return f"02:00:00:00:00:{number:02x}"


def address(dev, netns, number):
    """Gives a device its address, and all others' as those of neighbours."""
    neighbours = "".join(f"neigh replace 10.0.0.{n} lladdr {mac_of(n)} dev {dev}\n"
                         for n in range(1, 6) if n != number)
    run("ip -batch -", netns, f"addr add 10.0.0.{number}/24 dev {dev} broadcast +\n{neighbours}")


def make_vnic(name, over, into, number, from_netns="a"):
    """Makes a VNIC that is talked to."""
    vnic(name, over, from_netns, into, mac=mac_of(number))
    address(name, into, number)


def make_all():
    """A pair of NICs with VNICs over both, all in namespaces of their own."""
    make_pair(netns=("a", "b"), set_up=False)
    for dev, netns, number in (("n0", "a", 4), ("n1", "b", 5)):
        run(f"ip link set {dev} address {mac_of(number)} up", netns)
        address(dev, netns, number)
    becomes_running(("n0", "a"), ("n1", "b"))
    for name, over, into, number in VNICS:
        make_vnic(name, over, into, number, "a" if over == "n0" else "b")


def received(dev, netns):
    """How many frames a device received."""
    return link(dev, netns).stats["rx_packets"]


def flows(*ends):
    """Waits until each of the devices has received more frames."""
    before = {x: received(*x) for x in ends}
    until(lambda: all(received(*x) > before[x] + 5 for x in ends),
          lambda: f"frames flow: {[(x, received(*x) - before[x]) for x in ends]}")


ALL = (("n0", "a"), ("n1", "b"), ("v0", "c"), ("v1", "d"), ("w0", "e"))


def prepare():
    """All of it, with frames flowing from each to each and to all."""
    make_netns("a", "b", "c", "d", "e")
    make_all()
    for netns, own in (("a", 4), ("b", 5), ("c", 1), ("d", 2), ("e", 3)):
        talk(netns, own)
    flows(*ALL)


def others(*gone):
    """The devices but those."""
    return [x for x in ALL if x[0] not in gone]


@test
def a_vnic():
    prepare()
    for n in range(rounds(4)):
        name, over, into, number = VNICS[n % 3]
        run(f"ip link del {name}", into)
        equal(vnics(into), [], "VNICs left")
        flows(*others(name))
        make_vnic(name, over, into, number, "a" if over == "n0" else "b")
        flows((name, into))


@test
def the_nic_below():
    prepare()
    for n in range(rounds(2)):
        run(f"ip link del n{n % 2}", "ab"[n % 2])
        equal([vnics(x) for x in "cde"], [[], [], []], "VNICs left")
        equal(nics("a") + nics("b"), [], "NICs left")
        make_all()
        flows(*ALL)


@test
def a_vnic_below_another():
    make_netns("f")
    prepare()
    for _ in range(rounds(2)):
        vnic("u0", "v0", "c", "f")
        run(f"ip link set u0 address {mac_of(5)}", "f")
        address("u0", "f", 5)
        flows(("u0", "f"), *others("n1"))
        run("ip link del v0", "c")
        equal(vnics("f"), [], "VNICs left")
        make_vnic(*VNICS[0])


@test
def the_namespace_of_a_vnic():
    make_netns("a", "b", "c", "d", "e")
    make_all()
    # Who talks keeps a namespace alive, so nobody does in the one that goes.
    for netns, own in (("a", 4), ("b", 5), ("d", 2), ("e", 3)):
        talk(netns, own)
    for _ in range(rounds(2)):
        flows(*ALL)
        run("ip netns del c")
        until(lambda: "v0" not in run("ip -d link show type vnic", "a")
              and _free("n0", "a", mac_of(1)), "the VNIC is gone")
        flows(*others("v0"))
        make_netns("c")
        make_vnic(*VNICS[0])


def _free(nic, netns, mac):
    """Whether no VNIC of a NIC has an address."""
    if attempt(f"ip link add link {nic} name probe address {mac} type vnic", netns).returncode:
        return False
    run("ip link del probe", netns)
    return True


@test
def the_namespace_of_the_nic():
    for _ in range(rounds(2)):
        make_netns("a", "b", "c", "d", "e")
        make_all()
        pids = [("b", 5), ("c", 1), ("d", 2), ("e", 3)]
        for netns, own in pids:
            talk(netns, own)
        flows(*ALL)
        run("ip netns del a")
        until(lambda: not any(vnics(x) for x in "cde"), "the VNICs are gone, too")
        until(lambda: not nics("b"), "the other end is gone, too")
        for netns in "bcde":
            run(f"ip netns del {netns}")


@test
def a_vnic_that_moves():
    make_netns("f")
    prepare()
    where = "c"
    for _ in range(rounds(4)):
        there = "f" if where == "c" else "c"
        before = received("v0", where)
        run(f"ip link set v0 netns {there}", where)
        assert received("v0", there) >= before, "a counter went back"
        up("v0", there)
        address("v0", there, 1)
        flows(("v0", there), *others("v0"))
        where = there


@test
def changes_of_place_and_address():
    """While its VLAN, mode and address change, nothing goes amiss for others."""
    prepare()
    for n in range(rounds(8)):
        run(f"vnicadm set-vnic v0 --vlan {n % 3} --mode {('private', 'bridge')[n % 2]}", "c")
        run(f"ip link set v0 address {mac_of(0x80 + n)}", "c")
    flows(*others("v0"))
    run("vnicadm set-vnic v0 --vlan 0 --mode bridge", "c")
    run(f"ip link set v0 address {mac_of(1)}", "c")
    flows(*ALL)


@test
def up_and_down():
    prepare()
    for n in range(rounds(6)):
        name, netns = (("v0", "c"), ("n0", "a"), ("n1", "b"))[n % 3]
        run(f"ip link set {name} down", netns)
        run(f"ip link set {name} up", netns)
        number = {"v0": 1, "n0": 4, "n1": 5}[name]
        neighbours = "".join(f"neigh replace 10.0.0.{x} lladdr {mac_of(x)} dev {name}\n"
                             for x in range(1, 6) if x != number)
        run("ip -batch -", netns, neighbours)
        flows(*ALL)


@test
def the_module():
    prepare()
    for _ in range(rounds(2)):
        run("rmmod softnic")
        equal([vnics(x) + nics(x) for x in "abcde"], [[]] * 5, "devices left")
        run("modprobe softnic")
        make_all()
        flows(*ALL)


@test
def two_at_once():
    """Two make and delete VNICs over one NIC, with the same addresses: each is
    done or refused, and nothing stays."""
    make_nic()
    ports = Ports()
    count = rounds(10)
    script = (f"for i in $(seq {count}); do ip link add link n0 name {{0}}$i address {mac_of(9)} "
              "up type vnic && ip link del {0}$i; done; exit 0")
    children = []
    for name in "xy":
        pid = os.fork()
        if not pid:
            os._exit(attempt("sh -c " + repr(script.format(name)), "a").returncode)
        children.append(pid)
    equal([os.waitpid(pid, 0)[1] for pid in children], [0, 0], "statuses")
    equal(vnics("a"), [], "VNICs left")
    equal(ports.who("n1", mac_of(9)), [], "who has the address")
    equal(ports.who("n1", BROADCAST), ["n0"], "who is given a broadcast")
    ports.vnic("v0", mac=mac_of(9))
    equal(ports.who("n1", mac_of(9)), ["v0"], "who has the address then")


main()
