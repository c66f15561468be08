#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
"""A peer that is never polled, and consumers that never read: what waits for them is
bounded, each frame is accounted for, all others go on, and the device can be deleted,
or the module unloaded, at once.
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import fcntl
import json
import re
import select
import socket
import struct

from softnic import rtnl
from softnic.fates import agree
from softnic.frames import SOL_PACKET, PacketRing, frame, packet_socket
from softnic.ktap import defer, equal, main, rounds, test, until
from softnic.modules import is_there, load, unload
from softnic.net import attempt, index_of, make_netns, make_pair, nics, run, up
from softnic.netdev import set_napi, totals
from softnic.netns import inside
from softnic.rtnl import link
from softnic.tun import TUNSETIFF
from softnic.vnics import vnic
from softnic.ynl import family

PACKET_RX_RING, PACKET_STATISTICS = 5, 6
SO_RCVBUFFORCE = 33
# The kernel's still, of a place in a ring of frames to send.
SENDING = 2
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
RING, QDISC = 256, 100
SIZE = 9000
COUNT = 5000
# What may be kept of all that is sent, which is several times as much.
BOUND = 32 << 20
MANY = rounds(400)
N0, N1 = ("n0", "a"), ("n1", "b")
# One that is stuck, and two others in the same ring.
STUCK, ONE, OTHER = ("v0", "c"), ("v1", "a"), ("v2", "a")


def prepare():
    """A pair and three VNICs over n0, all with one queue and large frames."""
    make_netns("a", "b", "c")
    make_pair("--rx-queues 1 --tx-queues 1 --peer-rx-queues 1 --peer-tx-queues 1")
    for end in (N0, N1):
        run(f"ip link set {end[0]} mtu {SIZE}", end[1])
    for name, netns in (STUCK, ONE, OTHER):
        vnic(name, "n0", "a", into=netns if netns != "a" else None, queues=1, mtu=SIZE)
    for name, netns in (N0, ONE, OTHER):
        run(f"tc qdisc replace dev {name} root pfifo limit {10 * MANY}", netns)


def received(end):
    """How many frames a port's stack was given."""
    return link(*end).stats["rx_packets"]


def send(source, target, count, size=60):
    """Sends frames from a port to another; returns how many were refused."""
    s = packet_socket(*source)
    data = frame(link(*target).address, link(*source).address, size=size)
    refused = 0
    for _ in range(count):
        try:
            s.send(data)
        except OSError:
            refused += 1
    return refused


def others_go_on():
    """Each of the two others receives all that the other one sends it."""
    for source, target in ((ONE, OTHER), (OTHER, ONE)):
        before = received(target)
        equal(send(source, target, MANY), 0, "refused")
        until(lambda: received(target) >= before + MANY,
              lambda: f"{target} receives {MANY}: {received(target) - before}", 30)


def delete(end):
    """Deletes a device, which must not wait for who is stuck."""
    rtnl.change(message=rtnl.RTM_DELLINK, index=index_of(*end), netns=end[1])


def available():
    """Bytes that could be had."""
    with open("/proc/meminfo", encoding="ascii") as f:
        return int(re.search(r"MemAvailable: *(\d+)", f.read())[1]) << 10


def never_polled():
    """Has n1's ring be polled every ten minutes; returns once it is."""
    set_napi(*N1, defer_hard_irqs=1_000_000, gro_flush_timeout=600_000_000_000)
    # The first frame is polled yet.
    before = received(N1)
    send(N0, N1, 1)
    until(lambda: received(N1) > before, "the first frame")


def depth():
    """How many frames wait in n1's ring."""
    ring, = family("b").dump("ring-get", {"ifindex": index_of(*N1)})
    return ring["depth"]


def sent_and_lost():
    """How many frames n0 has sent, and how many it has lost for want of room."""
    fates = agree(family("a"), N0)
    return fates.sent, fates.drops["tx_drop_ring_full"]


