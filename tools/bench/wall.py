# SPDX-License-Identifier: GPL-2.0
"""Comparisons by the wall clock: what is run when, and what it says.

On a machine that others use, only ratios of runs that lie close together mean
anything. So each round runs every path once, in an order of its own, and a
comparison is of the rounds' ratios.
"""

import random
import statistics

import stats

ROUNDS = 15
AGAIN = "veth again"
BASE = "veth"
MACVLANS = ("macvlan on veth", "macvlan to macvlan")
BEST_BAR, MACVLAN_BAR = 1.0, 1.2
SHUFFLES, RESAMPLES = 200, 300


def plan(workloads, rounds, seed):
    """(round, workload, path) of every run. The order is by chance, and the same for
    the same seed."""
    chance = random.Random(seed)
    for number in range(rounds):
        names = list(workloads)
        chance.shuffle(names)
        for name in names:
            paths = list(workloads[name])
            chance.shuffle(paths)
            for path in paths:
                yield number, name, path


def ratios(ours, theirs, better):
    """By round, how much faster ours was: above 1 is better for it."""
    if better == "less":
        ours, theirs = theirs, ours
    return [a / b for a, b in zip(ours, theirs, strict=True)]


def compare(ours, theirs, better):
    values = ratios(ours, theirs, better)
    low, high = stats.interval(values)
    return {"ratio": statistics.median(values), "low": low, "high": high,
            "ratios": values, "two peaks": stats.two_peaks(values)}


def false_positives(values, seed=1):
    """How often an interval leaves 1 out though there is no difference: ratios of a
    path to itself, with the two of each round exchanged by chance."""
    chance = random.Random(seed)
    wrong = 0
    for _ in range(SHUFFLES):
        mixed = [v if chance.random() < 0.5 else 1 / v for v in values]
        low, high = stats.interval(mixed, seed=chance.random(), rounds=RESAMPLES)
        wrong += not low <= 1 <= high
    return wrong / SHUFFLES


def best(runs, better):
    """The fastest of the paths, by its median."""
    pick = min if better == "less" else max
    return pick(runs, key=lambda path: statistics.median(runs[path]))


def judge(result, bar):
    """Met or missed only where the whole interval says so."""
    if result["two peaks"]:
        return "two peaks"
    if result["low"] >= bar:
        return "met"
    return "missed" if result["high"] < bar else "unclear"


def analyse(runs, better, is_ours):
    """runs: path -> a value for each round, of one workload. What each path of ours
    is of the best peer and of macvlan."""
    peers = {p: v for p, v in runs.items() if not is_ours(p) and p != AGAIN}
    macvlans = {p: v for p, v in peers.items() if p in MACVLANS}
    found = []
    for path, values in runs.items():
        if path == AGAIN or not is_ours(path):
            continue
        for group, bar in ((peers, BEST_BAR), (macvlans, MACVLAN_BAR)):
            if group:
                other = best(group, better)
                result = compare(values, group[other], better)
                found.append({"path": path, "peer": other, "bar": bar,
                              "verdict": judge(result, bar)} | result)
    same = compare(runs[AGAIN], runs[BASE], better)
    return {"comparisons": found, "the same twice": same,
            "false positives": false_positives(same["ratios"])}
