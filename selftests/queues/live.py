#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Counts of queues and sizes of rings change under traffic."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import json

from softnic.ethtool import statistics
from softnic.flows import Transfer
from softnic.ktap import equal, main, rounds, test
from softnic.net import attempt, make_netns, make_pair, ring_sum, run, settle


def prepare():
    make_netns("a", "b")
    make_pair("--rx-queues 4 --tx-queues 4 --peer-rx-queues 4 --peer-tx-queues 4")
    run("ip addr add 10.0.0.1/24 dev n0", "a")
    run("ip addr add 10.0.0.2/24 dev n1", "b")


def total(what):
    """Packets of n1 over all rings and queues, in use or not."""
    return ring_sum(statistics("n1", "b"), "rx", what)


@test
def channel_counts_change_under_traffic():
    prepare()
    transfers = [Transfer("10.0.0.2") for _ in range(4)]
    seen = 0
    for _ in range(rounds(3)):
        for count in (1, 4, 2, 3):
            for end in (("n0", "a"), ("n1", "b")):
                run(f"ethtool -L {end[0]} combined {count}", end[1])
            told = json.loads(run("ip -j -d link show dev n1", "b"))[0]
            equal((told["num_rx_queues"], told["num_tx_queues"]), (4, 4), "queues made")
            now = total("packets")
            assert now >= seen, f"received packets went from {seen} to {now}"
            seen = now
    for transfer in transfers:
        transfer.ends_well()
    settle()
    for name, value in statistics("n1", "b").items():
        assert "drop" not in name or value == 0, f"{name} is {value}"


@test
def ring_sizes_change_under_traffic():
    prepare()
    transfer = Transfer("10.0.0.2")
    for _ in range(rounds(3)):
        for frames in (16, 8192, 64, 256):
            run(f"ethtool -G n1 rx {frames}", "b")
            told = json.loads(run("ethtool -j -g n1", "b"))[0]
            equal(told["rx"], frames, "frames in a ring")
    transfer.ends_well()
    settle()


@test
def counts_and_sizes_are_kept_over_down_and_up():
    prepare()
    run("ethtool -L n1 combined 3", "b")
    run("ethtool -G n1 rx 32", "b")
    run("ip link set n1 down", "b")
    run("ethtool -L n1 combined 2", "b")
    run("ip link set n1 up", "b")
    told = run("ethtool -l n1", "b")
    equal(told.split()[-1], "2", "combined channels")
    equal(json.loads(run("ethtool -j -g n1", "b"))[0]["rx"], 32, "frames in a ring")


@test
def out_of_range_is_refused():
    prepare()
    for words in ("-L n1 combined 5", "-L n1 combined 0", "-G n1 rx 15", "-G n1 rx 8193",
                  "-G n1 rx 0"):
        done = attempt(f"ethtool {words}", "b")
        assert done.returncode != 0, f"{words} was taken"
    equal(run("ethtool -l n1", "b").split()[-1], "4", "combined channels")
    equal(json.loads(run("ethtool -j -g n1", "b"))[0]["rx"], 256, "frames in a ring")
    done = attempt("ethtool -G n1 rx 15", "b")
    assert "16 to 8192" in done.stderr + done.stdout, done.stderr


@test
def a_table_in_use_holds_its_rings():
    prepare()
    run("ethtool -X n1 weight 1 1 1 1", "b")
    assert attempt("ethtool -L n1 combined 2", "b").returncode != 0, "rings were orphaned"
    run("ethtool -X n1 default", "b")
    run("ethtool -L n1 combined 2", "b")


main()
