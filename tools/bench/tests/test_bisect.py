# SPDX-License-Identifier: GPL-2.0
"""The search for the commit that slowed a figure, in a repository whose builds and
measurements are played."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BENCH))
import bisect_figure
import verdicts

FIGURE = "pktgen 60 B: softnic"
MAKEFILE = """.PHONY: module tools
module:
	@! grep -q broken source
tools:
	@echo made >>$(PATTERNS).tools
"""
# Measures what the file cost says, and remembers the pattern that it was given.
PLAYED = """#!/bin/sh
cd "$(dirname "$0")/../.." && mkdir -p build/bench
echo "$1" >>"$PATTERNS"
printf '{"figures": [{"workload": "pktgen 60 B", "path": "softnic", "value": %s}]}' \\
	"$(cat cost)" >build/bench/results.json
"""


class Search(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.repo = pathlib.Path(folder.name, "repo")
        self.patterns = pathlib.Path(folder.name, "patterns")
        bench = self.repo / "tools/bench"
        bench.mkdir(parents=True)
        self.git("init", "--quiet")
        self.write(".gitignore", "build/\n__pycache__/\n")
        self.write("Makefile", MAKEFILE)
        for name in ("bisect_figure.py", "verdicts.py", "stats.py", "registry.py"):
            shutil.copy(BENCH / name, bench)
        self.write("tools/bench/bench", PLAYED)
        (bench / "bench").chmod(0o755)

    def git(self, *words):
        return subprocess.run(
            ["git", "-C", str(self.repo), "-c", "user.name=t", "-c", "user.email=t@t", *words],
            check=True, capture_output=True, text=True).stdout.strip()

    def write(self, path, text):
        (self.repo / path).write_text(text)

    def commit(self, cost, source="good"):
        self.write("cost", f"{cost}\n")
        self.write("source", source)
        self.git("add", "-A")
        self.git("commit", "--quiet", "--allow-empty", "-m", f"{cost} {source}")
        return self.git("rev-parse", "HEAD")

    def search(self, good):
        return subprocess.run(
            [sys.executable, str(self.repo / "tools/bench/bisect_figure.py"), FIGURE, good],
            env={"PATH": "/usr/bin:/bin", "PATTERNS": str(self.patterns)},
            capture_output=True, text=True)

    def test_finds_the_commit(self):
        commits = [self.commit(cost) for cost in (3500, 3501, 3499, 3560, 3561, 3560)]
        done = self.search(commits[0])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"{commits[3]} is the first", done.stdout)
        self.assertEqual(set(self.patterns.read_text().split("\n")),
                         {"^pktgen\\ 60\\ B:\\ softnic$", ""})

    def test_tools_are_made_where_they_differ(self):
        (self.repo / "build/tools").mkdir(parents=True)
        first = self.commit(3500)
        self.commit(3600)
        made = pathlib.Path(f"{self.patterns}.tools")
        self.assertEqual(self.search(first).returncode, 0)
        self.assertFalse(made.exists())
        self.write("Cargo.lock", "other")
        self.commit(3700)
        self.assertEqual(self.search(first).returncode, 0)
        self.assertTrue(made.exists())

    def test_goes_round_a_commit_that_does_not_build(self):
        commits = [self.commit(3500), self.commit(3500), self.commit(3500, "broken"),
                   self.commit(3500), self.commit(3600), self.commit(3600)]
        done = self.search(commits[0])
        self.assertIn(f"{commits[4]} is the first", done.stdout, done.stderr)

    def test_the_tree_that_it_is_called_in_stays_as_it_is(self):
        commits = [self.commit(cost) for cost in (3500, 3600, 3600)]
        self.write("cost", "unsaved\n")
        self.search(commits[0])
        self.assertEqual(self.git("rev-parse", "HEAD"), commits[2])
        self.assertEqual((self.repo / "cost").read_text(), "unsaved\n")

    def test_no_difference_is_refused(self):
        commits = [self.commit(cost) for cost in (3500, 3501, 3502)]
        done = self.search(commits[0])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("the same at both", done.stderr)


class Judge(unittest.TestCase):
    def test_nearer_to_which(self):
        self.assertEqual(bisect_figure.judge(3510, 3500, 3560), bisect_figure.GOOD)
        self.assertEqual(bisect_figure.judge(3540, 3500, 3560), bisect_figure.BAD)
        self.assertEqual(bisect_figure.judge(None, 3500, 3560), bisect_figure.SKIP)

    def test_more_may_be_better(self):
        self.assertEqual(bisect_figure.judge(1270, 1280, 1200), bisect_figure.GOOD)

    def test_a_figure_that_is_not_there(self):
        self.assertIsNone(bisect_figure.value({"figures": []}, FIGURE))

    def test_what_two_runs_may_differ_by_is_no_difference(self):
        self.assertFalse(bisect_figure.differs(1000, 1000 * (1 + 0.9 * verdicts.EXACT)))
        self.assertTrue(bisect_figure.differs(1000, 1000 * (1 - 1.1 * verdicts.EXACT)))


if __name__ == "__main__":
    unittest.main()
