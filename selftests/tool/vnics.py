#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""vnicadm makes, shows, changes and deletes VNICs, and says why it cannot."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ktap import equal, main, test
from softnic.net import make_netns, make_pair, run
from softnic.rtnl import link
from softnic.vnics import (delete_vnic, refused, set_vnic, show_nic, show_vnic, vnic, vnics)

MAC = "02:00:00:00:00:99"


def prepare():
    """A pair across a and b, of which n1, in b, is what VNICs are made over."""
    make_netns("a", "b", "c")
    make_pair("--peer-mtu 1600")


def tells(found, **wanted):
    """Asserts what vnicadm tells of something."""
    equal({name: found[name] for name in wanted}, wanted, found["name"])


@test
def makes_a_vnic_as_asked():
    prepare()
    vnic("v0", "n1", "b", mac=MAC, mtu=1400, vlan=10, vlan_protocol="802.1ad", mode="private",
         rx_queues=3, tx_queues=2)
    found = show_vnic("v0", "b")
    tells(found, mac=MAC, mtu=1400, vlan=10, vlan_protocol="802.1ad", vlans=[], mode="private",
          rx_rings=3, tx_queues=2, admin_state="up", oper_state="up", carrier=True)
    equal(found["over"], {"ifindex": link("n1", "b").index, "name": "n1"}, "over")
    vnic("v1", "n1", "b", set_up=False, queues=2)
    found = show_vnic("v1", "b")
    tells(found, mtu=1600, vlan=None, vlan_protocol="802.1q", mode="bridge", rx_rings=2,
          tx_queues=2, admin_state="down")
    equal(int(found["mac"][:2], 16) & 3, 2, "kind of a random address")


@test
def makes_one_over_another_and_into_another_namespace():
    prepare()
    vnic("v0", "n1", "b")
    equal(vnic("v1", "v0", "b", into="c"), ("v1", "c"), "where it is")
    equal(vnics("c"), ["v1"], "VNICs in c")
    over = show_vnic("v1", "c")["over"]
    equal((over["ifindex"], over["name"], over["netns"]),
          (link("v0", "b").index, "v0", "b"), "over")
    lines = [line.split() for line in run("vnicadm show-vnic", "c").splitlines()]
    equal([line[0] for line in lines], ["NAME", "v1"], "names in the table")
    assert "v0@b" in lines[1], f"table: {lines}"


@test
def changes_a_vnic():
    prepare()
    vnic("v0", "n1", "b", vlan=10)
    set_vnic("v0", "b", vlan=20, vlan_protocol="802.1ad", mode="vepa", mtu=1300, mac=MAC)
    tells(show_vnic("v0", "b"), vlan=20, vlan_protocol="802.1ad", mode="vepa", mtu=1300, mac=MAC)
    set_vnic("v0", "b", vlan=0, mode="bridge")
    tells(show_vnic("v0", "b"), vlan=None, vlan_protocol="802.1q", mode="bridge", mtu=1300,
          mac=MAC)
    set_vnic("v0", "b", vnic_netns="c")
    equal((vnics("b"), vnics("c")), ([], ["v0"]), "VNICs in b and c")


@test
def deletes_vnics_and_nothing_else():
    prepare()
    vnic("v0", "n1", "b")
    vnic("v1", "n1", "b")
    delete_vnic("v0", "b")
    equal(vnics("b"), ["v1"], "VNICs left")
    refused("vnicadm delete-vnic v0", "v0 does not exist", netns="b")
    refused("vnicadm delete-vnic n1", "n1 is not a VNIC but of kind softnic", netns="b")
    refused("vnicadm delete-nic v1", "v1 is not a softnic NIC but of kind vnic", netns="b")
    refused("vnicadm set-vnic n1 --vlan 1", "n1 is not a VNIC", netns="b")
    refused("vnicadm set-nic v1 --finish on", "v1 is not a softnic NIC", netns="b")
    equal(vnics("b"), ["v1"], "VNICs left")
    run("vnicadm delete-nic n1", "b")
    equal(vnics("b"), [], "VNICs left without their NIC")


@test
def says_why_not():
    prepare()
    vnic("v0", "n1", "b", mac=MAC, vlan=10)
    before = show_vnic("v0", "b")
    for words, told, attribute in (
            ("--vlan 4095", "must be 0 to 4094", "vlan"),
            ("--mtu 1601", "must be 68 to 1600", "mtu"),
            (f"--vlan 10 --mac {MAC}", "has this address on this VLAN", "mac"),
            ("--mac 01:00:00:00:00:01", "neither zero nor a multicast", "mac"),
            ("--queues 257", "must be 1 to 256", "x-queues"),
            ("--vlan-protocol 802.1ad", "needs a VLAN id", "vlan-protocol"),
            ("--mode passthru", "has the NIC for itself", "mode")):
        refused(f"vnicadm create-vnic -l n1 v1 {words}", told, f"{attribute}'", netns="b")
    refused("vnicadm create-vnic -l lo v1", "must be a softnic NIC", "'over'", netns="b")
    refused("vnicadm create-vnic -l n9 v1", "n9 does not exist", netns="b")
    refused("vnicadm create-vnic -l n1 v0", "File exists", netns="b")
    refused("vnicadm set-vnic v0 --vlan 4095", "must be 0 to 4094", "'vlan'", netns="b")
    refused("vnicadm set-vnic v0 --vlan 20 --mtu 1601", "must be 68 to 1600", "'mtu'", netns="b")
    refused("vnicadm set-vnic v9 --vlan 1", "v9 does not exist", netns="b")
    equal(vnics("b"), ["v0"], "VNICs after refusals")
    equal(show_vnic("v0", "b"), before, "v0 after refusals")


