# SPDX-License-Identifier: GPL-2.0
"""The part of make bench that runs in the guest.

The guest's clock advances by 1 ns with each instruction, so times are
instructions. The first run of everything only warms up, and does not count.
"""

import json
import os
import pathlib
import statistics
import sys

import iperf
import paths
import pktgen

PACKETS = 100_000

PKTGEN = {
    "dummy": paths.dummy,
    "stack": paths.dummy,
    "veth": paths.veth,
    "veth, GRO on": paths.veth_gro,
    "netkit": paths.netkit,
    "macvlan on veth": paths.macvlan_on_veth,
    "macvlan to macvlan": paths.macvlan_to_macvlan,
    "softnic": lambda: paths.softnic_pair(1),
    "softnic, 8 rings": lambda: paths.softnic_pair(8),
    "VNIC on softnic": lambda: paths.vnic_on_softnic(1),
    "VNIC on softnic, shared ring": lambda: paths.vnic_on_softnic(0),
    "VNIC to VNIC": lambda: paths.vnic_to_vnic(1),
    "VNIC to VNIC, shared ring": lambda: paths.vnic_to_vnic(0),
}
SOCKETS = {
    "veth": paths.veth,
    "veth, GRO on": paths.veth_gro,
    "softnic": lambda: paths.softnic_pair(1),
    "softnic, 8 rings": lambda: paths.softnic_pair(8),
}
UNITS = {
    "pktgen 60 B": "instructions a packet",
    "TCP bulk": "bytes in 10^9 instructions",
    "TCP bulk, TSO and GSO off": "bytes in 10^9 instructions",
    "UDP 64 B": "instructions a datagram",
}


def pktgen_figures():
    for name, make in PKTGEN.items():
        sender, receiver = make()
        mac = paths.mac(receiver)

        def once():
            before = paths.received(receiver)
            took = pktgen.send(sender, mac, PACKETS, name == "stack")
            if sender != receiver and paths.received(receiver) - before < PACKETS:
                raise RuntimeError(f"{name}: packets were lost")
            return took

        # What else the guest does can only add instructions.
        yield "pktgen 60 B", name, min, repeat(once, 3)
        paths.clear()


def socket_figures():
    for name, make in SOCKETS.items():
        devices = make()
        with iperf.namespaces(*devices), iperf.server():
            yield "TCP bulk", name, statistics.median, iperf.tcp()
            yield "UDP 64 B", name, statistics.median, iperf.udp()
            iperf.offload(devices, "off")
            yield "TCP bulk, TSO and GSO off", name, statistics.median, iperf.tcp()


def repeat(once, times):
    return [once() for _ in range(times)]


def main():
    pktgen.load()
    figures = []
    for source in (pktgen_figures(), socket_figures()):
        for workload, path, figure, runs in source:
            value = figure(runs[1:])
            print(f"  {workload}, {path}: {value:,.0f} {UNITS[workload]}",
                  file=sys.stderr, flush=True)
            figures.append({"workload": workload, "path": path,
                            "unit": UNITS[workload], "value": value, "runs": runs})
    system = os.uname()
    pathlib.Path("/mnt/share/measured.json").write_text(json.dumps({
        "kernel": system.release, "build": system.version,
        "command line": pathlib.Path("/proc/cmdline").read_text().strip(),
        "packets": PACKETS, "figures": figures}))


main()
