#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 1500
"""The memory of what is made is charged to the cgroup of who makes it, and its limit
bounds how much can be made, also by the root of a user namespace."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json
import tempfile

from softnic.cgroup import Cgroup
from softnic.container import entering, make_container
from softnic.ktap import equal, main, test, until
from softnic.net import make_netns, run
from softnic.rtnl import links

KIB, MIB = 1 << 10, 1 << 20


def charged(name, command):
    """The bytes of kernel objects that a command has charged to its cgroup."""
    group = Cgroup(name)
    group.run(command)
    group.settle()
    return group.objects()


def between(seen, least, most, what):
    """Asserts that a number of bytes is in bounds."""
    print(f"# {what}: {seen} bytes")
    assert least <= seen <= most, f"{what}: {least} to {most} bytes, seen {seen}"


@test
def what_a_nic_has_is_charged():
    """Its rings and queues, over what the core has of its own for as many."""
    make_netns("a")
    for rx, tx, least, most in ((129, 1, 256 * KIB, MIB), (1, 129, 32 * KIB, 256 * KIB)):
        queues = f"numrxqueues {rx} numtxqueues {tx}"
        dummy, softnic = (
            charged(f"{kind}-{rx}", f"ip -n a link add {kind}{rx} {queues} type {kind}")
            for kind in ("dummy", "softnic"))
        between(softnic - dummy, least, most, f"{rx} rings, {tx} queues")


@test
def what_is_set_is_charged():
    make_netns("a")
    run("ip link add n0 numrxqueues 16 type softnic", "a")
    run("ip link set n0 up", "a")
    rule = "ip netns exec a ethtool -N n0 flow-type tcp4 dst-port 80 action 0"
    between(charged("rule", rule), 96 * KIB, 512 * KIB, "a table of rules")
    vnic = "ip -n a link add link n0 name v0 numtxqueues 65 type vnic"
    between(charged("vnic", vnic), 96 * KIB, MIB, "a VNIC of 65 queues")


@test
def what_goes_is_given_back():
    make_netns("a")
    group = Cgroup("one")
    group.run("true")
    before = group.objects()
    group.run("ip -n a link add n0 numrxqueues 256 type softnic")
    until(lambda: group.objects() > before + MIB, "the NIC is charged")
    # By another than who made it.
    run("ip link del n0", "a")
    until(lambda: group.objects() < before + 128 * KIB,
          lambda: f"as before: {before}, {group.objects()}")


def bounded(enter, netns, kind, words, each):
    """Has a cgroup of 8 MiB make as many devices as it can, each of which takes so
    many bytes at least; each that was made is whole."""
    size, group = 8 * MIB, Cgroup("one")
    group.limit(size)
    with tempfile.NamedTemporaryFile("w", suffix=".batch") as batch:
        batch.writelines(f"link add {words % n} type {kind}\n" for n in range(2 * size // each))
        batch.flush()
        done = group.attempt(f"{enter} ip -batch {batch.name}")
    events = group.numbers("memory.events")
    # The kernel refuses the request, or kills somebody of the cgroup, for whatever
    # memory it finds the limit at.
    killed = done.returncode == -9 and events["oom_kill"]
    said = f"{done.returncode} {done.stderr} {events}"
    assert killed or "Cannot allocate memory" in done.stderr, said
    assert int(group.read("memory.current")) <= int(group.read("memory.max")), said
    made = [x.name for x in links(netns) if x.kind == kind]
    print(f"# {len(made)} made, {'killed' if killed else 'refused'}")
    assert 1 <= len(made) <= size // each, f"{len(made)} made; {said}"
    told = json.loads(run(f"vnicadm show-{'nic' if kind == 'softnic' else kind} --json", netns))
    equal({x["name"] for x in told} & set(made), set(made), "what vnicadm tells of")
    # Who has memory can go on.
    run(f"ip link add {words % 999} type {kind}", netns)
    for name in made:
        run(f"ip link set {name} up", netns)
        run(f"ip link del {name}", netns)
    until(lambda: group.objects() < size // 4, lambda: f"memory comes back: {group.objects()}")
    # The cgroup can, too.
    group.run(f"{enter} ip link add {words % 998} type {kind}")


NIC = "x%d numrxqueues 256"
VNIC = "link n0 name x%d numtxqueues 65"


@test
def a_limit_bounds_nics():
    make_netns("a")
    bounded("ip netns exec a", "a", "softnic", NIC, MIB)


@test
def a_limit_bounds_vnics():
    make_netns("a")
    run("ip link add n0 type softnic", "a")
    run("ip link set n0 up", "a")
    bounded("ip netns exec a", "a", "vnic", VNIC, 128 * KIB)


@test
def a_limit_bounds_the_root_of_a_user_namespace():
    bounded(entering(make_container("c")), "c", "softnic", NIC, MIB)


@test
def a_limit_bounds_vnics_of_the_root_of_a_user_namespace():
    enter = entering(make_container("c"))
    run(f"{enter} ip link add n0 type softnic")
    run(f"{enter} ip link set n0 up")
    bounded(enter, "c", "vnic", VNIC, 128 * KIB)


main()
