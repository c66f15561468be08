#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""VNICs on VLANs: each sees its own, without tags, and none leaves it."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import struct

from softnic import frames
from softnic.ethtool import statistics
from softnic.frames import BROADCAST, frame, tag_control
from softnic.ktap import equal, main, test, until
from softnic.net import attempt, make_netns, run, up
from softnic.ports import AD, Ports, Q, make_nic, ordered
from softnic.rtnl import link
from softnic.vnics import set_vnic, vnic

SAME = "02:00:00:00:00:55"
OTHER = "02:00:00:00:00:99"
GROUP = "01:00:5e:01:02:03"
PRIORITY = 5 << 13
TENANTS = (("802.1q", Q, 10), ("802.1q", Q, 20), ("802.1ad", AD, 10), ("802.1ad", AD, 20))


def watch(ports, name, netns):
    """Has a port take whatever comes its way."""
    frames.join(ports.sockets[name], name, netns, frames.PACKET_MR_PROMISC)


@test
def tagged_on_the_wire_alone():
    make_nic()
    ports = Ports()
    for name, protocol, vlan in (("q", "802.1q", 10), ("ad", "802.1ad", 4094)):
        ports.vnic(name, vlan=vlan, vlan_protocol=protocol)
        tag = {"802.1q": Q, "802.1ad": AD}[protocol], vlan
        equal(ports.seen(name, "n1"), [("n1", tag)], f"sent by {name}")
        equal(ports.seen("n1", name, tags=[tag]), [(name, None)], f"sent to {name}")
        equal(ports.seen("n1", name), [], f"sent to {name} without a tag")
        equal(ports.seen(name, BROADCAST), [("n0", tag), ("n1", tag)], f"broadcast of {name}")
        equal(ports.seen("n1", BROADCAST, tags=[tag]), ordered([(name, None), ("n0", tag)]),
              f"broadcast to {name}")


@test
def each_vlan_to_itself():
    """Of two VNICs on each of several VLANs, each reaches the other one, the
    wire, and nobody else."""
    make_nic()
    ports = Ports()
    names = {}
    for number, (protocol, tpid, vlan) in enumerate(((None, None, 0), *TENANTS)):
        for twin in "xy":
            name = f"t{number}{twin}"
            ports.vnic(name, vlan=vlan, vlan_protocol=protocol)
            names[name] = vlan and (tpid, vlan) or None
    for one, tag in names.items():
        same = [name for name, its in names.items() if its == tag and name != one]
        many = [("n0", tag), ("n1", tag)] + [(name, None) for name in same]
        equal(ports.seen(one, BROADCAST), ordered(many), f"broadcast of {one}")
        for other, its in names.items():
            # What is on another VLAN is beyond the wire, which is not
            # watched here.
            expected = [(other, None)] if its == tag else []
            if other != one:
                equal(ports.seen(one, other), expected, f"from {one} to {other}")
        tags = [tag] if tag else []
        for other, its in names.items():
            expected = [(other, None)] if its == tag else []
            equal(ports.seen("n1", other, tags=tags), expected, f"to {other} on {tag}")


def tenants():
    """Two tenants with the same address, in namespaces of their own; what hears
    at them, and at all others, whatever comes their way."""
    make_nic()
    make_netns("c", "d", "e")
    ports = Ports()
    ports.vnic("v10", into="c", vlan=10, mac=SAME)
    ports.vnic("v20", into="d", vlan=20, mac=SAME)
    ports.vnic("v0", into="e")
    return ports


@test
def same_address_on_two_vlans():
    ports = tenants()
    for name, netns in (("n0", "a"), ("n1", "b"), ("v10", "c"), ("v20", "d"), ("v0", "e")):
        watch(ports, name, netns)
    until(lambda: ports.who("v0", OTHER) == ["n0", "n1"], "the captures have begun")
    tags = {"v10": (Q, 10), "v20": (Q, 20)}
    for name, tag in tags.items():
        equal(ports.seen("n1", SAME, tags=[tag]), [(name, None)], f"to {name}")
        for to in (OTHER, "n1", BROADCAST, GROUP):
            equal(ports.seen(name, to), [("n0", tag), ("n1", tag)], f"from {name} to {to}")
        equal(ports.seen(name, "v0"), [("n0", tag), ("n1", tag)], f"from {name} to v0")
        for to in (BROADCAST, GROUP, OTHER):
            equal(ports.seen("n1", to, tags=[tag]), [("n0", tag), (name, None)],
                  f"to {to} on the VLAN of {name}")
    # The address is nobody's on other VLANs.
    for tag in ((Q, 30), (AD, 10), (AD, 20)):
        equal(ports.seen("n1", SAME, tags=[tag]), [("n0", tag)], f"to {tag}")
    equal(ports.seen("n1", SAME), [("n0", None), ("v0", None)], "to no VLAN")


