#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the netlink family softnic tells, as the kernel's own client reads it, is
what other interfaces tell and what was asked for."""

import json
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ethtool import own_statistics
from softnic.frames import frame, packet_socket
from softnic.hold import poll_threads, polls_held_back
from softnic.ktap import equal, main, test, until
from softnic.net import index_of, make_netns, make_pair, run, settle
from softnic.netdev import by_queue
from softnic.rtnl import link
from softnic.vnics import set_vnic, show_nic, vnic
from softnic.ynl import family

NOBODY = "02:00:00:00:00:99"


def prepare(options=""):
    """A pair with two rings at each end."""
    make_netns("a", "b")
    make_pair("--rx-queues 2 --tx-queues 1 --peer-rx-queues 2 --peer-tx-queues 1 " + options)


def by_name(objects):
    """Objects by the names of their devices."""
    found = {x["ifname"]: x for x in objects}
    equal(len(found), len(objects), "names")
    return found


def same_one_by_one(client, operation, told, *keys):
    """Each object of a dump is told when it is asked for, too."""
    for one in told:
        equal(client.do(operation, {key: one[key] for key in keys}), one, operation)


@test
def nics():
    prepare()
    run("ip link add lone type softnic", "b")
    run("vnicadm set-nic n1 --slots 3 --pool 7 --storm 500", "b")
    for n in range(4):
        vnic(f"v{n}", "n1", "b", rings=int(n == 0))
    client = family("b")
    told = by_name(client.dump("nic-get", {}))
    equal(sorted(told), ["lone", "n1"], "NICs of b")
    same_one_by_one(client, "nic-get", told.values(), "ifindex")
    nic, shown = told["n1"], show_nic("n1", "b")
    for name, key in (("slots", "slots"), ("slots-used", "slots_used"), ("pool", "pool"),
                      ("slots-waiting", "slots_waiting"), ("pool-used", "pool_used"),
                      ("storm", "storm")):
        equal(nic[name], shown[key], name)
    equal((nic["slots"], nic["slots-used"], nic["slots-waiting"]), (3, 3, 1), "slots")
    equal((nic["pool"], nic["pool-used"], nic["storm"]), (7, 1, 500), "pool, storm")
    equal((nic["vnics"], nic["wire"], nic["carrier"]), (4, "peer", 1), "VNICs, wire, carrier")
    equal(nic["ifindex"], index_of("n1", "b"), "index")
    equal(nic["peer-ifindex"], index_of("n0", "a"), "peer")
    assert nic["peer-netnsid"] >= 0, f"namespace of the peer: {nic}"
    lone = told["lone"]
    equal((lone["wire"], lone["vnics"], lone["carrier"]), ("none", 0, 0), "a NIC without wire")
    assert "peer-ifindex" not in lone and "peer-netnsid" not in lone, lone


@test
def a_peer_in_the_same_namespace_has_no_namespace_id():
    make_netns("a")
    make_pair(netns=("a", "a"))
    told = by_name(family("a").dump("nic-get", {}))
    equal(told["n0"]["peer-ifindex"], told["n1"]["ifindex"], "peer")
    assert "peer-netnsid" not in told["n0"], told


@test
def ports():
    prepare()
    run("vnicadm set-nic n1 --slots 3", "b")
    vnic("v0", "n1", "b", vlan=10, rings=2, queues=2)
    vnic("v1", "n1", "b", mode="private")
    vnic("v2", "v0", "b", vlan=10)
    vnic("v3", "n1", "b", into="a")
    run("ip link add lone type softnic", "b")
    client, nic = family("b"), index_of("n1", "b")
    told = by_name(client.dump("port-get", {}))
    equal(sorted(told), ["lone", "n1", "v0", "v1", "v2"], "ports of b")
    same_one_by_one(client, "port-get", told.values(), "ifindex")
    here = by_name(client.dump("port-get", {"nic-ifindex": nic}))
    equal(here, {name: one for name, one in told.items() if name != "lone"}, "ports of n1")
    equal(told["n1"], {"ifindex": nic, "ifname": "n1", "kind": "nic", "nic-ifindex": nic,
                       "tx-busy": 0}, "n1")
    equal({name: (one["placement"], one["placement-reason"], one["rings-reserved"],
                  one["slots-wanted"], one["mode"], one["kind"], one["nic-ifindex"])
           for name, one in told.items() if name.startswith("v")},
          {"v0": ("own-group", "asked", 2, 1, "bridge", "vnic", nic),
           "v1": ("shared", "asked", 0, 1, "private", "vnic", nic),
           "v2": ("shared", "asked", 0, 1, "bridge", "vnic", nic)}, "VNICs")
    equal(told["v2"]["lower-ifindex"], told["v0"]["ifindex"], "what v2 is over")
    away, = [x for x in family("a").dump("port-get", {}) if x["ifname"] == "v3"]
    equal((away["placement"], away["placement-reason"]), ("forced-promiscuous", "no-slot"), "v3")
    equal((away["nic-ifindex"], away["lower-ifindex"]), (nic, nic), "what v3 is over")
    assert away["nic-netnsid"] == away["lower-netnsid"] >= 0, f"namespaces: {away}"
    run("vnicadm set-nic n1 --slots 4", "b")
    now = family("a").do("port-get", {"ifindex": away["ifindex"]})
    equal((now["placement"], now["placement-changes"]), ("shared", 1), "v3 with a slot")


@test
def groups():
    prepare()
    vnic("v0", "n1", "b", rings=2, queues=4)
    vnic("v1", "n1", "b")
    vnic("v2", "n1", "b", into="a", rings=1)
    run("ethtool -G n1 rx 512", "b")
    run("ethtool -L n1 rx 0", "b")
    client, nic = family("b"), index_of("n1", "b")
    told = by_name(client.dump("group-get", {}))
    same_one_by_one(client, "group-get", told.values(), "ifindex")
    equal(client.dump("group-get", {"nic-ifindex": nic}), list(told.values()), "groups of n1")
    equal(told, {
        "n1": {"ifindex": nic, "ifname": "n1", "nic-ifindex": nic, "default": True, "rings": 1,
               "rings-max": 2, "capacity": 512, "ports": 2},
        "v0": {"ifindex": index_of("v0", "b"), "ifname": "v0", "nic-ifindex": nic, "rings": 2,
               "rings-max": 2, "capacity": 256, "ports": 1}}, "groups of b")
    run("vnicadm set-nic n1 --slots 0", "b")
    ports_of = {x["ifname"]: x["ports"] for x in client.dump("group-get", {})}
    equal(ports_of, {"n1": 4, "v0": 0}, "ports of each group, without slots")
    away, = [x for x in family("a").dump("group-get", {}) if x["ifname"] == "v2"]
    assert away["nic-ifindex"] == nic and away["nic-netnsid"] >= 0, f"group of v2: {away}"


def ageless(ring):
    """A ring without what is never the same twice."""
    return {name: value for name, value in ring.items() if name != "age"}


def counted(ring, stats):
    """Compares a ring's counts with what ethtool -S tells."""
    for name in ("polls", "batch-1", "batch-2-9", "batch-10-49", "batch-50", "interrupts",
                 "timer", "mode-switches", "adaptations", "full"):
        equal(ring[name], stats[f"rx{ring['id']}_{name.replace('-', '_')}"], name)


