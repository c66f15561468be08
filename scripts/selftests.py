# SPDX-License-Identifier: GPL-2.0
"""selftests.py KERNEL [--fast | --long | THEME/NAME...]: runs selftests in guests:
all, those of selftests/debug-fast.txt, the long runs of selftests/soak.txt, or
those that are named.

Some guests run side by side, each with the next test that none has begun; one
guest alone leaves much of a second CPU idle. A test that kills its guest fails,
and a new guest goes on. $GUESTS says how many there are. Tests of the theme
`reboot` come last, one after another. Ends in
`N passed, N failed, N skipped`.
"""

import collections
import concurrent.futures
import fnmatch
import functools
import glob
import json
import os
import subprocess
import sys
import tempfile
import threading

SCRIPTS = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(os.path.dirname(SCRIPTS), "selftests")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                     "softnic")
# The checks of the debug kernel make it several times slower.
FACTOR = {"stock": 1, "debug": 6}
# A long run's time-outs are so many times a usual one's, and these are the seconds
# that a guest has.
LONG = 20
GUEST_SECONDS = 7200
# One that runs a single test, in which it may start another kernel that hangs.
REBOOT_SECONDS = 1200
LISTS = {"--fast": "debug-fast.txt", "--long": "soak.txt"}
MOST_GUESTS = 4
# What a guest takes at the most.
MEMORY = 3 << 30
RESULTS = ("ok", "not ok", "skip")
# Failures that another try does not make good.
KERNEL = "the kernel complains"
DEATH = "the guest died"


def listed(path):
    """The runs that a file lists: each a selftest's name, perhaps with arguments."""
    with open(path, encoding="utf-8") as f:
        runs = [line.partition("#")[0].strip() for line in f]
    return [run for run in runs if run]


def choose(wanted):
    if wanted[:1] and wanted[0] in LISTS:
        runs = listed(os.path.join(TESTS, LISTS[wanted[0]]))
        for run_ in runs:
            choose(run_.split()[:1])
        return runs
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


