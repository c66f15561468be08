# SPDX-License-Identifier: GPL-2.0
"""The module softnic, loaded and unloaded by system calls: modprobe and rmmod take
long in an emulated guest."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
FINIT_MODULE, DELETE_MODULE = 313, 176


def _call(number, *arguments):
    if LIBC.syscall(number, *arguments):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def load(file):
    """Loads it from a file."""
    with open(file, "rb") as f:
        _call(FINIT_MODULE, f.fileno(), b"", 0)


def unload():
    """Unloads it, or fails at once."""
    _call(DELETE_MODULE, b"softnic", os.O_NONBLOCK)


def is_there():
    """Whether it is loaded."""
    return os.path.exists("/sys/module/softnic")
