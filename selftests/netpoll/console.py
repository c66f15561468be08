#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The kernel's messages go out by a NIC (netconsole), which sends with
interrupts off."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket

from softnic.frames import packet_socket, udp_frame
from softnic.hold import poll_threads, polls_held_back
from softnic.ktap import Skip, defer, equal, main, rounds, test, until
from softnic.net import attempt, make_netns, make_pair, run
from softnic.netns import inside
from softnic.rtnl import link

FOLDER = "/sys/kernel/config/netconsole"


def prepare(rings=1):
    """A NIC here and its other end in a namespace; returns a socket that
    hears what the kernel says."""
    attempt("modprobe netconsole")
    attempt("mount -t configfs configfs /sys/kernel/config")
    if not os.path.isdir(FOLDER):
        raise Skip("netconsole is not in this kernel")
    make_netns("b")
    make_pair(f"--rx-queues {rings} --tx-queues {rings} "
              f"--peer-rx-queues {rings} --peer-tx-queues {rings}", netns=(None, "b"))
    run("ip addr add 10.0.0.1/24 dev n0")
    run("ip addr add 10.0.0.2/24 dev n1", "b")
    with inside("b"):
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ear.bind(("10.0.0.2", 6666))
    ear.settimeout(20)
    target = f"{FOLDER}/test"
    os.mkdir(target)
    defer(os.rmdir, target)
    for name, value in (("dev_name", "n0"), ("local_ip", "10.0.0.1"),
                        ("remote_ip", "10.0.0.2"), ("remote_mac", link("n1", "b").address),
                        ("extended", "1"), ("enabled", "1")):
        with open(f"{target}/{name}", "w", encoding="ascii") as f:
            f.write(value)
    return ear


def say(text):
    """Has the kernel print a line."""
    with open("/dev/kmsg", "w", encoding="ascii") as f:
        f.write(f"<4>{text}\n")


def hear(ear, text):
    """Waits until a line comes that has a text."""
    while text.encode() not in ear.recv(1 << 12):
        pass


@test
def messages_arrive():
    ear = prepare()
    for n in range(rounds(100)):
        say(f"softnic netconsole {n}.")
        hear(ear, f"softnic netconsole {n}.")


@test
def messages_arrive_over_several_rings():
    ear = prepare(4)
    for n in range(rounds(40)):
        say(f"softnic netconsole {n}.")
        hear(ear, f"softnic netconsole {n}.")


@test
def a_full_ring_keeps_them_for_later():
    ear = prepare()
    run("tc qdisc replace dev n0 root pfifo limit 10000")
    s = packet_socket("n0")
    data = udp_frame(link("n1", "b").address, link("n0").address, 7, 60)
    with polls_held_back(poll_threads("n1", "b")):
        for _ in range(600):
            s.send(data)
        say("softnic netconsole waits.")
    hear(ear, "softnic netconsole waits.")
    until(lambda: link("n1", "b").stats["rx_packets"] >= 600, "all arrive")


@test
def down_and_up_meanwhile():
    ear = prepare()
    for n in range(rounds(10)):
        run("ip link set n1 down", "b")
        say("softnic netconsole, nobody hears.")
        run("ip link set n1 up", "b")
        until(lambda: link("n0").running(), "the link is up")
        say(f"softnic netconsole back {n}.")
        hear(ear, f"softnic netconsole back {n}.")
    equal(link("n0").stats["tx_errors"], 0, "errors")


main()
