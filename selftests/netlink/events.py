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
from softnic.rtnl import Monitor, link
from softnic.vnics import delete_vnic, set_vnic, vnic
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
    (name, told), _ = there.now()
    equal((name, told), ("port-add", family("b").do("port-get", {"ifindex": told["ifindex"]})),
          "event of a VNIC")
    equal((told["kind"], told["placement"], told["nic-ifindex"]),
          ("vnic", "own-group", index_of("n1", "b")), "VNIC")
    delete_vnic("v0", "b")
    (name, gone), _ = there.now()
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

    def wires():
        """What was told of each end's wire: peer and carrier, once or not at all."""
        found = []
        for ear in (here, there):
            told = [(event.get("peer-ifindex"), event["carrier"])
                    for name, event in ear.now() if name == "wire"]
            assert len(told) <= 1, f"told more than once: {told}"
            found.append(told[0] if told else None)
        return found

    n0, n1 = index_of("n0", "a"), index_of("n1", "b")

    run("ip link set n1 down", "b")
    equal(wires(), [(n1, 0), (n0, 0)], "wires, an end down")
    run("ip link set n1 up", "b")
    equal(wires(), [(n1, 1), (n0, 1)], "wires, both up")
    run("ip link set n1 mtu 1400", "b")
    equal(wires(), [None, None], "events of another change")
    run("ethtool -K n0 loopback on", "a")
    equal(wires(), [None, (n0, 0)], "wires, the one end in loopback")
    run("ethtool -K n0 loopback off", "a")
    equal(wires(), [None, (n0, 1)], "wires, in loopback no more")
    run("vnicadm disconnect n0", "a")
    equal(wires(), [(None, 0), (None, 0)], "wires without their ends")
    run("vnicadm connect n0 n1 --peer-netns b", "a")
    equal(wires(), [(n1, 1), (n0, 1)], "wires that are connected")
    run("ip link set n0 down", "a")
    equal(wires(), [(n1, 0), (n0, 0)], "wires, the other end down")
    run("vnicadm disconnect n0", "a")
    equal(wires(), [(None, 0), (None, 0)], "wires without their ends, one down")
    run("vnicadm connect n0 n1 --peer-netns b", "a")
    equal(wires(), [(n1, 0), (n0, 0)], "wires that are connected, an end down")


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
    (name, told), _ = there.now()
    equal((name, told["placement"], told["placement-reason"]), ("placement", "shared", "asked"),
          "event without rings")


@test
def what_a_nic_has_for_its_vnics():
    make_netns("a", "b")
    make_pair()
    ear, client, nic = Events("b"), family("b"), index_of("n1", "b")

    def stock(*names):
        """What of it was told, once, and is so."""
        told = [event for name, event in ear.now() if name == "stock"]
        if told:
            equal(told, [client.do("nic-get", {"ifindex": nic})], "event")
        return tuple(told[0][name] for name in names) if told else None

    run("vnicadm set-nic n1 --slots 4 --pool 3 --storm 7", "b")
    equal(stock("slots", "pool", "storm", "vnics"), (4, 3, 7, 0), "limits")
    run("vnicadm set-nic n1 --slots 4 --pool 3 --storm 7", "b")
    equal(stock(), None, "the same limits")
    vnic("v0", "n1", "b", set_up=False, rings=2, queues=2)
    equal(stock("vnics", "slots-used", "pool-used"), (1, 1, 2), "a VNIC with rings")
    vnic("v1", "n1", "b", into="a")
    equal(stock("vnics", "slots-used", "pool-used"), (2, 2, 2), "one without, elsewhere")
    set_vnic("v1", "a", rings=1, vlans="20-21")
    equal(stock("slots-used", "pool-used"), (3, 3), "more VLANs and a ring")
    set_vnic("v1", "a", vlans="22-23")
    equal(stock(), None, "other VLANs")
    run("bridge fdb add 02:00:00:00:02:00 dev v1 self", "a")
    # The core tells drivers of addresses later.
    equal(until(lambda: stock("slots-used", "slots-waiting"), "an event"), (1, 1),
          "too many addresses")
    run("ip link set v1 down", "a")
    equal(stock("slots-used", "slots-waiting"), (3, 0), "fewer while it is down")
    run("ip link set v1 up", "a")
    equal(until(lambda: stock("slots-used", "slots-waiting"), "an event"), (1, 1),
          "and the same again")
    run("ip link set v1 down", "a")
    equal(stock("slots-used", "slots-waiting"), (3, 0), "down")
    delete_vnic("v1", "a")
    equal(stock("vnics", "slots-used", "slots-waiting", "pool-used"), (1, 1, 0, 2), "one left")
    set_vnic("v0", "b", vlan=5, mode="vepa")
    equal(stock(), None, "another VLAN and mode")
    assert attempt("vnicadm set-vnic v0 --rings 2 --vlan 4095", "b").returncode
    assert attempt("vnicadm create-vnic v2 --over n1 --rings 2 --queues 2", "b").returncode
    equal(stock(), None, "what is refused")
    run("ip link del n1", "b")
    equal([x for x in of(ear.now(), "stock")], [], "a NIC that goes, with its VNIC")


@test
def links_that_are_down_are_told_of():
    make_netns("a")
    run("ip link add n0 type softnic", "a")
    vnic("v0", "n0", "a", set_up=False, queues=2)
    ear = Monitor("a")
    for command, name in (("vnicadm set-nic n0 --storm 5", "n0"),
                          ("vnicadm set-vnic v0 --vlan 7", "v0"),
                          ("vnicadm set-vnic v0 --mode private", "v0"),
                          ("vnicadm set-vnic v0 --rings 2", "v0")):
        run(command, "a")
        assert name in [told.name for _, told in ear.changes()], command
    run("ip link add n1 type softnic", "a")
    ear.changes()
    for command in ("vnicadm connect n0 n1", "vnicadm disconnect n0"):
        run(command, "a")
        equal({told.name for _, told in ear.changes()}, {"n0", "n1"}, command)


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
