#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""VNICs under bridges and bonds and in containers, and who is behind them."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import itertools
import json
import socket
import tempfile

from softnic.flows import transfer
from softnic.ktap import defer, equal, main, test, until
from softnic.net import becomes_running, make_netns, make_pair, run, start, up
from softnic.rtnl import link
from softnic.vnics import vnic

# What udhcpc runs when something becomes of an address.
BOUND = """#!/bin/sh
[ "$1" = bound ] || exit 0
exec ip address add "$ip/$mask" dev "$interface"
"""


def address(dev, netns, *addresses):
    """Gives a device addresses, and has it up."""
    run("ip -batch -", netns, f"link set dev {dev} up\n"
        + "".join(f"addr add {x} dev {dev} nodad\n" for x in addresses))


def ping(netns, to):
    """Asserts that an answer comes."""
    run(f"ping -c 1 -W 20 {to}", netns)


def bridge(name, netns, *ports):
    """A bridge of ports that run, and forwards at once."""
    run("ip -batch -", netns, f"link add {name} type bridge\nlink set {name} up\n"
        + "".join(f"link set {x} master {name}\n" for x in ports))
    becomes_forwarding(netns, len(ports))


def becomes_forwarding(netns, count):
    """Waits until so many bridge ports forward."""
    until(lambda: run("bridge link show", netns).count("state forwarding") == count,
          f"{count} ports forward")


def host_behind(bridge_netns, netns):
    """A cable p from a bridge's namespace to a host h in another one."""
    run(f"ip link add p up type veth peer name h netns {netns}", bridge_netns)
    up("h", netns)
    becomes_running(("p", bridge_netns), ("h", netns))


@test
def vnic_as_bridge_port():
    """A host behind the bridge reaches the wire, the NIC's own stack and other
    VNICs, and they reach it."""
    make_netns("a", "b", "c", "d", "e")
    make_pair()
    vnic("v0", "n0", "a", "c")
    vnic("v1", "n0", "a", "e")
    host_behind("c", "d")
    bridge("br0", "c", "v0", "p")
    hosts = (("n0", "a"), ("n1", "b"), ("h", "d"), ("v1", "e"), ("br0", "c"))
    for n, (dev, netns) in enumerate(hosts):
        address(dev, netns, f"10.0.0.{n}/24")
    for (n, (_, netns)), (m, _) in itertools.permutations(enumerate(hosts), 2):
        ping(netns, f"10.0.0.{m}")
    transfer(socket.AF_INET, "d", "b", "10.0.0.1")
    transfer(socket.AF_INET, "e", "d", "10.0.0.2")
    # When the bridge has let it go, it is for itself again.
    run("ip link set v0 nomaster", "c")
    before = link("v0", "c").stats["rx_packets"]
    ping("e", "10.0.0.1")
    equal(link("v0", "c").stats["rx_packets"], before, "frames for others that v0 is given")


@test
def vnic_on_a_vlan_as_bridge_port():
    make_netns("a", "b", "c", "d")
    make_pair()
    vnic("v0", "n0", "a", "c", vlan=10)
    host_behind("c", "d")
    bridge("br0", "c", "v0", "p")
    run("ip link add link n1 name w type vlan id 10", "b")
    address("w", "b", "10.0.0.1/24")
    address("h", "d", "10.0.0.2/24")
    ping("d", "10.0.0.1")
    transfer(socket.AF_INET, "b", "d", "10.0.0.2")


@test
def nic_as_bridge_port():
    """The same with the NIC below the VNICs under the bridge."""
    make_netns("a", "b", "c", "d")
    make_pair()
    vnic("v0", "n0", "a", "c")
    host_behind("a", "d")
    bridge("br0", "a", "n0", "p")
    hosts = (("br0", "a"), ("n1", "b"), ("v0", "c"), ("h", "d"))
    for n, (dev, netns) in enumerate(hosts):
        address(dev, netns, f"10.0.0.{n}/24")
    for (n, (_, netns)), (m, _) in itertools.permutations(enumerate(hosts), 2):
        ping(netns, f"10.0.0.{m}")
    transfer(socket.AF_INET, "c", "d", "10.0.0.3")
    transfer(socket.AF_INET, "d", "c", "10.0.0.2")


@test
def macvlan_and_vlan_over_a_vnic():
    make_netns("a", "b", "c", "d")
    make_pair()
    vnic("v0", "n0", "a", "c")
    run("ip link add link v0 name m0 netns d type macvlan mode bridge", "c")
    address("m0", "d", "10.0.0.3/24")
    address("v0", "c", "10.0.0.2/24")
    address("n1", "b", "10.0.0.1/24")
    address("n0", "a", "10.0.0.4/24")
    for netns, other in (("d", 1), ("d", 4), ("b", 3), ("a", 3), ("c", 1)):
        ping(netns, f"10.0.0.{other}")


def has_active(name):
    """Whether the bond sends by a port."""
    shown = json.loads(run("ip -d -j link show bond0", "c"))[0]
    return shown["linkinfo"]["info_data"].get("active_slave") == name


