#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What 1-before.py made is there again after what the unit does at boot."""

import json
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.config import everything
from softnic.ktap import defer, equal, main, test
from softnic.net import attempt, make_netns, run

SHARE = "/mnt/share"
UNIT = "/softnic/tools/systemd/softnic.service"


def at_boot():
    """What the unit starts."""
    with open(UNIT, encoding="utf-8") as f:
        line, = (line for line in f if line.startswith("ExecStart="))
    return line.partition("=")[2].strip().replace("/usr/sbin/", "/run/tools/")


@test
def is_there_as_it_was():
    os.makedirs("/etc/softnic")
    run(f"mount --bind {SHARE}/softnic /etc/softnic")
    defer(attempt, "umount /etc/softnic")
    make_netns("a", "b")
    with open(f"{SHARE}/wanted", encoding="utf-8") as f:
        wanted = json.load(f)
    equal(everything("a", "b"), {}, "what is there before")
    run(at_boot())
    equal(len(wanted), 6, "how much was made")
    equal(everything("a", "b"), wanted, "what is there")


main()
