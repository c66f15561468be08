#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""vnicadm shows rings, groups, filters, drops, RSS and moderation, in each of
its forms, and changes them."""

import json
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ethtool import statistics
from softnic.ktap import equal, main, test
from softnic.net import attempt, index_of, make_netns, make_pair, run, settle
from softnic.vnics import refused, set_vnic, show_vnic, vnic

MAC = "02:00:00:00:00:99"


def prepare():
    """A pair across a and b, of which n1, in b, has four rings and VNICs."""
    make_netns("a", "b")
    make_pair("--peer-rx-queues 4 --peer-tx-queues 2")


def shown(what, netns="b"):
    """What a command tells as JSON."""
    return json.loads(run(f"vnicadm {what} --json", netns))


def cells(what, columns, netns="b"):
    """The values of some columns, line by line."""
    text = run(f"vnicadm {what} -p -o {columns}", netns)
    return [line.split(":") for line in text.splitlines()]


def usage(command, *texts):
    """Asserts that a command is wrong usage, with all these texts."""
    done = attempt(command, "b")
    equal(done.returncode, 1, command)
    for text in texts:
        assert text in done.stderr, f"no {text!r} in {done.stderr}"


@test
def rings_count_as_ethtool_does():
    prepare()
    run("ip addr add 10.0.0.1/24 dev n0", "a")
    run("ip addr add 10.0.0.2/24 dev n1", "b")
    run("ping -q -c 20 -i 0.01 10.0.0.2", "a")
    settle()
    stats = statistics("n1", "b")
    rings = shown("show-ring n1")
    equal([ring["id"] for ring in rings], [0, 1, 2, 3], "rings")
    for ring in rings:
        prefix = f"rx{ring['id']}_"
        for name in ("polls", "batch_1", "batch_2_9", "batch_10_49", "batch_50", "interrupts",
                     "timer", "mode_switches", "adaptations", "full"):
            equal(ring[name], stats[prefix + name], prefix + name)
        equal((ring["name"], ring["depth"], ring["capacity"]), ("n1", 0, 256), "ring")
    assert sum(ring["packets"] for ring in rings) >= 20, f"{rings}"


@test
def groups_come_and_go():
    prepare()
    vnic("v0", "n1", "b", queues=4)
    equal(cells("show-group", "name,default,ports"), [["n1", "yes", "2"]], "groups")
    run("vnicadm create-group v0 --rings 3", "b")
    group, = shown("show-group v0")
    equal((group["default"], group["rings"], group["nic"]["name"]), (False, 3, "n1"), "group")
    run("vnicadm set-group v0 --rings 2", "b")
    run("vnicadm set-ring v0 --size 64", "b")
    group, = shown("show-group v0")
    equal((group["rings"], group["rings_max"], group["capacity"]), (2, 3, 64), "group")
    refused("vnicadm set-ring v0 --size 5", "16 to 8192", netns="b")
    run("vnicadm delete-group v0", "b")
    equal(show_vnic("v0", "b")["placement"], "shared", "placement")
    refused("vnicadm set-ring v0 --size 128", "needs rings of its own", netns="b")
    refused("vnicadm create-group n1 --rings 1", "n1 is not a VNIC", netns="b")


@test
def filters_are_added_and_deleted():
    prepare()
    vnic("v0", "n1", "b", vlan=10)
    own = show_vnic("v0", "b")["mac"]
    run(f"vnicadm create-filter v0 {MAC}", "b")
    filters = shown("show-filter n1")
    equal(sorted(entry["mac"] for entry in filters), sorted([own, MAC]), "addresses")
    for entry in filters:
        equal((entry["vlan"], entry["vlan_protocol"], entry["in_slot"]), (10, "802.1q", True),
              "filter")
        equal(entry["port"], {"ifindex": index_of("v0", "b"), "name": "v0"}, "port")
    equal(len(shown("show-filter v0")), 2, "filters of v0")
    refused(f"vnicadm create-filter v0 {MAC}", "File exists", netns="b")
    run(f"vnicadm delete-filter v0 {MAC}", "b")
    equal([entry["mac"] for entry in shown("show-filter n1")], [own], "addresses")
    refused(f"vnicadm delete-filter v0 {MAC}", "No such file", netns="b")
    refused(f"vnicadm create-filter lo {MAC}", "lo is not a softnic NIC or VNIC", netns="b")


@test
def drops_are_those_of_ethtool():
    prepare()
    stats = statistics("n1", "b")
    port, = shown("show-drops n1")
    told = {drop["reason"]: drop["packets"] for drop in port["drops"]}
    equal(told, {reason: stats[reason] for reason in told}, "drops")
    equal(len(cells("show-drops n1 --all", "reason")), 15, "reasons")


@test
def flows_are_spread_as_asked():
    prepare()
    run("vnicadm set-rss n1 --weights 1,0,3", "b")
    rss, = shown("show-rss n1")
    equal([rss["table"].count(ring) for ring in range(4)], [32, 0, 96, 0], "table")
    run("vnicadm set-rss n1 --equal 2 --function xor", "b")
    equal(cells("show-rss n1", "function,weights"), [["xor", "64,64"]], "RSS")
    run("vnicadm set-rss n1 --default", "b")
    equal(cells("show-rss n1", "weights"), [["32,32,32,32"]], "weights")
    refused("vnicadm set-rss n1 --equal 5", "out of range", "'table'", netns="b")
    refused("vnicadm set-rss n1 --key 01:02", "'key'", netns="b")
    usage("vnicadm set-rss n1 --weights 0,0", "--weights: no ring would be used")


@test
def moderation_is_set():
    prepare()
    equal(cells("show-coalesce n1", "all"), [["n1", "on", "0", "0"]], "moderation")
    run("vnicadm set-coalesce n1 --rx-usecs 50 --rx-frames 32", "b")
    found, = shown("show-coalesce n1")
    equal(found, {"name": "n1", "adaptive_rx": False, "rx_usecs": 50, "rx_frames": 32},
          "moderation")
    refused("vnicadm set-coalesce n1 --rx-usecs 10001", "0 to 10000", netns="b")


@test
def properties_are_set_and_reset():
    prepare()
    vnic("v0", "n1", "b", queues=4)
    run("vnicadm set-prop -p mtu=1400,vlans=0,10,20-30,rings=2,rx-usecs=7,mode=vepa v0", "b")
    found = {entry["property"]: entry for entry in shown("show-prop v0")}
    for name, current in (("mtu", "1400"), ("vlans", "0,10,20-30"), ("rings", "2"),
                          ("rx-usecs", "7"), ("mode", "vepa"), ("adaptive-rx", "off")):
        equal((found[name]["current"], found[name]["effective"]), (current, current), name)
        assert found[name]["default"] != current, f"{name}: {found[name]}"
    run("vnicadm reset-prop v0", "b")
    for entry in shown("show-prop v0"):
        assert entry["default"] in (None, entry["current"]), f"{entry}"
    run("vnicadm set-prop -p ring-size=512,slots=5 n1", "b")
    text = run("vnicadm show-prop n1 -p ring-size,slots -c -o property,current", "b")
    equal(text, "slots:5\nring-size:512\n", "properties")
    run("vnicadm reset-prop -p slots n1", "b")
    equal(run("vnicadm show-prop n1 -p slots -c -o current", "b"), "128\n", "slots")
    refused("vnicadm set-prop -p mtu=99999 v0", "mtu must be 68", netns="b")
    usage("vnicadm set-prop -p size=5 v0", "unknown property 'size'")
    usage("vnicadm set-prop -p mtu=many v0", "'mtu'", "'many'")
    usage("vnicadm reset-prop -p mac v0", "'mac' has no default")


@test
def explains_a_placement():
    prepare()
    vnic("v0", "n1", "b", rings=1, queues=2)
    vnic("v1", "n1", "b")
    assert run("vnicadm explain v0", "b").startswith("v0: own-group, over n1\n")
    found, = shown("explain v1")
    equal((found["placement"], found["slots_free"], found["rings_most"] > 0),
          ("shared", 126, True), "v1")
    run("vnicadm set-nic n1 --slots 0", "b")
    found, = shown("explain v0")
    equal((found["placement"], found["reason"], found["slots_free"], found["waiting"]),
          ("forced-promiscuous", "no-free-slot", 0, ["v1"]), "v0")
    assert "set-nic n1 --slots 1" in found["advice"][0], f"{found}"
    run("vnicadm set-nic n1 --slots 2", "b")
    set_vnic("v1", "b", rings=1)
    equal(shown("explain v1")[0]["placement"], "own-group", "v1")
    refused("vnicadm explain n1", "n1 is not a VNIC", netns="b")


@test
def columns_are_chosen():
    prepare()
    vnic("v0", "n1", "b", mac=MAC)
    equal(run("vnicadm show-vnic v0 -p -o mac,name,vlan,over", "b"),
          "02\\:00\\:00\\:00\\:00\\:99:v0::n1\n", "for scripts")
    lines = run("vnicadm show-vnic v0 -o name,mac", "b").splitlines()
    equal([line.split() for line in lines], [["NAME", "MAC"], ["v0", MAC]], "table")
    for command in ("nic", "vnic", "ring", "group", "filter", "drops", "rss", "coalesce", "prop"):
        usage(f"vnicadm show-{command} -o none-such", "unknown column 'none-such': must be")
        run(f"vnicadm show-{command} -o all", "b")
        assert isinstance(shown(f"show-{command}"), list), command


main()
