#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Filter slots: who has them, who waits, and where frames are served meanwhile."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic.ethtool import own_statistics
from softnic.flows import Flood
from softnic.frames import EXPERIMENT, frame, hear, heard, packet_socket
from softnic.ktap import equal, main, rounds, test, until
from softnic.net import make_netns, make_pair, run
from softnic.rtnl import Monitor, link
from softnic.vnics import all_arrive, delete_vnic, losses, refused, set_vnic, show_nic, vnic

NOBODY = "02:00:00:00:00:99"
SHARED, OWN, FORCED = range(3)


def prepare(slots=None):
    """A pair; n1 has so many filter slots."""
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    if slots is not None:
        set_slots(slots)


def set_slots(slots):
    run(f"vnicadm set-nic n1 --slots {slots}", "b")


def stock():
    """How many slots n1 has, how many are taken, and how many VNICs wait."""
    nic = show_nic("n1", "b")
    return nic["slots"], nic["slots_used"], nic["slots_waiting"]


def shown():
    """What is told of each VNIC, by name."""
    return {x["name"]: x for x in json.loads(run("vnicadm show-vnic --json", "b"))}


def forced():
    """The VNICs that have no slot; asserts that all others have what they asked
    for."""
    found = []
    for name, told in shown().items():
        if told["placement"] == "forced-promiscuous":
            found.append(name)
            equal(told["placement_reason"], "no-free-slot", f"reason of {name}")
        else:
            equal(told["placement"], "own-group" if told["rings"] else "shared", name)
            equal(told["placement_reason"], "asked-for", f"reason of {name}")
    return sorted(found)


def changes():
    """How often each VNIC's placement has changed."""
    return {name: told["placement_changes"] for name, told in shown().items()}


class Reach:
    """Tells which VNICs are given frames off the wire."""

    def __init__(self, names):
        self.source = link("n0", "a").address
        self.sender = packet_socket("n0", "a")
        self.ears = {name: packet_socket(name, "b", EXPERIMENT) for name in names}
        self.count = 0

    def forget(self, name):
        """Takes no more notice of a VNIC."""
        self.ears.pop(name).close()

    def check(self, others=()):
        """Each is given what is sent to its address, once, and nothing else.
        `others` are further addresses, and whose they are."""
        self.count += 1
        plan = [(name, link(name, "b").address) for name in self.ears] + list(others)
        for name, mac in [(None, NOBODY), *plan]:
            self.sender.send(frame(mac, self.source, b"%d for %s" % (
                self.count, str(name).encode())))
        for name, ear in self.ears.items():
            wanted = [b"%d for %s" % (self.count, name.encode())
                      for whose, _ in plan if whose == name]
            came = [hear(ear) for _ in wanted]
            assert None not in came, f"{name} was given {came}"
            equal([data[14:].rstrip(b"\0") for data in came], wanted, f"frames of {name}")
        # With one ring, the last is behind all others.
        for name, ear in self.ears.items():
            equal(heard(ear), [], f"further frames of {name}")


@test
def more_vnics_than_slots():
    prepare(slots=4)
    names = [f"v{n}" for n in range(10)]
    for name in names:
        vnic(name, "n1", "b")
    equal(forced(), names[4:], "VNICs without a slot")
    equal(stock(), (4, 4, 6), "slots, taken ones, VNICs that wait")
    equal(set(changes().values()), {0}, "changes")
    reach = Reach(names)
    reach.check()
    for gone, next_one in (("v1", "v4"), ("v3", "v5"), ("v8", None), ("v4", "v6")):
        ear = Monitor("b")
        reach.forget(gone)
        delete_vnic(gone, "b")
        names.remove(gone)
        told = [x for x in ear.placements() if x[0] != gone]
        equal(told, [(next_one, SHARED)] if next_one else [], f"events when {gone} goes")
        reach.check()
    equal(forced(), ["v7", "v9"], "VNICs without a slot at the end")
    equal(stock(), (4, 4, 2), "slots, taken ones, VNICs that wait")
    equal([name for name, count in changes().items() if count], ["v5", "v6"],
          "VNICs whose placement changed")
    equal(set(changes().values()), {0, 1}, "changes")


@test
def no_slots_at_all():
    prepare(slots=0)
    names = ["v0", "v1", "v2"]
    for name in names:
        vnic(name, "n1", "b")
    reach = Reach(names)
    equal((forced(), stock()), (names, (0, 0, 3)), "VNICs without a slot")
    reach.check()
    ear = Monitor("b")
    set_slots(128)
    equal((forced(), stock()), ([], (128, 3, 0)), "VNICs without a slot, with slots for all")
    equal(sorted(ear.placements()), [(name, SHARED) for name in names], "events")
    reach.check()
    set_slots(0)
    equal(sorted(ear.placements()), [(name, FORCED) for name in names], "events")
    equal(set(changes().values()), {2}, "changes")
    reach.check()


