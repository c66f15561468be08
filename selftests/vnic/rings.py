#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Rings that VNICs reserve from the pool of their NIC.

# timeout: 300
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic import netdev, rtnl
from softnic.ethtool import own_statistics
from softnic.flows import Flood, Transfer
from softnic.frames import packet_socket, udp_frame
from softnic.ktap import equal, main, rounds, test, until
from softnic.net import attempt, make_netns, make_pair, run
from softnic.rtnl import Monitor, link
from softnic.vnics import (all_arrive, delete_vnic, losses, refused, set_vnic, show_nic,
                           show_vnic, vnic, vnics)

NIC = ("n1", "b")


def prepare(pool=None, rings=2):
    """A pair; n1's pool has so many rings."""
    make_netns("a", "b")
    make_pair(f"--rx-queues {rings} --tx-queues {rings} "
              f"--peer-rx-queues {rings} --peer-tx-queues {rings}")
    if pool is not None:
        run(f"vnicadm set-nic n1 --pool {pool}", "b")


def pool():
    """How many rings the pool of n1 has, and how many of them are reserved."""
    nic = show_nic(*NIC)
    return nic["pool"], nic["pool_used"]


def rings(name, netns="b"):
    """How many rings a VNIC has reserved, where it is served, and how many
    rings are in use, by queue-get."""
    told = show_vnic(name, netns)
    used = sum(direction == "rx" for direction, _ in netdev.queues(name, netns))
    return told["rings"], told["placement"], used


def everything():
    """What can be told of the links of b, but for statistics."""
    return run("ip -d link show", "b"), run("vnicadm show-vnic --json", "b"), pool()


@test
def reserved_at_creation():
    prepare()
    vnic("v0", "n1", "b", rings=3, queues=4)
    vnic("v1", "n1", "b", queues=4)
    equal(rings("v0"), (3, "own-group", 3), "rings of v0")
    equal(rings("v1"), (0, "shared", 1), "rings of v1")
    equal(pool(), (256, 3), "pool")
    told = json.loads(run("ip -j -d link show dev v0", "b"))[0]
    equal(told["num_rx_queues"], 4, "receive queues made")


@test
def changed_later():
    prepare()
    end = vnic("v0", "n1", "b", queues=4)
    ear = Monitor("b")
    steps = ((2, "own-group"), (4, "own-group"), (1, "own-group"), (0, "shared"),
             (0, "shared"), (4, "own-group"))
    moves = 0
    for count, placement in steps:
        before = rings("v0")[1]
        set_vnic(*end, rings=count)
        equal(rings("v0"), (count, placement, max(count, 1)), "rings")
        equal(pool(), (256, count), "pool")
        moves += before != placement
        equal(show_vnic(*end)["placement_changes"], moves, "changes of placement")
        told = [place for _, place in ear.placements()]
        assert (before != placement) <= (int(placement == "own-group") in told), f"events: {told}"
    for words in ("down", "up"):
        run(f"ip link set v0 {words}", "b")
    equal(rings("v0"), (4, "own-group", 4), "rings after down and up")
    run("ip link set v0 down", "b")
    set_vnic(*end, rings=2)
    run("ip link set v0 up", "b")
    equal(rings("v0"), (2, "own-group", 2), "rings changed while down")


@test
def more_than_the_pool_has():
    prepare(pool=4)
    vnic("v0", "n1", "b", rings=3, queues=8)
    vnic("v1", "n1", "b", queues=8)
    before = everything()
    refused("vnicadm create-vnic v2 --over n1 --rings 2 --queues 8",
            "rings: 2 wanted, 1 of the NIC's 4 free", netns="b")
    refused("vnicadm set-vnic v1 --rings 8", "rings: 8 wanted, 1 of the NIC's 4 free", netns="b")
    # It asks for two more than it has.
    equal(rtnl.refusal(rtnl.vnic(rtnl.attr(rtnl.RINGS, 5)), index=link("v0", "b").index,
                       netns="b")[0], "ENOSPC", "errno")
    refused("vnicadm set-vnic v0 --rings 9", "rings must be 0 to 8", netns="b")
    equal(everything(), before, "links")
    set_vnic("v0", "b", rings=4)
    equal(pool(), (4, 4), "pool")