@test
def same_address_and_ip_on_two_vlans():
    """Both tenants have 10.0.0.2, and answer from there, each on its VLAN."""
    make_nic()
    make_netns("c", "d")
    captures = {}
    for netns, vlan in (("c", 10), ("d", 20)):
        name = f"v{vlan}"
        vnic(name, "n0", "a", netns, vlan=vlan, mac=SAME, queues=1)
        run(f"ip addr add 10.0.0.2/24 dev {name}", netns)
        run(f"ip link add link n1 name w{vlan} type vlan id {vlan}", "b")
        run(f"ip link add vrf{vlan} type vrf table {vlan}", "b")
        run(f"ip link set w{vlan} master vrf{vlan}", "b")
        run("ip -batch -", "b", f"link set vrf{vlan} up\nlink set w{vlan} up\n"
            f"addr add 10.0.0.1/24 dev w{vlan}\n")
        captures[vlan] = frames.packet_socket(name, netns, 0x0800)
    for vlan, other in ((10, 20), (20, 10)):
        run(f"ping -I vrf{vlan} -c 2 -i 0.05 -W 10 10.0.0.2", "b")
        equal(len(frames.heard(captures[vlan])), 2, f"packets seen by the tenant of {vlan}")
        equal(len(frames.heard(captures[other])), 0, f"packets seen by that of {other}")


@test
def tags_may_not_be_sent():
    make_nic()
    ports = Ports()
    ports.vnic("v0")
    ports.vnic("v10", vlan=10)
    watch(ports, "n1", "b")
    until(lambda: "n1" in ports.who("v0", OTHER), "n1 is watched")
    for name in ("v0", "v10"):
        before = statistics(name, "a")["tx_drop_vlan_forbidden"]
        lost = link(name, "a").stats["tx_dropped"]
        tags = ((Q, 10), (Q, 20), (AD, 10), (Q, 4095), (Q, PRIORITY | 1))
        for tag in tags:
            for to in ("n1", OTHER, BROADCAST, GROUP):
                equal(ports.seen(name, to, tags=[tag]), [], f"from {name} to {to} with {tag}")
        equal(statistics(name, "a")["tx_drop_vlan_forbidden"] - before, 4 * len(tags),
              f"frames of {name} with a tag")
        equal(link(name, "a").stats["tx_dropped"] - lost, 4 * len(tags), "losses told by ip")
        # One beside the frame is none the less a tag.
        run(f"ip link add link {name} name w type vlan id 20", "a")
        up("w", "a")
        s = frames.packet_socket("w", "a")
        s.send(frame(BROADCAST, SAME, b"over"))
        equal(statistics(name, "a")["tx_drop_vlan_forbidden"] - before, 4 * len(tags) + 1,
              f"frames of {name} with a tag beside them")
        run("ip link del w", "a")


