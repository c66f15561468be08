# SPDX-License-Identifier: GPL-2.0
"""selftests.py KERNEL [THEME/NAME...]: runs selftests in guests.

All tests share one guest; one that kills its guest fails, and those after it
get a new one. Ends in `N passed, N failed, N skipped`.
"""

import fnmatch
import glob
import os
import subprocess
import sys

SCRIPTS = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(os.path.dirname(SCRIPTS), "selftests")
# The checks of the debug kernel make it several times slower.
FACTOR = {"stock": 1, "debug": 6}


def choose(wanted):
    found = glob.glob("*/*", root_dir=TESTS)
    tests = sorted(t for t in found
                   if os.access(os.path.join(TESTS, t), os.X_OK)
                   and t.endswith((".sh", ".py")) and not t.startswith("lib/"))
    if not wanted:
        return tests
    chosen = [t for t in tests
              if any(fnmatch.fnmatch(t, w) or fnmatch.fnmatch(os.path.splitext(t)[0], w)
                     or t.startswith(w.rstrip("/") + "/") for w in wanted)]
    if not chosen:
        sys.exit(f"softnic: no selftest is called {' '.join(wanted)}")
    return chosen


class Tally:
    def __init__(self):
        self.counts = {"ok": 0, "not ok": 0, "skip": 0}

    def line(self, line):
        for word in self.counts:
            if line.startswith(word + " "):
                self.counts[word] += 1

    def fail(self, what):
        print("not ok", what, flush=True)
        self.counts["not ok"] += 1

    def __str__(self):
        return "{ok} passed, {not ok} failed, {skip} skipped".format_map(self.counts)


def one_guest(kernel, tests, tally):
    """Runs tests until the end or the guest's; returns those not begun."""
    guest = subprocess.Popen(
        [os.path.join(SCRIPTS, "guest"), "--kernel", kernel, "--timeout", "7200", "--",
         "lib/run.py", str(FACTOR[kernel]), *tests],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace")
    failed_before = tally.counts["not ok"]
    running, left = None, list(tests)
    for line in guest.stdout:
        print(line, end="", flush=True)
        tally.line(line)
        name = line[2:].rstrip("\n")
        if line.startswith("# ") and name in left:
            running = name
            left.remove(name)
        elif running and line.startswith(f"# {running}: "):
            running = None
    status = guest.wait()
    if running:
        tally.fail(f"{running}: the guest died")
    elif left:
        tally.fail(f"{left[0]}: the guest did not begin with it")
        left.pop(0)
    elif status and tally.counts["not ok"] == failed_before:
        tally.fail(f"the {kernel} kernel complains after the tests")
    return left


def main():
    kernel, *wanted = sys.argv[1:]
    tally = Tally()
    left = choose(wanted)
    while left:
        left = one_guest(kernel, left, tally)
    print(tally)
    sys.exit(tally.counts["not ok"] != 0)


main()
