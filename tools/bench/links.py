# SPDX-License-Identifier: GPL-2.0
"""What it takes to make, change and delete devices, and the memory they are in."""

import dataclasses
import pathlib
import subprocess
import time

import paths
import spinner

RUNS = 3


def batch(lines):
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True,
                   stdout=subprocess.DEVNULL)


@dataclasses.dataclass(frozen=True)
class Links:
    """One of create, change, delete: instructions for each device, with those that ip
    takes for a line, but not for its start.

    A path's make() prepares what is beneath, and gives the lines of ip that make
    device number N, change it and delete it.
    """
    what: str
    count: int = 30

    def __call__(self, make, _path):
        lines = make()
        with spinner.spinning() as busy:
            return [self.once(busy, lines) for _ in range(RUNS)]

    def once(self, busy, lines):
        start = spent(busy, [])
        took = {what: spent(busy, [lines[what](n) for n in range(self.count)])
                for what in dict.fromkeys(("create", self.what, "delete"))}
        return (took[self.what] - start) / self.count


def spent(busy, lines):
    before = busy.now()
    batch(lines)
    return busy.now() - before


@dataclasses.dataclass(frozen=True)
class Memory:
    """KiB that a device takes which is up and has seen no frame.

    Each run makes more of them, so that none is made of what others left behind.
    """
    count: int = 150

    def __call__(self, make, _path):
        lines = make()
        took = [self.once(lines, run * self.count) for run in range(RUNS)]
        batch(lines["delete"](n) for n in range(RUNS * self.count))
        return took

    def once(self, lines, first):
        before = free()
        for what in ("create", "up"):
            batch(lines[what](n) for n in range(first, first + self.count))
        return (before - free()) / self.count


def free():
    """KiB that nothing is in, with caches and empty slabs given back, and after a second
    in which the kernel frees what it had still to keep for readers."""
    time.sleep(1)
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
    for cache in pathlib.Path("/sys/kernel/slab").glob("*/shrink"):
        cache.write_text("1")
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemFree:"):
            return int(line.split()[1])
    raise RuntimeError("no MemFree in /proc/meminfo")


def kind(create, beneath=None, name="d{}"):
    """What Links and Memory want to know of a kind of device."""
    def make():
        if beneath:
            beneath()
        return {
            "create": lambda n: "link add " + create.format(n),
            "up": lambda n: f"link set {name.format(n)} up",
            "change": lambda n: f"link set {name.format(n)} address {paths.numbered_mac(n)}",
            "delete": lambda n: f"link del {name.format(n)}",
        }
    return make
