#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Segmentation offloads act: on, bundles go over the wire; off, none does, and
no frame is longer than the MTU. So do those for frames in pieces."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import socket

from softnic.checksums import checksums
from softnic.flows import SIZE, call, listen, transfer
from softnic.frames import heard, packet_socket
from softnic.ktap import Skip, equal, main, test, until
from softnic.net import attempt, becomes_running, make_netns, make_pair, run, settle, up
from softnic.rtnl import link
from softnic.trace import COMPLETE, NONE, PARTIAL, SENT, Watch

V4, V6 = (socket.AF_INET, "10.0.0.2"), (socket.AF_INET6, "fd00::2")
UDP_SEGMENT = 103
DATAGRAM, COUNT = 1000, 20
# With an Ethernet header.
FULL = 1514


def prepare(options=""):
    """A pair with addresses, whose receiving end merges nothing."""
    make_netns("a", "b", ipv6=True)
    make_pair("--rx-queues 1 --peer-rx-queues 1 " + options)
    for n, (dev, netns) in enumerate((("n0", "a"), ("n1", "b"))):
        run("ip -batch -", netns, f"addr add 10.0.0.{n + 1}/24 dev {dev}\n"
            f"addr add fd00::{n + 1}/64 dev {dev} nodad\n")
        run(f"ethtool -K {dev} gro off", netns)


def datagrams(family, host):
    """Sends a bundle of datagrams, which must arrive as they are."""
    receiver = listen("b", family, host, socket.SOCK_DGRAM)
    sender = call("a", family, host, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, DATAGRAM)
    data = os.urandom(DATAGRAM * COUNT)
    sender.send(data)
    equal(b"".join(receiver.recv(4096) for _ in range(COUNT)), data, "data")
    receiver.close()


def bundles(frames):
    """How many bundles there are among traced frames."""
    return sum(1 for frame in frames if frame["gso_size"])


def check_whole(frames, least):
    """Asserts that bundles go over the wire."""
    assert bundles(frames) >= least, f"{bundles(frames)} bundles"


def check_cut(frames, least):
    """Asserts that so many frames go over the wire, no bundle among them."""
    equal(bundles(frames), 0, "bundles")
    long = [frame for frame in frames if frame["len"] > 900]
    assert len(long) >= least, f"{len(long)} frames"
    assert max(frame["len"] for frame in frames) <= FULL, "a frame is longer than the MTU"


def toggles(feature, flow, whole, cut):
    """What a flow sends and what comes in with a feature on and off."""
    sent, received = Watch("n0", SENT), Watch("n1")
    for setting in ("on", "off", "on"):
        run(f"ethtool -K n0 {feature} {setting}", "a")
        flow()
        for watch in (sent, received):
            if setting == "on":
                check_whole(watch.frames(), whole)
            else:
                check_cut(watch.frames(), cut)


def to(family, host):
    """A TCP transfer, as something to call."""
    return lambda: transfer(family, "a", "b", host)