@test
def a_peer_that_is_never_polled():
    prepare()
    run(f"tc qdisc replace dev n0 root pfifo limit {QDISC}", "a")
    never_polled()
    sent, came, had = totals(*N0)["tx-packets"], received(N1), available()
    refused = send(N0, N1, COUNT, SIZE)
    kept = had - available()
    queue = json.loads(run("tc -s -j qdisc show dev n0 root", "a"))[0]
    sent = totals(*N0)["tx-packets"] - sent
    equal(depth(), RING, "frames in the ring")
    equal(sent, depth() + received(N1) - came, "frames sent")
    equal(queue["drops"], refused, "frames that the qdisc lost")
    equal(sent + queue["qlen"] + refused, COUNT, "frames sent, waiting, refused")
    assert queue["qlen"] <= QDISC + 1, f"{queue['qlen']} wait for n0"
    print(f"# {COUNT * SIZE >> 20} MiB sent, {kept >> 10} KiB kept")
    assert kept < BOUND, f"{kept} bytes are kept of {COUNT * SIZE}"
    others_go_on()
    # It comes back without what waited.
    run("ip link set n1 down", "b")
    purged = agree(family("b"), N1, core_loses=True).drops["rx_drop_purged"]
    equal(purged, RING, "frames that waited")
    up(*N1)
    set_napi(*N1, defer_hard_irqs=0, gro_flush_timeout=0)
    until(lambda: link(*N0).running(), "the wire is there again")
    before = received(N1)
    send(N0, N1, MANY)
    until(lambda: received(N1) >= before + MANY, "n1 receives again", 30)


@test
def a_peer_that_is_never_polled_and_a_sender_without_a_queue():
    prepare()
    run("tc qdisc replace dev n0 root noqueue", "a")
    never_polled()
    sent, lost = sent_and_lost()
    send(N0, N1, COUNT, SIZE)
    now, gone = sent_and_lost()
    equal(depth(), RING, "frames in the ring")
    equal(now - sent + gone - lost, COUNT, "frames sent and lost")
    others_go_on()
    delete(N0)
    equal((nics("a"), nics("b")), ([], []), "NICs that are left")


def state_of(pages):
    """Whose the only place of a packet socket's ring of frames to send is."""
    return struct.unpack("=I", pages.ring[:4])[0]


@test
def the_module_goes_with_all_that_is_stuck():
    prepare()
    never_polled()
    pages = PacketRing(*N0)
    data = frame(link(*N1).address, link(*N0).address, size=200)
    for _ in range(2 * RING):
        pages.send(data)
        if state_of(pages):
            break
    equal(state_of(pages), SENDING, "the sender's place")
    full = packet_socket(*STUCK)
    full.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4096)
    send(ONE, STUCK, MANY)
    equal(depth(), RING, "frames in the ring")
    file = run("modinfo -F filename softnic").strip()
    unload()
    defer(lambda: is_there() or load(file))
    equal((nics("a"), is_there()), ([], False), "left of the module")
    # Who lent its pages has them back.
    equal(state_of(pages), 0, "the sender's place")


def consumer(kind, netns, protocol=0, space=4096):
    """A socket that has little space, and that nobody reads."""
    with inside(netns):
        s = socket.socket(*kind, protocol)
    defer(s.close)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, space)
    return s


def count_of(s):
    """How many frames a packet socket was shown, and how many of them it lost."""
    return struct.unpack("=II", s.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))


def drain(read):
    """How often something can be read."""
    count = 0
    try:
        while read():
            count += 1
    except BlockingIOError:
        pass
    return count


def is_given(count, size=60):
    """Sends frames to who is stuck, whose port takes them all."""
    before = received(STUCK)
    equal(send(ONE, STUCK, count, size), 0, "refused")
    until(lambda: received(STUCK) == before + count,
          lambda: f"{STUCK} receives {count}: {received(STUCK) - before}", 30)
    others_go_on()


