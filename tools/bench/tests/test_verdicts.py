# SPDX-License-Identifier: GPL-2.0
"""Verdicts on figures, bars, and what two runs differ in."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import bars
import verdicts


def figure(value, *, better="less", path="softnic", exact=True, runs=None, weight=1):
    return {"workload": "pktgen 60 B", "path": path, "value": value, "better": better,
            "exact": exact, "runs": runs or [2 * value, value, value], "weight": weight,
            "ours": path == "softnic"}


def results(*figures):
    return {"commit": "c", "kernel": "k", "emulator": "e", "figures": list(figures)}


class Verdicts(unittest.TestCase):
    def verdict(self, before, now, **more):
        base = verdicts.baseline(results(figure(before, **more)))
        f = figure(now, **more)
        verdicts.judge([f], base)
        return f["verdict"]

    def test_within_the_interval_it_is_the_same(self):
        self.assertEqual(self.verdict(1000, 1001.9), verdicts.SAME)
        self.assertEqual(self.verdict(1000, 998.1), verdicts.SAME)

    def test_beyond_it_less_or_more_is_better(self):
        self.assertEqual(self.verdict(1000, 1003), verdicts.WORSE)
        self.assertEqual(self.verdict(1000, 997), verdicts.BETTER)
        self.assertEqual(self.verdict(1000, 1003, better="more"), verdicts.BETTER)
        self.assertEqual(self.verdict(1000, 997, better="more"), verdicts.WORSE)

    def test_what_is_not_exact_has_a_wider_one(self):
        self.assertEqual(self.verdict(1000, 1020, exact=False), verdicts.SAME)

    def test_runs_far_apart_make_it_wider(self):
        self.assertEqual(self.verdict(1000, 1020, runs=[5, 950, 1000, 1050]), verdicts.SAME)

    def test_the_first_run_does_not(self):
        self.assertEqual(self.verdict(1000, 1020, runs=[5000, 1000, 1000]), verdicts.WORSE)

    def test_what_the_baseline_lacks_is_new(self):
        f = figure(5)
        verdicts.judge([f], verdicts.baseline(results()))
        self.assertEqual(f["verdict"], verdicts.NEW)


class Progress(unittest.TestCase):
    def test_only_ours_and_by_weight(self):
        base = verdicts.baseline(results(figure(100), figure(100, path="veth")))
        now = [figure(50), figure(400, path="veth")]
        self.assertAlmostEqual(verdicts.progress(now, base), 0.5)

    def test_more_of_what_is_good_is_less_cost(self):
        base = verdicts.baseline(results(figure(100, better="more")))
        self.assertAlmostEqual(verdicts.progress([figure(200, better="more")], base), 0.5)

    def test_nothing_in_common(self):
        self.assertIsNone(verdicts.progress([figure(1)], verdicts.baseline(results())))


class Differences(unittest.TestCase):
    def test_only_beyond_what_is_allowed(self):
        first = results(figure(1000), figure(1000, path="veth"), figure(9, path="gone"))
        second = results(figure(1001), figure(1003, path="veth"), figure(7, path="new"))
        apart, count = verdicts.differences(first, second)
        self.assertEqual([name for name, *_ in apart], ["pktgen 60 B: veth"])
        self.assertEqual(count, 2)

    def test_what_is_not_exact_is_not_compared(self):
        self.assertEqual(verdicts.differences(results(figure(1, exact=False)),
                                              results(figure(2, exact=False))), ([], 0))


class Bars(unittest.TestCase):
    figures = [
        {"workload": "pktgen 60 B", "path": "softnic", "value": 3500, "driver": 600},
        {"workload": "pktgen 60 B", "path": "softnic, 8 rings", "value": 3651, "driver": 751},
        {"workload": "pktgen 60 B", "path": "veth", "value": 3900, "driver": 1000},
        {"workload": "TCP bulk", "path": "softnic", "value": 106},
        {"workload": "TCP bulk", "path": "veth", "value": 100},
    ]

    def test_those_that_were_measured(self):
        rows = {text: rest for text, *rest in bars.rows(self.figures)}
        self.assertEqual(rows, {
            "NIC pair, one at a time": ["at most 0.70", "0.600", True],
            "8 rings against 1, one flow": ["at most +150", "+151", False],
            "TCP bulk, softnic": ["at least 1.05", "1.060", True]})
        self.assertEqual(bars.summary(self.figures), (2, 3))


if __name__ == "__main__":
    unittest.main()