@test
def tcp_over_ipv4():
    prepare()
    toggles("tx-tcp-segmentation", to(*V4), 4, SIZE // 1500)


@test
def tcp_over_ipv6():
    prepare()
    toggles("tx-tcp6-segmentation", to(*V6), 4, SIZE // 1500)


@test
def one_family_leaves_the_other_alone():
    prepare()
    run("ethtool -K n0 tx-tcp-segmentation off", "a")
    watch = Watch("n1")
    to(*V6)()
    check_whole(watch.frames(), 4)
    to(*V4)()
    check_cut(watch.frames(), SIZE // 1500)


@test
def all_of_tcp_by_one_switch():
    prepare()
    for flow in (V4, V6):
        toggles("tso", to(*flow), 4, SIZE // 1500)


@test
def tcp_with_ecn():
    prepare()
    for netns in ("a", "b"):
        run("sysctl -qw net.ipv4.tcp_ecn=1", netns)
    # Only frames that bear a congestion mark need this one; no others change.
    run("ethtool -K n0 tx-tcp-ecn-segmentation off", "a")
    watch = Watch("n1")
    to(*V4)()
    check_whole(watch.frames(), 4)


@test
def datagrams_over_both_families():
    prepare()
    for flow in (V4, V6):
        toggles("tx-udp-segmentation", lambda flow=flow: datagrams(*flow), 1, COUNT)


@test
def every_bundle_by_one_switch():
    prepare()
    watch = Watch("n1")
    run("ethtool -K n0 tso off tx-udp-segmentation off gso off", "a")
    for flow in (V4, V6):
        to(*flow)()
        check_cut(watch.frames(), SIZE // 1500)
        datagrams(*flow)
        check_cut(watch.frames(), COUNT)


def in_a_tunnel(kind, options, features):
    """Bundles go through a tunnel whole, and with the features off cut."""
    if attempt(f"ip link add tun0 type {kind} {options.format(1, 2)}").returncode:
        raise Skip(f"the kernel has no {kind}")
    run("ip link del tun0")
    prepare()
    for n, (dev, netns) in enumerate((("n0", "a"), ("n1", "b"))):
        here, there = n + 1, 2 - n
        run(f"ip link add tun0 type {kind} dev {dev} {options.format(here, there)}", netns)
        run(f"ip addr add 10.9.0.{here}/24 dev tun0", netns)
        up("tun0", netns)
    flow = to(socket.AF_INET, "10.9.0.2")
    watch = Watch("n1")
    flow()
    check_whole(watch.frames(), 4)
    run("ethtool -K n0 " + " ".join(f"{feature} off" for feature in features), "a")
    flow()
    check_cut(watch.frames(), SIZE // 1500)


@test
def in_gre():
    in_a_tunnel("gretap", "local 10.0.0.{} remote 10.0.0.{}", ["tx-gre-segmentation"])


@test
def in_vxlan():
    in_a_tunnel("vxlan", "id 7 dstport 4789 local 10.0.0.{} remote 10.0.0.{}",
                ["tx-udp_tnl-segmentation", "tx-udp_tnl-csum-segmentation"])


@test
def in_ipip():
    in_a_tunnel("ipip", "local 10.0.0.{} remote 10.0.0.{}", ["tx-ipxip4-segmentation"])


@test
def frames_in_pieces():
    prepare()
    sent = Watch("n0", SENT)
    for setting, pieces in (("on", True), ("off", False)):
        # Without scatter-gather the stack also gives up bundles.
        run(f"ethtool -K n0 tso off gso off sg {setting}", "a")
        to(*V4)()
        seen = [f["data_len"] for f in sent.frames() if f["len"] > 1000]
        assert any(seen) == pieces, f"in pieces with sg {setting}: {any(seen)}"


@test
def a_finishing_wire_cuts_and_sums_up():
    prepare("--finish")
    sent, received, ear = Watch("n0", SENT), Watch("n1"), packet_socket("n1", "b")
    before = link("n0", "a").stats
    for flow in (V4, V6):
        to(*flow)()
        datagrams(*flow)
    check_whole(sent.frames(), 10)
    seen = received.frames()
    check_cut(seen, 2 * SIZE // 1500)
    # The sum over a frame is told, from which its checksum follows.
    equal({f["ip_summed"] for f in seen if f["len"] > 900}, {COMPLETE}, "states")
    verdicts = [checksums(data) for data in heard(ear)]
    assert False not in verdicts, f"{verdicts.count(False)} wrong of {len(verdicts)}"
    after = link("n0", "a").stats
    packets, size = (after[x] - before[x] for x in ("tx_packets", "tx_bytes"))
    assert packets >= 2 * SIZE // 1500 + 2 * COUNT, f"{packets} frames counted"
    assert size > 2 * SIZE + packets * 40, f"{size} bytes counted"


@test
def a_finishing_wire_counts_what_arrives():
    # Without IPv6, whose groups' frames the filter would keep back.
    make_netns("a", "b")
    make_pair("--finish")
    for n, (dev, netns) in enumerate((("n0", "a"), ("n1", "b"))):
        run(f"ip addr add 10.0.0.{n + 1}/24 dev {dev}", netns)
    to(*V4)()
    settle()
    one, other = link("n0", "a").stats, link("n1", "b").stats
    for there, here in ((one, other), (other, one)):
        equal([here["rx_packets"], here["rx_bytes"]],
              [there["tx_packets"], there["tx_bytes"]], "packets and bytes")


@test
def a_finishing_wire_to_who_verifies():
    prepare("--finish")
    run("ethtool -K n1 rx off", "b")
    watch = Watch("n1")
    for flow in (V4, V6):
        to(*flow)()
    seen = watch.frames()
    check_cut(seen, 2 * SIZE // 1500)
    equal({f["ip_summed"] for f in seen if f["len"] > 900}, {NONE}, "states")


@test
def a_wire_finishes_in_one_direction():
    prepare()
    run("vnicadm --netns a set-nic n0 --finish on")
    there, back = Watch("n1"), Watch("n0")
    to(*V4)()
    check_cut(there.frames(), SIZE // 1500)
    transfer(socket.AF_INET, "b", "a", "10.0.0.1")
    seen = back.frames()
    check_whole(seen, 4)
    equal({f["ip_summed"] for f in seen if f["len"] > 900}, {PARTIAL}, "states")
    run("vnicadm --netns a set-nic n0 --finish off")
    there.frames()
    to(*V4)()
    check_whole(there.frames(), 4)


@test
def a_finishing_wire_stays_so_when_connected_anew():
    prepare("--finish")
    run("vnicadm --netns a disconnect n0")
    run("vnicadm --netns a connect n0 n1 --peer-netns b")
    becomes_running(("n0", "a"), ("n1", "b"))
    watch = Watch("n1")
    to(*V4)()
    check_cut(watch.frames(), SIZE // 1500)


def forwards_bundles_of_whole_frames(options="", n3=""):
    """Has bundles that consist of the frames that they stand for forwarded, of
    which none may arrive as one: a: n0 --wire-- n1 :b: br0 :b: n2 --wire-- n3 :c

    Returns what arrives.
    """
    prepare()
    make_netns("c")
    make_pair("--rx-queues 1 --peer-rx-queues 1 " + options, netns=("b", "c"),
              names=("n2", "n3"))
    run(f"ethtool -K n3 gro off {n3}", "c")
    run("ip link add br0 type bridge", "b")
    run("ip addr flush dev n1", "b")
    for dev in ("n1", "n2"):
        run(f"ip link set {dev} master br0", "b")
    up("br0", "b")
    becomes_running(("br0", "b"))
    run("ip addr add 10.0.0.2/24 dev n3", "c")
    run("ping -c 1 -W 10 10.0.0.2", "a")
    run("ethtool -K n1 gro on rx-gro-list on", "b")
    for name, value in (("gro_flush_timeout", 20000000), ("napi_defer_hard_irqs", 100)):
        run(f"ip netns exec b sh -c 'echo {value} > /sys/class/net/n1/{name}'")
    sent, received = Watch("n2", SENT), Watch("n3")
    receiver = listen("c", *V4, socket.SOCK_DGRAM)
    sender = call("a", *V4, socket.SOCK_DGRAM)

    def merged():
        data = [os.urandom(DATAGRAM) for _ in range(COUNT)]
        for part in data:
            sender.send(part)
        equal([receiver.recv(4096) for _ in data], data, "data")
        return bundles(sent.frames())

    until(merged, "a bundle is forwarded")
    arrived = received.frames()
    equal(bundles(arrived), 0, "bundles received")
    return arrived


@test
def bundles_of_whole_frames_are_cut():
    forwards_bundles_of_whole_frames("--finish")


@test
def bundles_of_verified_frames_are_cut_for_who_verifies():
    arrived = forwards_bundles_of_whole_frames(n3="rx off")
    equal({f["ip_summed"] for f in arrived if f["len"] > 900}, {NONE}, "states")


@test
def cut_bundles_fit_a_small_ring():
    prepare("--finish")
    run("ethtool -G n1 rx 16", "b")
    for flow in (V4, V6):
        to(*flow)()
        datagrams(*flow)


main()
