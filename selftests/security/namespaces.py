#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
"""What they try who have no rights where a NIC is: each change is refused and changes
nothing. What a container is told of a wire that leads elsewhere."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json
import re

from softnic import rtnl
from softnic.container import entering, make_container
from softnic.ktap import equal, main, test
from softnic.net import attempt, index_of, make_netns, make_pair, run
from softnic.rtnl import Monitor
from softnic.vnics import vnic
from softnic.ynl import Events, everything, family

# A user without rights, and who is root in a user namespace below that of the network
# namespace that he is in.
STRANGERS = ("setpriv --reuid 65534 --clear-groups --inh-caps=-all",
             "setpriv --reuid 65534 --clear-groups unshare -Ur")
# Root may do each.
CHANGES = (
    "ip link add x1 type softnic",
    "ip link add x2 type softnic peer name x3",
    "ip link add link n1 name x4 type vnic",
    "ip link set n1 mtu 1400",
    "ip link set n1 address 02:00:00:00:00:01",
    "ip link set n1 promisc on",
    "ip link set n1 type softnic slots 3",
    "ip link set v0 type vnic vlan 5",
    "ip link set n3 name other",
    "ip link del n5",
    "ip link del v1",
    "ethtool -X n1 context new equal 1",
    "ethtool -X n1 equal 1",
    "ethtool -N n1 flow-type tcp4 dst-port 80 action 0",
    "ethtool -G n1 rx 64",
    "ethtool -C n1 rx-usecs 20",
    "ethtool -K n1 gro off",
    "ethtool -L n2 combined 1",
    "vnicadm create-nic x5",
    "vnicadm create-vnic x6 --over n1",
    "vnicadm set-nic n1 --pool 3",
    "vnicadm set-vnic v0 --rings 1",
    "vnicadm set-prop n1 -p mtu=1300",
    "vnicadm connect n2 n4",
    "vnicadm disconnect n1",
    "vnicadm delete-vnic v0",
    "vnicadm delete-nic n4",
    "ip link set n1 down",
)
ETHTOOL = ("-g", "-c", "-k", "-x", "-n")


def state(netns):
    """All that can be read of what is there and can be changed."""
    return (rtnl.settings(netns), everything(family(netns)),
            [attempt(f"ethtool {what} n1", netns).stdout for what in ETHTOOL])


def prepare():
    """A pair, with VNICs over the end in b, and loose NICs there."""
    make_netns("a", "b")
    make_pair("--peer-rx-queues 2")
    vnic("v0", "n1", "b")
    vnic("v1", "n1", "b")
    for n in range(2, 6):
        run(f"ip link add n{n} numrxqueues 2 numtxqueues 2 type softnic", "b")


def answers(who):
    """How each change goes for somebody in b: its status and what it says."""
    script = "".join(f"{command} 2>&1 </dev/null; echo '#' $?\n" for command in CHANGES)
    told = attempt(f"{who} sh", "b", reads=script).stdout
    found = re.findall(r"(.*?)^# (\d+)$", told, re.S | re.M)
    equal(len(found), len(CHANGES), f"answers in {told!r}")
    return [(command, int(status), text.strip())
            for command, (text, status) in zip(CHANGES, found)]


def refused_to(who):
    """Asserts that nobody of a kind changes anything."""
    prepare()
    before, ear, monitor = state("b"), Events("b"), Monitor("b")
    for command, status, text in answers(who):
        assert status and "not permitted" in text, f"{command}: {status} {text}"
    equal((ear.now(), monitor.changes()), ([], []), "events")
    equal(state("b"), before, "what is there")


@test
def a_user_changes_nothing():
    refused_to(STRANGERS[0])


@test
def the_root_of_a_user_namespace_changes_nothing_elsewhere():
    refused_to(STRANGERS[1])


@test
def root_may_do_each():
    """What is refused to the others is no mistake in the command."""
    prepare()
    for command, status, text in answers("env"):
        equal(status, 0, f"status of {command}, which says {text}")


@test
def a_container_moves_nothing_into_another_namespace():
    make_netns("b")
    enter = entering(make_container("c"))
    run(f"{enter} ip link add n0 type softnic")
    before = rtnl.settings("b")
    done = attempt(f"{enter} ip link set n0 netns b")
    assert done.returncode and "not permitted" in done.stderr, done.stderr
    equal(rtnl.settings("b"), before, "links")
    assert rtnl.link("n0", "c"), "it is where it was"


@test
def a_wire_tells_a_number_of_the_other_end_alone():
    """A container whose NIC's wire leads elsewhere is told the other end's number and
    namespace number, as IFLA_LINK and IFLA_LINK_NETNSID tell them, and no more."""
    make_netns("b")
    enter = entering(make_container("c"))
    run("ip link add secret1 type softnic peer name inner netns c", "b")
    run("ip link add secret2 type softnic", "b")
    vnic("secret3", "secret1", "b", set_up=False)
    ear, monitor = Events("c"), Monitor("c")
    secrets = ("secret1", "secret2", "secret3")
    told = everything(family("c"))
    equal([x["ifname"] for x in told["nic-get"]], ["inner"], "NICs")
    nic, = told["nic-get"]
    shown, = json.loads(run(f"{enter} ip -j -d link show inner"))
    equal((nic["peer-ifindex"], nic["peer-netnsid"]),
          (index_of("secret1", "b"), shown["link_netnsid"]), "the peer")
    texts = [repr(told)] + [run(f"{enter} {command}") for command in (
        "ip -d -s -s link show", "ethtool -i inner", "ethtool -S inner", "ethtool inner",
        "vnicadm show-nic --json", "vnicadm show-vnic --json", "cat /proc/net/dev")]
    for text in texts:
        assert not any(name in text for name in secrets), text
    run("ip link set secret2 up", "b")
    run("ip link set secret3 mtu 1300", "b")
    run("ip link del secret3", "b")
    run("ip link del secret2", "b")
    equal((ear.now(), monitor.changes()), ([], []), "events of others")


main()
