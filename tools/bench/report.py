# SPDX-License-Identifier: GPL-2.0
"""Turns what the guests measured into results.json, tables and plots."""

import argparse
import json
import pathlib
import subprocess

import bars
import plots
import stats
import verdicts
import workloads

HERE = pathlib.Path(__file__).parent
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


def merge(parts):
    """One set of results of the guests', the figures in the registry's order."""
    first = parts[0]
    for other in parts[1:]:
        for word in ("kernel", "build", "command line"):
            if other[word] != first[word]:
                raise ValueError(f"guests of two kinds: {first[word]}, {other[word]}")
    order = [w.name for w in workloads.WORKLOADS]
    figures = [f for part in parts for f in part["figures"]]
    figures.sort(key=lambda f: order.index(f["workload"]))
    return first | {"figures": figures}


def describe(figures, commit):
    """What the registry knows of each figure, and what it was measured of."""
    known = {w.name: w for w in workloads.WORKLOADS}
    for f in figures:
        w = known[f["workload"]]
        f |= {"commit": commit, "unit": w.unit, "better": w.better, "exact": w.exact,
              "weight": w.weight, "ours": workloads.ours(f["path"]),
              "spread": stats.spread(f["runs"][1:])}


def add_driver_cost(figures):
    """A packet's cost above the stack's floor is what its driver takes."""
    floors = {w.name: w.floor for w in workloads.WORKLOADS if w.floor}
    values = {(f["workload"], f["path"]): f["value"] for f in figures}
    for f in figures:
        floor = floors.get(f["workload"])
        if floor and f["path"] not in (floor, SEND_ALONE):
            f["driver"] = f["value"] - values[f["workload"], floor]


def add_ratio(figures):
    """To the peer's driver cost where there is one, else to its whole value."""
    peers = {w.name: w.peer for w in workloads.WORKLOADS}
    table = {(f["workload"], f["path"]): f for f in figures}
    for f in figures:
        peer = table[f["workload"], peers[f["workload"]]]
        key = "driver" if "driver" in peer else "value"
        if key in f:
            f["of peer"] = f[key] / peer[key]
            f["peer"] = peer["path"]


def table(figures):
    for workload in dict.fromkeys(f["workload"] for f in figures):
        of_it = [f for f in figures if f["workload"] == workload]
        driver = "driver" if any("driver" in f for f in of_it) else ""
        peer = f"of {verdicts.peer_of(of_it)}"
        more = "" if of_it[0]["better"] == "less" else ", more is better"
        print(f"\n{workload}: {of_it[0]['unit']}{more}")
        print(f"{'':<46}{'':>12}{driver:>8}{peer:>20}")
        for f in of_it:
            cost = f"{f['driver']:,.0f}" if "driver" in f else ""
            ratio = f"{f['of peer']:.3f}" if "of peer" in f else ""
            digits = 0 if f["value"] >= 1000 else 1
            print(f"  {f['path']:<44}{f['value']:>12,.{digits}f}{cost:>8}{ratio:>20}"
                  f"  {f['verdict'].replace(verdicts.NEW, '')}".rstrip())


def bar_table(figures):
    print("\nBars")
    for text, bar, reached, met in bars.rows(figures):
        print(f"  {text:<48}{bar:>16}{reached:>10}  {'met' if met else 'MISSED'}")


def load_baseline():
    path = HERE / "baseline.json"
    return json.loads(path.read_text()) if path.exists() else {"figures": {}}


def results(directory, commit):
    parts = [json.loads(p.read_text()) for p in sorted(directory.glob("measured-*.json"))]
    whole = environment(commit) | merge(parts)
    figures = whole["figures"]
    describe(figures, commit)
    add_driver_cost(figures)
    add_ratio(figures)
    base = load_baseline()
    verdicts.judge(figures, base)
    whole["of baseline"] = verdicts.progress(figures, base)
    return whole


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("directory", type=pathlib.Path)
    p.add_argument("commit")
    a = p.parse_args()
    whole = results(a.directory, a.commit)
    new = a.directory / "results.json.new"
    new.write_text(json.dumps(whole, indent=1) + "\n")
    new.rename(a.directory / "results.json")
    plots.draw(whole["figures"], a.directory)
    table(whole["figures"])
    bar_table(whole["figures"])
    if whole["of baseline"]:
        print(f"\nsoftnic's cost, weighted geometric mean: {whole['of baseline']:.4f} of the baseline's")
    print(f"\n{whole['kernel']}, {whole['emulator']}, {whole['commit']}")


if __name__ == "__main__":
    main()
