# SPDX-License-Identifier: GPL-2.0
"""Turns what the guest measured into results.json, a table and plots."""

import argparse
import json
import pathlib
import subprocess

import plots

# What each figure is compared with: the peer that does the same.
PEER = "veth"
FLOOR = ("pktgen 60 B", "stack")
SEND_ALONE = "dummy"


def output(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()


def environment(commit):
    return {
        "commit": commit,
        "emulator": output("qemu-system-x86_64", "--version").splitlines()[0],
        "method": "QEMU icount: instructions, not cycles or cache misses",
    }


def add_driver_cost(figures):
    """A packet's cost above the stack's floor is what its driver takes."""
    floor = next(f["value"] for f in figures if (f["workload"], f["path"]) == FLOOR)
    for f in figures:
        if f["workload"] == FLOOR[0] and f["path"] not in (FLOOR[1], SEND_ALONE):
            f["driver"] = f["value"] - floor


def add_ratio(figures):
    peers = {f["workload"]: f for f in figures if f["path"] == PEER}
    for f in figures:
        peer = peers[f["workload"]]
        key = "driver" if "driver" in peer else "value"
        if key in f:
            f["of veth"] = f[key] / peer[key]


def table(figures):
    for workload in dict.fromkeys(f["workload"] for f in figures):
        of_it = [f for f in figures if f["workload"] == workload]
        driver = "driver" if any("driver" in f for f in of_it) else ""
        print(f"\n{workload + ': ' + of_it[0]['unit']:<54}{'':>8}{driver:>8}{'of veth':>10}")
        for f in of_it:
            cost = f"{f['driver']:,.0f}" if "driver" in f else ""
            ratio = f"{f['of veth']:.3f}" if "of veth" in f else ""
            print(f"  {f['path']:<44}{f['value']:>16,.0f}{cost:>8}{ratio:>10}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("directory", type=pathlib.Path)
    p.add_argument("commit")
    a = p.parse_args()
    results = environment(a.commit)
    results |= json.loads((a.directory / "measured.json").read_text())
    figures = results["figures"]
    add_driver_cost(figures)
    add_ratio(figures)
    whole = a.directory / "results.json.new"
    whole.write_text(json.dumps(results, indent=1) + "\n")
    whole.rename(a.directory / "results.json")
    plots.draw(figures, a.directory)
    table(figures)
    print(f"\n{results['kernel']}, {results['emulator']}, {results['commit']}")


main()
