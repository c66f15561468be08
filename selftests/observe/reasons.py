#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Each drop reason is made to happen; all that tells of it says the same: the netlink
family, vnicadm, our event, the kernel's event of frames that are freed, and its drop
monitor.

# timeout: 400
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket
import struct
import threading

from softnic.ethtool import own_statistics
from softnic.fates import PREFIXES
from softnic.frames import (BROADCAST, PACKET_IGNORE_OUTGOING, SOL_PACKET, PacketRing, frame,
                            packet_socket)
from softnic.hold import poll_threads, polls_held_back
from softnic.injection import fail_nth, inject_into_atomic
from softnic.ktap import Skip, equal, main, test, until
from softnic.losses import Witnesses, table
from softnic.net import becomes_running, give_addresses, run, settle, up
from softnic.netdev import set_napi
from softnic.netns import inside
from softnic.observe import pair
from softnic.rtnl import link
from softnic.tun import Tun
from softnic.vnics import vnic

N0, N1 = ("n0", "a"), ("n1", "b")
NOBODY = "02:00:00:00:00:99"
UDP_SEGMENT = 103
COUNT = 5
# More memory than this nobody asks for on a frame's way.
ALLOCATIONS = range(1, 30)

_told = set()


class Port:
    """A port that sends, by a packet socket."""

    def __init__(self, end=N0):
        self.mac = link(*end).address
        self.socket = packet_socket(*end)

    def send(self, to, count=COUNT, **contents):
        """Sends frames to an address, or to all."""
        for _ in range(count):
            self.socket.send(frame(to, self.mac, **contents))


def datagrams(*options):
    """What sends a datagram from n0 to n1. To a connected socket a later send would
    tell that nobody listens there, and send nothing."""
    with inside("a"):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in options:
        sender.setsockopt(*option)
    return lambda data: sender.sendto(data, ("10.0.0.2", 5000))


def mac(end=N1):
    """A port's address."""
    return link(*end).address


def tells(witnesses, end, reason, count=None, **told):
    """Waits until a port has lost frames for a reason, so many or some; all must tell
    of them, as of nothing else."""
    until(lambda: witnesses.count(end, reason) >= (count or 1),
          lambda: f"{end} loses frames for {reason}: {witnesses.lost()}")
    lost = witnesses.agree(**told)
    equal(dict(lost), {(*end, reason): count or lost[(*end, reason)]}, "losses")
    _told.add(reason)


def allocations_fail(attempt, end, reason, count=1, thread=None, sender=N0, **told):
    """Has one allocation fail that may not wait for memory, a later one each time,
    until a port has lost so many frames by it: of our own ones, or of a thread's. What
    a sender sends in each attempt comes to n1."""
    inject_into_atomic()
    witnesses = Witnesses("a", "b")
    for number in ALLOCATIONS:
        with fail_nth(number, thread):
            attempt()
            if thread:
                settle(sender)
        settle(sender)
        if witnesses.count(end, reason) >= count:
            return tells(witnesses, end, reason, count, **told)
    raise AssertionError(f"no allocation has frames lost for {reason}: {witnesses.lost()}")


@test
def tx_drop_truncated():
    pair()
    tun = Tun(*N0)
    witnesses = Witnesses("a", "b")
    for length in (1, 5, 13):
        tun.send(bytes(length))
    tells(witnesses, N0, "tx_drop_truncated", 3)


@test
def tx_drop_no_memory_for_pages_of_the_sender():
    """They are a ring's that the sender writes to. The drop monitor, which tells of
    clones, is given none of such a frame."""
    pair()
    ring = PacketRing(*N0)
    data = frame(mac(), mac(N0), size=1000)
    allocations_fail(lambda: ring.send(data), N0, "tx_drop_no_memory", monitored=False)


@test
def tx_drop_no_memory_for_a_header():
    pair()
    for end in (N0, N1):
        run(f"ip link set {end[0]} mtu 9000", end[1])
    tun, data = Tun(*N0, copies=True), frame(mac(), mac(N0), size=8000)
    allocations_fail(lambda: tun.send(data, linear=4), N0, "tx_drop_no_memory")


@test
def tx_drop_no_memory_for_a_tag():
    pair()
    v0 = vnic("v0", "n0", "a", vlan=10)
    port = Port(v0)
    # Who looks on has a clone of what is sent, so that the headers are copied.
    looks = packet_socket(*v0)
    looks.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 0)
    to_n1, only_priority = mac(), struct.pack("!HH", 0xE000, 0x88B5)
    allocations_fail(lambda: port.send(to_n1, 1, payload=only_priority, ethertype=0x8100),
                     v0, "tx_drop_no_memory", sender=v0)


