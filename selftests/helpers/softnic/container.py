# SPDX-License-Identifier: GPL-2.0
"""The namespaces of a container."""

from .ktap import defer, until
from .net import run, start


def _command(pid):
    with open(f"/proc/{pid}/comm", encoding="ascii") as f:
        return f.read().strip()


def make_container(netns):
    """Makes a user namespace with a network namespace of its own, by this name; it
    has no rights in others. Returns the number of its process."""
    pid = start("unshare -Urn sleep infinity").pid
    until(lambda: _command(pid) == "sleep", "the container is there")
    run(f"ip netns attach {netns} {pid}")
    defer(run, f"ip netns del {netns}")
    return pid


def entering(pid):
    """What stands before a command to have it run in a container."""
    return f"nsenter -t {pid} -U -n"
