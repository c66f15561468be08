# SPDX-License-Identifier: GPL-2.0
"""Requests of which one allocation fails, on a kernel with fault injection."""

import contextlib
import itertools
import os
import socket

from .ktap import Skip, defer

INJECTORS = ("failslab", "fail_page_alloc", "fail_usercopy")
FAIL_NTH = "/proc/thread-self/fail-nth"


def inject_everywhere(pages=False):
    """Has allocations that may wait for memory fail too, with `pages` those of single
    pages as well. Each failure is wanted, and none of them worth a stack in the log;
    and waiting for readers would take most of the time."""
    if not os.path.exists(FAIL_NTH):
        raise Skip("the kernel has no fault injection (CONFIG_FAULT_INJECTION)")
    knobs = {"/sys/kernel/rcu_expedited": ("1", "0")}
    for injector in INJECTORS:
        folder = f"/sys/kernel/debug/{injector}"
        if not os.path.isdir(folder):
            raise Skip(f"no {folder}")
        knobs[f"{folder}/verbose"] = ("0", "2")
        if injector != "fail_usercopy":
            knobs[f"{folder}/ignore-gfp-wait"] = ("N", "Y")
        if pages and injector == "fail_page_alloc":
            knobs[f"{folder}/min-order"] = ("0", "1")
    for path, (value, usual) in knobs.items():
        set_knob(path, value)
        defer(set_knob, path, usual)


def inject_into_atomic():
    """Has allocations that may not wait for memory fail, as those on a frame's way,
    and no others."""
    if not os.path.exists(FAIL_NTH):
        raise Skip("the kernel has no fault injection (CONFIG_FAULT_INJECTION)")
    pages = "/sys/kernel/debug/fail_page_alloc/min-order"
    for path, value, usual in ((pages, "0", "1"),
                               *((f"/sys/kernel/debug/{injector}/verbose", "0", "2")
                                 for injector in INJECTORS)):
        set_knob(path, value)
        defer(set_knob, path, usual)


@contextlib.contextmanager
def fail_nth(number, thread=None):
    """Has an allocation fail meanwhile, the one of a number, of this thread's or
    another's. What is copied from and to programs counts, too, so the body may fail
    as a whole."""
    path = f"/proc/{thread}/task/{thread}/fail-nth" if thread else FAIL_NTH
    knob = os.open(path, os.O_RDWR)
    os.pwrite(knob, b"%d" % number, 0)
    try:
        with contextlib.suppress(OSError):
            yield
    finally:
        try:
            os.pwrite(knob, b"0", 0)
        except OSError:
            # The failure came in this call, and there is none left.
            os.pwrite(knob, b"0", 0)
        os.close(knob)


def set_knob(path, value):
    """Writes a file of debugfs."""
    with open(path, "w", encoding="ascii") as f:
        f.write(value)


class FailNth:
    """Has one of this thread's next allocations fail."""

    def __init__(self):
        self.knob = os.open(FAIL_NTH, os.O_RDWR)
        defer(os.close, self.knob)

    def during(self, number, request):
        """Sends a request, in which the allocation of a number fails; returns
        whether there was one. The kernel is done when the call returns. What
        it answers can be lost for want of memory too, so nobody asks."""
        os.pwrite(self.knob, b"%d" % number, 0)
        with contextlib.suppress(OSError):
            request.socket.send(request.data)
        try:
            left = int(os.pread(self.knob, 20, 0))
        except OSError:
            # The failure came no sooner than in this call.
            left = 1
        try:
            os.pwrite(self.knob, b"0", 0)
        except OSError:
            # The failure came in this call, and there is none left.
            os.pwrite(self.knob, b"0", 0)
        with contextlib.suppress(OSError):
            while request.socket.recv(1 << 16, socket.MSG_DONTWAIT):
                pass
        return left == 0


def numbers():
    """Which allocations fail: each of the first, where the driver makes most
    of its own, then some of the many that the core makes for a device."""
    return itertools.chain(range(1, 60), range(60, 5000, 7))


def fail_each(request, done, undo):
    """Has an allocation of a request fail, further on each time until none is
    left. `done` tells whether the request was carried out, and fails if it was
    so in part; `undo` undoes it."""
    fail = FailNth()
    refusals = 0
    for number in numbers():
        injected = fail.during(number, request)
        was_done = done()
        if was_done:
            undo()
            assert not done(), "not undone"
        if not injected:
            assert was_done, "the request fails by itself"
            assert refusals, "no allocation ever made the request fail"
            print(f"# fewer than {number} allocations, {refusals} refusals")
            return
        refusals += not was_done
    raise AssertionError("allocations without end")
