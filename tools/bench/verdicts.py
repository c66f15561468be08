# SPDX-License-Identifier: GPL-2.0
"""Figures against those of another time: a stored baseline, or a run before."""

import stats
from registry import LESS

# What two runs of make bench may differ by where a figure is exact, and what is
# allowed for those that are not.
EXACT, ROUGH = 0.002, 0.03
BETTER, SAME, WORSE, NEW = "better", "same", "worse", "new"


def name(figure):
    return f"{figure['workload']}: {figure['path']}"


def peer_of(figures):
    """What the figures of a workload are compared with: floors are not."""
    return next(f["peer"] for f in figures if "peer" in f)


def tolerance(figure):
    return EXACT if figure["exact"] else ROUGH


def baseline(results):
    """What a baseline keeps of results: each figure with an interval around it, as
    wide as two runs may differ, or as its own runs did."""
    entries = {}
    for f in results["figures"]:
        half = f["value"] * max(tolerance(f), stats.spread(f["runs"][1:]) / 2)
        entries[name(f)] = {"value": f["value"], "low": f["value"] - half,
                            "high": f["value"] + half}
    return {"commit": results["commit"], "kernel": results["kernel"],
            "emulator": results["emulator"], "figures": entries}


def verdict(figure, entry):
    """better or worse only outside of the interval."""
    if entry is None:
        return NEW
    if entry["low"] <= figure["value"] <= entry["high"]:
        return SAME
    less = figure["value"] < entry["low"]
    return BETTER if less == (figure["better"] == LESS) else WORSE


def judge(figures, base):
    """Gives each figure its verdict."""
    for f in figures:
        f["verdict"] = verdict(f, base["figures"].get(name(f)))


def progress(figures, base):
    """The weighted geometric mean of what our own figures are of the baseline's,
    less than 1 being better; None where there is nothing to compare."""
    ratios = []
    for f in figures:
        entry = base["figures"].get(name(f))
        if f["ours"] and entry:
            ratio = f["value"] / entry["value"]
            ratios.append((ratio if f["better"] == LESS else 1 / ratio, f["weight"]))
    return stats.geometric_mean(ratios) if ratios else None


def differences(first, second):
    """(name, one value, the other, difference) of each figure of both on which
    two runs should agree and do not; and how many were compared."""
    values = {name(f): f["value"] for f in first["figures"]}
    apart, count = [], 0
    for f in second["figures"]:
        before = values.get(name(f))
        if before is None or not f["exact"]:
            continue
        count += 1
        by = abs(f["value"] - before) / before
        if by > EXACT:
            apart.append((name(f), before, f["value"], by))
    return apart, count