@test
def reserves_rings_of_the_pool():
    make_netns("a", "b")
    make_pair("--peer-rx-queues 4")
    run("vnicadm set-nic n1 --pool 3", "b")
    tells(show_nic("n1", "b"), pool=3, pool_used=0)
    vnic("v0", "n1", "b", rings=2, queues=4)
    tells(show_vnic("v0", "b"), rings=2, placement="own-group", placement_reason="asked-for")
    tells(show_nic("n1", "b"), pool=3, pool_used=2)
    refused("vnicadm create-vnic -l n1 v1 --rings 2", "2 wanted, 1 of the NIC's 3 free",
            netns="b")
    refused("vnicadm set-vnic v0 --rings 5", "must be 0 to 4", "'rings'", netns="b")
    refused("vnicadm set-nic n1 --pool 1", "must be 2 to 65536", "'pool'", netns="b")
    tells(show_vnic("v0", "b"), rings=2, placement="own-group", placement_changes=0)
    set_vnic("v0", "b", rings=0)
    tells(show_vnic("v0", "b"), rings=0, placement="shared")
    tells(show_nic("n1", "b"), pool_used=0)


@test
def tells_who_waits_for_a_slot():
    prepare()
    run("vnicadm set-nic n1 --slots 1", "b")
    vnic("v0", "n1", "b")
    vnic("v1", "n1", "b")
    tells(show_nic("n1", "b"), slots=1, slots_used=1, slots_waiting=1)
    tells(show_vnic("v0", "b"), placement="shared", placement_changes=0, slots=1)
    before = show_vnic("v1", "b")
    tells(before, placement="forced-promiscuous", placement_reason="no-free-slot")
    delete_vnic("v0", "b")
    tells(show_vnic("v1", "b"), placement="shared", placement_reason="asked-for",
          placement_changes=before["placement_changes"] + 1)


@test
def lists_the_vlans_of_a_trunk():
    prepare()
    vnic("v0", "n1", "b", vlans="30,0,10-12")
    ranges = [{"first": first, "last": last} for first, last in ((0, 0), (10, 12), (30, 30))]
    assert "0,10-12,30" in run("vnicadm show-vnic v0", "b")
    tells(show_vnic("v0", "b"), vlan=None, vlans=ranges, slots=5)
    for words, told in (("--vlans 1,1", "1 is there twice"), ("--vlans 2-1", "2 to 1"),
                        ("--vlans 4095", "must be 0 to 4094"), ("--vlans 1-257", "at most 256"),
                        ("--vlan 1 --vlans 2", "one VLAN id, or a list")):
        refused(f"vnicadm set-vnic v0 {words}", told, "'vlans'", netns="b")
    tells(show_vnic("v0", "b"), vlan=None, vlans=ranges, slots=5)
    set_vnic("v0", "b", vlan=10)
    tells(show_vnic("v0", "b"), vlan=10, vlans=[], slots=1)
    set_vnic("v0", "b", vlans="10-11", vlan_protocol="802.1ad")
    tells(show_vnic("v0", "b"), vlan=None, vlan_protocol="802.1ad",
          vlans=[{"first": 10, "last": 11}])
    set_vnic("v0", "b", vlans="none")
    tells(show_vnic("v0", "b"), vlan=None, vlan_protocol="802.1q", vlans=[])


@test
def derives_the_same_address_each_time():
    prepare()
    vnic("v0", "n1", "b", mac="derived")
    mac = show_vnic("v0", "b")["mac"]
    delete_vnic("v0", "b")
    vnic("v1", "n1", "b", mac="derived")
    assert show_vnic("v1", "b")["mac"] != mac, "v1 has the address of v0"
    vnic("v0", "n1", "b", mac="derived")
    equal(show_vnic("v0", "b")["mac"], mac, "address of v0, made again")


@test
def sets_what_a_nic_has_for_vnics():
    make_netns("b")
    run("vnicadm create-nic n1 --storm 1000 --slots 5 --pool 6", "b")
    tells(show_nic("n1", "b"), storm=1000, slots=5, pool=6)
    run("vnicadm set-nic n1 --storm 0", "b")
    tells(show_nic("n1", "b"), storm=0, slots=5, pool=6)
    refused("vnicadm set-nic n1 --slots 65537 --storm 9", "must be 0 to 65536", "'slots'",
            netns="b")
    tells(show_nic("n1", "b"), storm=0, slots=5, pool=6)


main()
