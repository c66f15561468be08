# SPDX-License-Identifier: GPL-2.0
"""Every figure of the benchmark, in instructions."""

import functools
import statistics

import iperf
import links
import paths
from packets import Fanout, Packets, ToMany
from registry import MORE, Workload
from sockets import OFF, Sockets

PACKET, DATAGRAM = "instructions a packet", "instructions a datagram"
BYTES = "bytes in 1,000 instructions"


def of(function, *arguments):
    return functools.partial(function, *arguments)


SOFTNIC = {
    "softnic": of(paths.softnic_pair, 1),
    "softnic, 8 rings": of(paths.softnic_pair, 8),
    "VNIC on softnic": of(paths.vnic_on_softnic, 1),
    "VNIC on softnic, shared ring": of(paths.vnic_on_softnic, 0),
    "VNIC to VNIC": of(paths.vnic_to_vnic, 1),
    "VNIC to VNIC, shared ring": of(paths.vnic_to_vnic, 0),
    "VNICs on a VLAN": paths.vnics_on_vlan,
}
PEERS = {
    "veth": paths.veth,
    "veth, GRO on": paths.veth_gro,
    "netkit": paths.netkit,
    "macvlan on veth": paths.macvlan_on_veth,
    "macvlan to macvlan": paths.macvlan_to_macvlan,
    "bridge with veth": paths.bridge_with_veth,
    "VLAN on veth": paths.vlan_on_veth,
    "macvlan on softnic": paths.macvlan_on_softnic,
    "VLAN on softnic": paths.vlan_on_softnic,
}
FLOORS = {"dummy": paths.dummy, "stack": paths.dummy}
# An ipvlan's frames are told apart by the address that they are for, and those
# of pktgen are for nobody.
ENDS = PEERS | {"ipvlan on veth": paths.ipvlan_on_veth} | SOFTNIC
THEIRS = {*FLOORS, *PEERS, "ipvlan on veth", "macvlan"}
# For workloads that are much like another.
FEW = {name: ENDS[name] for name in (
    "veth", "veth, GRO on", "netkit", "macvlan on veth", "macvlan to macvlan",
    "softnic", "VNIC on softnic", "VNIC to VNIC")}
# A macvlan has the offloads of what is beneath it: of its own it can switch off none.
SWITCHED = {name: ENDS[name] for name in (
    "veth", "veth, GRO on", "softnic", "VNIC on softnic")}
COUNTS = (1, 10, 100, 1000)
ROUNDS = 3


def ours(path):
    """Whether the path is softnic's own, and not a peer's, over softnic or not."""
    return path not in THEIRS


def packets(size, among):
    return Workload(f"pktgen {size:,} B", PACKET, Packets(size), FLOORS | among,
                    floor="stack", peer="veth", value=min, rounds=ROUNDS, weight=2,
                    seconds=8)


def socket_workload(name, unit, run, among, *, value=min, exact=True, weight=1.0, seconds=10):
    return Workload(name, unit, run, among, peer="veth", value=value, exact=exact,
                    rounds=ROUNDS, weight=weight, seconds=seconds)


def udp(size, count, among):
    return socket_workload(f"UDP {size:,} B", DATAGRAM, Sockets("udp", count, size), among)


def udp_gso(size, count):
    return socket_workload(f"UDP {size:,} B, bundles of 32", DATAGRAM,
                           Sockets("gso", count, size, 32), FEW)


def bulk(off=None):
    name = f"TCP bulk, {off} off" if off else "TCP bulk"
    return Workload(name, BYTES, Sockets("bulk", 60 if off else 100, 1 << 20, off=off,
                                         runs=5, warm=1),
                    SWITCHED if off else ENDS, MORE, peer="veth", exact=False, seconds=7)


def iperf3(make, _path):
    devices = make()
    with iperf.namespaces(*devices), iperf.server():
        return [rate / 1e6 for rate in iperf.tcp()]


def many(make):
    return {f"{n:,} VNIC" + "s" * (n > 1): of(make, n) for n in (1, 64, 1024, 4096)}


FLOWS = Packets(60, flows=64)


def rings(make, *numbers):
    return {f"{n} ring" + "s" * (n > 1): of(make, n) for n in numbers}