@test
def tx_drop_no_wire():
    pair()
    run("vnicadm create-nic lone --nic-netns a")
    up("lone", "a")
    becomes_running(("lone", "a"))
    port = Port(("lone", "a"))
    witnesses = Witnesses("a", "b")
    port.send(NOBODY)
    tells(witnesses, ("lone", "a"), "tx_drop_no_wire", COUNT)


@test
def tx_drop_receiver_down():
    """While the receiver goes down, and before the sender is told, frames meet closed
    rings. What is in them then is purged."""
    pair()
    port, ending = Port(), threading.Event()
    to_n1 = mac()
    witnesses = Witnesses("a", "b")

    def keep_sending():
        while not ending.is_set():
            port.send(to_n1, 1)

    sender = threading.Thread(target=keep_sending)
    sender.start()
    try:
        for _ in range(100):
            run("ip link set n1 down", "b")
            if witnesses.count(N0, "tx_drop_receiver_down"):
                break
            up(*N1)
            becomes_running(N0, N1)
    finally:
        ending.set()
        sender.join()
    lost = witnesses.agree()
    assert lost[(*N0, "tx_drop_receiver_down")], f"nothing came to closed rings: {lost}"
    assert set(lost) <= {(*N0, "tx_drop_receiver_down"), (*N1, "rx_drop_purged")}, f"{lost}"
    _told.add("tx_drop_receiver_down")


@test
def tx_drop_ring_full():
    pair()
    run("ethtool -G n1 rx 16", "b")
    run("tc qdisc replace dev n0 root noqueue", "a")
    port, to_n1, threads = Port(), mac(), poll_threads(*N1)
    witnesses = Witnesses("a", "b")
    with polls_held_back(threads):
        port.send(to_n1, 16 + COUNT)
    tells(witnesses, N0, "tx_drop_ring_full", COUNT)


@test
def tx_drop_bad_bundle():
    """The bundle's IP header is spoilt on its way, and the wire cuts bundles."""
    pair()
    give_addresses()
    run("ip link set n0 type softnic finish on", "a")
    run("tc qdisc add dev n0 clsact", "a")
    run("tc filter add dev n0 egress matchall action pedit munge offset 0 u8 set 0x40", "a")
    send = datagrams((socket.SOL_UDP, UDP_SEGMENT, 500))
    witnesses = Witnesses("a", "b")
    for _ in range(COUNT):
        send(bytes(2000))
    tells(witnesses, N0, "tx_drop_bad_bundle", COUNT)


@test
def rx_filtered():
    pair()
    port = Port()
    witnesses = Witnesses("a", "b")
    port.send(NOBODY)
    tells(witnesses, N1, "rx_filtered", COUNT)


@test
def rx_vlan_filtered():
    pair()
    run("ethtool -K n1 rx-vlan-filter on", "b")
    port = Port()
    witnesses = Witnesses("a", "b")
    port.send(mac(), payload=struct.pack("!HH", 10, 0x88B5), ethertype=0x8100)
    tells(witnesses, N1, "rx_vlan_filtered", COUNT)


@test
def rx_drop_too_long():
    pair()
    run("ip link set n1 mtu 1000", "b")
    port = Port()
    witnesses = Witnesses("a", "b")
    port.send(mac(), size=1019)
    tells(witnesses, N1, "rx_drop_too_long", COUNT)


@test
def rx_drop_by_rule():
    pair()
    port, to_n1 = Port(), mac()
    run(f"ethtool -N n1 flow-type ether dst {to_n1} action -1", "b")
    witnesses = Witnesses("a", "b")
    port.send(to_n1)
    tells(witnesses, N1, "rx_drop_by_rule", COUNT)


@test
def tx_drop_vlan_forbidden():
    pair()
    v0 = vnic("v0", "n0", "a", vlan=10)
    port = Port(v0)
    witnesses = Witnesses("a", "b")
    port.send(mac(), payload=struct.pack("!HH", 11, 0x88B5), ethertype=0x8100)
    tells(witnesses, v0, "tx_drop_vlan_forbidden", COUNT)


