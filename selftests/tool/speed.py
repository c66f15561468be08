#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What lists of thousands of VNICs cost the tool."""

import json
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ktap import DEBUG_KERNEL, equal, main, test
from softnic.net import cost, make_netns, run

COUNT = 512 if DEBUG_KERNEL else 4096


@test
def lists_of_thousands():
    make_netns("a")
    run("vnicadm create-nic n0 --nic-netns a")
    run("ip -batch -", "a", reads="".join(f"link add link n0 name v{n} type vnic\n"
                                          for n in range(COUNT)))
    for command, count in (
            ("show-vnic", lambda text: len(text.splitlines()) - 1),
            ("show-vnic -s", lambda text: len(text.splitlines()) - 1),
            ("show-vnic -p -o name,mac,placement", lambda text: len(text.splitlines())),
            ("show-vnic -j", lambda text: len(json.loads(text))),
            ("show-filter", lambda text: len(text.splitlines()) - 1),
            ("stat", lambda text: len(text.splitlines()) - 2)):
        beside = cost("ip -s -d link show type vnic", "a")[1]
        text, seconds = cost(f"vnicadm {command}", "a")
        equal(count(text), COUNT, f"lines of {command}")
        print(f"# {command}: {seconds:.3f} s of a CPU; ip lists them in {beside:.3f} s")
        # A guest on a busy machine is told of more time than it had, and so is ip.
        assert seconds < max(1, beside), f"{command}: {seconds:.2f} s of a CPU"


main()