@test
def bond_of_two_vnics():
    """When the wire of one's NIC is lost, frames go by the other's."""
    make_netns("a", "b", "c")
    make_pair()
    make_pair(names=("m0", "m1"))
    vnic("v0", "n0", "a", "c", set_up=False)
    vnic("w0", "m0", "a", "c", set_up=False)
    run("modprobe bonding max_bonds=0")
    run("ip -batch -", "c", "link add bond0 type bond mode active-backup miimon 10\n"
        "link set v0 master bond0\nlink set w0 master bond0\n")
    equal(link("v0", "c").address, link("w0", "c").address, "address of both")
    address("bond0", "c", "10.0.0.1/24")
    bridge("br0", "b", "n1", "m1")
    address("br0", "b", "10.0.0.2/24")
    for before, down, after in (("v0", "n1", "w0"), ("w0", "m1", "v0"), ("v0", "n1", "w0")):
        run(f"ip link set bond0 type bond primary {before}", "c")
        until(lambda name=before: has_active(name), f"the bond sends by {before}")
        ping("c", "10.0.0.2")
        run(f"ip link set {down} down", "b")
        until(lambda name=after: has_active(name), f"the bond sends by {after}")
        ping("c", "10.0.0.2")
        ping("b", "10.0.0.1")
        run(f"ip link set {down} up", "b")
        becomes_forwarding("b", 2)


@test
def tcp_between_containers():
    """Real connections, with neighbours looked for, large segments and checksums
    left to the NIC: among VNICs, to the NIC's own stack, and over the wire."""
    make_netns("a", "b", "c", "d", "e", ipv6=True)
    make_pair()
    vnic("v0", "n0", "a", "c")
    vnic("v1", "n0", "a", "d")
    vnic("w0", "n1", "b", "e")
    hosts = {"a": "n0", "b": "n1", "c": "v0", "d": "v1", "e": "w0"}
    addresses = {}
    for n, (netns, dev) in enumerate(hosts.items()):
        addresses[netns] = f"10.0.0.{n}", f"fd00::{n + 1}"
        address(dev, netns, f"10.0.0.{n}/24", f"fd00::{n + 1}/64")
    for one, other in (("c", "d"), ("c", "a"), ("a", "c"), ("c", "b"), ("b", "c"), ("c", "e")):
        for family, host in zip((socket.AF_INET, socket.AF_INET6), addresses[other]):
            transfer(family, one, other, host)


@test
def tcp_on_a_vlan():
    make_netns("a", "b", "c", "d", "e")
    make_pair()
    ends = (("v0", "n0", "a", "c"), ("v1", "n0", "a", "d"), ("w0", "n1", "b", "e"))
    for n, (name, over, netns, into) in enumerate(ends):
        vnic(name, over, netns, into, vlan=100)
        address(name, into, f"10.0.0.{n}/24")
    for one, other, host in (("c", "d", 1), ("c", "e", 2), ("e", "d", 1)):
        transfer(socket.AF_INET, one, other, f"10.0.0.{host}")


@test
def tcp_from_below():
    """A VNIC over a VNIC, the one below, and the NIC."""
    make_netns("a", "b", "c", "d")
    make_pair()
    vnic("v0", "n0", "a", "c")
    vnic("u0", "v0", "c", "d")
    for dev, netns, host in (("n0", "a", 1), ("n1", "b", 2), ("v0", "c", 3), ("u0", "d", 4)):
        address(dev, netns, f"10.0.0.{host}/24")
    for one, other, host in (("d", "c", 3), ("a", "d", 4), ("d", "b", 2)):
        transfer(socket.AF_INET, one, other, f"10.0.0.{host}")


def folder():
    """A folder for the test."""
    made = tempfile.TemporaryDirectory(prefix="softnic-")
    defer(made.cleanup)
    return made.name


def dhcp_server(dev, netns, offered):
    """Has a server at a device lease one address."""
    leases = folder()
    start(f"dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --user=root"
          f" --interface={dev} --bind-interfaces --dhcp-authoritative --no-ping"
          f" --dhcp-range={offered},{offered},1h --pid-file={leases}/pid"
          f" --dhcp-leasefile={leases}/leases", netns)


def dhcp_client(dev, netns):
    """Has a client give a device the address that it is offered."""
    script = os.path.join(folder(), "bound")
    with open(script, "w") as f:
        f.write(BOUND)
    os.chmod(script, 0o755)
    up(dev, netns)
    run(f"udhcpc -f -n -q -t 60 -T 1 -i {dev} -s {script}", netns)


@test
def address_by_dhcp():
    """A client in a VNIC's namespace gets an address from a server beyond the
    wire, on no VLAN and on one."""
    make_netns("a", "b", "c", "d")
    make_pair()
    run("ip link add link n1 name w type vlan id 10", "b")
    for dev, name, netns, vlan, net in (("n1", "v0", "c", 0, 1), ("w", "v1", "d", 10, 2)):
        address(dev, "b", f"10.0.{net}.1/24")
        vnic(name, "n0", "a", netns, vlan=vlan)
        dhcp_server(dev, "b", f"10.0.{net}.77")
        dhcp_client(name, netns)
        told = json.loads(run(f"ip -j -4 address show dev {name}", netns))
        equal([x["local"] for x in told[0]["addr_info"]], [f"10.0.{net}.77"], "addresses")
        ping(netns, f"10.0.{net}.1")


main()
