#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
"""What lists of thousands of VNICs cost the tool."""

import json
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ktap import DEBUG_KERNEL, equal, main, test, until
from softnic.net import cost, make_netns, run

COUNT = 512 if DEBUG_KERNEL else 4096


def check_speed(command, count):
    """Asserts that a command lists all VNICs in a second of a CPU, or as quickly as ip.
    A guest on a busy machine is told of more time than it had, and so is ip, but not
    always at the same time."""
    def is_quick():
        beside = cost("ip -s -d link show type vnic", "a")[1]
        text, seconds = cost(f"vnicadm {command}", "a")
        equal(count(text), COUNT, f"lines of {command}")
        print(f"# {command}: {seconds:.3f} s of a CPU; ip lists them in {beside:.3f} s")
        return seconds < max(1, beside)

    until(is_quick, f"{command} is quick", seconds=30)


@test
def lists_of_thousands():
    make_netns("a")
    run("vnicadm create-nic n0 --nic-netns a")
    run("ip -batch -", "a", reads="".join(f"link add link n0 name v{n} type vnic\n"
                                          for n in range(COUNT)))
    check_speed("show-vnic", lambda text: len(text.splitlines()) - 1)
    check_speed("show-vnic -s", lambda text: len(text.splitlines()) - 1)
    check_speed("show-vnic -p -o name,mac,placement", lambda text: len(text.splitlines()))
    check_speed("show-vnic -j", lambda text: len(json.loads(text)))
    check_speed("show-filter", lambda text: len(text.splitlines()) - 1)
    check_speed("stat", lambda text: len(text.splitlines()) - 2)


main()