def fanout(count):
    return Workload(f"broadcast to {count:,}", "instructions a copy", Fanout(),
                    {"macvlan on veth": of(paths.many_macvlans, count),
                     "VNICs on softnic": of(paths.many_vnics, count)},
                    peer="macvlan on veth", exact=count >= 100, seconds=5 + count / 100)


def beneath_vnics():
    paths.softnic_pair(1, "--slots", "4096", "--pool", "1024")


LINKS = {
    "veth": links.kind("d{0} type veth peer name e{0}"),
    # With its peer or mode named, ip takes one netkit a batch.
    "netkit": links.kind("d{0} type netkit"),
    "macvlan": links.kind("link veth1 d{0} type macvlan mode bridge", paths.veth),
    "softnic": links.kind("d{0} type softnic peer name e{0}"),
    "VNIC in its NIC's ring": links.kind("link soft1 d{0} type vnic", beneath_vnics),
    "VNIC, 1 ring": links.kind("link soft1 d{0} type vnic rings 1", beneath_vnics),
}
MEMORY = LINKS | {
    "softnic, 8 rings": links.kind(
        "d{0} numrxqueues 8 numtxqueues 8 type softnic peer name e{0} numrxqueues 8 numtxqueues 8"),
    "VNIC, 2 rings": links.kind("link soft1 d{0} type vnic rings 2", beneath_vnics),
}


def link_workload(what):
    name = {"create": "a device made", "change": "an address changed",
            "delete": "a device deleted"}[what]
    # A netkit of the usual mode has no address.
    among = {kind: make for kind, make in LINKS.items() if (kind, what) != ("netkit", "change")}
    return Workload(name, "instructions a device, or pair", links.Links(what), among,
                    peer="macvlan", exact=False, weight=0.5, seconds=8)


WORKLOADS = [
    packets(60, PEERS | SOFTNIC),
    packets(1514, FEW),
    Workload("trace events of softnic", PACKET, Packets(60),
             {"off": of(paths.softnic_pair, 1), "on": paths.softnic_traced},
             peer="off", value=min, rounds=ROUNDS),
    Workload("64 flows to rings", PACKET, FLOWS, rings(paths.softnic_unmoderated, 1, 2, 4, 8),
             peer="1 ring", value=min, rounds=ROUNDS),
    Workload("64 flows to rings, adaptive", PACKET, FLOWS, rings(paths.softnic_pair, 1, 8),
             peer="1 ring", value=min, rounds=ROUNDS, exact=False),
    Workload("to many VNICs", PACKET, ToMany(), many(paths.many_vnics),
             peer="1 VNIC", value=min, seconds=25),
    *map(fanout, COUNTS),
    Workload("forwarding", PACKET, Packets(60, next_hop="fwd1"), {
        "veth": of(paths.forwarding, "veth"),
        "softnic": of(paths.forwarding, "softnic")},
        peer="veth", value=min, rounds=ROUNDS),
    udp(64, 20_000, ENDS), udp(1400, 16_000, FEW), udp(16_384, 2_000, FEW),
    udp(65_507, 1_200, FEW),
    socket_workload("UDP 64 B, 32 by sendmmsg", DATAGRAM, Sockets("udp", 12_800, 64, 32), FEW),
    udp_gso(64, 32_000), udp_gso(1400, 12_800),
    socket_workload("UDP 64 B, bundles of 32 cut by the core", DATAGRAM,
                    Sockets("gso", 38_400, 64, 32, off="UDP segmentation"), SWITCHED, weight=2),
    bulk(), *map(bulk, [off for off in OFF if off != "UDP segmentation"]),
    socket_workload("TCP request and response", "instructions a transaction",
                    Sockets("rr", 5_000, 1, runs=3), ENDS, weight=2),
    socket_workload("TCP connect and close", "instructions a connection",
                    Sockets("crr", 800, 1, runs=6), ENDS, value=statistics.median, exact=False,
                    seconds=20),
    Workload("iperf3 TCP", BYTES, iperf3, SWITCHED, MORE, peer="veth", exact=False, seconds=15),
    *map(link_workload, ("create", "change", "delete")),
    Workload("memory", "KiB a device, or pair", links.Memory(), MEMORY, peer="macvlan",
             exact=False, weight=0.5, seconds=8),
]
