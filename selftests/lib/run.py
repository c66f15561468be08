#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs test files in the guest: run.py [--claims DIR] FACTOR TEST...

TEST may have arguments ("theme/name.py --frames 10"), which are part of its name.
Each test's KTAP becomes lines of `ok TEST: case`, `not ok TEST: case` and `skip
TEST: case: reason`, printed as they come. A test that prints no plan, or fewer
results than planned, or dies, or takes too long, or makes the kernel complain, has
a failure for that. Time-outs are multiplied by FACTOR. Guests that share DIR share
the tests out: each takes those that no other one has.
"""

import argparse
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "scripts")]
import guest_log  # noqa: E402
import timed  # noqa: E402

RESULT = re.compile(r"(ok|not ok) \d+ ?-? ?([^#]*?)\s*(?:# *SKIP *(.*))?$", re.I)
PLAN = re.compile(r"1\.\.(\d+)")
TIMEOUT = re.compile(r"^# timeout: (\d+)$", re.M)
USUAL_TIMEOUT = 240


def say(*words):
    print(*words, flush=True)


def seconds_allowed(path):
    with open(path) as f:
        given = TIMEOUT.search(f.read(2000))
    return int(given[1]) if given else USUAL_TIMEOUT


def kernel_log():
    return subprocess.run(["dmesg"], capture_output=True, text=True, check=True).stdout


class Test:
    """One test file's run."""

    def __init__(self, name, path, arguments=()):
        self.name = name
        self.path = path
        self.arguments = arguments
        self.plan = None
        self.results = 0
        self.failed = False

    def fail(self, case):
        self.failed = True
        say(f"not ok {self.name}: {case}")

    def line(self, line):
        plan = PLAN.match(line)
        result = RESULT.match(line)
        if plan:
            self.plan = int(plan[1])
            if self.plan == 0:
                say(f"skip {self.name}: {line.partition('SKIP')[2].strip()}")
        elif result:
            self.results += 1
            word, case, reason = result.groups()
            if reason is not None:
                say(f"skip {self.name}: {case}: {reason}")
            elif word.lower() == "ok":
                say(f"ok {self.name}: {case}")
            else:
                self.fail(case)
        elif not line.startswith("KTAP version"):
            say("   ", line)

    def run(self, factor):
        limit = seconds_allowed(self.path) * factor
        status, late = timed.run([self.path, *self.arguments], limit, self.line,
                                 cwd=os.path.dirname(self.path))
        self.judge(status, late, limit)

    def judge(self, status, late, limit):
        if late:
            self.fail(f"took more than {limit:g} s")
        elif self.plan is None:
            self.fail(f"printed no plan (exit status {status})")
        elif self.results != self.plan:
            self.fail(f"planned {self.plan} results, printed {self.results}")
        elif status != 0 and not self.failed:
            self.fail(f"ended with status {status}")


def run(name, factor):
    file, *arguments = name.split()
    path = os.path.join(os.path.dirname(HERE), file)
    before = len(kernel_log())
    start = time.monotonic()
    test = Test(name, path, arguments)
    say(f"# {name}")
    test.run(factor)
    for report in guest_log.reports(kernel_log()[before:]):
        say(report)
        test.fail("the kernel complains")
    say(f"# {name}: {time.monotonic() - start:.1f} s")
    return test.failed


def claim(folder, name):
    """Takes a test; says whether no other guest had."""
    try:
        os.mkdir(os.path.join(folder, name.replace("/", ":")))
    except FileExistsError:
        return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--claims")
    parser.add_argument("factor", type=float)
    parser.add_argument("tests", nargs="*")
    a = parser.parse_args()
    failed = [run(name, a.factor) for name in a.tests
              if not a.claims or claim(a.claims, name)]
    sys.exit(any(failed))


if __name__ == "__main__":
    main()
