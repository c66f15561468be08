# SPDX-License-Identifier: GPL-2.0
"""The `ip` of two releases, both with softnic's plugin, and what they tell."""

import functools
import json
import os
import shutil

from . import rtnl
from .ktap import Skip, test
from .net import attempt, run

HERE = os.path.dirname(os.path.abspath(__file__))
FETCHED = os.path.join(HERE, "..", "..", "..", "build", "debian12", "ip")
COPY = "/run/debian12-ip"


def own():
    """The guest's own ip, which is Debian 13's."""
    return "ip"


def debian12():
    """Debian 12's. As all executables it runs from the guest's own memory."""
    if not os.path.exists(FETCHED):
        raise Skip("no Debian 12 ip here: scripts/debian12-ip fetches it")
    if not os.path.exists(COPY):
        shutil.copy(FETCHED, COPY)
    return COPY


def each_ip(function):
    """Makes a test of each ip of a function that takes one."""
    for suffix, choose in (("debian13", own), ("debian12", debian12)):
        def case(choose=choose):
            function(choose())
        case.__name__ = f"{function.__name__}_{suffix}"
        test(functools.wraps(case)(case))
    return function


def told(ip, name, netns=None):
    """What ip tells a program of a device."""
    found, = json.loads(run(f"{ip} -d -j link show {name}", netns))
    return found


def data(ip, name, netns=None):
    """What it tells of what is particular to the kind."""
    return told(ip, name, netns)["linkinfo"]["info_data"]


def words(ip, kind, name, netns=None):
    """The same as ip tells it a person: words and their values."""
    for line in run(f"{ip} -d link show {name}", netns).splitlines():
        if line.split()[0] == kind:
            # What comes after addrgenmode is of every device.
            return line.split(" addrgenmode ")[0].split()[1:]
    raise AssertionError(f"{name} is no {kind}")


def pairs(some):
    """Words and their values as a dictionary."""
    return dict(zip(some[::2], some[1::2]))


def attributes(name, netns=None, lists=()):
    """The kind's attributes as they are, by number. All are numbers, but for
    those that are lists."""
    for device in rtnl.settings(netns):
        if device[rtnl.IFNAME].rstrip(b"\0").decode() == name:
            found = rtnl.attributes(rtnl.attributes(device[rtnl.LINKINFO])[rtnl.INFO_DATA])
            return {number: value if number in lists else int.from_bytes(value, "little")
                    for number, value in found.items()}
    raise AssertionError(f"no {name} in {netns}")


def refuses(ip, command, *texts, netns=None, status=None):
    """Asserts that ip does not do something, and that it says all these texts."""
    done = attempt(f"{ip} {command}", netns)
    said = f"{command}: {done.returncode} {done.stderr.strip()}"
    assert done.returncode != 0 and status in (None, done.returncode), said
    for text in texts:
        assert text in done.stderr, f"no {text!r} in {said}"
