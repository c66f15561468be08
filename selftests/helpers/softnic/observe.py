# SPDX-License-Identifier: GPL-2.0
"""Programs that look into the kernel, and what they print."""

import itertools
import os
import re
import shutil
import signal
import subprocess

from .ktap import Skip, defer, until
from .net import make_netns, make_pair, start

EVENTS = "/sys/kernel/tracing/events/softnic"
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "..", "..", "..", "tools", "bpftrace")
ONE_RING = "--rx-queues 1 --tx-queues 1 --peer-rx-queues 1 --peer-tx-queues 1"
_numbers = itertools.count()
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_HEAD = re.compile(r"@(\w*)(?:\[(.*)\])?:(?: (-?\d+))?$")
_BUCKET = re.compile(r"\[(\d+)([KMG]?)(?:,.*\)|\]) +(\d+) \|")


def need(*programs):
    """Skips the test if the guest has not all of these programs."""
    for program in programs:
        if not shutil.which(program):
            raise Skip(f"{program} is not there")


def pair():
    """A pair with one ring at each end, up, in namespaces a and b, over which
    nothing goes that no test sends."""
    make_netns("a", "b")
    make_pair(ONE_RING)


def netns_number(netns):
    """By what the events know a namespace."""
    return os.stat(f"/run/netns/{netns}").st_ino


def softirqs_end():
    """Waits until what softirqs have begun is done: no task runs on a CPU
    before, and this one runs on each."""
    cpus = os.sched_getaffinity(0)
    for cpu in cpus:
        os.sched_setaffinity(0, {cpu})
    os.sched_setaffinity(0, cpus)


class Watching:
    """A program that looks on from now until it is told to end, as by Ctrl-C.
    COMMAND has {}, where the command stands that the program starts when it has
    begun to look."""

    def __init__(self, command):
        number = next(_numbers)
        self.gate, self.path = (f"/tmp/observe{number}.{end}" for end in ("gate", "out"))
        os.mkfifo(self.gate)
        defer(os.unlink, self.gate)
        out = open(self.path, "w", encoding="utf-8")
        defer(os.unlink, self.path)
        defer(out.close)
        self.process = start(command.format(f"cat {self.gate}"), start_new_session=True,
                             stdout=out, stderr=subprocess.STDOUT)
        until(self._begun, lambda: f"{command} looks on: {self.output()}", seconds=60)

    def _begun(self):
        """Whether somebody waits behind the gate, which then is kept shut."""
        assert self.process.poll() is None, f"it ended: {self.output()}"
        try:
            gate = os.open(self.gate, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return False
        defer(os.close, gate)
        return True

    def output(self):
        """What it has printed so far."""
        with open(self.path, encoding="utf-8") as f:
            return f.read()

    def end(self):
        """Has it end; returns what it printed."""
        softirqs_end()
        # What it started gets the signal, too, as from a terminal.
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(300)
        return self.output()


def bpftrace(program, *words):
    """Has bpftrace look on, by a text or by the name of a script that is shipped and
    its arguments."""
    need("bpftrace")
    what = os.path.join(SCRIPTS, program) if program.endswith(".bt") else f"-e '{program}'"
    what = " ".join([what, *words])
    return Watching("bpftrace -B line -c '{}' " + what.replace("{", "{{").replace("}", "}}"))


def maps(text):
    """The maps that bpftrace printed: by name and key, numbers or, for histograms,
    counts by the least of each bucket."""
    found, histogram = {}, None
    for line in text.splitlines():
        head, bucket = _HEAD.match(line), _BUCKET.match(line)
        if head:
            name, key, value = head.groups()
            histogram = {}
            key = tuple((key or "").split(", "))
            found.setdefault(name, {})[key] = histogram if value is None else int(value)
        elif bucket and histogram is not None:
            low, unit, count = bucket.groups()
            if int(count):
                histogram[int(low) * _UNITS[unit]] = int(count)
    return found
