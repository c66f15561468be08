#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The core's own ways to poll: deferral, threads, busy polling."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import fcntl
import select
import socket
import struct
import time

from softnic.ktap import defer, equal, main, rounds, test, until
from softnic.moderation import Counted, PingPong, Raw, coalesce, counters, prepare
from softnic.net import run, settle
from softnic.netdev import napi_of, set_napi
from softnic.netns import inside

MILLISECOND = 1_000_000
SO_BUSY_POLL, SO_PREFER_BUSY_POLL, SO_BUSY_POLL_BUDGET = 46, 69, 70
# _IOW(0x8A, 1, struct epoll_params)
EPIOCSPARAMS = 0x40088A01
SETTINGS = {"defer-hard-irqs": 5, "gro-flush-timeout": 20 * MILLISECOND,
            "irq-suspend-timeout": 30 * MILLISECOND}


def defer_interrupts(count, timeout, **more):
    """Has the core poll n1's ring by itself every `timeout` ns, until it finds
    nothing `count` times."""
    set_napi("n1", "b", defer_hard_irqs=count, gro_flush_timeout=timeout, **more)


def busy_polled():
    """Frames that busy polls have found, in b."""
    with inside("b"):
        with open("/proc/thread-self/net/netstat", encoding="ascii") as f:
            lines = [line.split() for line in f if line.startswith("TcpExt:")]
    return int(dict(zip(*lines))["BusyPollRxPackets"])


@test
def deferred_interrupts_are_not_raised():
    prepare()
    raw = Raw()
    defer_interrupts(100, 10 * MILLISECOND)
    raw.delay()
    # From now on the core polls.
    with Counted() as ring:
        for _ in range(rounds(40)):
            raw.send()
            raw.hear()
    equal((ring["interrupts"], ring["packets"]), (0, rounds(40)), "interrupts, frames")


@test
def a_quiet_ring_goes_back_to_interrupts():
    prepare()
    raw = Raw()
    defer_interrupts(3, 10 * MILLISECOND)

    def wakes_by_interrupt():
        with Counted() as ring:
            raw.delay()
        return ring["interrupts"] == 1

    wakes_by_interrupt()
    until(lambda: counters()["mode_switches"] % 2 == 0, "the core lets go")
    assert wakes_by_interrupt(), "the first frame after a pause raised no interrupt"
    assert counters()["mode_switches"] >= 2, "no switch was counted"
    defer_interrupts(0, 0)
    # The deferral that is under way ends by itself.
    until(lambda: counters()["mode_switches"] % 2 == 0, "the core lets go")
    with Counted() as ring:
        for _ in range(10):
            raw.delay()
    equal((ring["interrupts"], ring["mode_switches"]), (10, 0), "interrupts, switches")


@test
def settings_of_napi_are_kept():
    prepare(rings=2)
    for ring in range(2):
        set_napi("n1", "b", ring, **{k.replace("-", "_"): v + ring for k, v in SETTINGS.items()})
    ids = [napi_of("n1", "b", ring)["id"] for ring in range(2)]
    for change in ("ip link set n1 down", "ip link set n1 up", "ethtool -L n1 rx 0 combined 1",
                   "ethtool -L n1 rx 1 combined 1", "ethtool -C n1 rx-usecs 5"):
        run(change, "b")
    for ring in range(2):
        napi = napi_of("n1", "b", ring)
        equal({k: napi[k] - ring for k in SETTINGS}, SETTINGS, f"settings of ring {ring}")
        equal(napi["id"], ids[ring], "number of the instance")


def no_frame_is_forgotten(**settings):
    """With these settings at both ends, and with moderation beside."""
    prepare()
    game = PingPong()
    for words in ("rx-usecs 0", "rx-usecs 30"):
        for dev, netns in (("n0", "a"), ("n1", "b")):
            coalesce(words, dev, netns)
            set_napi(dev, netns, **settings)
        game.rounds(rounds(400))
    # Settings that go away while the core polls.
    for dev, netns in (("n0", "a"), ("n1", "b")):
        coalesce("rx-usecs 0", dev, netns)
        set_napi(dev, netns, **dict.fromkeys(settings, 0))
        game.rounds(rounds(100))


