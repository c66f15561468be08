# SPDX-License-Identifier: GPL-2.0
"""Writes the page of what make bench-wall measured."""

import argparse
import json
import pathlib

from page import row

METHOD = """\
<!-- SPDX-License-Identifier: GPL-2.0 -->
<!-- Written by make bench-page from build/bench; changes here are lost. -->
# By the wall clock

softnic beside its peers, by `make bench-wall`: how many times as fast, in a guest with
two CPUs whose clock is the host's.

The guest is emulated (QEMU's TCG): no time here is one of real hardware, and only
ratios are told. Other work on the host disturbs them. So each round runs every path
once, in an order by chance, a comparison is the median of the rounds' ratios, with the
interval that 95 % of resamples are within, and a bar is met, or missed, only where the
whole interval says so. Ratios that come from two peaks are told as such and not
averaged. veth is measured twice in each round: that ratio should be 1, and *chance* is
how often an interval tells of a difference between veth and itself.

All are measured as they are by default. softnic has a stream polled on another CPU than
its sender's where that makes it faster ([moderation](moderation.md)); its peers do their
receiver's work where they send, unless they are told otherwise.
"""


def table(result):
    text = row("path", "peer", "times as fast", "95 %", "bar", "")
    text += row("---", "---", "--:", "--:", "--:", "---")
    for c in result["comparisons"]:
        verdict = c["verdict"] if c["verdict"] == "met" else f"**{c['verdict']}**"
        text += row(c["path"], c["peer"], f"{c['ratio']:.3f}",
                    f"{c['low']:.3f} to {c['high']:.3f}", f"{c['bar']:.1f}", verdict)
    same = result["the same twice"]
    return text + row("veth", "itself", f"{same['ratio']:.3f}",
                      f"{same['low']:.3f} to {same['high']:.3f}", "",
                      f"chance {result['false positives']:.1%}")


def page(whole):
    verdicts = [c["verdict"] for r in whole["results"].values() for c in r["comparisons"]]
    told = ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(sorted(verdicts)))
    text = f"{METHOD}\n{whole['rounds']} rounds; of {len(verdicts)} bars: {told}.\n"
    for name, result in whole["results"].items():
        text += f"\n## {name}\n\n{table(result)}"
    return text + (f"\nKernel {whole['kernel']}, {whole['emulator']}, "
                   f"commit {whole['commit']}.\n")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("results", type=pathlib.Path)
    p.add_argument("page", type=pathlib.Path)
    a = p.parse_args()
    a.page.write_text(page(json.loads(a.results.read_text())))


if __name__ == "__main__":
    main()