@test
def the_pool_is_resized():
    prepare(pool=2)
    vnic("v0", "n1", "b", rings=2, queues=8)
    run("vnicadm set-nic n1 --pool 5", "b")
    set_vnic("v0", "b", rings=4)
    before = everything()
    nic = link(*NIC).index
    for wrong, code in ((3, "EBUSY"), (0, "EBUSY"), (65537, "EINVAL")):
        seen, text = rtnl.refusal(rtnl.softnic(rtnl.attr(rtnl.POOL, wrong)), index=nic, netns="b")
        equal(seen, code, f"errno of a pool of {wrong}")
        told = "must be 0 to 65536" if code == "EINVAL" else \
            "must be 4 to 65536: 4 rings are reserved"
        equal(text, f"pool {told}", "text")
    equal(everything(), before, "links")
    run("vnicadm set-nic n1 --pool 4", "b")
    equal(pool(), (4, 4), "pool")


@test
def given_back():
    prepare(pool=8)
    make_netns("c")
    vnic("v0", "n1", "b", rings=3, queues=4)
    vnic("v1", "n1", "b", into="c", rings=4, queues=4)
    vnic("v2", "n1", "b", rings=1)
    equal(pool(), (8, 8), "pool")
    delete_vnic("v0", "b")
    equal(pool(), (8, 5), "pool after a deletion")
    run("ip netns del c")
    until(lambda: pool() == (8, 1), lambda: f"rings come back from a namespace: {pool()}")
    equal(vnics("b"), ["v2"], "VNICs left")


@test
def rules_and_contexts_hold_the_group():
    prepare()
    vnic("v0", "n1", "b", rings=4, queues=4)
    for make, undo in (("-N v0 flow-type tcp4 action 1 loc 0", "-N v0 delete 0"),
                       ("-X v0 context new equal 2", "-X v0 context 1 delete")):
        run(f"ethtool {make}", "b")
        before = everything()
        refused("vnicadm set-vnic v0 --rings 0", "remove the rules and RSS contexts first",
                netns="b")
        equal(everything(), before, "links")
        run(f"ethtool {undo}", "b")
    run("ethtool -X v0 weight 0 0 0 1", "b")
    refused("vnicadm set-vnic v0 --rings 2", "names a ring beyond 2", netns="b")
    equal(rings("v0"), (4, "own-group", 4), "rings")
    run("ethtool -X v0 default", "b")
    set_vnic("v0", "b", rings=0)
    equal(rings("v0"), (0, "shared", 1), "rings in the end")


def make_tenants():
    """Two VNICs in namespaces of their own, with addresses that a finds."""
    make_netns("c", "d")
    run("ip addr add 10.0.0.1/24 dev n0", "a")
    host = link("n0", "a").address
    ends = []
    for name, netns, address, count in (("v0", "c", "10.0.0.2", 2), ("v1", "d", "10.0.0.3", 1)):
        end = vnic(name, "n1", "b", into=netns, rings=count, queues=4)
        run("ip -batch -", netns, f"addr add {address}/24 dev {name}\n"
            f"neigh add 10.0.0.1 lladdr {host} dev {name} nud permanent\n")
        run(f"ip neigh add {address} lladdr {link(*end).address} dev n0 nud permanent", "a")
        ends.append(end)
    return ends


@test
def moved_under_connections():
    prepare()
    one, other = make_tenants()
    mine = [Transfer("10.0.0.2", target="c") for _ in range(3)]
    theirs = Transfer("10.0.0.3", target="d")
    for _ in range(rounds(4)):
        for count in (4, 1, 0, 2, 0, 3):
            set_vnic(*one, rings=count)
            came = [link(*end).stats["rx_packets"] for end in (one, other)]
            until(lambda before=came: all(link(*end).stats["rx_packets"] > seen for end, seen
                                          in zip((one, other), before)), "frames flow")
            equal(rings(*other), (1, "own-group", 1), "rings of the other VNIC")
    for transfer in (*mine, theirs):
        transfer.ends_well()
    all_arrive(("n0", "a"), (one, other))
    equal([losses(end) for end in (one, other, NIC)], [{}] * 3, "losses")
    told = show_vnic(*other)
    equal(told["placement_changes"], 0, "changes of the other VNIC's placement")
    assert show_vnic(*one)["placement_changes"] >= rounds(4) * 4 - 1, "placement did not change"


