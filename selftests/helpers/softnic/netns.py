# SPDX-License-Identifier: GPL-2.0
"""Network namespaces."""

import contextlib
import os


@contextlib.contextmanager
def inside(netns):
    """Has this thread, and what it starts, live in a namespace meanwhile."""
    if netns is None:
        yield
        return
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        there = os.open(f"/run/netns/{netns}", os.O_RDONLY)
        try:
            os.setns(there, os.CLONE_NEWNET)
        finally:
            os.close(there)
        yield
    finally:
        os.setns(home, os.CLONE_NEWNET)
        os.close(home)


def set_sysctl(path, value, netns=None):
    """Sets net.PATH in a namespace."""
    with inside(netns):
        with open(f"/proc/sys/net/{path}", "w", encoding="ascii") as f:
            f.write(str(value))
