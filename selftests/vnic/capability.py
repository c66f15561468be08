#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a container may do with its VNIC, that is root in a user namespace and a
network namespace of its own, and has no rights where the NIC is."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic import rtnl
from softnic.container import entering, make_container
from softnic.ktap import equal, main, test, until
from softnic.net import attempt, becomes_running, make_netns, make_pair, run
from softnic.rtnl import attr, link, refusal, vnic
from softnic.vnics import show_nic, vnics

NEEDS = "CAP_NET_ADMIN is needed in the NIC's namespace"


class Container:
    """A container that was given a VNIC over n1, up."""

    def __init__(self, words):
        make_netns("a", "b")
        make_pair()
        self.pid = make_container("c")
        run(f"vnicadm create-vnic v0 --over n1 --vnic-netns c {words}", "b")
        self.run("ip link set v0 up")
        becomes_running(("v0", "c"))

    def attempt(self, command):
        """Runs a command in the container, and returns how it went."""
        return attempt(f"{entering(self.pid)} {command}")

    def run(self, command):
        """Runs one that must succeed; returns what it prints."""
        done = self.attempt(command)
        assert done.returncode == 0, f"{command}: {done.stderr.strip()}"
        return done.stdout

    def show(self, name="v0"):
        """What vnicadm tells of a VNIC there."""
        found, = json.loads(self.run(f"vnicadm show-vnic --json {name}"))
        return found

    def refusal(self, *attrs):
        """How the kernel refuses a request for a device of the container."""
        told, tells = os.pipe()
        child = os.fork()
        if child == 0:
            for kind in ("user", "net"):
                os.setns(os.open(f"/proc/{self.pid}/ns/{kind}", os.O_RDONLY))
            os.write(tells, refusal(*attrs, flags=rtnl.NEW)[0].encode())
            os._exit(0)
        os.close(tells)
        os.waitpid(child, 0)
        with open(told, encoding="ascii") as answer:
            return answer.read()

    def everything(self):
        """What is told of all there, and of the pool."""
        return self.run("vnicadm show-vnic --json"), show_nic("n1", "b")["pool_used"]

    def refused(self, command, *texts):
        """Asserts that a command is refused with all these texts, and changes
        nothing."""
        before = self.everything()
        done = self.attempt(f"vnicadm {command}")
        said = f"{command}: {done.returncode} {done.stderr.strip()}"
        assert done.returncode == 2, said
        for text in texts:
            assert text in done.stderr, f"no {text!r} in {said}"
        equal(self.everything(), before, f"VNICs after {command}")


@test
def its_place_is_not_its_own():
    container = Container("--vlan 10 --mode private --rings 2 --queues 4")
    for words in ("--vlan 0", "--vlan 11", "--vlans 10,11", "--vlan-protocol 802.1ad",
                  "--mode bridge", "--mode vepa", "--rings 4", "--rings 1", "--rings 0"):
        container.refused(f"set-vnic v0 {words}", NEEDS, "not permitted")
    told = container.show()
    equal((told["vlan"], told["mode"], told["rings"]), (10, "private", 2), "VNIC")
    # Who has rights there may.
    run(f"nsenter -t {container.pid} -n vnicadm set-vnic v0 --vlan 11 --rings 3")
    told = container.show()
    equal((told["vlan"], told["rings"]), (11, 3), "VLAN and rings, set by root")


@test
def the_rest_is_its_own():
    container = Container("--vlan 10 --rings 2 --queues 4")
    container.run("ip link set v0 mtu 1400")
    container.run("ip link set v0 address 02:00:00:00:00:07")
    container.run("ip addr add 10.0.0.2/24 dev v0")
    container.run("ethtool -G v0 rx 64")
    container.run("ethtool -L v0 combined 1")
    told = container.show()
    equal((told["mtu"], told["mac"], told["rings"]), (1400, "02:00:00:00:00:07", 2), "VNIC")
    container.run("ip link del v0")
    until(lambda: vnics("c") == [], "the VNIC is gone")
    equal(show_nic("n1", "b")["pool_used"], 0, "rings reserved")


@test
def it_may_make_more_of_the_same():
    container = Container("--vlan 10 --mode private")
    container.run("vnicadm create-vnic w0 --over v0")
    told = container.show("w0")
    equal((told["vlan"], told["mode"], told["rings"]), (10, "private", 0), "VNIC over it")
    for words in ("--vlan 11", "--vlan 0", "--vlans 10"):
        container.refused(f"create-vnic w1 --over v0 {words}",
                          "a VNIC over a VNIC has only VLANs of that one")
    for mode in ("bridge", "vepa"):
        container.refused(f"create-vnic w1 --over v0 --mode {mode}", "mode")
    container.refused("create-vnic w1 --over v0 --rings 1", NEEDS, "rings")
    container.refused("set-vnic w0 --vlan 11", NEEDS)
    container.refused("set-vnic w0 --rings 1", NEEDS)
    container.run("ip link set w0 up")
    container.run("ip link del w0")
    equal(vnics("c"), ["v0"], "VNICs")


@test
def a_trunk_is_shared_out():
    container = Container("--vlans 10,20-22")
    container.run("vnicadm create-vnic w0 --over v0 --vlan 20")
    container.run("vnicadm create-vnic w1 --over v0 --vlans 10,22")
    equal(container.show("w0")["vlan"], 20, "VLAN")
    for words in ("--vlan 11", "--vlans 10,23", "--vlan 20 --vlan-protocol 802.1ad"):
        container.refused(f"create-vnic w2 --over v0 {words}",
                          "a VNIC over a VNIC has only VLANs of that one")
    equal(vnics("c"), ["v0", "w0", "w1"], "VNICs")


@test
def the_nic_is_out_of_reach():
    container = Container("")
    below, = json.loads(container.run("ip -j link show v0"))
    lower = [attr(rtnl.LOWER, link("n1", "b").index),
             attr(rtnl.LINK_NETNSID, below["link_netnsid"])]
    equal(container.refusal(attr(rtnl.IFNAME, "x"), *lower, vnic()), "EPERM",
          "answer to a VNIC over the NIC")
    with open("/run/netns/b", "rb") as b:
        lower = [attr(rtnl.LOWER, link("v0", "c").index), attr(rtnl.NET_NS_FD, b.fileno())]
        equal(container.refusal(attr(rtnl.IFNAME, "x"), *lower, vnic()), "EPERM",
              "answer to a VNIC in another namespace")
    equal((vnics("c"), vnics("b")), (["v0"], []), "VNICs")


main()
