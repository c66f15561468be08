# SPDX-License-Identifier: GPL-2.0
"""Writes what two commands keep of the results: --baseline, what later runs are
judged by; --page, Documentation/benchmarks.md. Both want every figure."""

import argparse
import json
import pathlib
import re
import sys

import bars
import verdicts
import workloads

# Those whose plots the page shows.
PICTURED = ("pktgen 60 B", "64 flows to rings", "to many VNICs", "broadcast to 1,000",
            "UDP 64 B", "TCP bulk", "TCP request and response", "TCP connect and close",
            "a device made")

METHOD = """\
<!-- SPDX-License-Identifier: GPL-2.0 -->
<!-- Written by make bench-page from build/bench; changes here are lost. -->
# Benchmarks

softnic beside the kernel's own virtual devices, by `make bench`.

## What is counted

The guest runs under QEMU's TCG with `-icount shift=0`: its clock goes on by 1 ns
with each instruction. So every figure here is a number of **instructions**, not
of cycles: what a cache miss, a mispredicted branch or a contended lock costs is
not in it. A string instruction counts as often as it repeats, so copies look
dear. There is one CPU, and what a second one would gain is not seen. What else
the machine does changes nothing.

- Mitigations for CPU bugs are off, and so is IPv6, which sends at times of its own.
- Each figure has devices of its own, made for it. Packets one at a time, datagrams,
  requests and connections have them made three times: which of two random keys meet
  in a table is by chance. The first run warms up and does not count; of the others it
  is the least, since anything else can only add, or the median where that is not so.
- *driver* is what is left of a packet's cost when that of pktgen and the stack
  alone, measured in the same boot (`stack`), is taken away.
- Where a program waits, a spinner takes the CPU and counts its own turns, which
  are subtracted: a clock that jumps while nothing runs would count waiting as work.
- `virtio_net` is not among the peers: the other half of its work is the emulator's,
  and no instruction of the guest.
- Addresses are not randomised, and QEMU's random numbers have a seed: a figure of the
  next run is to be the same within 0.2 %, and `make bench-repeat` names those that are
  not. Timer ticks and the disk's interrupts still come when they like. Not held to that,
  since something else than the work decides, are: TCP bulk and iperf3 (when TCP and the
  scheduler let whom go on decides how much is in a frame: within one boot the runs of
  any path, veth's too, are 0.5 to 2.5 % apart), connections opened and closed (800 of
  them take up to 2 % more or less than the 800 before, on any path), memory, devices
  made, changed and deleted, broadcasts to one and to ten ports, and rings with adaptive
  moderation.
- That is not reached yet: of packets, bundles and forwarding, 52 figures, measured twice
  on 2026-11-22 (`make bench-repeat FIGURES='pktgen|bundles|forwarding|trace events'`), 47
  agree within 0.2 %, and all within 0.9 %. The others are streams over softnic, of which
  timers decide how many frames share a poll.
- To many VNICs: what the generator itself takes to change the address, by a `dummy`
  device, is taken away.
- Of 64 flows, each ring of a NIC gets some; all rings are polled by the one CPU, so
  what is measured there is what more rings cost, not what they gain. Moderation is
  off there. With adaptive moderation, as everywhere else, one ring that has all
  frames is polled for several at a time, and of eight rings with an eighth each
  none is, or not always: that figure is rough.

`make bench FIGURES=pattern` measures a part, `make bench-wall` compares by the wall
clock with two CPUs, `make bench-trace` has what trace events cost, and
`make bench-profile` where the instructions go.
"""


NOT_HERE = """\
What is to be reached by the wall clock is judged by `make bench-wall`: see
[benchmarks-wall](benchmarks-wall.md). What trace events that are off cost wants a
module without them: see [tracing](tracing.md). Where the instructions are, and why
bars are missed: see [performance](performance.md).
"""


def picture(workload):
    return re.sub(r"\W+", "-", workload.lower()) + ".svg"


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.1f}"


def row(*cells):
    return "| " + " | ".join(cells) + " |\n"


def figures_table(of_it):
    first = of_it[0]
    driver = any("driver" in f for f in of_it)
    heads = ["path", first["unit"], *(["driver"] if driver else []),
             f"of {verdicts.peer_of(of_it)}"]
    text = row(*heads) + row("---", *["--:"] * (len(heads) - 1))
    for f in of_it:
        name = f"**{f['path']}**" if f["ours"] else f["path"]
        cells = [name, number(f["value"])]
        if driver:
            cells.append(number(f["driver"]) if "driver" in f else "")
        text += row(*cells, f"{f['of peer']:.3f}" if "of peer" in f else "")
    return text


def bars_table(figures):
    met, count = bars.summary(figures)
    text = f"## What softnic has to reach\n\n{met} of {count} are met.\n{NOT_HERE}\n"
    text += row("figure", "bar", "reached", "") + row("---", "--:", "--:", "---")
    for what, bar, reached, good in bars.rows(figures):
        text += row(what, bar, reached, "met" if good else "**missed**")
    return text


def page(results):
    figures = results["figures"]
    text = METHOD + "\n" + bars_table(figures)
    for workload in dict.fromkeys(f["workload"] for f in figures):
        of_it = [f for f in figures if f["workload"] == workload]
        more = "" if of_it[0]["better"] == "less" else "\nMore is better.\n"
        text += f"\n## {workload}\n{more}\n{figures_table(of_it)}"
        if workload in PICTURED:
            text += f"\n![{workload}](benchmarks/{picture(workload)})\n"
    return text + f"\nKernel {results['kernel']}, {results['emulator']}, {commits(results)}.\n"


def commits(results):
    """Of which commits the figures are: most are of the first."""
    first, later = results["commit"], {}
    for f in results["figures"]:
        if f["commit"] != first:
            later.setdefault(f["commit"], []).append(f["workload"])
    return "; ".join([f"commit {first}", *(
        f"{', '.join(dict.fromkeys(names))}: commit {commit}"
        for commit, names in later.items())])


def latest(results, *later):
    """All figures of the first results; of workloads that later ones have, theirs."""
    for new in later:
        if any(new[word] != results[word] for word in ("kernel", "emulator")):
            raise ValueError("results of two kernels or emulators")
        measured = {f["workload"] for f in new["figures"]}
        kept = [f for f in results["figures"] if f["workload"] not in measured]
        order = [w.name for w in workloads.WORKLOADS]
        results = results | {"figures": sorted(
            kept + new["figures"], key=lambda f: order.index(f["workload"]))}
    return results


def missing(results):
    """Figures of the registry that were not measured."""
    there = {verdicts.name(f) for f in results["figures"]}
    return [name for w in workloads.WORKLOADS for path in w.paths
            if (name := w.figure(path)) not in there]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("results", type=pathlib.Path, nargs="+",
                   help="the first has every figure; later ones have newer figures")
    p.add_argument("--baseline", type=pathlib.Path)
    p.add_argument("--page", type=pathlib.Path)
    a = p.parse_args()
    results = latest(*(json.loads(path.read_text()) for path in a.results))
    lacking = missing(results)
    if lacking:
        sys.exit(f"softnic: {len(lacking)} figures were not measured, such as "
                 f"{lacking[0]}: make bench without FIGURES first")
    if a.baseline:
        a.baseline.write_text(json.dumps(verdicts.baseline(results), indent=1) + "\n")
    if a.page:
        a.page.write_text(page(results))


if __name__ == "__main__":
    main()