def guests_wanted():
    given = os.environ.get("GUESTS")
    if given:
        if not given.isdecimal() or int(given) == 0:
            sys.exit(f"softnic: GUESTS={given}: not a number from 1")
        return int(given)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(len(os.sched_getaffinity(0)), memory // MEMORY, MOST_GUESTS))


class Times:
    """The seconds that each test took when it last ran on a kernel. The longest
    are begun first, so that no guest is left with one at the end."""

    def __init__(self, kernel):
        self.path = os.path.join(CACHE, f"times-{kernel}.json")
        try:
            with open(self.path) as f:
                self.seconds = {name: float(s) for name, s in json.load(f).items()}
        except (OSError, ValueError, AttributeError, TypeError):
            self.seconds = {}

    def order(self, tests):
        return sorted(tests, key=lambda t: -self.seconds.get(t, float("inf")))

    def save(self):
        new = f"{self.path}.{os.getpid()}"
        with open(new, "w") as f:
            json.dump(self.seconds, f, indent=0, sort_keys=True)
        os.replace(new, self.path)


class Tests:
    """The tests of a run: which are begun, how they ended, and what they
    print. A guest takes a test by making a directory of its name in `claims`,
    which only one of them can."""

    def __init__(self, names, times, claims):
        self.names = times.order(names)
        self.times = times
        self.claims = claims
        self.results = collections.defaultdict(collections.Counter)
        self.lock = threading.Lock()

    def claim(self, name):
        os.mkdir(os.path.join(self.claims, name.replace("/", ":")))

    def left(self):
        begun = os.listdir(self.claims)
        return [n for n in self.names if n.replace("/", ":") not in begun]

    def show(self, lines):
        """Prints lines that belong together, and counts results."""
        with self.lock:
            print("".join(lines), end="", flush=True)
            for line in lines:
                self.count(line)

    def count(self, line):
        for word in RESULTS:
            if line.startswith(word + " "):
                name, _, case = line[len(word) + 1:].rstrip().partition(": ")
                self.results[name][word] += 1
                if word == "not ok" and case in ("", KERNEL, DEATH):
                    self.results[name]["final"] += 1

    def fail(self, what):
        self.show([f"not ok {what}\n"])

    def worth_another_try(self):
        """The tests that failed by their own word alone."""
        return sorted(name for name, counts in self.results.items()
                      if counts["not ok"] and not counts["final"])

    @property
    def counts(self):
        return sum(self.results.values(), collections.Counter())

    def __str__(self):
        counts = self.counts
        return ", ".join(f"{counts[result]} {word}" for result, word in
                         zip(RESULTS, ("passed", "failed", "skipped")))


class Guest:
    """One guest after another, until all tests are begun."""

    def __init__(self, tests, command):
        self.tests = tests
        self.command = command
        self.running = None
        self.failed = False

    def run(self):
        while self.tests.left():
            self.boot()

    def boot(self):
        self.running, self.failed = None, False
        left = self.tests.left()
        held = []
        with subprocess.Popen([*self.command, *left], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace") as guest:
            for line in guest.stdout:
                held.append(line)
                # What a test says comes before the result that it is about, and
                # other guests' lines not in between.
                if line.startswith((*(f"{r} " for r in RESULTS), "# ", "softnic: ")):
                    self.tests.show(held)
                    held = []
                self.follow(line, left)
            self.tests.show(held)
        self.judge(guest.returncode)

    def follow(self, line, left):
        if line.startswith("not ok "):
            self.failed = True
        elif line.startswith("# ") and line[2:].rstrip() in left:
            self.running = line[2:].rstrip()
        elif self.running and line.startswith(f"# {self.running}: "):
            self.tests.times.seconds[self.running] = float(line.split()[-2])
            self.running = None

    def judge(self, status):
        left = self.tests.left()
        if self.running:
            self.tests.fail(f"{self.running}: {DEATH}")
        elif left:
            self.tests.claim(left[0])
            self.tests.fail(f"{left[0]}: the guest did not begin with it")
        elif status and not self.failed:
            self.tests.fail("the kernel complains after the tests")


def run(tests, count, command):
    """Runs tests in so many guests at a time."""
    guests = [Guest(tests, command) for _ in range(min(count, len(tests.names)))]
    with concurrent.futures.ThreadPoolExecutor(len(guests)) as threads:
        for done in [threads.submit(guest.run) for guest in guests]:
            done.result()


def guest(kernel, longer, claims, seconds=GUEST_SECONDS):
    """The command that runs tests in a guest."""
    return [os.path.join(SCRIPTS, "guest"), "--kernel", kernel,
            "--timeout", str(seconds * longer), "--share", claims, "--",
            "lib/run.py", "--claims", "/mnt/share", str(FACTOR[kernel] * longer)]


def run_again(tests, command):
    """Runs what failed once more, each alone in a guest. Its new results take the
    place of the old ones. Returns the names of those that passed."""
    passed = []
    for name in tests.worth_another_try():
        print(f"softnic: {name} once more", flush=True)
        with tempfile.TemporaryDirectory(prefix="softnic-tests-") as claims:
            again = Tests([name], tests.times, claims)
            run(again, 1, command(claims))
        tests.results[name] = again.counts
        if not again.counts["not ok"]:
            passed.append(name)
    return passed


def run_reboots(names, times, command):
    """Runs tests one after another, each in a guest of its own: what the first
    leaves in the folder that all share is there for the next, and nothing else
    is."""
    results = {}
    with tempfile.TemporaryDirectory(prefix="softnic-reboot-") as share:
        for name in sorted(names):
            tests = Tests([name], times, share)
            run(tests, 1, command(share))
            results.update(tests.results)
    return results


def main():
    kernel, *wanted = sys.argv[1:]
    times = Times(kernel)
    names = choose(wanted)
    in_guest = functools.partial(guest, kernel, LONG if "--long" in wanted else 1)
    reboots = [name for name in names if name.startswith("reboot/")]
    with tempfile.TemporaryDirectory(prefix="softnic-tests-") as claims:
        tests = Tests([name for name in names if name not in reboots], times, claims)
        if tests.names:
            run(tests, guests_wanted(), in_guest(claims))
    if os.environ.get("AGAIN"):
        for name in run_again(tests, in_guest):
            print(f"softnic: {name} passed at the second try only")
    alone = functools.partial(in_guest, seconds=REBOOT_SECONDS)
    tests.results.update(run_reboots(reboots, times, alone))
    times.save()
    print(tests)
    sys.exit(tests.counts["not ok"] != 0)


if __name__ == "__main__":
    main()
