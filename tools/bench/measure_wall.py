# SPDX-License-Identifier: GPL-2.0
"""The part of make bench-wall that runs in the guest, with two CPUs and a clock
that is the host's."""

import argparse
import dataclasses
import itertools
import json
import math
import os
import pathlib
import sys
import time

import paths
import pktgen
import registry
import wall
from packets import Packets
from sockets import Sockets
from workloads import ENDS, WORKLOADS

SHARE = pathlib.Path("/mnt/share")
PATHS = ("veth", "veth, GRO on", "netkit", "macvlan on veth", "macvlan to macvlan",
         "softnic", "VNIC on softnic")
NAMES = ("pktgen 60 B", "pktgen 1,514 B", "UDP 64 B", "UDP 64 B, 32 by sendmmsg",
         "TCP bulk", "TCP request and response", "TCP connect and close")
# The first warms up.
RUNS = 2
# Of the work that is counted in instructions: here it is done many times more often.
PART = 4


def once(workload, path):
    """What the workload comes to on the path, in new devices."""
    run = workload.run
    if isinstance(run, Sockets):
        run = dataclasses.replace(run, runs=RUNS, count=run.count // PART, warm=0, spin=False)
    elif isinstance(run, Packets):
        run = dataclasses.replace(run, runs=RUNS)
    make = ENDS[wall.BASE if path == wall.AGAIN else path]
    try:
        return run(make, path)[-1]
    finally:
        paths.clear()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--figures", default="")
    p.add_argument("--rounds", type=int, default=wall.ROUNDS)
    p.add_argument("--minutes", type=float, default=math.inf,
                   help="the round in which they end is the last")
    p.add_argument("--seed", type=int, required=True)
    a = p.parse_args()
    pktgen.load()
    known = {w.name: w for w, _ in registry.chosen(
        [w for w in WORKLOADS if w.name in NAMES], a.figures)}
    runs = {name: {path: [] for path in (*PATHS, wall.AGAIN)} for name in known}
    end = time.monotonic() + 60 * a.minutes
    for number, works in itertools.groupby(wall.plan(runs, a.rounds, a.seed), lambda x: x[0]):
        for _, name, path in works:
            value = once(known[name], path)
            runs[name][path].append(value)
            print(f"  round {number + 1} of {a.rounds}: {name}, {path}: {value:,.1f}",
                  file=sys.stderr, flush=True)
        if time.monotonic() > end:
            break
    system = os.uname()
    (SHARE / "wall-runs.json").write_text(json.dumps({
        "kernel": system.release, "build": system.version, "seed": a.seed,
        "rounds": number + 1,
        "command line": pathlib.Path("/proc/cmdline").read_text().strip(),
        "runs": runs}))


main()
