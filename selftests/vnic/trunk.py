#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""VNICs on several VLANs, whose tags they see; a VNIC that has the NIC for
itself; and the limit on frames that are copied to VNICs."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ethtool import statistics
from softnic.frames import BROADCAST, frame, hear, packet_socket, tag_control
from softnic.ktap import equal, main, test, until
from softnic.net import make_netns, make_pair, run
from softnic.ports import Ports, Q, make_nic, ordered
from softnic.rtnl import link
from softnic.vnics import delete_vnic, set_vnic, vnic

FORBIDDEN = "tx_drop_vlan_forbidden"
BURST = 100


def tagged_frame(to, source, vlan):
    """A frame with a tag in it."""
    plain = frame(to, source)
    return plain[:12] + bytes.fromhex("8100") + vlan.to_bytes(2, "big") + plain[12:]


@test
def trunk_sees_its_vlans_with_their_tags():
    make_nic()
    ports = Ports()
    ports.vnic("t0", vlans="0,10,20-22")
    ports.vnic("v10", vlan=10)
    ports.vnic("v30", vlan=30)
    for vlan, expected in ((10, True), (20, True), (22, True), (23, False), (30, False)):
        seen = [("t0", (Q, vlan))] if expected else []
        equal(ports.seen("n1", "t0", tags=[(Q, vlan)]), seen, f"off the wire on {vlan}")
    equal(ports.seen("n1", "t0"), [("t0", None)], "off the wire without a tag")
    equal(ports.seen("v10", "t0"), [("t0", (Q, 10))], "from a VNIC of the VLAN")
    equal(ports.seen("v30", "t0"), [], "from a VNIC of another VLAN")
    many = [("t0", (Q, 10)), ("n0", (Q, 10)), ("n1", (Q, 10))]
    equal(ports.seen("v10", BROADCAST), ordered(many), "broadcast of the VLAN")


@test
def trunk_sends_tags_of_its_vlans():
    make_nic()
    ports = Ports()
    ports.vnic("t0", vlans="0,10")
    ports.vnic("v10", vlan=10)
    ports.vnic("v30", vlan=30)
    equal(ports.seen("t0", "v10", tags=[(Q, 10)]), [("v10", None)], "to a VNIC of the VLAN")
    equal(ports.seen("t0", "n1", tags=[(Q, 10)]), [("n1", (Q, 10))], "to the wire")
    before = statistics("t0", "a")[FORBIDDEN]
    equal(ports.seen("t0", "v30", tags=[(Q, 30)]), [], "to a VNIC of another VLAN")
    equal(statistics("t0", "a")[FORBIDDEN] - before, 1, "frames refused")
    set_vnic("t0", "a", vlans="0,30")
    equal(ports.seen("t0", "v30", tags=[(Q, 30)]), [("v30", None)], "after a change")
    equal(ports.seen("t0", "v10", tags=[(Q, 10)]), [], "to the VLAN that it left")
    equal(ports.seen("n1", "t0", tags=[(Q, 10)]), [], "from the VLAN that it left")


@test
def passthru_takes_all_that_comes_to_the_nic():
    make_netns("a", "b")
    make_pair()
    vnic("v0", "n0", "a", mode="passthru")
    own, far = link("n0", "a").address, link("n1", "b").address
    equal(link("v0", "a").address, own, "address")
    near, wire = packet_socket("v0", "a"), packet_socket("n1", "b")
    host = link("n0", "a").stats["rx_packets"]
    for data, tag in ((frame(own, far), None), (tagged_frame(own, far, 30), (Q, 30)),
                      (frame(BROADCAST, far), None)):
        wire.send(data)
        equal(tag_control(near)[0], tag, "tag")
    near.send(tagged_frame(far, own, 30))
    equal(tag_control(wire)[0], (Q, 30), "tag on the wire")
    equal(link("n0", "a").stats["rx_packets"], host, "frames that the NIC's stack got")
    delete_vnic("v0", "a")
    host = packet_socket("n0", "a")
    wire.send(frame(own, far))
    hear(host)


@test
def storms_reach_vnics_in_part_only():
    make_netns("a", "b")
    make_pair("--rx-queues 1 --tx-queues 1 --peer-rx-queues 1 --peer-tx-queues 1")
    vnic("v0", "n0", "a")
    run("vnicadm set-nic n0 --storm 1", "a")
    far = link("n1", "b").address
    wire = packet_socket("n1", "b")

    def counted():
        nic = statistics("n0", "a")
        lost = sum(count for name, count in nic.items() if name.startswith("rx_drop"))
        got = [link(name, "a").stats["rx_packets"] for name in ("n0", "v0")]
        return nic["switch_storm"], *got, lost

    before = counted()
    for _ in range(BURST):
        wire.send(frame(BROADCAST, far))

    def gone():
        storm, host, vnics, lost = (a - b for a, b in zip(counted(), before))
        equal(lost, 0, "losses of the NIC")
        return host == BURST and storm + vnics == BURST and (storm, vnics)

    storm, copied = until(gone, lambda: f"all are counted: {counted()} from {before}")
    # A burst of 32, and one a second.
    assert 32 <= copied < BURST and storm > 0, f"{copied} copied, {storm} not"


main()
