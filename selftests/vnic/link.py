#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""VNICs as links: made whole by one request, on top of a NIC, with its carrier
and within its MTU, in whatever namespaces."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic import rtnl
from softnic.ethtool import statistics
from softnic.ktap import defer, equal, main, test, until
from softnic.net import (attempt, becomes_running, index_of, make_netns, make_pair, nics,
                         ring_sum, run, up)
from softnic.ports import Ports, Q, make_nic
from softnic.rtnl import Monitor, attr, change, link, refusal
from softnic.vnics import set_vnic, show_vnic, vnic, vnics

MAC = "02:00:00:00:00:55"
NET_ADDR_RANDOM, NET_ADDR_SET = 1, 3


def shown(name, netns=None):
    """A device as ip shows it."""
    return json.loads(run(f"ip -d -j link show {name}", netns))[0]


def assign_type(name):
    """Where the address of a device of the first namespace comes from."""
    with open(f"/sys/class/net/{name}/addr_assign_type", encoding="ascii") as f:
        return int(f.read())


def carriers(*ends):
    """Which of the links are up."""
    return [link(*end).carrier for end in ends]


def set_link(name, netns, what):
    """ip link set."""
    run(f"ip link set {name} {what}", netns)


@test
def made_by_ip_without_options():
    run("ip link add n0 type softnic")
    run("ip link add link n0 name v0 type vnic")
    seen = shown("v0")
    equal((seen["linkinfo"]["info_kind"], seen["link"], seen["mtu"]), ("vnic", "n0", 1500),
          "kind, NIC and MTU")
    equal([flag for flag in seen["flags"] if flag in ("BROADCAST", "MULTICAST", "UP")],
          ["BROADCAST", "MULTICAST"], "flags")
    told = show_vnic("v0")
    equal((told["vlan"], told["mode"], told["over"]["name"]), (None, "bridge", "n0"),
          "told by vnicadm")
    run("ip link del v0")
    equal((vnics(), nics()), ([], ["n0"]), "what is left")


@test
def made_whole_by_one_request():
    make_netns("a", "c")
    run("vnicadm create-nic n0 --nic-netns a --mtu 9000")
    monitor = Monitor("c")
    vnic("v0", "n0", "a", "c", set_up=False, mac=MAC, mtu=4000, vlan=30,
         vlan_protocol="802.1ad", mode="vepa", rx_queues=3, tx_queues=5)
    told = [seen for kind, seen in monitor.changes() if kind == rtnl.RTM_NEWLINK]
    equal({(x.name, x.address, x.mtu, x.kind, x.lower) for x in told},
          {("v0", MAC, 4000, "vnic", index_of("n0", "a"))}, "as it was told of")
    seen = shown("v0", "c")
    equal((seen["num_rx_queues"], seen["num_tx_queues"]), (3, 5), "queues")
    equal(seen["link_index"], index_of("n0", "a"), "index of the NIC")
    netnsid = seen["link_netnsid"]
    own = json.loads(run("ip -j netns list-id", "c"))
    assert {"nsid": netnsid, "name": "a"}.items() <= own[netnsid].items(), f"{netnsid}: {own}"
    told = show_vnic("v0", "c")
    equal([told[x] for x in ("vlan", "vlan_protocol", "mode")], [30, "802.1ad", "vepa"],
          "told by vnicadm")
    equal(vnics("a"), [], "VNICs of the namespace it was asked for in")


@test
def address_random_or_given():
    run("ip link add n0 type softnic")
    for n in range(3):
        run(f"ip link add link n0 name v{n} type vnic")
    addresses = {link(f"v{n}").address for n in range(3)} | {link("n0").address}
    equal(len(addresses), 4, "different addresses")
    for n in range(3):
        first = int(link(f"v{n}").address[:2], 16)
        equal(first & 3, 2, "of a station, locally administered")
        equal(assign_type(f"v{n}"), NET_ADDR_RANDOM, "address told to be random")
    run(f"ip link add link n0 name w address {MAC} type vnic")
    equal((link("w").address, assign_type("w")), (MAC, NET_ADDR_SET), "given address")
    run("ip link set v0 address 02:00:00:00:00:56")
    equal(assign_type("v0"), NET_ADDR_SET, "address told to be set")
    # Their own ways to the same NIC are as many.
    run("ip link set w up")
    run("ip link set w address 02:00:00:00:00:57")
    equal(link("w").address, "02:00:00:00:00:57", "address changed while up")


