# SPDX-License-Identifier: GPL-2.0
"""The registry of figures: how they are chosen and shared out."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import bars
import registry
import workloads


def workload(name, paths, **more):
    return registry.Workload(name, "u", None, dict.fromkeys(paths), **more)


class Chosen(unittest.TestCase):
    def setUp(self):
        self.all = [workload("a", ("floor", "x", "y", "z"), floor="floor", peer="y"),
                    workload("b", ("x", "y"))]

    def names(self, pattern):
        return [(w.name, paths) for w, paths in registry.chosen(self.all, pattern)]

    def test_all_of_them_without_a_pattern(self):
        self.assertEqual(self.names(""), [("a", ["floor", "x", "y", "z"]), ("b", ["x", "y"])])

    def test_floor_and_peer_come_along(self):
        self.assertEqual(self.names("a: z"), [("a", ["floor", "y", "z"])])

    def test_in_any_case(self):
        self.assertEqual(self.names("B: X"), [("b", ["x"])])

    def test_what_is_not_there_is_refused(self):
        with self.assertRaisesRegex(ValueError, "nonsense"):
            self.names("nonsense")


class Runs(unittest.TestCase):
    def test_each_round_has_devices_of_its_own(self):
        told = []
        w = registry.Workload("a", "u", lambda make, path: [make(), told.append(path) or 2],
                              {"x": lambda: told.append("made") or 1}, rounds=2)
        self.assertEqual(list(w.runs("x", lambda: told.append("cleared"))), [1, 2, 1, 2])
        self.assertEqual(told, 2 * ["made", "x", "cleared"])


class Shares(unittest.TestCase):
    def test_each_workload_once_and_whole_in_its_order(self):
        choice = [(workload(str(n), "xy", seconds=n), ["x", "y"]) for n in range(1, 8)]
        parts = registry.shares(choice, 2)
        names = [[w.name for w, _ in part] for part in parts]
        self.assertEqual(sorted(sum(names, [])), [str(n) for n in range(1, 8)])
        for part in names:
            self.assertEqual(part, sorted(part))

    def test_of_about_one_length(self):
        choice = [(workload(str(n), "x", seconds=n), ["x"]) for n in range(1, 8)]
        lengths = [sum(w.seconds for w, _ in part) for part in registry.shares(choice, 2)]
        self.assertEqual(lengths, [14, 14])

    def test_more_parts_than_workloads(self):
        self.assertEqual(sorted(map(len, registry.shares([(workload("a", "x"), ["x"])], 3))),
                         [0, 0, 1])


class Workloads(unittest.TestCase):
    def test_names_are_of_one_each(self):
        names = [w.name for w in workloads.WORKLOADS]
        self.assertEqual(len(names), len(set(names)))

    def test_floors_and_peers_are_paths(self):
        for w in workloads.WORKLOADS:
            self.assertIn(w.peer, w.paths, w.name)
            self.assertIn(w.floor or w.peer, w.paths, w.name)

    def test_whose_they_are(self):
        for path in ("softnic", "softnic, 8 rings", "VNIC to VNIC", "VNICs on softnic"):
            self.assertTrue(workloads.ours(path), path)
        for path in ("veth", "dummy", "ipvlan on veth", "macvlan on softnic", "macvlan"):
            self.assertFalse(workloads.ours(path), path)

    def test_bars_are_of_figures_that_are_there(self):
        known = {(w.name, path) for w in workloads.WORKLOADS for path in w.paths}
        for bar in bars.BARS:
            self.assertIn((bar.workload, bar.ours), known)
            self.assertIn((bar.workload, bar.other), known)

    def test_a_driver_cost_has_a_floor(self):
        floors = {w.name: w.floor for w in workloads.WORKLOADS}
        for bar in bars.BARS:
            if bar.what == bars.DRIVER:
                self.assertTrue(floors[bar.workload], bar.text)


if __name__ == "__main__":
    unittest.main()
