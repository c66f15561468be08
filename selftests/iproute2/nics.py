#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""ip link makes, changes, joins and shows NICs with every attribute, in both of
its outputs, and refuses what is wrong; with the ip of Debian 13 and of Debian
12."""

import contextlib
import json
import os
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.iproute2 import attributes, data, each_ip, pairs, refuses, told, words
from softnic.ktap import equal, main, until
from softnic.net import attempt, index_of, make_netns, nics, run, start
from softnic.rtnl import (PEER_IFINDEX, PEER_NETNSID, POOL, POOL_USED, SLOTS, SLOTS_USED,
                          SLOTS_WAITING, STORM, WIRE)
from softnic.vnics import show_nic

FINISH = 6


def agree(ip, name, netns=None):
    """Asserts that ip tells all that the kernel tells, as vnicadm does, a
    program and a person the same."""
    raw, found, shown = attributes(name, netns), data(ip, name, netns), show_nic(name, netns)
    wanted = {
        "slots": raw[SLOTS], "pool": raw[POOL], "storm": raw[STORM],
        "finish": raw[FINISH] == 1, "wire": ("none", "peer")[raw[WIRE]],
        "slots_used": raw[SLOTS_USED], "slots_waiting": raw[SLOTS_WAITING],
        "pool_used": raw[POOL_USED],
    }
    for key in wanted:
        equal(shown[key], wanted[key], f"{name}: vnicadm's {key}")
    for key, number in (("peer_ifindex", PEER_IFINDEX), ("peer_netnsid", PEER_NETNSID)):
        if number in raw:
            wanted[key] = raw[number]
    equal(found, wanted, f"{name}: ip and the kernel")
    spelt = {key.replace("_", "-"): str(value) for key, value in found.items()}
    spelt["finish"] = "on" if found["finish"] else "off"
    equal(pairs(words(ip, "softnic", name, netns)), spelt, f"{name}: text and JSON")


@each_ip
def every_setting_is_made_and_shown(ip):
    run(f"{ip} link add n0 type softnic slots 64 pool 8 storm 4294967295 finish on")
    found = data(ip, "n0")
    equal({key: found[key] for key in ("slots", "pool", "storm", "finish", "wire")},
          {"slots": 64, "pool": 8, "storm": 4294967295, "finish": True, "wire": "none"}, "n0")
    agree(ip, "n0")
    run(f"{ip} link add n1 type softnic")
    agree(ip, "n1")


@each_ip
def settings_are_changed(ip):
    run(f"{ip} link add n0 type softnic")
    run(f"{ip} link add link n0 name v0 type vnic rings 1")
    for change, wanted in (("slots 0", {"slots": 0, "slots_waiting": 1}),
                           ("slots 65536 storm 0", {"slots": 65536, "slots_used": 1, "storm": 0}),
                           ("pool 7 finish on", {"pool": 7, "pool_used": 1, "finish": True}),
                           ("finish off", {"pool": 7, "finish": False})):
        run(f"{ip} link set n0 type softnic {change}")
        found = data(ip, "n0")
        equal({key: found[key] for key in wanted}, wanted, change)
        agree(ip, "n0")


@each_ip
def a_pair_is_made(ip):
    run(f"{ip} link add n0 type softnic peer name n1")
    equal(nics(), ["n0", "n1"], "NICs")
    equal(data(ip, "n0")["peer_ifindex"], index_of("n1"), "peer of n0")
    agree(ip, "n0")
    agree(ip, "n1")
    run(f"{ip} link del n1")
    equal(nics(), [], "NICs")


@each_ip
def a_pair_is_made_over_namespaces(ip):
    make_netns("a", "b")
    run(f"{ip} link add n0 mtu 2000 numrxqueues 2 netns a type softnic slots 5 finish on "
        "peer name n1 address 02:00:00:00:00:05 mtu 1400 numrxqueues 3 numtxqueues 5 "
        "txqueuelen 77 netns b up")
    near, far = told(ip, "n0", "a"), told(ip, "n1", "b")
    equal((near["mtu"], near["num_rx_queues"]), (2000, 2), "n0")
    equal((far["address"], far["mtu"], far["num_rx_queues"], far["num_tx_queues"],
           far["txqlen"]), ("02:00:00:00:00:05", 1400, 3, 5, 77), "n1")
    equal(("UP" in near["flags"], "UP" in far["flags"]), (False, True), "who is up")
    found = data(ip, "n0", "a")
    equal((found["slots"], found["peer_ifindex"]), (5, far["ifindex"]), "n0")
    assert "peer_netnsid" in found, f"no namespace of the peer in {found}"
    agree(ip, "n0", "a")
    agree(ip, "n1", "b")


@each_ip
def a_peer_has_an_index(ip):
    run(f"{ip} link add n0 index 700 type softnic peer n1 index 701")
    equal((index_of("n0"), index_of("n1")), (700, 701), "indices")


@each_ip
def nics_are_connected_and_disconnected(ip):
    make_netns("a", "b")
    for name, netns in (("n0", "a"), ("n1", "a"), ("n2", "b")):
        run(f"{ip} link add {name} type softnic", netns)
    run(f"{ip} link set n0 type softnic connect n1", "a")
    equal(show_nic("n0", "a")["peer"]["name"], "n1", "peer of n0")
    agree(ip, "n0", "a")
    run(f"{ip} link set n1 type softnic disconnect storm 5", "a")
    equal((show_nic("n0", "a")["peer"], data(ip, "n1", "a")["storm"]), (None, 5), "n0, n1")
    agree(ip, "n0", "a")
    run(f"{ip} -n a link set n0 type softnic connect n2 netns b")
    equal(show_nic("n0", "a")["peer"]["netns"], "b", "namespace of the peer of n0")
    agree(ip, "n0", "a")
    shown = pairs(words(ip, "softnic", "n0", "a"))
    run(f"{ip} -n a link set n0 type softnic disconnect")
    run(f"{ip} -n a link set n0 type softnic peer-ifindex {shown['peer-ifindex']} "
        f"peer-netnsid {shown['peer-netnsid']}")
    equal(pairs(words(ip, "softnic", "n0", "a")), shown, "connected by the words shown")
    run(f"{ip} -n b link set n2 type softnic disconnect")
    run(f"{ip} -n a link set n0 type softnic connect n2 netns /run/netns/b")
    equal(show_nic("n2", "b")["peer"]["netns"], "a", "namespace of the peer of n2")
    run(f"{ip} -n b link set n2 type softnic disconnect")
    lives_there = start("sleep inf", "b")
    run(f"{ip} -n a link set n0 type softnic connect n2 netns {lives_there.pid}")
    equal(show_nic("n2", "b")["peer"]["netns"], "a", "namespace of the peer of n2")


@each_ip
def a_batch_keeps_no_namespace_open(ip):
    make_netns("a")
    run(f"{ip} link add n0 type softnic")
    run(f"{ip} link add n1 type softnic", "a")
    lines = ("link set n0 type softnic connect n1 netns a\n"
             "link set n0 type softnic disconnect\n") * 40
    done = attempt(f"prlimit --nofile=20 {ip} -batch -", reads=lines)
    equal((done.returncode, done.stderr), (0, ""), "the batch")
    many = attempt(f"{ip} -d -batch -", reads="link show n0\nlink add v0 link n0 type vnic vlan 9\n"
                   "link show v0\nlink set v0 type vnic vlan 4095\nlink show n0\n")
    equal(many.returncode, 1, "the batch with an error")
    assert " vlan 9 " in many.stdout and '"4095" is wrong' in many.stderr, f"{many}"


@each_ip
def wrong_words_are_refused(ip):
    make_netns("a")
    run(f"{ip} link add n0 type softnic")
    before = data(ip, "n0")
    for settings, *texts in (
            ("slots 65537", '"65537" is wrong: "slots" is a number from 0 to 65536'),
            ("pool x", '"x" is wrong: "pool" is a number from 0 to 65536'),
            ("storm 4294967296", '"storm" is a number from 0 to 4294967295'),
            ("finish yes", '"yes" is wrong: "finish" is one of on, off'),
            ("slots", "not complete"),
            ("connect", "not complete"),
            ("connect n9", 'Cannot find device "n9"'),
            ("connect n9 netns a", 'Cannot find device "n9" in network namespace "a"'),
            ("connect n9 netns z", '"z" is wrong: "netns" is a network namespace: No such file'),
            ("connect n9 netns /etc/passwd", '"/etc/passwd" is wrong', "Invalid argument"),
            ("disconnect connect n0", 'duplicate "connect": "n0"'),
            ("wire peer", 'softnic: unknown option "wire"', "Usage: ip link add"),
            ("help", "Usage: ip link add")):
        refuses(ip, f"link set n0 type softnic {settings}", *texts)
        refuses(ip, f"link add n1 type softnic {settings}", *texts)
    refuses(ip, "link set n0 type softnic peer name n9", 'Cannot find device "n9"')
    refuses(ip, "link add n1 type softnic peer", "not complete")
    refuses(ip, "link add n1 type softnic peer name n2 mtu none", '"none" is wrong')
    refuses(ip, "link add n1 type softnic peer name n2 type veth", 'duplicate "type": "veth"')
    refuses(ip, "link add n1 type softnic peer name n2 slots 4", "garbage")
    equal((nics(), data(ip, "n0")), (["n0"], before), "NICs, and n0 as it was")


@each_ip
def the_kernels_refusals_are_shown(ip):
    run(f"{ip} link add n0 type softnic")
    run(f"{ip} link add n1 type softnic peer name n2")
    for command in ("link set n0 type softnic connect n0", "link set n0 type softnic connect lo",
                    "link set n0 type softnic connect n1", "link set n0 type softnic disconnect",
                    "link add n3 type softnic connect n0",
                    "link add n3 type softnic peer mtu 1400",
                    "link set n0 type softnic peer-ifindex 99999",
                    "link set n0 type softnic peer-netnsid 0"):
        refuses(ip, command, "Error: ", status=2)
    equal(nics(), ["n0", "n1", "n2"], "NICs")


@each_ip
def events_show_settings(ip):
    run(f"{ip} link add n0 up type softnic")
    monitor = start(f"{ip} -d monitor link", stdout=subprocess.PIPE)
    os.set_blocking(monitor.stdout.fileno(), False)
    text = ""

    def heard():
        nonlocal text
        # Until it listens, changes go unheard.
        run(f"{ip} link set n0 type softnic slots 77")
        with contextlib.suppress(BlockingIOError):
            text += os.read(monitor.stdout.fileno(), 1 << 16).decode()
        return "softnic slots 77 " in text

    until(heard, lambda: f"the change is told: {text}")


@each_ip
def shown_among_others(ip):
    run(f"{ip} link add n0 type softnic peer name n1")
    found = {x["ifname"]: x for x in json.loads(run(f"{ip} -d -j link show"))}
    equal([found[name]["linkinfo"]["info_kind"] for name in ("n0", "n1")], ["softnic"] * 2,
          "kinds")
    equal(found["n0"]["linkinfo"]["info_data"]["peer_ifindex"], found["n1"]["ifindex"], "peer")
    assert "slots" not in run(f"{ip} link show n0"), "settings without -d"


@each_ip
def help_names_every_word(ip):
    done = attempt(f"{ip} link help softnic")
    equal((done.returncode, done.stderr), (0, ""), "help")
    for word in ("slots", "pool", "storm", "finish", "peer", "connect", "disconnect",
                 "peer-ifindex", "peer-netnsid"):
        assert f" {word} " in done.stdout, f"no {word} in {done.stdout}"


if __name__ == "__main__":
    main()
