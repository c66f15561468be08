# SPDX-License-Identifier: GPL-2.0
"""selftests/lib/run.py takes no test for passed that did not say so."""

import os
import subprocess
import sys
import tempfile
import unittest

LIB = os.path.join(os.path.dirname(__file__), "..", "..", "selftests", "lib")


def run(body, factor=1.0, arguments=()):
    """The result lines of a test with this body."""
    script = ("import sys, importlib.util as u;"
              f"s = u.spec_from_file_location('r', '{LIB}/run.py');"
              "r = u.module_from_spec(s); s.loader.exec_module(r);"
              f"t = r.Test('t', sys.stdin.read(), {arguments}); t.run({factor})")
    with tempfile.NamedTemporaryFile("w", suffix=".sh", delete=False) as f:
        f.write("#!/bin/bash\n" + body)
    try:
        os.chmod(f.name, 0o755)
        out = subprocess.run([sys.executable, "-c", script], input=f.name, text=True,
                             capture_output=True, check=True).stdout
    finally:
        os.unlink(f.name)
    return [line for line in out.splitlines() if not line.startswith("    ")]


class Run(unittest.TestCase):
    def test_results(self):
        self.assertEqual(
            run("echo KTAP version 1; echo 1..3; echo ok 1 a; echo ok 2 b '# SKIP no c'\n"
                "echo not ok 3 d; exit 1"),
            ["ok t: a", "skip t: b: no c", "not ok t: d"])

    def test_arguments(self):
        self.assertEqual(run('echo 1..1; echo "ok 1 given $1 $2"', arguments=("--n", "5")),
                         ["ok t: given --n 5"])

    def test_no_plan(self):
        self.assertEqual(run("true"), ["not ok t: printed no plan (exit status 0)"])

    def test_fewer_results_than_planned(self):
        self.assertEqual(run("echo 1..2; echo ok 1 a"),
                         ["ok t: a", "not ok t: planned 2 results, printed 1"])

    def test_death(self):
        self.assertEqual(run("echo 1..1; echo ok 1 a; kill -9 $$"),
                         ["ok t: a", "not ok t: ended with status -9"])

    def test_too_slow(self):
        self.assertEqual(run("# timeout: 1\necho 1..1; sleep 30", factor=0.2),
                         ["not ok t: took more than 0.2 s"])

    def test_all_skipped(self):
        self.assertEqual(run("echo '1..0 # SKIP no kernel'"), ["skip t: no kernel"])


if __name__ == "__main__":
    unittest.main()
