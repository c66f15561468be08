# SPDX-License-Identifier: GPL-2.0
"""The part of make bench that runs in the guest.

The guest's clock advances by 1 ns with each instruction, so times are
instructions. The first run of a figure only warms up, and does not count.
"""

import argparse
import json
import os
import pathlib
import re
import sys
import time

import paths
import pktgen
import registry
from workloads import WORKLOADS

SHARE = pathlib.Path("/mnt/share")


def prepare():
    """What else a guest does at times of its own is kept away."""
    pktgen.load()
    for scope in ("all", "default"):
        pathlib.Path(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6").write_text("1")


def figures(part):
    for workload, names in part:
        for name in names:
            start = time.monotonic()
            runs = list(workload.runs(name, paths.clear))
            yield {"workload": workload.name, "path": name, "runs": runs,
                   "value": workload.value(runs[1:]),
                   "clock": round(time.monotonic() - start, 2)}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--part", type=int, default=0)
    p.add_argument("--parts", type=int, default=1)
    p.add_argument("--figures", default="")
    a = p.parse_args()
    part = registry.shares(registry.chosen(WORKLOADS, a.figures), a.parts)[a.part]
    prepare()
    measured = []
    for f in figures(part):
        print(f"  {f['workload']}, {f['path']}: {f['value']:,.1f}",
              file=sys.stderr, flush=True)
        measured.append(f)
        keep(a.part, measured)
    # A part of few workloads may have none.
    keep(a.part, measured)


def processor():
    found = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return f"{found[1] if found else 'unknown'}, {os.cpu_count()} CPU"


def keep(part, measured):
    """All so far, so that a guest that is stopped leaves something."""
    system = os.uname()
    new = SHARE / f"measured-{part}.new"
    new.write_text(json.dumps({
        "kernel": system.release, "build": system.version, "processor": processor(),
        "command line": pathlib.Path("/proc/cmdline").read_text().strip(),
        "figures": measured}))
    new.rename(SHARE / f"measured-{part}.json")


main()
