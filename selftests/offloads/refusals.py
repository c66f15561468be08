#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What cannot be set is refused and changes nothing."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic import rtnl
from softnic.ktap import equal, main, test
from softnic.net import attempt, index_of, make_netns, make_pair, run
from softnic.rtnl import attr, refusal, softnic

FINISH = 6


def features():
    """The features of n0."""
    told = json.loads(run("ethtool --json -k n0", "a"))[0]
    return {name: state for name, state in told.items() if name != "ifname"}


@test
def finish_is_0_or_1():
    make_netns("a", "b")
    make_pair()
    for value in (2, 255, 0xFFFFFFFF):
        refused = ("EINVAL", "finish must be 0 or 1")
        equal(refusal(softnic(attr(FINISH, value)), index=index_of("n0", "a"), netns="a"),
              refused, f"change to {value}")
        equal(refusal(attr(rtnl.IFNAME, "x"), softnic(attr(FINISH, value)), flags=rtnl.NEW),
              refused, f"creation with {value}")
    shown = json.loads(run("vnicadm show-nic --json n0", "a"))
    equal(shown[0]["finish"], False, "finish")


@test
def a_refused_change_leaves_finish():
    make_netns("a", "b")
    make_pair()
    answer = refusal(softnic(attr(FINISH, 1), attr(rtnl.PEER_IFINDEX, 9999)),
                     index=index_of("n0", "a"), netns="a")
    equal(answer, ("ENODEV", "no device of index 9999"), "answer")
    shown = json.loads(run("vnicadm show-nic --json n0", "a"))
    equal(shown[0]["finish"], False, "finish")


@test
def what_is_fixed_stays():
    make_netns("a", "b")
    make_pair()
    before = features()
    fixed = [name for name, state in before.items() if state["fixed"] and not state["active"]]
    for name in ("rx-gro-hw", "large-receive-offload", "rx-fcs", "esp-hw-offload"):
        assert name in fixed, f"{name} is offered"
        assert attempt(f"ethtool -K n0 {name} on", "a").returncode, f"{name} was accepted"
    equal(features(), before, "features")


@test
def what_needs_another_follows_it():
    make_netns("a", "b")
    make_pair()
    before = features()
    run("ethtool -K n0 sg off", "a")
    assert not features()["tx-tcp-segmentation"]["active"], "TSO without scatter-gather"
    run("ethtool -K n0 sg on", "a")
    run("ethtool -K n0 tx off", "a")
    assert not features()["tx-tcp-segmentation"]["active"], "TSO without checksums"
    run("ethtool -K n0 tx on sg on tso on gso on", "a")
    equal(features(), before, "features")


main()