@test
def rings():
    prepare()
    vnic("v0", "n1", "b", rings=2, queues=2)
    source, sender = link("n0", "a").address, packet_socket("n0", "a")
    run("ethtool -C n1 rx-usecs 300 rx-frames 4", "b")
    for mac in (link("n1", "b").address, link("v0", "b").address):
        # More than whole groups of four: the timer ends for the rest.
        for n in range(42):
            sender.send(frame(mac, source, b"%d" % n))
    client, nic, guest = family("b"), index_of("n1", "b"), index_of("v0", "b")
    until(lambda: sum(x["packets"] for x in client.dump("ring-get", {})) >= 84
          and all(x["mode"] == "interrupt" for x in client.dump("ring-get", {})), "all came")
    told = client.dump("ring-get", {})
    for ring in told:
        again = client.do("ring-get", {key: ring[key] for key in ("ifindex", "id")})
        assert again["age"] >= ring["age"], f"age: {ring}, then {again}"
        equal(ageless(again), ageless(ring), "ring-get")
    equal([(x["ifindex"], x["id"]) for x in told], [(nic, 0), (nic, 1), (guest, 0), (guest, 1)],
          "rings")
    equal([ageless(x) for x in client.dump("ring-get", {"ifindex": guest})],
          [ageless(x) for x in told[2:]], "rings of v0")
    shown = {(x["ifindex"], x["id"]): x for x in json.loads(run("vnicadm show-ring -j", "b"))}
    for ring in told:
        same = shown[ring["ifindex"], ring["id"]]
        for name, value in ageless(ring).items():
            equal(same[name.replace("-", "_")], value, f"{name} as vnicadm tells it")
    for dev, mine in (("n1", told[:2]), ("v0", told[2:])):
        stats, queues = own_statistics(dev, "b"), by_queue(dev, "b")
        for ring in mine:
            counted(ring, stats)
            queue = queues["rx", ring["id"]]
            equal((ring["packets"], ring["bytes"]), (queue["packets"], queue["bytes"]),
                  "packets, bytes")
            equal((ring["depth"], ring["capacity"]), (0, 256), "depth, capacity")
            assert ring["napi-id"] > 0, f"NAPI: {ring}"
    assert sum(x["timer"] for x in told) > 0, f"no timer ended: {told}"
    equal(len({x["napi-id"] for x in told}), 4, "NAPI instances")


@test
def a_closed_ring_has_no_mode():
    prepare()
    run("ip link set n1 down", "b")
    for ring in family("b").dump("ring-get", {}):
        assert "mode" not in ring and "napi-id" not in ring, ring
        equal((ring["depth"], ring["capacity"]), (0, 0), "depth, capacity")