@test
def tags_behind_a_priority():
    """A receiver takes the first tag off that names no VLAN, and looks at the
    next one."""
    make_nic()
    make_netns("c")
    ports = Ports()
    ports.vnic("v0", into="c")
    ears = {}
    for dev, netns in (("n0", "a"), ("n1", "b")):
        run(f"ip link add link {dev} name w type vlan id 20", netns)
        up("w", netns)
        ears[dev] = frames.packet_socket("w", netns)
    ports.seen("n1", BROADCAST, tags=[(Q, PRIORITY), (Q, 20)])
    assert frames.heard(ears["n0"]), "a receiver does not look behind the priority"
    before = statistics("v0", "c")["tx_drop_vlan_forbidden"]
    for outer in (Q, AD):
        for tags in ([(outer, PRIORITY), (Q, 20)], [(outer, 0), (AD, 0), (Q, 20)]):
            for to in ("n0", "n1", BROADCAST):
                equal(ports.seen("v0", to, tags=tags), [], f"sent to {to} with {tags}")
    equal(statistics("v0", "c")["tx_drop_vlan_forbidden"] - before, 12, "frames with a tag")
    for dev, ear in ears.items():
        equal(frames.heard(ear), [], f"frames on VLAN 20 of {dev}")
    # The same with the priority beside the frame.
    run("ip link add link v0 name p type vlan id 0", "c")
    up("p", "c")
    s = frames.packet_socket("p", "c")
    s.send(frame(BROADCAST, SAME, struct.pack("!HH", 20, 0x88B5), ethertype=Q))
    equal(ports.seen("v0", BROADCAST), [("n0", None), ("n1", None)], "who is given what is good")
    equal([frames.heard(ear) for ear in ears.values()], [[], []], "frames on VLAN 20")


@test
def tag_behind_the_tag():
    """What a VNIC is sent behind its own tag it sees: it is its payload."""
    make_nic()
    ports = Ports()
    ports.vnic("v10", vlan=10)
    for inner in ((Q, 30), (AD, 30)):
        equal(ports.seen("n1", "v10", tags=[(Q, 10), inner]), [("v10", inner)], f"with {inner}")
    equal(ports.seen("n1", "v10", tags=[(AD, 10), (Q, 10)]), [], "with its tag inside another")


@test
def address_of_the_nic_on_a_vlan():
    make_nic()
    ports = Ports()
    own = ports.mac("n0")
    ports.vnic("v10", vlan=10, mac=own)
    equal(ports.seen("n1", own), [("n0", None)], "without a tag")
    equal(ports.seen("n1", own, tags=[(Q, 10)]), [("v10", None)], "on the VLAN")
    equal(ports.seen("n1", own, tags=[(Q, 20)]), [("n0", (Q, 20))], "on another VLAN")
    equal(ports.seen("n1", own, tags=[(Q, PRIORITY)]), [("n0", (Q, PRIORITY))], "with a priority")
    ports.vnic("v0")
    equal(ports.who("v0", own), ["n0"], "sent by a VNIC")
    ports.forget("v10")
    run("ip link del v10", "a")
    equal(ports.seen("n1", own, tags=[(Q, 10)]), [("n0", (Q, 10))], "when the VNIC is gone")
    equal(ports.seen("n1", own), [("n0", None)], "without a tag, when the VNIC is gone")


@test
def change_of_vlan():
    make_nic()
    ports = Ports()
    ports.vnic("v0")
    run(f"ip maddr add {GROUP} dev v0", "a")
    run(f"bridge fdb add {OTHER} dev v0 self", "a")
    until(lambda: ports.who("n1", OTHER) == ["v0"], "it has the further address")
    plan = ((None, "802.1q", 0), (Q, "802.1q", 10), (AD, "802.1ad", 10), (AD, "802.1ad", 30),
            (None, "802.1q", 0))
    for tpid, protocol, vlan in plan:
        set_vnic("v0", "a", vlan=vlan, vlan_protocol=protocol)
        ports.tags["v0"] = [(tpid, vlan)] if vlan else []
        for tag in ((None, 0), (Q, 10), (AD, 10), (AD, 30)):
            tags = [tag] if tag[1] else []
            expected = ["v0"] if tag == (tpid, vlan) else []
            for to in ("v0", OTHER, GROUP):
                equal(ports.who("n1", to, tags=tags), expected, f"to {to} on {tag}, now {vlan}")
        equal(ports.seen("v0", "n1"), [("n1", (tpid, vlan) if vlan else None)], "from v0")


