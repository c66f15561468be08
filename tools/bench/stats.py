# SPDX-License-Identifier: GPL-2.0
"""Statistics, by the standard library alone."""

import math
import random
import statistics

ROUNDS = 4000
# Above this a distribution that has one peak is hard to find (Pfister and others,
# 2013): the coefficient of a uniform one.
BIMODAL = 5 / 9


def spread(runs):
    """How far the runs are apart, as a part of their median: nothing if that is 0."""
    median = statistics.median(runs)
    return (max(runs) - min(runs)) / median if median else 0.0


def interval(values, level=0.95, estimate=statistics.median, seed=1, rounds=ROUNDS):
    """The bootstrap's percentile interval of the estimate."""
    chance = random.Random(seed)
    found = sorted(estimate(chance.choices(values, k=len(values))) for _ in range(rounds))
    edge = (1 - level) / 2
    return (found[math.floor(edge * (rounds - 1))],
            found[math.ceil((1 - edge) * (rounds - 1))])


def bimodality(values):
    """Sarle's coefficient for a sample: 1 for two points, 1/3 for a bell curve."""
    n = len(values)
    if n < 4:
        return 0.0
    mean = statistics.fmean(values)
    second = sum((v - mean) ** 2 for v in values) / n
    if second <= (1e-9 * mean) ** 2:
        return 0.0
    third = sum((v - mean) ** 3 for v in values) / n
    fourth = sum((v - mean) ** 4 for v in values) / n
    skew = third / second ** 1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    excess = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (fourth / second ** 2 - 3) + 6)
    return (skew ** 2 + 1) / (excess + 3 * (n - 1) ** 2 / ((n - 2) * (n - 3)))


def two_peaks(values):
    """Whether the values come from two peaks, by the coefficient and by a gap:
    the one takes a lone outlier for a peak, the other any thin sample."""
    return bimodality(values) > BIMODAL and has_gap(values)


def has_gap(values):
    """Whether both sides of the widest gap have a fifth of the values or more, and
    the gap is wider than either side."""
    ordered = sorted(values)
    gaps = [b - a for a, b in zip(ordered, ordered[1:])]
    if not gaps:
        return False
    split = gaps.index(max(gaps)) + 1
    low, high = ordered[:split], ordered[split:]
    least = max(2, len(values) // 5)
    return (min(len(low), len(high)) >= least
            and max(gaps) > max(low[-1] - low[0], high[-1] - high[0]))


def geometric_mean(pairs):
    """Of (ratio, weight)."""
    pairs = list(pairs)
    total = sum(weight for _, weight in pairs)
    if total <= 0:
        raise ValueError("no weights")
    return math.exp(sum(weight * math.log(ratio) for ratio, weight in pairs) / total)
