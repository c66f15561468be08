# SPDX-License-Identifier: GPL-2.0
"""Memory cgroups, and what kernel objects are charged to them."""

import os
import subprocess

from .ktap import Skip, defer, until

ROOT = "/sys/fs/cgroup"


def _write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


class Cgroup:
    """A memory cgroup of its own, until the test ends."""

    def __init__(self, name):
        try:
            _write(f"{ROOT}/cgroup.subtree_control", "+memory")
        except OSError as error:
            raise Skip(f"no memory cgroups: {error}") from error
        self.path = f"{ROOT}/{name}"
        os.mkdir(self.path)
        defer(self._remove)

    def _remove(self):
        until(lambda: not self.read("cgroup.procs"), "the cgroup is empty")
        os.rmdir(self.path)

    def read(self, name):
        """One of its files."""
        with open(f"{self.path}/{name}", encoding="ascii") as f:
            return f.read()

    def numbers(self, name):
        """One of its files that has a name and a number in each line."""
        return {key: int(value) for key, value in map(str.split, self.read(name).splitlines())}

    def settle(self):
        """Has the kernel add up what its CPUs have counted for the cgroup, which it
        does when there is much of it, or after two seconds."""
        for _ in range(8):
            self.run("true")

    def objects(self):
        """Bytes of kernel objects and their like that are charged to it."""
        stat = self.numbers("memory.stat")
        return stat["slab"] + stat["vmalloc"]

    def limit(self, size):
        """Lets it have so many bytes more than it has."""
        _write(f"{self.path}/memory.max", str(int(self.read("memory.current")) + size))

    def attempt(self, command):
        """Runs a command in it, and returns how it went."""
        enter = f"echo $$ >{self.path}/cgroup.procs; exec {command}"
        return subprocess.run(["sh", "-c", enter], text=True, capture_output=True, check=False)

    def run(self, command):
        """Runs one that must succeed; returns what it prints."""
        done = self.attempt(command)
        assert done.returncode == 0, f"{command}: {done.returncode} {done.stderr.strip()}"
        return done.stdout
