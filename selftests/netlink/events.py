#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Events of the netlink family softnic: each cause, once, where it belongs."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ethtool import own_statistics
from softnic.frames import frame, packet_socket
from softnic.ktap import equal, main, test, until
from softnic.net import attempt, index_of, make_netns, make_pair, run
from softnic.netdev import set_napi
from softnic.rtnl import link
from softnic.vnics import delete_vnic, vnic
from softnic.ynl import Events, family

MILLISECOND = 1_000_000


def of(told, *names):
    """The events of these names: name and device."""
    return [(name, event.get("ifname")) for name, event in told if name in names]


def ports(told):
    """Those of ports."""
    return of(told, "port-add", "port-del")


@test
def ports_come_and_go():
    make_netns("a", "b")
    here, there = Events("a"), Events("b")
    make_pair(set_up=False)
    equal((ports(here.now()), ports(there.now())), ([("port-add", "n0")], [("port-add", "n1")]),
          "events of a pair")
    vnic("v0", "n1", "b", set_up=False, rings=1)
    (name, told), = there.now()
    equal((name, told), ("port-add", family("b").do("port-get", {"ifindex": told["ifindex"]})),
          "event of a VNIC")
    equal((told["kind"], told["placement"], told["nic-ifindex"]),
          ("vnic", "own-group", index_of("n1", "b")), "VNIC")
    delete_vnic("v0", "b")
    (name, gone), = there.now()
    equal((name, gone), ("port-del", told), "event of a VNIC that goes")
    vnic("v1", "n1", "b", set_up=False)
    vnic("v2", "n1", "b", set_up=False, into="a")
    equal((ports(here.now()), ports(there.now())), ([("port-add", "v2")], [("port-add", "v1")]),
          "events of VNICs")
    run("ip link del n0", "a")
    equal(sorted(ports(here.now())), [("port-del", "n0"), ("port-del", "v2")], "events in a")
    equal(sorted(ports(there.now())), [("port-del", "n1"), ("port-del", "v1")], "events in b")


@test
def what_is_not_made_is_not_told_of():
    make_netns("a")
    run("ip link add n0 type softnic", "a")
    ear = Events("a")
    for command in ("ip link add n0 type softnic", "ip link add x type softnic peer name n0",
                    "ip link add n0 link n0 type vnic", "vnicadm create-nic y --peer n0",
                    "vnicadm create-vnic v0 --over n0 --rings 9 --queues 2"):
        assert attempt(command, "a").returncode, command
    equal(ear.now(), [], "events")


@test
def ports_move_between_namespaces():
    make_netns("a", "b", "c")
    make_pair(set_up=False)
    vnic("v0", "n1", "b", set_up=False)
    ears = {name: Events(name) for name in "abc"}
    before = family("b").do("port-get", {"ifindex": index_of("v0", "b")})
    run("ip link set v0 netns c", "b")
    (left, gone), = ears["b"].now()
    (came, told), = ears["c"].now()
    equal((left, gone), ("port-del", before), "event in b")
    equal((came, told), ("port-add", family("c").do("port-get", {"ifindex": told["ifindex"]})),
          "event in c")
    equal(told["nic-ifindex"], index_of("n1", "b"), "its NIC")
    assert told["nic-netnsid"] >= 0, told
    equal(ears["a"].now(), [], "events in a")
    run("ip link set n1 netns c", "b")
    equal(ports(ears["b"].now()), [("port-del", "n1")], "events in b")
    equal(ports(ears["c"].now()), [("port-add", "n1")], "events in c")
    (name, wire), = ears["a"].now()
    equal((name, wire["ifname"], wire["peer-ifindex"]), ("wire", "n0", index_of("n1", "c")),
          "event of the other end")


@test
def the_end_of_a_namespace_is_told_elsewhere():
    make_netns("a", "b")
    make_pair(set_up=False)
    vnic("v0", "n1", "b", set_up=False, into="a")
    ear = Events("a")
    run("ip netns del b")
    ear.wait_for("port-del")
    until(lambda: family("a").dump("port-get", {}) == [], "all ports are gone")


@test
def wires_and_carriers():
    make_netns("a", "b")
    make_pair()
    here, there = Events("a"), Events("b")

    def carriers():
        """What was told last of each end's carrier."""
        found = []
        for ear in (here, there):
            told = [event for name, event in ear.now() if name == "wire"]
            found.append(told[-1]["carrier"] if told else None)
        return found

    run("ip link set n1 down", "b")
    equal(carriers(), [0, 0], "carriers, an end down")
    run("ip link set n1 up", "b")
    equal(carriers(), [1, 1], "carriers, both up")
    run("ip link set n1 mtu 1400", "b")
    equal(carriers(), [None, None], "events of another change")
    run("vnicadm disconnect n0", "a")
    for ear in (here, there):
        told = [event for name, event in ear.now() if name == "wire"]
        assert "peer-ifindex" not in told[-1] and told[-1]["carrier"] == 0, told
    run("vnicadm connect n0 n1 --peer-netns b", "a")
    told = [event for name, event in there.now() if name == "wire"]
    equal((told[-1]["peer-ifindex"], told[-1]["carrier"]), (index_of("n0", "a"), 1), "n1")


@test
def placements():
    make_netns("a", "b")
    make_pair()
    vnic("v0", "n1", "b", rings=1)
    vnic("v1", "n1", "b", into="a")
    here, there = Events("a"), Events("b")
    for slots, wanted in ((1, ([("v1", "forced-promiscuous", 1)], [])),
                          (0, ([], [("v0", "forced-promiscuous", 1)])),
                          (9, ([("v1", "shared", 2)], [("v0", "own-group", 2)]))):
        run(f"vnicadm set-nic n1 --slots {slots}", "b")
        told = [[(event["ifname"], event["placement"], event["placement-changes"])
                 for name, event in ear.now() if name == "placement"] for ear in (here, there)]
        equal(tuple(told), wanted, f"events, with {slots} slots")
    run("vnicadm set-vnic v0 --rings 0", "b")
    (name, told), = there.now()
    equal((name, told["placement"], told["placement-reason"]), ("placement", "shared", "asked"),
          "event without rings")


@test
def ring_modes():
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    here, ear = Events("a"), Events("b")
    set_napi("n1", "b", defer_hard_irqs=3, gro_flush_timeout=10 * MILLISECOND)
    sender = packet_socket("n0", "a")
    to, source = link("n1", "b").address, link("n0", "a").address
    for _ in range(5):
        before = own_statistics("n1", "b")["rx0_mode_switches"]
        sender.send(frame(to, source))
        begun, ended = ear.wait_for("ring-mode"), ear.wait_for("ring-mode")
        equal((begun["mode"], ended["mode"]), ("polling", "interrupt"), "modes")
        equal((begun["mode-switches"], ended["mode-switches"]), (before + 1, before + 2),
              "mode switches")
        for event in (begun, ended):
            equal((event["ifindex"], event["id"]), (index_of("n1", "b"), 0), "ring")
    equal([x for x in here.now() if x[0] == "ring-mode"], [], "events elsewhere")
    equal(ear.now(), [], "further events")
    # The counts are those of who reads them now.
    now = family("b").do("ring-get", {"ifindex": index_of("n1", "b"), "id": 0})
    equal((now["mode"], now["mode-switches"]), ("interrupt", 10 + before % 2), "ring at the end")


main()