@test
def vlan_devices_of_the_nic():
    """VLAN devices over the NIC work beside VNICs, also on the VLAN of one."""
    make_nic()
    ports = Ports()
    ports.vnic("v10", vlan=10)
    for vlan in (10, 20):
        for dev, netns, host in (("n0", "a", 1), ("n1", "b", 2)):
            run("ip -batch -", netns, f"link add link {dev} name w{vlan} type vlan id {vlan}\n"
                f"link set w{vlan} up\naddr add 10.0.{vlan}.{host}/24 dev w{vlan}\n")
        run(f"ping -c 1 -W 10 10.0.{vlan}.2", "a")
    run("ip addr add 10.0.30.3/24 dev v10", "a")
    run("ip addr add 10.0.30.2/24 dev w10", "b")
    run("ping -c 1 -W 10 -I v10 10.0.30.2", "a")
    # The host and its VNIC reach one another on the VLAN.
    equal(ports.seen("v10", "n0"), [("n0", (Q, 10))], "from the VNIC to the host")
    equal(ports.seen("n0", "v10", tags=[(Q, 10)]), [("v10", None)], "from the host to the VNIC")
    equal(ports.seen("n0", "v10", tags=[(Q, 20)]), [], "from the host on another VLAN")


@test
def filter_of_vlans():
    """What the NIC's own filter of VLANs keeps out of its stack still comes to
    the VNIC on the VLAN."""
    make_nic()
    ports = Ports()
    ports.vnic("v10", vlan=10)
    run("ethtool -K n0 rx-vlan-filter on", "a")
    equal(ports.seen("n1", BROADCAST, tags=[(Q, 10)]), [("v10", None)], "broadcast on 10")
    equal(ports.seen("n1", "v10", tags=[(Q, 10)]), [("v10", None)], "to the VNIC")
    equal(ports.seen("n1", BROADCAST, tags=[(Q, 20)]), [], "broadcast on 20")
    equal(ports.seen("v10", BROADCAST), [("n1", (Q, 10))], "broadcast of the VNIC")


@test
def priorities():
    """A tag that bears only a priority is of no VLAN, and keeps its priority
    under the VLAN's tag."""
    make_nic()
    ports = Ports()
    ports.vnic("v0")
    ports.vnic("v10", vlan=10)
    tag = (Q, PRIORITY)
    equal(ports.seen("n1", "v0", tags=[tag]), [("v0", tag)], "to one on no VLAN")
    equal(ports.seen("n1", "v10", tags=[tag]), [], "to one on a VLAN")
    equal(ports.seen("v0", "n1", tags=[tag]), [("n1", tag)], "from one on no VLAN")
    equal(ports.seen("v10", "n1", tags=[tag]), [("n1", (Q, PRIORITY | 10))], "from one on a VLAN")
    equal(ports.seen("n1", "v10", tags=[(Q, PRIORITY | 10)]), [("v10", None)], "with its tag")
    run("ip link add link v10 name p type vlan id 0 egress-qos-map 0:5", "a")
    up("p", "a")
    frames.heard(ports.sockets["n1"])
    frames.packet_socket("p", "a").send(frame(ports.mac("n1"), SAME, b"beside"))
    tag, data = tag_control(ports.sockets["n1"])
    equal((tag, b"beside" in data), ((Q, PRIORITY | 10), True), "the priority beside the frame")


@test
def tags_in_the_frame():
    """A wire that has no place for tags beside frames carries them inside."""
    make_nic()
    ports = Ports()
    ports.vnic("v10", vlan=10)
    run("ethtool -K n0 tx-vlan-hw-insert off", "a")
    run("ethtool -K n1 rx-vlan-hw-parse off", "b")
    equal(ports.seen("v10", "n1"), [("n1", (Q, 10))], "from the VNIC")
    equal(ports.seen("n1", "v10", tags=[(Q, 10)]), [("v10", None)], "to the VNIC")


@test
def packets_of_all_sizes():
    """With its tag, a full packet is as long as the wire carries."""
    make_nic()
    make_netns("c")
    vnic("v10", "n0", "a", "c", vlan=10)
    run("ip link add link n1 name w type vlan id 10", "b")
    for dev, netns, host in (("v10", "c", 1), ("w", "b", 2)):
        run("ip -batch -", netns, f"link set {dev} up\naddr add 10.0.0.{host}/24 dev {dev}\n")
    for size in (0, 17, 1472):
        run(f"ping -c 1 -W 10 -M do -s {size} 10.0.0.2", "c")
        run(f"ping -c 1 -W 10 -M do -s {size} 10.0.0.1", "b")
    assert attempt("ping -c 1 -W 1 -M do -s 1473 10.0.0.2", "c").returncode, "too long"
    stats = statistics("v10", "c")
    equal((stats["rx_drop_too_long"], stats["tx_drop_vlan_forbidden"]), (0, 0), "losses")


main()
