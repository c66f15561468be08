#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""NICs, namespaces and the module go away while frames flow both ways."""

import contextlib
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import signal
import socket

from softnic.ethtool import statistics
from softnic.ktap import defer, equal, main, rounds, test, until
from softnic.net import (attempt, becomes_running, index_of, make_netns, make_pair, nics,
                         ring_sum, run, up)
from softnic.netns import inside
from softnic.rtnl import link

ENDS = (("n0", "a"), ("n1", "b"))
FLOWS = 8


def talk(n):
    """Sends datagrams of several flows from an end for ever, in a child
    process, whatever becomes of them."""
    pid = os.fork()
    if pid:
        defer(end, pid)
        return
    signal.alarm(600)
    # What is tested must get its turn.
    os.nice(19)
    with inside(ENDS[n][1]):
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(FLOWS)]
    while True:
        for port, s in enumerate(sockets):
            with contextlib.suppress(OSError):
                s.sendto(b"x" * 500, ("10.0.0.%d" % (2 - n), 5000 + port))


def end(pid):
    """Ends a child process."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def address_ends():
    """Gives the ends addresses and one another's."""
    macs = [link(*x).address for x in ENDS]
    for n, (dev, netns) in enumerate(ENDS):
        run("ip -batch -", netns, f"addr add 10.0.0.{n + 1}/24 dev {dev}\n"
            f"neigh replace 10.0.0.{2 - n} lladdr {macs[1 - n]} dev {dev}\n")


def received(n):
    """How many frames an end received."""
    return ring_sum(statistics(*ENDS[n]), "rx", "packets")


def make_busy_pair(make=make_pair):
    """A pair with frames on their way in both directions."""
    make()
    address_ends()
    for n in range(2):
        before = received(n)
        until(lambda n=n, b=before: received(n) > b + 20, "frames flow")


def prepare():
    """Namespaces, and who talks from either to the other."""
    make_netns("a", "b")
    for n in range(2):
        talk(n)


@test
def an_end_is_deleted():
    prepare()
    for n in range(rounds(6)):
        make_busy_pair()
        dev, netns = ENDS[n % 2]
        run(f"ip link del {dev}", netns)
        equal(nics("a") + nics("b"), [], "NICs left")


def make_connected():
    """Two NICs that were not made together, running."""
    run("vnicadm create-nic n0 --nic-netns a")
    run("vnicadm create-nic n1 --nic-netns b")
    run("vnicadm --netns a connect n0 n1 --peer-netns b")
    for x in ENDS:
        up(*x)
    becomes_running(*ENDS)


@test
def a_connected_nic_is_deleted():
    prepare()
    for n in range(rounds(4)):
        make_busy_pair(make_connected)
        gone, kept = ENDS[n % 2], ENDS[1 - n % 2]
        run(f"ip link del {gone[0]}", gone[1])
        until(lambda k=kept: not link(*k).carrier, "the other end has no carrier")
        run(f"ip link del {kept[0]}", kept[1])


@test
def the_wire_is_taken_off_and_put_on():
    prepare()
    make_busy_pair(make_connected)
    for n in range(rounds(12)):
        dev, netns = ENDS[n % 2]
        run(f"vnicadm --netns {netns} disconnect {dev}")
        run("vnicadm --netns a connect n0 n1 --peer-netns b")
        for end_number in range(2):
            before = received(end_number)
            until(lambda e=end_number, b=before: received(e) > b, "frames flow again")


@test
def an_end_goes_down_and_up():
    prepare()
    make_busy_pair()
    for n in range(rounds(20)):
        dev, netns = ENDS[n % 2]
        run("ip -batch -", netns, f"link set {dev} down\nlink set {dev} up\n"
            f"neigh replace 10.0.0.{2 - n % 2} lladdr {link(*ENDS[1 - n % 2]).address}"
            f" dev {dev}\n")
        for end_number in range(2):
            before = received(end_number)
            until(lambda e=end_number, b=before: received(e) > b, "frames flow again")


@test
def an_end_moves_away():
    prepare()
    make_netns("c")
    for _ in range(rounds(4)):
        make_busy_pair()
        run("ip link set n1 netns c", "b")
        equal(index_of("n1", "c") > 0, True, "n1 is in c")
        run("ip link del n0", "a")
        equal(nics("c"), [], "NICs left")


@test
def a_namespace_is_destroyed():
    for n in range(rounds(4)):
        make_netns("a", "b")
        # Who talks keeps the other namespace alone alive.
        talk(1 - n % 2)
        make_pair()
        address_ends()
        before = received(n % 2)
        until(lambda n=n, b=before: received(n % 2) > b + 20, "frames flow")
        gone, kept = ENDS[n % 2][1], ENDS[1 - n % 2][1]
        run(f"ip netns del {gone}")
        until(lambda k=kept: not nics(k), "the other end is gone too")
        run(f"ip netns del {kept}")


@test
def the_module_is_unloaded():
    prepare()
    for _ in range(rounds(6)):
        make_busy_pair()
        run("rmmod softnic")
        equal(nics("a") + nics("b"), [], "NICs left")
        equal(os.path.exists("/sys/module/softnic"), False, "the module is there")
        run("modprobe softnic")
    make_busy_pair()
    run("ping -c 3 -i 0.05 -W 10 10.0.0.2", "a")


@test
def two_make_and_delete_at_once():
    count = rounds(25)
    script = ("for i in $(seq {count}); do ip link add {0}$i type softnic; "
              "vnicadm create-nic {0}p --peer {0}q; ip link del {0}q; "
              "ip link del {0}$i; done")
    children = []
    for name in ("x", "y"):
        pid = os.fork()
        if not pid:
            done = attempt("sh -ec " + repr(script.format(name, count=count)))
            os.write(2, done.stderr.encode())
            os._exit(done.returncode)
        children.append(pid)
    equal([os.waitpid(pid, 0)[1] for pid in children], [0, 0], "statuses")
    equal(nics(), [], "NICs left")


@test
def two_fight_over_the_same_names():
    """Whoever loses is refused in order, and nothing stays behind."""
    count = rounds(25)
    script = (f"for i in $(seq {count}); do vnicadm create-nic x --peer y; "
              "ip link del y; done; exit 0")
    children = []
    for _ in range(2):
        pid = os.fork()
        if not pid:
            os._exit(attempt("sh -c " + repr(script)).returncode)
        children.append(pid)
    equal([os.waitpid(pid, 0)[1] for pid in children], [0, 0], "statuses")
    delete = [attempt(f"ip link del {name}") for name in nics()[:1]]
    equal([x.returncode for x in delete], [0] * len(delete), "deletion of a last pair")
    equal(nics(), [], "NICs left")
    run("vnicadm create-nic x --peer y")


main()
