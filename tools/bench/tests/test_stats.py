# SPDX-License-Identifier: GPL-2.0
"""Statistics of the benchmark, against values worked out otherwise."""

import pathlib
import random
import statistics
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import stats


class Interval(unittest.TestCase):
    def test_holds_the_true_median_about_as_often_as_it_says(self):
        chance = random.Random(7)
        held = 0
        for _ in range(60):
            low, high = stats.interval([chance.gauss(10, 1) for _ in range(25)], rounds=500)
            held += low <= 10 <= high
        self.assertGreaterEqual(held, 50)
        self.assertLess(held, 60)

    def test_of_equal_values_is_a_point(self):
        self.assertEqual(stats.interval([3.0] * 15), (3.0, 3.0))

    def test_same_values_same_interval(self):
        values = [1.0, 2.0, 5.0, 9.0]
        self.assertEqual(stats.interval(values), stats.interval(values))


class Peaks(unittest.TestCase):
    def bell(self, seed, n=30):
        chance = random.Random(seed)
        return [chance.gauss(1, 0.01) for _ in range(n)]

    def test_a_bell_curve_has_one(self):
        self.assertEqual(sum(stats.two_peaks(self.bell(s)) for s in range(50)), 0)

    def test_two_are_seen(self):
        for seed in range(20):
            low = self.bell(seed, 15)
            self.assertTrue(stats.two_peaks(low + [v + 0.2 for v in self.bell(seed + 99, 15)]))

    def test_one_outlier_is_no_peak(self):
        self.assertFalse(stats.two_peaks([*self.bell(3, 15), 2.0]))

    def test_coefficient_of_two_points_is_near_1(self):
        self.assertGreater(stats.bimodality([0.0, 1.0] * 500), 0.99)

    def test_coefficient_of_a_uniform_distribution(self):
        self.assertAlmostEqual(stats.bimodality(list(range(10_000))), 5 / 9, places=3)

    def test_equal_or_few_values_have_none(self):
        self.assertEqual(stats.bimodality([5.0] * 20), 0.0)
        self.assertEqual(stats.bimodality([1.0, 9.0]), 0.0)


class Means(unittest.TestCase):
    def test_geometric_mean_is_that_of_the_library(self):
        ratios = [0.5, 0.9, 1.7, 2.0]
        self.assertAlmostEqual(stats.geometric_mean((r, 3.0) for r in ratios),
                               statistics.geometric_mean(ratios))

    def test_weights_count_as_repetitions(self):
        self.assertAlmostEqual(stats.geometric_mean([(0.5, 2), (2.0, 1)]),
                               statistics.geometric_mean([0.5, 0.5, 2.0]))

    def test_nothing_has_no_mean(self):
        with self.assertRaises(ValueError):
            stats.geometric_mean([])

    def test_spread(self):
        self.assertAlmostEqual(stats.spread([99, 100, 102]), 0.03)


if __name__ == "__main__":
    unittest.main()