@test
def filters():
    prepare()
    run("vnicadm set-nic n1 --slots 5", "b")
    vnic("v0", "n1", "b", vlan=10, mac="02:00:00:00:01:00")
    vnic("v1", "n1", "b", vlans="0,20-21", vlan_protocol="802.1ad", mac="02:00:00:00:01:01")
    run("bridge fdb add 02:00:00:00:02:00 dev v0 self", "b")
    vnic("v2", "n1", "b", into="a", mac="02:00:00:00:01:02")
    run("ip link add lone type softnic", "b")
    vnic("v3", "lone", "b", mac="02:00:00:00:01:03", set_up=False)
    client, nic = family("b"), index_of("n1", "b")
    v0, v1 = index_of("v0", "b"), index_of("v1", "b")

    def entries():
        told = client.dump("filter-get", {"nic-ifindex": nic})
        return {(x["mac"], x["vlan-id"], x.get("vlan-protocol")):
                (x["ifindex"], "netnsid" in x, x.get("in-slot", False)) for x in told}

    # v0 has two of five slots, and v1 the others.
    equal(entries(), {
        ("02:00:00:00:01:00", 10, 0x8100): (v0, False, True),
        ("02:00:00:00:02:00", 10, 0x8100): (v0, False, True),
        ("02:00:00:00:01:01", 0, None): (v1, False, True),
        ("02:00:00:00:01:01", 20, 0x88a8): (v1, False, True),
        ("02:00:00:00:01:01", 21, 0x88a8): (v1, False, True),
        ("02:00:00:00:01:02", 0, None): (index_of("v2", "a"), True, False)}, "filters of n1")
    every = client.dump("filter-get", {})
    equal(len(every), 7, "filters of b")
    equal({x["nic-ifindex"] for x in every}, {nic, index_of("lone", "b")}, "NICs")
    equal(family("a").dump("filter-get", {}), [], "filters of a")
    set_vnic("v1", "b", vlans="20-21")
    equal({x[2] for x in entries().values()}, {True}, "in a slot, with fewer VLANs")


@test
def frames_given_back():
    make_netns("a", "b")
    make_pair("--rx-queues 1 --tx-queues 1 --peer-rx-queues 1 --peer-tx-queues 1")
    vnic("v0", "n0", "a", queues=1)
    client, guest = family("a"), index_of("v0", "a")
    threads, to = poll_threads("n1", "b"), link("n1", "b").address
    senders = {dev: packet_socket(dev, "a") for dev in ("n0", "v0")}

    def told():
        return client.do("port-get", {"ifindex": guest})["tx-busy"]

    def meets_a_full_ring():
        with polls_held_back(threads):
            for dev, count in (("n0", 300), ("v0", 1)):
                data = frame(to, addresses[dev])
                for _ in range(count):
                    senders[dev].send(data)
        return told()

    addresses = {dev: link(dev, "a").address for dev in senders}
    equal(told(), 0, "before")
    # A poll may slip through on a busy machine.
    busy = until(meets_a_full_ring, "a frame was given back", 60)
    equal(busy, own_statistics("v0", "a")["tx0_busy"], "the sum over the queues")
    stat = json.loads(run("vnicadm stat -j -o name,busy v0", "a"))
    equal((stat["name"], stat["busy"]), ("v0", busy), "vnicadm stat")
    by_port = {x["ifname"]: x["tx-busy"] for x in client.dump("port-get", {})}
    lines = run("vnicadm stat -p -o name,busy", "a").splitlines()
    equal(dict(line.split(":") for line in lines),
          {name: str(count) for name, count in by_port.items()}, "vnicadm stat, of all")


@test
def drops():
    prepare()
    run("ip link add lone type softnic", "b")
    run("ip link set lone up", "b")
    source, sender = link("n0", "a").address, packet_socket("n0", "a")
    for _ in range(7):
        sender.send(frame(NOBODY, source))
    alone = packet_socket("lone", "b")
    for _ in range(3):
        alone.send(frame(NOBODY, source))
    settle()
    client = family("b")
    told = by_name(client.dump("drops-get", {}))
    equal(sorted(told), ["lone", "n1"], "ports")
    same_one_by_one(client, "drops-get", told.values(), "ifindex")
    reasons = client.consts["drop-reason"].entries
    for dev, one in told.items():
        equal([x["reason"] for x in one["drop"]], list(reasons), "reasons")
        stats = own_statistics(dev, "b")
        for drop in one["drop"]:
            equal(drop["packets"], stats[drop["reason"].replace("-", "_")], drop["reason"])
    lost = {dev: {x["reason"]: x["packets"] for x in one["drop"]} for dev, one in told.items()}
    equal((lost["n1"]["rx-filtered"], lost["lone"]["tx-drop-no-wire"]), (7, 3), "losses")


main()
