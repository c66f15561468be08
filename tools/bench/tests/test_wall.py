# SPDX-License-Identifier: GPL-2.0
"""Comparisons by the wall clock, on runs whose truth is known."""

import collections
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import page_wall
import wall
from workloads import ours as is_ours


def noisy(mean, seed, rounds=15, by=0.02):
    chance = random.Random(seed)
    return [mean * chance.gauss(1, by) for _ in range(rounds)]


class Plan(unittest.TestCase):
    workloads = {"a": ["x", "y", "z"], "b": ["x", "y"]}

    def test_each_once_a_round(self):
        runs = collections.Counter(wall.plan(self.workloads, 15, 1))
        self.assertEqual(len(runs), 15 * 5)
        self.assertEqual(set(runs.values()), {1})

    def test_rounds_come_one_after_another(self):
        rounds = [number for number, *_ in wall.plan(self.workloads, 5, 1)]
        self.assertEqual(rounds, sorted(rounds))

    def test_order_is_by_the_seed(self):
        first, same, other = (list(wall.plan(self.workloads, 15, s)) for s in (1, 1, 2))
        self.assertEqual(first, same)
        self.assertNotEqual(first, other)

    def test_order_differs_between_rounds(self):
        orders = {tuple(p for n, w, p in wall.plan(self.workloads, 15, 1)
                        if (n, w) == (number, "a")) for number in range(15)}
        self.assertGreater(len(orders), 2)


class Analysis(unittest.TestCase):
    def analyse(self, better="less", **means):
        means |= {"veth": 100, wall.AGAIN: 100}
        return wall.analyse({path: noisy(mean, seed) for seed, (path, mean)
                             in enumerate(means.items())}, better, is_ours)

    def verdicts(self, result):
        return {c["peer"]: c["verdict"] for c in result["comparisons"]}

    def test_against_the_best_peer_and_macvlan(self):
        result = self.analyse(softnic=70, netkit=90, **{"macvlan on veth": 110})
        self.assertEqual(self.verdicts(result),
                         {"netkit": "met", "macvlan on veth": "met"})
        self.assertEqual({c["path"] for c in result["comparisons"]}, {"softnic"})

    def test_slower_is_missed(self):
        self.assertEqual(self.verdicts(self.analyse(softnic=110)), {"veth": "missed"})

    def test_more_may_be_better(self):
        self.assertEqual(self.verdicts(self.analyse("more", softnic=110)), {"veth": "met"})

    def test_no_verdict_within_the_noise(self):
        self.assertEqual(self.verdicts(self.analyse(softnic=100)), {"veth": "unclear"})

    def test_two_peaks_are_not_averaged(self):
        runs = {"softnic": noisy(50, 1, 8) + noisy(90, 2, 7), "veth": noisy(100, 3),
                wall.AGAIN: noisy(100, 4)}
        self.assertEqual(self.verdicts(wall.analyse(runs, "less", is_ours)),
                         {"veth": "two peaks"})

    def test_a_slow_machine_does_not_matter_if_it_is_slow_for_all(self):
        slow = [1, 1, 3, 3, 1, 2, 5, 1, 1, 4, 1, 2, 2, 1, 3]
        runs = {path: [v * s for v, s in zip(noisy(mean, mean), slow)]
                for path, mean in (("softnic", 80), ("veth", 100), (wall.AGAIN, 101))}
        result = wall.analyse(runs, "less", is_ours)
        self.assertAlmostEqual(result["comparisons"][0]["ratio"], 1.25, delta=0.03)

    def test_false_positives_are_about_as_many_as_the_level_says(self):
        ratios = wall.ratios(noisy(1, 5), noisy(1, 6), "less")
        self.assertLess(wall.false_positives(ratios), 0.15)

    def test_an_unequal_number_of_runs_is_refused(self):
        with self.assertRaises(ValueError):
            wall.ratios([1, 2], [1], "less")


class Page(unittest.TestCase):
    def test_tells_each_comparison_and_how_sure_it_is(self):
        runs = {path: noisy(100, n) for n, path in enumerate(("veth", wall.AGAIN))}
        runs["softnic"] = noisy(50, 7)
        whole = {"rounds": 15, "kernel": "7.2", "emulator": "QEMU", "commit": "abc",
                 "results": {"pktgen": wall.analyse(runs, "less", is_ours)}}
        text = page_wall.page(whole)
        self.assertIn("15 rounds; of 1 bars: 1 met.", text)
        self.assertRegex(text, r"\| softnic \| veth \| (1\.9|2\.0)\d+ \| .* \| 1\.0 \| met \|")
        self.assertRegex(text, r"\| veth \| itself \| (0\.9|1\.0)\d+ ")


if __name__ == "__main__":
    unittest.main()
