# SPDX-License-Identifier: GPL-2.0
"""scripts/selftests.py shares tests out among guests, and loses none."""

import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import selftests  # noqa: E402

# A guest: takes tests as run.py does, and does with each what its name says.
GUEST = r"""
claims=$1; shift
for test; do
	mkdir "$claims/${test/\//:}" 2>/dev/null || continue
	echo "# $test"
	case $test in
	*/pass*) echo "ok $test: a" ;;
	*/fail*) echo "    # why"; echo "not ok $test: a"; failed=1 ;;
	*/skip*) echo "skip $test: a: no b" ;;
	*/slow*) sleep 0.3; echo "ok $test: a" ;;
	*/die*) exit 126 ;;
	esac
	echo "# $test: 1.5 s"
done
exit ${failed-0}
"""


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.addCleanup(setattr, selftests, "CACHE", selftests.CACHE)
        selftests.CACHE = self.folder
        self.times = selftests.Times("stock")

    def run_tests(self, *names, guest=GUEST, count=2):
        """The last line, and all others."""
        claims = os.path.join(self.folder, "claims")
        os.mkdir(claims)
        tests = selftests.Tests(names, self.times, claims)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            selftests.run(tests, count, ["bash", "-c", guest, "guest", claims])
        return str(tests), out.getvalue().splitlines()

    def test_each_runs_once(self):
        names = [f"t/{kind}{n}" for n in range(5) for kind in ("pass", "slow", "skip")]
        told, lines = self.run_tests(*names, count=3)
        self.assertEqual(told, "10 passed, 0 failed, 5 skipped")
        for name in names:
            self.assertEqual(lines.count(f"# {name}"), 1)

    def test_arguments_are_part_of_a_name(self):
        told, lines = self.run_tests("t/pass --n 5", "t/pass")
        self.assertEqual(told, "2 passed, 0 failed, 0 skipped")
        self.assertIn("# t/pass --n 5", lines)
        self.assertEqual(self.times.seconds, {"t/pass --n 5": 1.5, "t/pass": 1.5})

    def test_failure_with_its_reason(self):
        told, lines = self.run_tests("t/fail", "t/slow")
        self.assertEqual(told, "1 passed, 1 failed, 0 skipped")
        self.assertEqual(lines.index("not ok t/fail: a"), lines.index("    # why") + 1)

    def test_death_does_not_stop_the_others(self):
        told, lines = self.run_tests("t/die", "t/pass1", "t/die2", "t/slow", "t/pass2")
        self.assertEqual(told, "3 passed, 2 failed, 0 skipped")
        self.assertIn("not ok t/die: the guest died", lines)
        self.assertIn("not ok t/die2: the guest died", lines)

    def test_a_guest_that_does_not_boot(self):
        told, lines = self.run_tests("t/pass1", "t/pass2", guest="exit 126", count=1)
        self.assertEqual(told, "0 passed, 2 failed, 0 skipped")
        self.assertIn("not ok t/pass1: the guest did not begin with it", lines)

    def test_complaint_after_the_tests(self):
        told, lines = self.run_tests("t/pass", guest=GUEST.replace("${failed-0}", "1"))
        self.assertEqual(told, "1 passed, 1 failed, 0 skipped")
        self.assertEqual(lines[-1], "not ok the kernel complains after the tests")

    def run_again(self, guest, *names):
        """Who passed at the second try, and the last line."""
        claims = os.path.join(self.folder, "first")
        os.mkdir(claims)
        tests = selftests.Tests(names, self.times, claims)
        with contextlib.redirect_stdout(io.StringIO()):
            selftests.run(tests, 2, ["bash", "-c", GUEST, "guest", claims])
            passed = selftests.run_again(
                tests, lambda claims: ["bash", "-c", guest, "guest", claims])
        return passed, str(tests)

    def test_what_failed_runs_again(self):
        names = ("t/fail1", "t/fail2", "t/pass", "t/skip")
        mended = GUEST.replace("*/fail*)", "*/fail1)").replace("*/pass*)", "*/fail2 | */pass*)")
        self.assertEqual(self.run_again(mended, *names),
                         (["t/fail2"], "2 passed, 1 failed, 1 skipped"))

    def test_the_kernels_complaint_stays(self):
        mended = GUEST.replace("*/fail*)", "*/nothing)").replace("*/pass*)", "*)")
        self.assertEqual(self.run_again(mended, "t/die", "t/pass"),
                         ([], "1 passed, 1 failed, 0 skipped"))
        tests = selftests.Tests(["t/fail"], self.times, self.folder)
        for line in ("not ok t/a: a", "not ok t/b: a", "not ok t/b: the kernel complains",
                     "not ok the kernel complains after the tests"):
            tests.count(line + "\n")
        self.assertEqual(tests.worth_another_try(), ["t/a"])

    def test_longest_first(self):
        self.times.seconds = {"t/pass1": 1, "t/pass2": 9}
        _, lines = self.run_tests("t/pass1", "t/pass2", "t/pass3", count=1)
        self.assertEqual([x for x in lines if len(x.split()) == 2],
                         ["# t/pass3", "# t/pass2", "# t/pass1"])

    def test_times_are_kept(self):
        self.run_tests("t/pass", "t/slow")
        self.times.save()
        self.assertEqual(selftests.Times("stock").seconds, {"t/pass": 1.5, "t/slow": 1.5})

    def test_reboots_are_guests_of_their_own_with_one_folder(self):
        boot = 'echo "${@:2}" >>"$1/boots"; sed "s/^/# seen /" "$1/boots";'
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            results = selftests.run_reboots(
                ["reboot/pass2", "reboot/fail1"], self.times,
                lambda share: ["bash", "-c", boot + GUEST, "guest", share])
        self.assertEqual(results, {"reboot/pass2": {"ok": 1}, "reboot/fail1": {"not ok": 1}})
        self.assertEqual([line for line in out.getvalue().splitlines() if "seen" in line], [
            "# seen reboot/fail1", "# seen reboot/fail1", "# seen reboot/pass2"])

    def test_spoilt_times(self):
        for text in ("", "[]", '{"t/pass": "x"}'):
            with open(self.times.path, "w") as f:
                f.write(text)
            self.assertEqual(selftests.Times("stock").seconds, {})


