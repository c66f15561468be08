# SPDX-License-Identifier: GPL-2.0
"""The tool's transcripts (tools/vnicadm/tests/golden), carried out in a guest."""

import contextlib
import glob
import os
import shlex
import socket
import subprocess

from .frames import frame
from .ktap import until
from .net import run, up
from .netns import set_sysctl, unnamed
from .rtnl import link

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../../tools/vnicadm/tests/golden")
MODPROBE = "/proc/sys/kernel/modprobe"
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


class Case:
    """A command of a transcript, and what it told when it was recorded."""

    def __init__(self, line):
        self.line, self.told, self.errors, self.status = line, "", "", 0
        words = shlex.split(line)
        self.place = words.pop(0).strip("()") if words[0].startswith("(") else ""
        self.words = words

    def add(self, line):
        """Takes a line of what it told."""
        if line.startswith("! "):
            self.errors += line[2:] + "\n"
        elif line.startswith("? "):
            self.status = int(line[2:])
        else:
            self.told += line + "\n"

    def run(self):
        """Runs it, where it says."""
        words = NOBODY + self.words if self.place == "nobody" else self.words
        with without_module() if self.place == "no-module" else contextlib.nullcontext():
            return subprocess.run(words, capture_output=True, text=True, cwd=FOLDER,
                                  stdin=subprocess.DEVNULL, check=False)

    def subcommand(self):
        """The subcommand's name."""
        return next(x for x in self.words[1:] if not x.startswith("-") and x != "nowhere")


def transcripts():
    """The cases of each file, by its name."""
    found = {}
    for path in sorted(glob.glob(f"{FOLDER}/transcripts/*.txt")):
        cases = []
        with open(path, encoding="utf-8") as f:
            for line in f.read().splitlines():
                if line.startswith("$ "):
                    cases.append(Case(line[2:]))
                elif cases:
                    cases[-1].add(line)
        found[os.path.basename(path)[:-4]] = cases
    return found


@contextlib.contextmanager
def without_module():
    """Takes the module away meanwhile, and with it whatever it made."""
    with open(MODPROBE, encoding="ascii") as f:
        loader = f.read()
    run("rmmod softnic")
    try:
        set_loader("/bin/false\n")
        yield
    finally:
        set_loader(loader)
        run("modprobe softnic")


def set_loader(loader):
    """Sets what the kernel calls to have a module loaded."""
    with open(MODPROBE, "w", encoding="ascii") as f:
        f.write(loader)


@contextlib.contextmanager
def scene():
    """A namespace of its own with what every transcript begins with, and with a
    few frames that went through it."""
    os.makedirs("/tmp/vnicadm-golden", exist_ok=True)
    with unnamed():
        set_sysctl("ipv6/conf/default/disable_ipv6", 1)
        set_sysctl("ipv6/conf/all/disable_ipv6", 1)
        run(f"vnicadm batch {FOLDER}/scene.txt")
        for name in ("lo", "nic0", "nic1", "web", "db", "late"):
            up(name)
        until(lambda: all(link(x).running() for x in ("nic0", "nic1", "web", "late")), "links")
        send(5)
        yield


def send(count):
    """Has nic1 send frames to nic0."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
        s.bind(("nic1", 0))
        for _ in range(count):
            s.send(frame(link("nic0").address, link("nic1").address))
    until(lambda: link("nic0").stats["rx_packets"] >= count, "frames")
