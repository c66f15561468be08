# SPDX-License-Identifier: GPL-2.0
"""Network namespaces, made and deleted as ip does it: a process of ip for each
takes too long in an emulated guest."""

import contextlib
import ctypes
import os

FOLDER = "/run/netns"
MS_BIND, MNT_DETACH = 0x1000, 2
_libc = ctypes.CDLL(None, use_errno=True)


def _check(status, what):
    if status:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


@contextlib.contextmanager
def _elsewhere(enter):
    """Has this thread live where `enter` takes it meanwhile."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        enter()
        yield
    finally:
        os.setns(home, os.CLONE_NEWNET)
        os.close(home)


def _enter(netns):
    there = os.open(f"{FOLDER}/{netns}", os.O_RDONLY)
    try:
        os.setns(there, os.CLONE_NEWNET)
    finally:
        os.close(there)


@contextlib.contextmanager
def inside(netns):
    """Has this thread, and what it starts, live in a namespace meanwhile."""
    if netns is None:
        yield
        return
    with _elsewhere(lambda: _enter(netns)):
        yield


@contextlib.contextmanager
def unnamed():
    """Has this thread, and what it starts, live in a new namespace meanwhile,
    which ends with it."""
    with _elsewhere(lambda: os.unshare(os.CLONE_NEWNET)):
        yield


def add_netns(name):
    """Makes a namespace that ip knows by this name."""
    path = f"{FOLDER}/{name}"
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL, 0))
    with _elsewhere(lambda: os.unshare(os.CLONE_NEWNET)):
        _check(_libc.mount(b"/proc/thread-self/ns/net", path.encode(), b"none", MS_BIND, None),
               path)


def delete_netns(name):
    """Takes a namespace's name away, and so itself if nobody is in it; none is
    missed."""
    path = f"{FOLDER}/{name}"
    if os.path.exists(path):
        _libc.umount2(path.encode(), MNT_DETACH)
        os.unlink(path)


def set_sysctl(path, value, netns=None):
    """Sets net.PATH in a namespace."""
    with inside(netns):
        with open(f"/proc/sys/net/{path}", "w", encoding="ascii") as f:
            f.write(str(value))
