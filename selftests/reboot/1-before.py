#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes NICs and VNICs that are to be there after a reboot: a second guest, in
which 2-after.py looks. Both have one folder, in which /etc/softnic is."""

import json
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.config import everything
from softnic.ktap import defer, main, test
from softnic.net import attempt, make_netns, run

SHARE = "/mnt/share"


@test
def makes_what_is_to_stay():
    os.makedirs(f"{SHARE}/softnic")
    os.makedirs("/etc/softnic")
    run(f"mount --bind {SHARE}/softnic /etc/softnic")
    defer(attempt, "umount /etc/softnic")
    make_netns("a", "b")
    run("vnicadm create-nic n0 --nic-netns a --peer n1 --peer-netns b --mtu 9000 --peer-mtu 9000")
    run("vnicadm --netns b set-nic n1 --slots 9 --pool 8")
    run("vnicadm --netns b create-vnic v0 --over n1 --vlan 10 --rings 2 --queues 4")
    run("vnicadm --netns b create-vnic v1 --over v0 --vnic-netns a --mac derived")
    run("vnicadm create-nic n2 --finish")
    run("vnicadm create-vnic v2 --over n2 --vlans 0,5-9 --mode private")
    run("vnicadm create-nic gone -t")
    with open(f"{SHARE}/wanted", "w", encoding="utf-8") as f:
        json.dump({name: found for name, found in everything("a", "b").items()
                   if not name.startswith("gone")}, f)


main()