def polls(end):
    """How often the rings of a device were polled."""
    return sum(value for name, value in own_statistics(*end).items() if name.endswith("_polls"))


@test
def no_other_group_is_touched():
    prepare(rings=1)
    ends = [vnic(f"v{n}", "n1", "b", rings=1, queues=4) for n in range(3)]
    one, other, idle = ends
    source = link("n0", "a").address
    s = packet_socket("n0", "a")
    mine, theirs = [[udp_frame(link(*end).address, source, port, 100) for port in range(20)]
                    for end in (one, other)]
    before = polls(NIC), polls(idle)
    for count in (4, 1, 3, 2):
        set_vnic(*one, rings=count)
        for data in mine + theirs:
            s.send(data)
        received = all_arrive(("n0", "a"), ends)
    equal(received, [80, 80, 0], "frames received")
    equal((polls(NIC), polls(idle)), before, "polls of rings of others")
    queues = netdev.by_queue(*other)
    equal(queues["rx", 0]["packets"], 80, "frames in the other VNIC's ring")
    equal(own_statistics(*other).get("rx1_polls", 0), 0, "polls of a ring that it has not")
    set_vnic(*one, rings=0)
    for data in mine + theirs:
        s.send(data)
    equal(all_arrive(("n0", "a"), ends), [100, 100, 0], "frames received")
    assert polls(NIC) > before[0], "the NIC's rings were not polled for the VNIC"
    equal(polls(idle), before[1], "polls of rings of others")
    equal(sorted(netdev.by_queue(*other)), sorted(queues), "queues of the other VNIC")


@test
def what_waits_moves():
    """Frames that wait in rings which a VNIC gives back are not lost."""
    prepare()
    end = vnic("v0", "n1", "b", rings=4, queues=4)
    source, to = link("n0", "a").address, link(*end).address
    frames = [udp_frame(to, source, port, 100) for port in range(40)]
    index, s, sent = link(*end).index, packet_socket("n0", "a"), 0
    # The longest time that frames wait; what gives up the rings is faster.
    run("ethtool -C v0 rx-usecs 10000 rx-frames 0", "b")
    for count in (2, 1, 0, 4) * rounds(8):
        request = rtnl.Request(rtnl.vnic(rtnl.attr(rtnl.RINGS, count)), index=index, netns="b")
        with request.socket:
            for data in frames:
                s.send(data)
            request.make()
        sent += len(frames)
        equal(all_arrive(("n0", "a"), [end]), [sent], "frames received")
    equal(losses(end), {}, "losses")


@test
def counters_never_go_back():
    prepare()
    end = vnic("v0", "n1", "b", rings=1, queues=4)
    flood = Flood("n0", "a", [link(*end).address])
    seen, totals = {}, {}
    for _ in range(rounds(4)):
        for count in (0, 4, 2, 0, 3, 1):
            set_vnic(*end, rings=count)
            now = link(*end).stats | own_statistics(*end)
            for name, value in seen.items():
                assert now.get(name, -1) >= value, f"{name} went from {value} to {now.get(name)}"
            seen = now
            last, totals = totals, netdev.totals(*end)
            for name, value in last.items():
                assert totals[name] >= value, f"{name} went from {value} to {totals[name]}"
    flood.end()
    received, = all_arrive(("n0", "a"), [end])
    sent = link("n0", "a").stats
    equal((sent["tx_packets"], sent["tx_bytes"], sent["tx_dropped"]),
          (received, received * 100, 0), "frames and bytes sent, and lost by the sender")
    equal(losses(end), {}, "losses")
    equal(netdev.totals(*end)["rx-packets"], received, "frames, as the queues tell")
    for words in ("down", "up"):
        run(f"ip link set v0 {words}", "b")
        equal(link(*end).stats["rx_packets"], received, f"frames after {words}")


@test
def without_a_queue_for_each_ring():
    prepare()
    done = attempt("vnicadm create-vnic v0 --over n1 --rings 5 --queues 4", "b")
    assert "rings must be 0 to 4" in done.stderr, done.stderr
    equal((vnics("b"), pool()), ([], (256, 0)), "VNICs, and the pool")


main()
