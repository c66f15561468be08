# SPDX-License-Identifier: GPL-2.0
"""upstream.py [--devices NAMES] [--update] [TEST...]: runs the kernel's own
network driver selftests in guests, and compares with what is expected.

selftests/upstream/DEVICE.txt has, for each subtest, what it ends in. For
softnic and vnic that is a promise: whatever differs from it fails the run. For
the other devices it is what they were measured to do, for the table. --update
writes what was seen into these files. Without TEST all tests that a promise's
file lists are run, on other devices those of softnic.txt.
"""

import argparse
import datetime
import os
import subprocess
import sys

SCRIPTS = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(SCRIPTS)
STORED = os.path.join(REPO, "selftests", "upstream")
BUILD = os.path.join(REPO, "build", "upstream")
USUAL = "softnic"
OURS = [USUAL, "vnic"]
DEVICES = [*OURS, "veth"]
# Measured once, by hand; virtio.txt says how. It has counts alone.
SHOWN = [*DEVICES, "virtio"]
WORDS = ["pass", "fail", "skip", "xfail"]
HEAD = """\
# SPDX-License-Identifier: GPL-2.0
# What the kernel's own driver selftests say of {device}; scripts/upstream.py
# reads and writes this. After `--`: why it is not a pass.
# kernel {kernel}, {date}
"""


class Results:
    """{test: {subtest: (word, why)}}, and the text form of it. A test's wave
    says since when it is promised: 1 is now, 2 to come. What stands after the
    test's own name is the reason for all of its subtests."""

    def __init__(self, device):
        self.device = device
        self.tests = {}
        self.waves = {}
        self.reasons = {}
        self.kernel = self.date = "unknown"

    def stored(self):
        return os.path.join(STORED, self.device + ".txt")

    def load(self):
        try:
            with open(self.stored()) as f:
                lines = f.read().splitlines()
        except FileNotFoundError:
            return self
        test = None
        for line in lines:
            if line.startswith("# kernel "):
                self.kernel, self.date = line.removeprefix("# kernel ").split(", ", 1)
            elif line.startswith("["):
                head, _, reason = line[1:].partition("]")
                name, _, wave = head.partition(" wave ")
                self.waves[name] = wave or "2"
                self.reasons[name] = reason.removeprefix(" -- ")
                test = self.tests.setdefault(name, {})
            elif line and not line.startswith("#"):
                word, _, rest = line.partition(" ")
                subtest, _, why = rest.strip().partition(" -- ")
                test[subtest] = (word, why)
        return self

    def save(self, path):
        with open(path + ".new", "w") as f:
            f.write(HEAD.format_map(vars(self)))
            for test, subtests in self.tests.items():
                wave = self.waves.get(test, "2")
                reason = self.reasons.get(test)
                head = f"{test} wave {wave}" if self.device in OURS else test
                f.write(f"\n[{head}]" + (f" -- {reason}" if reason else "") + "\n")
                for subtest, (word, why) in subtests.items():
                    f.write(f"{word:5} {subtest}" + (f" -- {why}" if why else "") + "\n")
        os.replace(path + ".new", path)

    def add(self, test, word, subtest, why):
        self.tests.setdefault(test, {})[subtest] = (word, why)

    def update(self, seen):
        """Takes over what was seen; a reason stays as long as the result does."""
        for test, subtests in seen.tests.items():
            known = self.tests.get(test, {})
            self.tests[test] = {
                subtest: (word, known[subtest][1] if known.get(subtest, ("",))[0] == word else why)
                for subtest, (word, why) in subtests.items()}
        self.kernel, self.date = seen.kernel, seen.date

    def counts(self, test):
        if self.reasons.get(test, "").count("/") == 2 and not self.tests[test]:
            return [*map(int, self.reasons[test].split("/")), 0]
        words = [word for word, _ in self.tests[test].values()]
        return [words.count(w) for w in WORDS]


