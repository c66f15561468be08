#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A TCP transfer arrives as it was sent with every combination of offloads."""

import itertools
import os
import random
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket

from softnic.flows import transfer
from softnic.ktap import DEBUG_KERNEL, main, test
from softnic.net import attempt, becomes_running, make_netns, make_pair, run, up

SIZE = 200_000
# What does not depend on another: of the sender, and of the receiver.
SENDER = ("tx", "sg", "tso", "gso")
RECEIVER = ("rx", "gro")
SAMPLED_SENDER = ("tx", "sg", "tso", "gso", "tx-scatter-gather-fraglist",
                  "tx-tcp-segmentation", "tx-tcp6-segmentation", "tx-tcp-mangleid-segmentation",
                  "tx-tcp-ecn-segmentation", "txvlan", "tx-vlan-stag-hw-insert")
SAMPLED_RECEIVER = ("rx", "gro", "rxvlan", "rx-vlan-stag-hw-parse", "rx-vlan-filter",
                    "rx-vlan-stag-filter", "rxhash", "ntuple", "rx-gro-list",
                    "rx-udp-gro-forwarding")


def words(names, bits):
    """Settings as ethtool takes them."""
    return " ".join(f"{name} {'on' if bit else 'off'}" for name, bit in zip(names, bits))


def prepare(tagged=None):
    """A pair with addresses, if asked for on VLAN devices."""
    make_netns("a", "b", ipv6=True)
    make_pair()
    for n, (dev, netns) in enumerate((("n0", "a"), ("n1", "b"))):
        if tagged:
            run(f"ip link add link {dev} name v type vlan protocol {tagged} id 5", netns)
            up("v", netns)
        run("ip -batch -", netns, f"addr add 10.0.0.{n + 1}/24 dev {'v' if tagged else dev}\n"
            f"addr add fd00::{n + 1}/64 dev {'v' if tagged else dev} nodad\n")
    if tagged:
        becomes_running(("v", "a"), ("v", "b"))


def passes(number, *settings):
    """Has data pass with settings of (device, namespace, words), in one family
    or the other."""
    for dev, netns, wanted in settings:
        # One that needs another, which is off, cannot be put on.
        done = attempt(f"ethtool -K {dev} {wanted}", netns)
        assert done.returncode == 0 or "Could not change any" in done.stderr, done.stderr
    family, host = ((socket.AF_INET, "10.0.0.2"), (socket.AF_INET6, "fd00::2"))[number % 2]
    try:
        transfer(family, "a", "b", host, SIZE)
    except (AssertionError, OSError) as error:
        raise AssertionError(f"{host} with {settings}: {error}") from error


@test
def every_combination():
    prepare()
    combinations = itertools.product((True, False), repeat=len(SENDER + RECEIVER))
    step = 8 if DEBUG_KERNEL else 1
    for number, bits in enumerate(itertools.islice(combinations, 0, None, step)):
        sender, receiver = bits[:len(SENDER)], bits[len(SENDER):]
        passes(number, ("n0", "a", words(SENDER, sender)), ("n1", "b", words(RECEIVER, receiver)))


def sample(seed, count, finish):
    """Combinations of all offloads, by a generator that begins as told."""
    chance = random.Random(seed)
    for number in range(4 if DEBUG_KERNEL else count):
        one = [chance.random() < 0.5 for _ in SAMPLED_SENDER]
        other = [chance.random() < 0.5 for _ in SAMPLED_RECEIVER]
        if finish:
            setting = "on" if chance.random() < 0.5 else "off"
            run(f"vnicadm --netns a set-nic n0 --finish {setting}")
        passes(number, ("n0", "a", words(SAMPLED_SENDER, one)),
               ("n1", "b", words(SAMPLED_RECEIVER, other)))


@test
def combinations_of_all():
    prepare()
    sample(1, 24, finish=True)


@test
def combinations_of_all_with_customer_tags():
    prepare("802.1Q")
    sample(2, 16, finish=True)


@test
def combinations_of_all_with_service_tags():
    prepare("802.1ad")
    sample(3, 16, finish=True)


main()