@test
def packet_sockets_that_nobody_reads():
    prepare()
    kind = socket.AF_PACKET, socket.SOCK_RAW
    plain, mapped = consumer(kind, "c"), consumer(kind, "c")
    # Two blocks with two frames each.
    mapped.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack("4I", 4096, 2, 2048, 4))
    for s in (plain, mapped):
        s.bind(("v0", 3))
        s.setblocking(False)
        count_of(s)
    had = available()
    is_given(MANY, SIZE)
    kept = had - available()
    assert kept < MANY * SIZE, f"{kept} bytes are kept"
    shown, lost = count_of(plain)
    equal(shown, MANY, "frames shown")
    assert lost > MANY // 2, f"{lost} of {MANY} lost"
    equal(drain(lambda: plain.recv(SIZE)), MANY - lost, "frames that can be read")
    equal(count_of(mapped), (MANY, MANY - 4), "frames shown, lost by the mapped ring")
    delete(STUCK)
    others_go_on()


def give_addresses():
    """Has v1 and v0 know each other as 10.0.0.1 and 10.0.0.2."""
    ends = ((ONE, "10.0.0.1"), (STUCK, "10.0.0.2"))
    for ((dev, netns), own), (far, other) in zip(ends, ends[::-1]):
        run(f"ip addr add {own}/24 dev {dev}", netns)
        run(f"ip neigh add {other} lladdr {link(*far).address} dev {dev} nud permanent", netns)


def datagrams_lost():
    """How many datagrams had no room in their sockets, in c."""
    with inside("c"):
        with open("/proc/thread-self/net/snmp", encoding="ascii") as f:
            names, values = [x.split() for x in f if x.startswith("Udp:")]
    return int(dict(zip(names, values))["RcvbufErrors"])


@test
def datagrams_that_nobody_reads():
    prepare()
    give_addresses()
    s = consumer((socket.AF_INET, socket.SOCK_DGRAM), "c")
    s.bind(("10.0.0.2", 0))
    s.setblocking(False)
    with inside("a"):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    defer(sender.close)
    before = received(STUCK)
    for _ in range(MANY):
        sender.sendto(b"nobody", s.getsockname())
    until(lambda: received(STUCK) == before + MANY, "v0 receives all", 30)
    others_go_on()
    lost = datagrams_lost()
    assert lost > 0, "all found room"
    equal(drain(lambda: s.recv(100)), MANY - lost, "datagrams that can be read")
    delete(STUCK)
    others_go_on()


def fill(s):
    """Sends until a socket takes no more; returns how many bytes it took."""
    taken = 0
    while select.select([], [s], [], 1)[1]:
        taken += s.send(bytes(4096))
        assert taken < 4 << 20, "the sender is never stopped"
    return taken


@test
def a_stream_that_nobody_reads():
    prepare()
    give_addresses()
    kind = socket.AF_INET, socket.SOCK_STREAM
    server, client = consumer(kind, "c", space=32 << 10), consumer(kind, "a")
    server.bind(("10.0.0.2", 0))
    server.listen()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32 << 10)
    client.connect(server.getsockname())
    s, _ = server.accept()
    defer(s.close)
    client.setblocking(False)
    taken = fill(client)
    others_go_on()
    taken += fill(client)
    print(f"# {taken} bytes taken")
    read = 0
    while read < taken:
        read += len(s.recv(1 << 16))
    equal(read, taken, "bytes that can be read")
    fill(client)
    delete(STUCK)
    others_go_on()


@test
def a_tap_that_nobody_reads():
    prepare()
    attempt("modprobe tun")
    with inside("c"):
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    defer(os.close, tap)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"t0", IFF_TAP | IFF_NO_PI))
    run("ip link set t0 txqueuelen 10 mtu 9000", "c")
    run("tc qdisc replace dev t0 root noqueue", "c")
    up("t0", "c")
    run("tc qdisc add dev v0 clsact", "c")
    run("tc filter add dev v0 ingress matchall action mirred egress redirect dev t0", "c")
    is_given(MANY)
    lost = link("t0", "c").stats["tx_dropped"]
    assert lost > 0, "all found room"
    equal(drain(lambda: os.read(tap, SIZE)), MANY - lost, "frames that can be read")
    delete(STUCK)
    others_go_on()


main()
