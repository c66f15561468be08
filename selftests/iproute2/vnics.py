#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""ip link makes, changes and shows VNICs with every attribute, in both of its
outputs, and refuses what is wrong; with the ip of Debian 13 and of Debian 12."""

import json
import os
import shutil
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.iproute2 import attributes, data, each_ip, pairs, refuses, told, words
from softnic.ktap import defer, equal, main
from softnic.net import attempt, make_netns, make_pair, run
from softnic.rtnl import (DERIVE, MODE, PLACEMENT, PLACEMENT_CHANGES, PLACEMENT_REASON, RINGS,
                          SLOTS_WANTED, VLAN_ID, VLAN_PROTOCOL, VLANS)
from softnic.vnics import set_vnic, show_vnic

PLACEMENTS = ("shared", "own-group", "forced-promiscuous")
REASONS = ("asked-for", "no-free-slot")


def prepare():
    """A pair across a and b, of which n1, in b, is what VNICs are made over."""
    make_netns("a", "b")
    make_pair()


def agree(ip, name):
    """Asserts that ip tells all that the kernel tells, as vnicadm does, a
    program and a person the same."""
    raw = attributes(name, "b", [VLANS])
    found, shown = data(ip, name, "b"), show_vnic(name, "b")
    ranges = raw.get(VLANS, b"")
    ids = [int.from_bytes(ranges[at:at + 2], "little") for at in range(0, len(ranges), 2)]
    equal(found, {
        "vlan": raw[VLAN_ID],
        "vlans": [{"first": a, "last": b} for a, b in zip(ids[::2], ids[1::2])],
        "vlan_protocol": {0x8100: "802.1q", 0x88a8: "802.1ad"}[raw[VLAN_PROTOCOL]],
        "mode": ("bridge", "private", "vepa", "passthru")[raw[MODE]],
        "rings": raw[RINGS],
        "placement": PLACEMENTS[raw[PLACEMENT]],
        "placement_reason": REASONS[raw[PLACEMENT_REASON]],
        "placement_changes": raw[PLACEMENT_CHANGES],
        "slots": raw[SLOTS_WANTED],
    }, f"{name}: ip and the kernel")
    for key, value in found.items():
        equal(shown[key] or 0 if key == "vlan" else shown[key], value, f"{name}: vnicadm's {key}")
    text = pairs(words(ip, "vnic", name, "b"))
    hidden = "vlan" if found["vlans"] else "vlans"
    spelt = {key.replace("_", "-"): str(value) for key, value in found.items() if key != hidden}
    if "vlans" in spelt:
        spelt["vlans"] = str(shown_list(found["vlans"]))
    equal(text, spelt, f"{name}: text and JSON")


def shown_list(ranges):
    """VLANs as they are written."""
    return ",".join(str(r["first"]) if r["first"] == r["last"] else f"{r['first']}-{r['last']}"
                    for r in ranges)


@each_ip
def every_setting_is_made_and_shown(ip):
    prepare()
    run(f"{ip} link add link n1 name v0 numrxqueues 4 type vnic vlan 10 vlan-protocol 802.1ad "
        "rings 4 mode vepa", "b")
    found = data(ip, "v0", "b")
    equal({key: found[key] for key in ("vlan", "vlan_protocol", "rings", "mode")},
          {"vlan": 10, "vlan_protocol": "802.1ad", "rings": 4, "mode": "vepa"}, "v0")
    agree(ip, "v0")
    run(f"{ip} link add link n1 name v1 type vnic vlans 0,20-30,7", "b")
    equal(data(ip, "v1", "b")["vlans"],
          [{"first": a, "last": b} for a, b in ((0, 0), (7, 7), (20, 30))], "VLANs of v1")
    agree(ip, "v1")
    far = [str(2 * n) for n in range(240)]
    run(f"{ip} link add link n1 name v3 type vnic vlans {','.join(far)}", "b")
    equal(len(data(ip, "v3", "b")["vlans"]), 240, "ranges of v3")
    agree(ip, "v3")
    for mode in ("bridge", "private"):
        run(f"{ip} link add link n1 name {mode} type vnic mode {mode}", "b")
        equal(data(ip, mode, "b")["mode"], mode, "mode")
        agree(ip, mode)
    run(f"{ip} link add link n1 name v2 type vnic", "b")
    agree(ip, "v2")


@each_ip
def passthru_and_a_derived_address(ip):
    prepare()
    run(f"{ip} link add link n1 name v0 type vnic derive", "b")
    address = told(ip, "v0", "b")["address"]
    run(f"{ip} link del v0", "b")
    run("vnicadm create-vnic --over n1 v0 --mac derived", "b")
    equal(told(ip, "v0", "b")["address"], address, "address by ip and by vnicadm")
    equal(DERIVE in attributes("v0", "b"), False, "told")
    run(f"{ip} link del v0", "b")
    run(f"{ip} link add link n1 name v0 type vnic mode passthru", "b")
    equal(data(ip, "v0", "b")["mode"], "passthru", "mode")
    agree(ip, "v0")


@each_ip
def settings_are_changed(ip):
    prepare()
    run(f"{ip} link add link n1 name v0 type vnic vlan 10", "b")
    for change, wanted in (
            ("vlan 20 vlan-protocol 802.1ad", {"vlan": 20, "vlan_protocol": "802.1ad"}),
            ("vlans 0,10", {"vlan": 0, "vlans": [{"first": 0, "last": 0},
                                                 {"first": 10, "last": 10}]}),
            ("vlans none", {"vlan": 0, "vlans": []}),
            ("mode vepa rings 1", {"mode": "vepa", "rings": 1}),
            ("mode PRIVATE rings 0", {"mode": "private", "rings": 0})):
        run(f"{ip} link set v0 type vnic {change}", "b")
        found = data(ip, "v0", "b")
        equal({key: found[key] for key in wanted}, wanted, change)
        agree(ip, "v0")


@each_ip
def a_placement_is_shown_with_its_reason(ip):
    prepare()
    run("vnicadm set-nic n1 --slots 0", "b")
    run(f"{ip} link add link n1 name v0 type vnic rings 1", "b")
    found = data(ip, "v0", "b")
    equal((found["placement"], found["placement_reason"], found["slots"]),
          ("forced-promiscuous", "no-free-slot", 1), "v0")
    run(f"{ip} link set n1 type softnic slots 5", "b")
    equal(data(ip, "v0", "b")["placement"], "own-group", "v0")
    agree(ip, "v0")


@each_ip
def what_is_shown_can_be_given_again(ip):
    prepare()
    for name, settings in (("v0", "vlan=10 vlan_protocol=802.1ad mode=vepa rings=2"),
                           ("v1", "vlans=0,5-9 mode=private")):
        run(f"{ip} link add link n1 name {name} type vnic", "b")
        set_vnic(name, "b", **dict(s.split("=") for s in settings.split()))
        shown = words(ip, "vnic", name, "b")
        again = shown[:shown.index("placement")]
        run(f"{ip} link add link n1 name again{name} type vnic {' '.join(again)}", "b")
        equal(words(ip, "vnic", f"again{name}", "b")[:len(again)], again, "the same")


@each_ip
def many_are_one_valid_list(ip):
    prepare()
    for number in range(5):
        run(f"{ip} link add link n1 name v{number} type vnic vlans 0,{number + 1}", "b")
    found = json.loads(run(f"{ip} -d -j link show type vnic", "b"))
    equal(sorted(x["ifname"] for x in found), [f"v{n}" for n in range(5)], "names")
    equal([x["linkinfo"]["info_kind"] for x in found], ["vnic"] * 5, "kinds")
    pretty = json.loads(run(f"{ip} -d -j -p link show type vnic", "b"))
    equal(pretty, found, "pretty JSON")
    equal(len(run(f"{ip} -d -o link show type vnic", "b").splitlines()), 5, "lines")
    assert "vlan" not in run(f"{ip} link show type vnic", "b"), "settings without -d"


@each_ip
def wrong_words_are_refused(ip):
    prepare()
    run(f"{ip} link add link n1 name v0 type vnic", "b")
    for settings, *texts in (
            ("vlan 4095", '"4095" is wrong: "vlan" is a number from 0 to 4094'),
            ("vlan -1", '"-1" is wrong'),
            ("vlan", "not complete"),
            ("vlans 0-4095", '"0-4095" is wrong: "vlans" is none, or a list', "0 to 4094"),
            ("vlans 3,1-5", '"3,1-5" is wrong: "vlans" has an id twice'),
            ("vlans 0-256", "has more than 256 ids"),
            ("vlan-protocol qinq", '"qinq" is wrong', "802.1q, 802.1ad"),
            ("mode hub", '"hub" is wrong', "bridge, private, vepa, passthru"),
            ("rings 257", '"257" is wrong: "rings" is a number from 0 to 256'),
            ("vlan 1 vlan 2", 'duplicate "vlan": "2" is the second value'),
            ("placement shared", 'vnic: unknown option "placement"', "Usage: ip link add"),
            ("help", "Usage: ip link add")):
        refuses(ip, f"link add link n1 name v1 type vnic {settings}", *texts, netns="b")
        refuses(ip, f"link set v0 type vnic {settings}", *texts, netns="b")
    far = [str(2 * n) for n in range(256)]
    refuses(ip, f"link add link n1 name v1 type vnic vlans {','.join(far)}", "vnicadm", netns="b")
    equal([x["ifname"] for x in json.loads(run(f"{ip} -j link show type vnic", "b"))], ["v0"],
          "VNICs")
    agree(ip, "v0")


@each_ip
def the_kernels_refusals_are_shown(ip):
    prepare()
    run(f"{ip} link add link n1 name v0 type vnic vlan 3", "b")
    for settings, text in (("vlan 3 vlans 4", "VLAN"), ("rings 200", "ring"),
                           ("mode passthru", "passthru")):
        refuses(ip, f"link add link n1 name v1 type vnic {settings}", "Error: ", text, netns="b",
                status=2)
    refuses(ip, "link set v0 type vnic derive", "Error: ", netns="b", status=2)


@each_ip
def help_names_every_word(ip):
    done = attempt(f"{ip} link help vnic")
    equal((done.returncode, done.stderr), (0, ""), "help")
    listed = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
    for word in ("vlan", "vlans", "vlan-protocol", "mode", "rings", "derive"):
        assert word in listed, f"no {word} in {done.stdout}"
        assert f" {word} " in done.stdout.split("\n\n")[0] + done.stdout.split("\n\n")[1], word


@each_ip
def found_where_it_is_installed(ip):
    folder = "/usr/lib/x86_64-linux-gnu/ip"
    refused = attempt(f"env -u IP_LIB_DIR {ip} link add v0 type vnic vlan 3")
    assert "Garbage" in refused.stderr, f"there is one already: {refused}"
    shutil.copytree(os.environ["IP_LIB_DIR"], folder)
    defer(shutil.rmtree, folder)
    told_by = run(f"env -u IP_LIB_DIR {ip} link help vnic")
    equal(told_by, run(f"{ip} link help vnic"), "help")


if __name__ == "__main__":
    main()
