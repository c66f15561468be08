# SPDX-License-Identifier: GPL-2.0
"""Takes the time that nobody else wants, and counts it.

A guest's clock that counts instructions jumps while the CPU has nothing to do. So
that it never has nothing to do, a program of two instructions fills the gaps; its
turns tell how many of the clock's instructions were its own.
"""

import contextlib
import mmap
import pathlib
import struct
import subprocess
import time

LOAD = "/mnt/share/load"
TURNS = "/run/turns"
PER_TURN = 2


class Busy:
    """A clock of instructions that are not the spinner's."""

    def __init__(self):
        with open(TURNS, "r+b") as f:
            self.page = mmap.mmap(f.fileno(), mmap.PAGESIZE)

    def now(self):
        turns = struct.unpack_from("=Q", self.page)[0]
        return time.monotonic_ns() - PER_TURN * turns


@contextlib.contextmanager
def still():
    """No spinner, where the clock counts time."""
    pathlib.Path(TURNS).write_bytes(bytes(mmap.PAGESIZE))
    yield


@contextlib.contextmanager
def spinning():
    with still(), subprocess.Popen([LOAD, "spin", TURNS]) as process:
        try:
            yield Busy()
        finally:
            process.kill()
