# SPDX-License-Identifier: GPL-2.0
"""From what guests measured to results, page and baseline, on figures made up."""

import contextlib
import copy
import io
import json
import pathlib
import sys
import tempfile
import types
import unittest
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# Drawing is for the plot library, which only make bench fetches.
with unittest.mock.patch.dict(sys.modules, plots=types.ModuleType("plots")):
    import report
import page
import verdicts
import workloads

GUEST = {"kernel": "7.2", "build": "#1", "command line": "quiet"}


def measured(*figures):
    return GUEST | {"figures": [
        {"workload": w, "path": p, "value": v, "runs": [2 * v, v, v]} for w, p, v in figures]}


PACKETS = measured(("pktgen 60 B", "stack", 2900), ("pktgen 60 B", "dummy", 1600),
                   ("pktgen 60 B", "veth", 3900), ("pktgen 60 B", "softnic", 3500))
BULK = measured(("TCP bulk", "veth", 100), ("TCP bulk", "softnic", 110))


def everything():
    return measured(*((w.name, path, 1000 + n) for w in workloads.WORKLOADS
                      for n, path in enumerate(w.paths)))


def results(*parts):
    whole = {"commit": "c", "emulator": "e"} | report.merge(copy.deepcopy(list(parts)))
    report.describe(whole["figures"], "c")
    report.add_driver_cost(whole["figures"])
    report.add_ratio(whole["figures"])
    verdicts.judge(whole["figures"], {"figures": {}})
    return whole


class Results(unittest.TestCase):
    def test_in_the_registrys_order(self):
        names = [f["workload"] for f in results(BULK, PACKETS)["figures"]]
        self.assertEqual(names, 4 * ["pktgen 60 B"] + 2 * ["TCP bulk"])

    def test_guests_that_differ_are_not_mixed(self):
        with self.assertRaisesRegex(ValueError, "two kinds"):
            report.merge([PACKETS, BULK | {"kernel": "7.3"}])

    def test_a_guest_without_figures(self):
        self.assertEqual(len(report.merge([PACKETS, measured()])["figures"]), 4)

    def test_drivers_are_compared_without_the_floor(self):
        figures = {f["path"]: f for f in results(PACKETS)["figures"]}
        self.assertEqual(figures["softnic"]["driver"], 600)
        self.assertAlmostEqual(figures["softnic"]["of peer"], 0.6)
        for path in ("stack", "dummy"):
            self.assertNotIn("driver", figures[path])
            self.assertNotIn("of peer", figures[path])

    def test_others_are_compared_as_a_whole(self):
        figures = {f["path"]: f for f in results(BULK)["figures"]}
        self.assertAlmostEqual(figures["softnic"]["of peer"], 1.1)

    def test_tables(self):
        whole = results(PACKETS, BULK)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            report.table(whole["figures"])
            report.bar_table(whole["figures"])
        self.assertRegex(out.getvalue(), r"softnic +3,500 +600 +0\.600\n")
        self.assertEqual(out.getvalue().count("of veth\n"), 2)
        self.assertIn("more is better", out.getvalue())
        self.assertRegex(out.getvalue(), r"NIC pair, one at a time +at most 0\.70 +0\.600  met")


class Page(unittest.TestCase):
    def run_page(self, whole):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "results.json").write_text(json.dumps(whole))
            words = ["page.py", str(folder / "results.json"), "--page", str(folder / "p.md"),
                     "--baseline", str(folder / "b.json")]
            with unittest.mock.patch.object(sys, "argv", words):
                page.main()
            return (folder / "p.md").read_text(), json.loads((folder / "b.json").read_text())

    def test_a_part_is_refused(self):
        with self.assertRaisesRegex(SystemExit, "not measured"):
            self.run_page(results(PACKETS, BULK))

    def test_newer_figures_take_the_place_of_older_ones(self):
        new = results(BULK) | {"commit": "new"}
        for f in new["figures"]:
            f["commit"] = "new"
        whole = page.latest(results(everything()), new)
        bulk = [f["value"] for f in whole["figures"] if f["workload"] == "TCP bulk"]
        self.assertEqual(bulk, [100, 110])
        self.assertIn("commit c; TCP bulk: commit new.", page.page(whole))
        self.assertIn(" commit c.\n", page.page(results(everything())))
        with self.assertRaisesRegex(ValueError, "two kernels"):
            page.latest(results(everything()), new | {"kernel": "7.3"})

    def test_every_figure_is_there(self):
        text, base = self.run_page(results(everything()))
        for w in workloads.WORKLOADS:
            self.assertIn(f"\n## {w.name}\n", text)
            for path in w.paths:
                self.assertIn(w.figure(path), base["figures"])
        self.assertIn("| **softnic** |", text)
        self.assertIn("| veth |", text)

    def test_plots_are_of_workloads_that_are_there(self):
        text, _ = self.run_page(results(everything()))
        self.assertLessEqual(set(page.PICTURED), {w.name for w in workloads.WORKLOADS})
        self.assertEqual(text.count(".svg)"), len(page.PICTURED))
        self.assertIn("(benchmarks/broadcast-to-1-000.svg)", text)

    def test_tables_are_whole(self):
        text, _ = self.run_page(results(everything()))
        lines = text.split("\n")
        for before, line in zip(lines, lines[1:]):
            if before.startswith("|") and line.startswith("|"):
                self.assertEqual(before.count("|"), line.count("|"), line)

    def test_a_run_like_the_baseline_is_the_same(self):
        whole = results(everything())
        _, base = self.run_page(whole)
        verdicts.judge(whole["figures"], base)
        self.assertEqual({f["verdict"] for f in whole["figures"]}, {verdicts.SAME})
        self.assertAlmostEqual(verdicts.progress(whole["figures"], base), 1)


if __name__ == "__main__":
    unittest.main()