@test
def rx_drop_overrun():
    pair()
    v0 = vnic("v0", "n1", "b", queues=1, rings=1)
    run("ethtool -G v0 rx 16", "b")
    port, threads = Port(), poll_threads(*v0)
    witnesses = Witnesses("a", "b")
    with polls_held_back(threads):
        port.send(BROADCAST, 16 + COUNT)
    tells(witnesses, v0, "rx_drop_overrun", COUNT)


@test
def rx_drop_overrun_of_vnics_that_share_rings():
    """One frame stands for the copies of both."""
    pair()
    ends = [vnic(name, "n1", "b") for name in ("v0", "v1")]
    run("ethtool -G n1 rx 17", "b")
    port, threads = Port(), poll_threads(*N1)
    witnesses = Witnesses("a", "b")
    with polls_held_back(threads):
        # Each takes a place for the NIC, and one for the copies; the last has no other.
        port.send(BROADCAST, 9)
    settle()
    equal(dict(witnesses.agree(unfreed=1)), {(*end, "rx_drop_overrun"): 1 for end in ends},
          "losses")


@test
def switch_storm():
    pair()
    v0 = vnic("v0", "n1", "b", queues=1, rings=1)
    run("vnicadm set-nic n1 --storm 1", "b")
    port = Port()
    witnesses = Witnesses("a", "b")
    port.send(BROADCAST, 200)
    until(lambda: witnesses.count(N1, "switch_storm") + link(*v0).stats["rx_packets"] == 200,
          "each frame is copied or not")
    tells(witnesses, N1, "switch_storm")


@test
def rx_drop_purged():
    pair()
    port, to_n1 = Port(), mac()
    set_napi("n1", "b", defer_hard_irqs=1_000_000, gro_flush_timeout=10**12)
    witnesses = Witnesses("a", "b")
    # With the first the polls begin to wait; the others wait with them.
    port.send(to_n1, 2 * COUNT)
    depth = witnesses.clients["b"].dump("ring-get", {})[0]["depth"]
    assert depth, "nothing waits"
    run("ip link set n1 down", "b")
    tells(witnesses, N1, "rx_drop_purged", depth)


@test
def rx_drop_no_memory_to_merge():
    """The frames' headers are their sender's, too: who looks on there has clones."""
    pair()
    port, to_n1, threads = Port(), mac(), poll_threads(*N1)
    looks = packet_socket(*N0)
    looks.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 0)

    def attempt():
        with polls_held_back(threads):
            port.send(to_n1, 2)

    allocations_fail(attempt, N1, "rx_drop_no_memory", thread=threads[0])


@test
def rx_drop_no_memory_to_finish_a_frame():
    """Its checksum is to be summed up, in what another has a clone of."""
    pair()
    give_addresses()
    run("ethtool -K n1 rx off", "b")
    looks = packet_socket(*N0)
    looks.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 0)
    send = datagrams()
    allocations_fail(lambda: send(bytes(100)), N1, "rx_drop_no_memory")


@test
def rx_drop_no_memory_for_copies():
    """Of a frame for a VNIC: neither at first, nor for the VNIC itself."""
    pair()
    v0, port = vnic("v0", "n1", "b", queues=1, rings=1), Port()
    allocations_fail(lambda: port.send(BROADCAST, 1), v0, "rx_drop_no_memory", 2, unfreed=2)


@test
def rx_drop_no_memory_for_copies_in_a_poll():
    pair()
    vnic("v0", "n1", "b")
    # Else what is for the NIC itself needs memory there, too.
    run("ethtool -K n1 gro off", "b")
    port, thread = Port(), poll_threads(*N1)[0]
    allocations_fail(lambda: port.send(BROADCAST, 1), ("v0", "b"), "rx_drop_no_memory",
                     unfreed=1, thread=thread)


@test
def every_reason_was_told():
    """The page, the netlink family and ethtool have the same, and each was seen here;
    those of memory where the kernel has it fail."""
    pair()
    reasons = {name for name in own_statistics(*N1) if name.startswith(PREFIXES)}
    equal(set(table()), reasons, "reasons of the page")
    equal(Witnesses("a").reasons(), reasons, "reasons of the family")
    missing = reasons - _told
    if not os.path.exists("/proc/thread-self/fail-nth"):
        if missing == {"tx_drop_no_memory", "rx_drop_no_memory"}:
            raise Skip("the kernel has no fault injection: no reason of memory was seen")
    equal(missing, set(), "reasons that nothing here makes happen")


main()
