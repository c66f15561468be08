# SPDX-License-Identifier: GPL-2.0
"""Holds a NIC's receiver back.

It is polled by a thread, bound to the CPU on which this process then runs with
real-time priority: the thread cannot run until we let it."""

import contextlib
import os

from .ktap import until
from .net import run

# What lets ordinary threads run beside a real-time one that takes all: both
# would end the hold when the guest is slow.
SCHEDULER = {
    "/proc/sys/kernel/sched_rt_runtime_us": "-1",
    "/sys/kernel/debug/sched/fair_server/cpu0/runtime": "0",
}


def _read(path):
    with open(path, encoding="ascii") as f:
        return f.read()


def _write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def poll_threads(dev, netns):
    """Has a NIC polled by threads; returns their process numbers."""
    run(f"sh -c 'mount -t sysfs sysfs /mnt && echo 1 >/mnt/class/net/{dev}/threaded"
        " && umount /mnt'", netns)

    def find():
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/comm", encoding="ascii") as f:
                    if f.read().startswith(f"napi/{dev}-"):
                        found.append(int(pid))
        return found

    return until(find, "the poll threads are there")


@contextlib.contextmanager
def polls_held_back(threads):
    """Nothing is received meanwhile. The body must not sleep."""
    cpus = os.sched_getaffinity(0)
    usual = {knob: _read(knob) for knob in SCHEDULER if os.path.exists(knob)}
    for knob in usual:
        _write(knob, SCHEDULER[knob])
    for thread in (0, *threads):
        os.sched_setaffinity(thread, {0})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.sched_setaffinity(0, cpus)
        for knob, value in usual.items():
            _write(knob, value)