class Run:
    """The tests on one device, in as many guests as it takes."""

    def __init__(self, device, tests):
        self.results = Results(device)
        self.results.date = datetime.date.today().isoformat()
        self.left = list(tests)
        self.running = None
        self.log = None
        self.logs = os.path.join(BUILD, device)
        os.makedirs(self.logs, exist_ok=True)

    def all(self):
        while self.left:
            self.one_guest()
        return self.results

    def one_guest(self):
        device = self.results.device
        begun = len(self.left)
        guest = subprocess.Popen(
            [os.path.join(SCRIPTS, "guest"), "--disk", "upstream", "--mem", "2G",
             "--timeout", "7200", "--",
             "python3", "/softnic/selftests/upstream/guest.py", device, *self.left],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace")
        for line in guest.stdout:
            self.line(line.rstrip("\n"))
        guest.wait()
        if self.running:
            self.result("fail", self.running, "end -- the guest died")
            self.end()
        elif len(self.left) == begun:
            sys.exit("softnic: the guest did not begin with " + self.left[0])

    def line(self, line):
        first, _, rest = line.partition(" ")
        if first == "#" and rest in self.left:
            print(line, flush=True)
            self.running = rest
            self.left.remove(rest)
            self.log = open(os.path.join(self.logs, rest.replace("/", "-") + ".log"), "w")
        elif first == "#" and self.running and rest.startswith(self.running + ": "):
            print(line, flush=True)
            self.end()
        elif first == "kernel:":
            self.results.kernel = rest
        else:
            self.log_line(line)
            if first in WORDS and self.running and rest.startswith(self.running + ": "):
                self.result(first, self.running, rest.removeprefix(self.running + ": "))

    def log_line(self, line):
        if self.log:
            self.log.write(line + "\n")
            self.log.flush()
        else:
            print(line, flush=True)

    def result(self, word, test, rest):
        subtest, _, why = rest.partition(" -- ")
        self.results.add(test, word, subtest, why)
        print(word, f"{test}: {rest}", flush=True)

    def end(self):
        self.log.close()
        self.running = self.log = None


def run_ours(expected, tests):
    """One of ours, with a second run of the tests that differ; returns which did."""
    device = expected.device
    seen = Run(device, tests).all()
    again = [t for t in seen.tests
             if any(d.startswith(t + ": ") for d in differences(expected, seen))]
    if again:
        seen.update(Run(device, again).all())
    return seen, again


def differences(expected, seen):
    """What differs, a line each."""
    for test, subtests in seen.tests.items():
        promised = expected.tests.get(test, {})
        for subtest, (word, why) in subtests.items():
            wanted = promised.get(subtest, ("nothing", ""))[0]
            known = (why or promised.get(subtest, ("", ""))[1] or expected.reasons.get(test))
            if word == wanted != "pass" and not known:
                yield f"{test}: {subtest}: {word}, and no reason is written down"
            elif word != wanted:
                yield f"{test}: {subtest}: expected {wanted}, got {word}" + (f" ({why})" if why else "")
        for subtest in promised.keys() - subtests.keys():
            yield f"{test}: {subtest}: expected {promised[subtest][0]}, did not run"


def table(columns):
    """A line a test, with pass/fail/skip of each device; xfail counts as skip."""
    def cell(results, test):
        if test not in results.tests:
            return "-"
        passed, failed, skipped, xfailed = results.counts(test)
        return f"{passed}/{failed}/{skipped + xfailed}"

    tests = list(columns[0].tests)
    yield f"{'passed/failed/skipped':32}" + "".join(f"{c.device:>14}" for c in columns)
    for test in tests:
        yield f"{test:32}" + "".join(f"{cell(c, test):>14}" for c in columns)
    sums = [[sum(n) for n in zip(*(c.counts(t) for t in tests if t in c.tests))] or [0] * 4
            for c in columns]
    yield f"{'sum':32}" + "".join(f"{f'{p}/{f}/{s + x}':>14}" for p, f, s, x in sums)
    for c in columns:
        yield f"{c.device}: kernel {c.kernel}, {c.date}"


def arguments():
    p = argparse.ArgumentParser(prog="upstream.py", description=__doc__)
    p.add_argument("--devices", default=USUAL)
    p.add_argument("--update", action="store_true")
    p.add_argument("tests", nargs="*", metavar="TEST")
    a = p.parse_args()
    a.devices = a.devices.split()
    if set(a.devices) - set(DEVICES):
        p.error("devices are " + ", ".join(DEVICES))
    return a


def main():
    a = arguments()
    stored = {d: Results(d).load() for d in SHOWN}
    bad, again = [], []
    for device in a.devices:
        tests = a.tests or list(stored[device if device in OURS else USUAL].tests)
        if device in OURS and not a.update:
            expected = stored[device]
            seen, twice = run_ours(expected, tests)
            again += [f"{device}: {test}" for test in twice]
            bad += [f"{device}: {line}" for line in differences(expected, seen)]
        else:
            seen = Run(device, tests).all()
        seen.save(os.path.join(BUILD, device + ".txt"))
        if a.update:
            stored[device].update(seen)
            stored[device].save(stored[device].stored())
        else:
            stored[device] = seen
    lines = list(table([stored[d] for d in SHOWN]))
    lines += [f"{test}: ran twice, as the first run differed" for test in again]
    with open(os.path.join(BUILD, "table.txt"), "w") as f:
        f.write("\n".join(lines) + "\n")
    print("\n".join(lines + bad))
    promised = [stored[d] for d in OURS if d in a.devices] or [stored[USUAL]]
    passed, failed, skipped, xfailed = [
        sum(n) for n in zip(*(p.counts(t) for p in promised for t in p.tests))] or [0] * 4
    print(f"{passed} passed, {len(bad)} failed, {failed + skipped + xfailed} skipped")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
