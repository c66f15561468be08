# SPDX-License-Identifier: GPL-2.0
"""The trace events of softnic, by tracefs."""

import os
import re
import subprocess

from .ktap import defer, until
from .trace import TRACING

FOLDER = f"{TRACING}/events/softnic"


def mounted():
    """Makes sure that tracefs is there."""
    if not os.path.exists(FOLDER):
        subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACING], check=True)


def names():
    """All events, without softnic_ before them."""
    mounted()
    return sorted(e.removeprefix("softnic_") for e in os.listdir(FOLDER)
                  if e.startswith("softnic_"))


def fields(event):
    """The names of an event's own fields, in order."""
    with open(f"{FOLDER}/softnic_{event}/format", encoding="ascii") as f:
        own = f.read().split("\n\n", 1)[1]
    return [re.sub(r"\[.*", "", declaration).split()[-1] if "__data_loc" not in declaration
            else declaration.split()[-1]
            for declaration in re.findall(r"field:([^;]*);", own)]


def enable(on, folder=FOLDER):
    """Switches all events on or off."""
    with open(f"{folder}/enable", "w", encoding="ascii") as f:
        f.write("1" if on else "0")


class Seen(dict):
    """An event: what it tells, by name; and its own name."""

    def __init__(self, name, text):
        words = re.findall(r"(\w+)=(\S*)", text)
        super().__init__((key, int(value) if value.isdigit() else value) for key, value in words)
        self.name = name
        self["dev"] = self["dev"].partition(":")[2]


class Events:
    """Sees all events from now until the test's end."""

    def __init__(self):
        mounted()
        self.folder = f"{TRACING}/instances/softnic{os.getpid()}"
        os.mkdir(self.folder)
        defer(os.rmdir, self.folder)
        enable(True, f"{self.folder}/events/softnic")
        defer(enable, False, f"{self.folder}/events/softnic")

    def clear(self):
        """Forgets what was seen."""
        with open(f"{self.folder}/trace", "w", encoding="ascii"):
            pass

    def all(self, *wanted):
        """What was seen, of these events or of all, in order."""
        with open(f"{self.folder}/trace", encoding="ascii") as f:
            found = re.findall(r": softnic_(\w+): (.*)", f.read())
        return [Seen(name, text) for name, text in found if not wanted or name in wanted]

    def find(self, event, **told):
        """The first such event that tells all this, which is waited for."""
        def matching():
            return [seen for seen in self.all(event) if told.items() <= seen.items()]

        return until(matching, lambda: f"{event} with {told}: {self.all(event)}")[0]