@test
def who_came_last_loses_its_slot_first():
    prepare(slots=128)
    names = [f"v{n}" for n in range(4)]
    for name in names:
        vnic(name, "n1", "b")
    reach = Reach(names)
    for slots in (3, 1, 2, 4):
        set_slots(slots)
        equal((forced(), stock()), (names[slots:], (slots, slots, 4 - slots)),
              f"VNICs without a slot, with {slots}")
        reach.check()
    equal(changes(), {"v0": 0, "v1": 2, "v2": 2, "v3": 2}, "changes")


@test
def further_addresses_take_slots():
    prepare(slots=3)
    for name in ("v0", "v1"):
        vnic(name, "n1", "b")
    reach = Reach(("v0", "v1"))
    further = [f"02:00:00:00:01:0{n}" for n in range(3)]
    for mac in further[:2]:
        run(f"bridge fdb add {mac} dev v0 self", "b")
    equal((forced(), stock()), (["v0"], (3, 1, 1)), "VNICs without a slot")
    equal(shown()["v0"]["slots"], 3, "slots that v0 wants")
    mine = [("v0", mac) for mac in further]
    reach.check(mine[:2])
    run(f"bridge fdb del {further[0]} dev v0 self", "b")
    equal((forced(), stock()), ([], (3, 3, 0)), "after one address less")
    reach.check(mine[1:2])
    for mac in (further[0], further[2]):
        run(f"bridge fdb add {mac} dev v0 self", "b")
    # It wants more than there are: it waits, and holds up nobody.
    vnic("v2", "n1", "b")
    equal((forced(), stock()), (["v0"], (3, 2, 1)), "VNICs without a slot")
    reach.check(mine)
    set_slots(6)
    equal((forced(), stock()), ([], (6, 6, 0)), "with slots for all")
    reach.check(mine)


@test
def each_vlan_of_a_trunk_takes_a_slot():
    prepare(slots=3)
    vnic("v0", "n1", "b", vlans="0,10-12")
    vnic("v1", "n1", "b", vlan=10)
    equal((forced(), stock()), (["v0"], (3, 1, 1)), "VNICs without a slot")
    equal({name: told["slots"] for name, told in shown().items()}, {"v0": 4, "v1": 1}, "slots")
    set_vnic("v0", "b", vlans="0,11")
    equal((forced(), stock()), ([], (3, 3, 0)), "with two VLANs")
    # Groups are found without slots.
    run("ip maddr add 01:00:5e:01:02:03 dev v0", "b")
    equal(stock(), (3, 3, 0), "with a group")


@test
def the_table_changes_under_traffic():
    prepare()
    ends = [vnic(f"v{n}", "n1", "b", rings=rings, queues=2)
            for n, rings in enumerate((0, 0, 2, 1))]
    flood = Flood("n0", "a", [link(*end).address for end in ends])
    for _ in range(rounds(4)):
        for slots in (0, 2, 1, 3, 4, 0, 128):
            set_slots(slots)
            came = link(*ends[3]).stats["rx_packets"]
            until(lambda before=came: link(*ends[3]).stats["rx_packets"] > before + 20,
                  "frames flow")
    flood.end()
    received = all_arrive(("n0", "a"), ends)
    equal([losses(end) for end in ends], [{}] * 4, "losses")
    equal(losses(("n1", "b")), {}, "losses of the NIC")
    assert min(received) > 0, f"received: {received}"
    assert changes()["v3"] > rounds(4), f"changes: {changes()}"


def polls(end):
    """How often the rings of a device were polled."""
    return sum(value for name, value in own_statistics(*end).items() if name.endswith("_polls"))


@test
def rings_wait_for_a_slot():
    prepare(slots=0)
    own, nic = vnic("v0", "n1", "b", rings=2, queues=2), ("n1", "b")
    source, to = link("n0", "a").address, link(*own).address
    s = packet_socket("n0", "a")

    def polled_of(count):
        """Whether the VNIC's rings were polled for so many frames, and those of
        the NIC."""
        before = polls(own), polls(nic)
        for _ in range(count):
            s.send(frame(to, source))
        all_arrive(("n0", "a"), [own])
        return polls(own) > before[0], polls(nic) > before[1]

    ear = Monitor("b")
    for slots, place, name in ((0, None, "forced-promiscuous"), (1, OWN, "own-group"),
                               (0, FORCED, "forced-promiscuous"), (1, OWN, "own-group")):
        set_slots(slots)
        equal(ear.placements(), [] if place is None else [("v0", place)], "events")
        equal((shown()["v0"]["placement"], shown()["v0"]["rings"]), (name, 2), "placement, rings")
        equal(polled_of(30), (place == OWN, place != OWN),
              f"polls of the rings of the VNIC, and of the NIC, with {slots} slots")
    equal(losses(own), {}, "losses")


@test
def slots_out_of_range_are_refused():
    prepare(slots=5)
    refused("vnicadm set-nic n1 --slots 65537", "slots must be 0 to 65536", netns="b")
    equal(stock(), (5, 0, 0), "slots, taken ones, VNICs that wait")


main()