class Lists(unittest.TestCase):
    """What the tree lists to be run apart from all else."""

    def test_every_name_is_a_selftest_and_has_its_reason(self):
        for option, name in selftests.LISTS.items():
            runs = selftests.choose([option])
            self.assertEqual(len(runs), len(set(runs)), f"{name}: one stands there twice")
            with open(os.path.join(selftests.TESTS, name), encoding="utf-8") as f:
                reasons = [line.partition("#")[2].strip() for line in f
                           if line.partition("#")[0].strip()]
            self.assertEqual(len(reasons), len(runs))
            self.assertNotIn("", reasons, name)

    def test_an_unknown_name_is_refused(self):
        self.addCleanup(setattr, selftests, "TESTS", selftests.TESTS)
        with tempfile.TemporaryDirectory() as selftests.TESTS:
            os.mkdir(os.path.join(selftests.TESTS, "t"))
            for name in ("t/a.py", "t/b.txt"):
                with open(os.path.join(selftests.TESTS, name), "w", encoding="utf-8") as f:
                    os.fchmod(f.fileno(), 0o755)
            for text, wanted in (("# t/x.py\nt/a.py --frames 9  # long\n\n", ["t/a.py --frames 9"]),
                                 ("t/a.py  # a\nt/x.py  # b\n", None), ("t/b.txt  # b\n", None)):
                with open(os.path.join(selftests.TESTS, "soak.txt"), "w", encoding="utf-8") as f:
                    f.write(text)
                if wanted:
                    self.assertEqual(selftests.choose(["--long"]), wanted)
                else:
                    with self.assertRaisesRegex(SystemExit, "no selftest is called t/"):
                        selftests.choose(["--long"])


if __name__ == "__main__":
    unittest.main()
