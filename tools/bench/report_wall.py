# SPDX-License-Identifier: GPL-2.0
"""Turns what make bench-wall measured into wall.json and tables."""

import argparse
import json
import pathlib

import wall
import workloads
from report import output


def table(name, result):
    print(f"\n{name}: times as fast, with what 95 % of resamples are within")
    for c in result["comparisons"]:
        print(f"  {c['path']:<20} against {c['peer']:<20}{c['ratio']:>7.3f}"
              f"  [{c['low']:.3f}, {c['high']:.3f}]  at least {c['bar']:.1f}: {c['verdict']}")
    same = result["the same twice"]
    print(f"  {'veth against itself':<49}{same['ratio']:>7.3f}"
          f"  [{same['low']:.3f}, {same['high']:.3f}]  a difference seen where there is "
          f"none: {result['false positives']:.1%}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("directory", type=pathlib.Path)
    p.add_argument("commit")
    a = p.parse_args()
    measured = json.loads((a.directory / "wall-runs.json").read_text())
    better = {w.name: w.better for w in workloads.WORKLOADS}
    results = {name: wall.analyse(runs, better[name], workloads.ours)
               for name, runs in measured["runs"].items()}
    whole = measured | {
        "commit": a.commit, "method": "wall clock under TCG, two CPUs: ratios alone",
        "emulator": output("qemu-system-x86_64", "--version").splitlines()[0],
        "results": results}
    new = a.directory / "wall.json.new"
    new.write_text(json.dumps(whole, indent=1) + "\n")
    new.rename(a.directory / "wall.json")
    for name, result in results.items():
        table(name, result)
    print(f"\n{whole['rounds']} rounds; {whole['kernel']}, {whole['emulator']}, {whole['commit']}")


if __name__ == "__main__":
    main()