@test
def nic_in_another_namespace():
    """What is named by its number there can be below, too."""
    make_netns("a", "c")
    run("vnicadm create-nic n0 --nic-netns a")
    run("ip link add link n0 name v0 netns c type vnic", "a")
    equal((shown("v0", "c")["link_index"], "link_netnsid" in shown("v0", "c")),
          (index_of("n0", "a"), True), "NIC below")
    # Back in the NIC's namespace there is no need to tell another.
    set_link("v0", "c", "netns a")
    seen = shown("v0", "a")
    equal((seen["link"], "link_netnsid" in seen), ("n0", False), "NIC below, in its namespace")
    set_link("n0", "a", "netns c")
    equal(shown("v0", "a")["link_index"], index_of("n0", "c"), "NIC that moved away")
    assert "link_netnsid" in shown("v0", "a"), "the NIC's namespace is not told"
    run("ip link del n0", "c")
    equal(vnics("a"), [], "VNICs left")


@test
def move_keeps_counters_and_address():
    make_nic()
    make_netns("c", "d")
    ports = Ports()
    ports.vnic("v0", vlan=10)
    ports.vnic("v1", vlan=10)
    where = "a"
    for n, there in enumerate(("c", "d", "a")):
        for _ in range(50):
            ports.send("v0", "n1")
            ports.send("n1", "v0", tags=[(Q, 10)])
        ports.who("n1", "v0", tags=[(Q, 10)])
        ports.forget("v0")
        before = shown("v0", where)
        counters = link("v0", where).stats
        assert min(counters["rx_packets"], counters["tx_packets"]) >= 50 * (n + 1), counters
        set_link("v0", where, f"netns {there}")
        equal(link("v0", there).stats, counters, "counters")
        after = shown("v0", there)
        same = ("address", "mtu", "num_rx_queues", "num_tx_queues", "txqlen")
        equal([after[x] for x in same], [before[x] for x in same], "settings")
        equal(show_vnic("v0", there)["vlan"], 10, "VLAN")
        up("v0", there)
        becomes_running(("v0", there))
        where = there
        ports.listen("v0", where, (Q, 10))
        for name, tags in (("n1", [(Q, 10)]), ("v1", [])):
            equal(ports.seen(name, "v0", tags=tags), [("v0", None)], f"from {name} after the move")
        equal(ports.who("v0", "v1"), ["v1"], "to v1 after the move")
        equal(ports.who("v0", "n1"), ["n1"], "to n1 after the move")


@test
def nic_moves_below_its_vnics():
    make_nic()
    make_netns("c")
    ports = Ports()
    ports.vnic("v0")
    before = ports.mac("v0")
    ports.forget("n0")
    set_link("n0", "a", "netns c")
    until(lambda: not link("v0", "a").carrier, "the VNIC has no carrier: the NIC is down")
    up("n0", "c")
    becomes_running(("n0", "c"), ("n1", "b"), ("v0", "a"))
    ports.listen("n0", "c")
    equal(ports.mac("v0"), before, "address")
    for one, other in (("n0", "v0"), ("v0", "n0"), ("n1", "v0"), ("v0", "n1")):
        equal(ports.who(one, other), [other], f"from {one} to {other}")


@test
def carrier():
    make_netns("a", "b", "c")
    make_pair(set_up=False)
    for name, over, netns, into in (("v0", "n0", "a", "a"), ("v1", "n0", "a", "c"),
                                    ("v2", "v0", "a", "a")):
        vnic(name, over, netns, into, set_up=False)
    vnics_ = [("v0", "a"), ("v1", "c"), ("v2", "a")]

    def become(*expected):
        until(lambda: carriers(*vnics_) == list(expected),
              lambda: f"carriers {expected}, not {carriers(*vnics_)}")

    for end in (*vnics_, ("n0", "a"), ("n1", "b")):
        become(False, False, False)
        up(*end)
    become(True, True, True)
    becomes_running(*vnics_)
    for name, netns in (("n0", "a"), ("n1", "b")):
        set_link(name, netns, "down")
        become(False, False, False)
        until(lambda: not any(link(*x).running() for x in vnics_), "they are told not to run")
        set_link(name, netns, "up")
        become(True, True, True)
        becomes_running(*vnics_)
    # What is not below has nothing to do with it.
    set_link("v0", "a", "down")
    become(False, True, False)
    set_link("v0", "a", "up")
    become(True, True, True)
    set_link("v1", "c", "down")
    become(True, False, True)