@test
def deferral_forgets_no_frame():
    no_frame_is_forgotten(defer_hard_irqs=2, gro_flush_timeout=200_000)


@test
def a_thread_forgets_no_frame():
    no_frame_is_forgotten(threaded=1)
    set_napi("n1", "b", threaded=1)
    assert napi_of("n1", "b").get("pid"), "the instance has no thread"


@test
def a_deferring_thread_forgets_no_frame():
    no_frame_is_forgotten(threaded=1, defer_hard_irqs=2, gro_flush_timeout=200_000)


def busy_poller(prefer):
    """A socket in b that busy-polls, and one in a that sends to it."""
    with inside("b"):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("10.0.0.2", 0))
    receiver.setsockopt(socket.SOL_SOCKET, SO_BUSY_POLL, 50_000)
    receiver.setsockopt(socket.SOL_SOCKET, SO_PREFER_BUSY_POLL, prefer)
    receiver.setsockopt(socket.SOL_SOCKET, SO_BUSY_POLL_BUDGET, 16)
    # Python's own time-outs would have it wait in poll(), and not in recv().
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("qq", 30, 0))
    with inside("a"):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect(receiver.getsockname())
    defer(receiver.close)
    defer(sender.close)
    return sender, receiver


def send_from_a_child(sender, count):
    """Sends datagrams, a millisecond apart, from a process of its own."""
    pid = os.fork()
    if pid == 0:
        try:
            for n in range(count):
                time.sleep(0.001)
                sender.send(n.to_bytes(4, "little"))
        finally:
            os._exit(0)
    defer(os.waitpid, pid, 0)


@test
def sockets_busy_poll():
    prepare()
    sender, receiver = busy_poller(prefer=0)
    # A socket learns what to poll by a first frame.
    sender.send(b"first")
    receiver.recv(64)
    before, count = busy_polled(), rounds(200)
    send_from_a_child(sender, count)
    for n in range(count):
        equal(int.from_bytes(receiver.recv(64), "little"), n, "datagram")
    found = busy_polled() - before
    assert found > count // 10, f"busy polls found {found} of {count} frames"


@test
def preferred_busy_polls_mask_interrupts():
    prepare()
    sender, receiver = busy_poller(prefer=1)
    sender.send(b"first")
    receiver.recv(64)
    defer_interrupts(50, 100 * MILLISECOND)
    sender.send(b"second")
    receiver.recv(64)
    count = rounds(200)
    before = busy_polled()
    with Counted() as ring:
        send_from_a_child(sender, count)
        for n in range(count):
            equal(int.from_bytes(receiver.recv(64), "little"), n, "datagram")
    found = busy_polled() - before
    assert found > count // 10, f"busy polls found {found} of {count} frames"
    equal(ring["interrupts"], 0, "interrupts")


@test
def suspended_interrupts_come_back():
    prepare()
    sender, receiver = busy_poller(prefer=1)
    defer_interrupts(2, MILLISECOND, irq_suspend_timeout=20 * MILLISECOND)
    receiver.setblocking(False)
    with select.epoll() as epoll:
        fcntl.ioctl(epoll.fileno(), EPIOCSPARAMS, struct.pack("=IHBx", 200, 16, 1))
        epoll.register(receiver, select.EPOLLIN)
        sender.send(b"first")
        assert epoll.poll(30), "the first datagram does not come"
        receiver.recv(64)
        count, before = rounds(200), busy_polled()
        send_from_a_child(sender, count)
        for n in range(count):
            assert epoll.poll(30), f"datagram {n} does not come"
            equal(int.from_bytes(receiver.recv(64), "little"), n, "datagram")
    assert busy_polled() > before, "no busy poll found anything"
    settle()
    # Nobody polls any more: the core gives up, and then interrupts do it.
    until(lambda: counters()["mode_switches"] % 2 == 0, "the core lets go")
    raw = Raw()
    raw.delay()


@test
def moderation_and_deferral_go_together():
    prepare()
    raw = Raw()
    coalesce("rx-usecs 10000")
    defer_interrupts(2, MILLISECOND)
    for _ in range(5):
        assert raw.delay() >= 0.01 or counters()["mode_switches"] % 2, "a frame did not wait"
        until(lambda: counters()["mode_switches"] % 2 == 0, "the core lets go")
    settle()


main()
