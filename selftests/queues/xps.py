#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Each transmit queue has its CPUs (XPS), and sysfs shows the queues in use."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import netdev
from softnic.frames import packet_socket, udp_frame
from softnic.ktap import Skip, defer, equal, main, test
from softnic.net import make_pair, run, settle, up
from softnic.netns import set_sysctl
from softnic.rtnl import link

QUEUES = 8
CPUS = sorted(os.sched_getaffinity(0))


def prepare(set_up=True):
    """A pair in the tests' own namespace, whose sysfs is at hand. Nothing is
    sent that no test asks for."""
    if len(CPUS) < 2:
        raise Skip("there is but one CPU")
    set_sysctl("ipv6/conf/default/disable_ipv6", 1)
    defer(set_sysctl, "ipv6/conf/default/disable_ipv6", 0)
    make_pair(f"--rx-queues {QUEUES} --tx-queues {QUEUES}", netns=(None, None), set_up=set_up)


def folder(queue):
    return f"/sys/class/net/n0/queues/tx-{queue}"


def cpus_of(queue):
    """The CPUs that send by a queue."""
    with open(f"{folder(queue)}/xps_cpus", encoding="ascii") as f:
        mask = int(f.read().replace(",", ""), 16)
    return [n for n in range(mask.bit_length()) if mask >> n & 1]


def spread(queues):
    return [cpus_of(queue) for queue in range(queues)]


def in_turn(queues):
    """The CPUs in turn, where there are no fewer queues than CPUs."""
    return [[CPUS[queue % len(CPUS)]] for queue in range(queues)]


@test
def queues_have_their_cpus():
    prepare()
    equal(spread(QUEUES), in_turn(QUEUES), "CPUs by queue")
    for count in (3, 6):
        run(f"ethtool -L n0 combined {count}")
        equal(spread(count), in_turn(count), f"CPUs by queue of {count}")
    run("ethtool -L n0 combined 1")
    equal(spread(1), [CPUS], "CPUs of the only queue")
    run(f"ethtool -L n0 combined {QUEUES}")
    equal(spread(QUEUES), in_turn(QUEUES), "CPUs by queue in the end")


@test
def one_queue_has_no_opinion():
    prepare(set_up=False)
    run("ethtool -L n0 combined 1")
    up("n0")
    equal(spread(1), [[]], "CPUs by queue")


@test
def what_the_user_sets_holds_until_the_queues_change():
    prepare()
    with open(f"{folder(3)}/xps_cpus", "w", encoding="ascii") as f:
        f.write("3")
    for command in ("ip link set n0 down", "ip link set n0 up", "ethtool -G n0 rx 64",
                    f"ethtool -L n0 combined {QUEUES}"):
        run(command)
        equal(cpus_of(3), [0, 1], f"CPUs of queue 3 after {command}")
    run("ethtool -L n0 combined 4")
    equal(spread(4), in_turn(4), "CPUs by queue of 4")


@test
def a_cpu_sends_by_its_queues():
    prepare()
    to, source = link("n1").address, link("n0").address
    s = packet_socket("n0")
    ends = ("n0", None), ("n1", None)
    everywhere = os.sched_getaffinity(0)
    try:
        for cpu in CPUS:
            os.sched_setaffinity(0, {cpu})
            settle(*ends)
            before = netdev.by_queue("n0")
            for port in range(64):
                s.send(udp_frame(to, source, port, 100))
            settle(*ends)
            after = netdev.by_queue("n0")
            used = [n for n in range(QUEUES)
                    if after["tx", n]["packets"] != before["tx", n]["packets"]]
            assert used, f"CPU {cpu} sent by no queue"
            for queue in used:
                assert cpu in cpus_of(queue), f"CPU {cpu} sent by queue {queue}"
    finally:
        os.sched_setaffinity(0, everywhere)


@test
def sysfs_shows_the_queues_in_use():
    prepare()
    for combined, rx, tx in ((QUEUES, 0, 0), (2, 0, 0), (1, 2, 3), (QUEUES, 0, 0)):
        run(f"ethtool -L n0 combined {combined} rx {rx} tx {tx}")
        shown = sorted(os.listdir("/sys/class/net/n0/queues"))
        wanted = [f"rx-{n}" for n in range(combined + rx)]
        wanted += [f"tx-{n}" for n in range(combined + tx)]
        equal(shown, sorted(wanted), "queues in sysfs")


main()