@test
def carrier_of_a_wire_that_is_unplugged():
    for name in ("n0", "n1"):
        run(f"vnicadm create-nic {name}")
        up(name)
    vnic("v0", "n0")
    # It never had a wire.
    equal(carriers(("v0",)), [True], "carrier at first")
    run("vnicadm connect n0 n1")
    becomes_running(("n0", None), ("v0", None))
    run("vnicadm disconnect n0")
    until(lambda: carriers(("n0",), ("v0",)) == [False, False], "no carrier without the wire")
    run("vnicadm connect n1 n0")
    becomes_running(("v0", None))
    run("ip link del n1")
    until(lambda: not link("v0").carrier, "no carrier without the other end")


@test
def carrier_of_one_that_comes_later():
    make_netns("a", "b")
    make_pair()
    run("ip link add link n0 name v0 up type vnic", "a")
    becomes_running(("v0", "a"))
    set_link("n1", "b", "down")
    until(lambda: not link("n0", "a").carrier, "n0 has none")
    run("ip link add link n0 name v1 up type vnic", "a")
    equal(carriers(("v1", "a")), [False], "carrier")
    set_link("n1", "b", "up")
    becomes_running(("v0", "a"), ("v1", "a"))


@test
def mtu():
    make_netns("a", "b", "c")
    make_pair("--mtu 4000 --peer-mtu 4000", set_up=False)
    vnic("v0", "n0", "a", set_up=False)
    vnic("v1", "n0", "a", "c", set_up=False, mtu=2000)
    vnic("v2", "v0", "a", set_up=False)

    def mtus():
        return [link(*x).mtu for x in (("v0", "a"), ("v1", "c"), ("v2", "a"))]

    equal(mtus(), [4000, 2000, 4000], "at first")
    equal(shown("v0", "a")["max_mtu"], 4000, "largest")
    set_link("n0", "a", "mtu 3000")
    equal(mtus(), [3000, 2000, 3000], "after the NIC's became smaller")
    set_link("v0", "a", "mtu 1500")
    equal(mtus(), [1500, 2000, 1500], "after the lower VNIC's became smaller")
    for name, netns, value in (("v0", "a", 3001), ("v1", "c", 3001), ("v2", "a", 1501)):
        equal(refusal(attr(rtnl.MTU, value), index=index_of(name, netns), netns=netns),
              ("EINVAL", "mtu greater than device maximum"), f"MTU {value} of {name}")
    equal(mtus(), [1500, 2000, 1500], "after what is refused")
    set_link("n0", "a", "mtu 65521")
    equal(mtus(), [1500, 2000, 1500], "after the NIC's became larger")
    for name, netns, value in (("v0", "a", 9000), ("v1", "c", 65521), ("v2", "a", 9000)):
        set_link(name, netns, f"mtu {value}")
    equal(mtus(), [9000, 65521, 9000], "as they may be then")


@test
def frames_longer_than_the_mtu():
    make_nic()
    ports = Ports()
    ports.vnic("v0", mtu=1000)
    ports.vnic("v1")
    ports.send("v1", "v0", payload=bytes(1000))
    ports.send("v1", "v0", payload=bytes(1005))
    equal(ports.who("v1", "v0"), ["v0"], "what comes behind it")
    seen = statistics("v0", "a")
    equal(seen["rx_drop_too_long"], 1, "frames too long")
    equal(statistics("n0", "a")["rx_drop_too_long"], 0, "the same, charged to the NIC")


@test
def depth():
    """Eight over one another, and not one more; the NIC's traffic reaches the
    highest; with the lowest go all."""
    make_nic()
    ports = Ports()
    over = "n0"
    for n in range(8):
        ports.vnic(f"v{n}", over=over)
        over = f"v{n}"
        equal(shown(over, "a")["link"], f"v{n - 1}" if n else "n0", f"what is below {over}")
    answer = refusal(attr(rtnl.IFNAME, "x"), attr(rtnl.LOWER, index_of("v7", "a")), rtnl.vnic(),
                     flags=rtnl.NEW, netns="a")
    equal(answer, ("EMLINK", "at most 8 VNICs can be over one another"), "answer to a ninth")
    equal(len(vnics("a")), 8, "VNICs")
    names = ["n0", "n1", "v0", "v1", "v6", "v7"]
    for one in names:
        for other in names:
            if one != other:
                equal(ports.who(one, other), [other], f"from {one} to {other}")
    # A second branch, beside the first.
    run("ip link add link v3 name w type vnic", "a")
    for name in [x for x in ports.sockets if x.startswith("v")]:
        ports.forget(name)
    run("ip link del v4", "a")
    equal(vnics("a"), ["v0", "v1", "v2", "v3", "w"], "VNICs after one in the middle")
    run("ip link del v0", "a")
    equal(vnics("a"), [], "VNICs after the lowest")
    equal(ports.who("n1", "n0"), ["n0"], "to the NIC")


@test
def names_and_addresses_are_free_again():
    run("ip link add n0 type softnic")
    for n in range(10):
        run(f"ip link add link n0 name v0 address {MAC} type vnic")
        up("v0")
        if n == 5:
            run("ip link add link v0 name v1 type vnic")
        run("ip link del v0")
    equal(vnics(), [], "VNICs left")


@test
def the_module_comes_by_itself():
    run("rmmod softnic")
    defer(attempt, "modprobe softnic")
    answer = refusal(attr(rtnl.IFNAME, "v0"), attr(rtnl.LOWER, index_of("lo")), rtnl.vnic(),
                     flags=rtnl.NEW)
    equal(answer, ("EINVAL", "link must be a softnic NIC, or a VNIC"), "answer")
    equal(os.path.exists("/sys/module/softnic"), True, "the module is there")


@test
def the_module_goes_with_vnics_there():
    make_netns("c")
    run("ip link add n0 type softnic")
    run("ip link add link n0 name v0 netns c type vnic")
    run("ip link add link n0 name v1 type vnic")
    run("ip link add link v1 name v2 type vnic")
    run("rmmod softnic")
    defer(attempt, "modprobe softnic")
    equal(vnics() + vnics("c") + nics(), [], "devices left")


@test
def changes_are_told():
    make_netns("a", "c")
    run("vnicadm create-nic n0 --nic-netns a")
    up("n0", "a")
    vnic("v0", "n0", "a", "c")
    monitor = Monitor("c")
    for settings in ({"vlan": 10}, {"mode": "private"}, {"vlan": 11, "mode": "vepa"}):
        set_vnic("v0", "c", **settings)
        told = [seen.name for kind, seen in monitor.changes() if kind == rtnl.RTM_NEWLINK]
        assert "v0" in told, f"nothing told of {settings}"
    set_vnic("v0", "c", vlan=11)
    change(attr(rtnl.MTU, 1400), index=index_of("n0", "a"), netns="a")
    told = [seen.mtu for _, seen in monitor.changes() if seen.name == "v0"]
    equal(told[-1:], [1400], "the MTU that was told")


@test
def counters_of_the_nic_are_its_own():
    """What VNICs are sent, and send, is none of the NIC's own traffic."""
    make_nic()
    ports = Ports()
    ports.vnic("v0")
    ports.vnic("v1")
    before = {name: statistics(name, "a") for name in ("n0", "v0", "v1")}
    for _ in range(40):
        ports.send("v0", "v1")
        ports.send("v0", "n1")
        ports.send("n1", "v0")
    ports.who("v0", "v1")
    after = {name: statistics(name, "a") for name in before}
    difference = {name: [ring_sum(after[name], way, "packets")
                         - ring_sum(before[name], way, "packets") for way in ("tx", "rx")]
                  for name in before}
    # One frame more each, sent and received, tells that all have come.
    equal(difference, {"n0": [1, 1], "v0": [81, 41], "v1": [0, 42]}, "sent and received")


main()
