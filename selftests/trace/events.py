#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Each trace event is seen when its cause is given, with what it tells."""

import os
import re
import sys
import threading

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import events, frames, pktgen, rtnl
from softnic.hold import poll_threads, polls_held_back
from softnic.ktap import defer, equal, main, rounds, test
from softnic.net import index_of, make_netns, make_pair, run, settle, up
from softnic.netdev import set_napi
from softnic.vnics import delete_vnic, set_vnic, vnic

WAY = ["xmit", "classify", "ring_push", "schedule", "poll_begin", "deliver", "poll_end"]
TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                     "Documentation", "tracing.md")


def prepare():
    """A pair of NICs of one ring each, which have nothing to say."""
    make_netns("a", "b")
    make_pair("--rx-queues 1 --tx-queues 1 --peer-rx-queues 1 --peer-tx-queues 1")


def sender(netns="a", dev="n0"):
    """A socket, and the address that it sends from."""
    return frames.packet_socket(dev, netns), rtnl.link(dev, netns).address


def way_of(seen):
    """The events of a frame that was delivered first, and of the poll that did."""
    skb = next(e["skbaddr"] for e in seen if e.name == "xmit")
    return [e for e in seen if e.get("skbaddr", skb) == skb]


@test
def table_in_the_documentation():
    """The page names every event, with its fields in their order."""
    with open(TABLE, encoding="utf-8") as f:
        rows = re.findall(r"^\| `softnic_(\w+)` \|[^|]*\| ([^|]*) \|$", f.read(), re.M)
    told = {event: ["ifindex", "name", "netns"] + re.findall(r"`(\w+)`", text)
            for event, text in rows}
    equal(told, {event: events.fields(event) for event in events.names()}, "events and fields")


@test
def way_over_a_pair():
    """One frame, one address, each event of its way in order."""
    prepare()
    s, source = sender()
    watch = events.Events()
    s.send(frames.frame(rtnl.link("n1", "b").address, source))
    watch.find("poll_end", work=1)
    seen = way_of(watch.all())
    equal([e.name for e in seen], WAY, "the frame's way")
    sent, found, pushed, asked, begun, given, ended = seen
    n1 = index_of("n1", "b")
    equal((sent["dev"], sent["len"], sent["segs"]), ("n0", 60, 1), "sent")
    equal((found["dev"], found["nic"], found["home"], found["placement"]),
          ("n1", n1, n1, "own-group"), "found")
    equal((pushed["dev"], pushed["port"], pushed["ring"], pushed["depth"], pushed["capacity"]),
          ("n1", n1, 0, 1, 256), "pushed")
    equal((asked["dev"], asked["ring"], asked["cause"]), ("n1", 0, "frame"), "asked for")
    equal((begun["napi_id"], begun["budget"]), (ended["napi_id"], ended["budget"]), "one poll")
    equal((given["dev"], given["home"], given["len"], given["how"]),
          ("n1", n1, 60, "single"), "given")
    equal((ended["work"], ended["goes_on"]), (1, 0), "ended")


@test
def way_to_vnics():
    """To a VNIC in its NIC's ring, and to one on a VLAN with a ring of its own."""
    prepare()
    vnic("v0", "n1", "b")
    vnic("v1", "n1", "b", vlan=10, rings=1)
    s, source = sender()
    n1, v1 = index_of("n1", "b"), index_of("v1", "b")
    tag = b"\0\x0a\x88\xb5"
    watch = events.Events()
    for dev, home, placement, tci, data in (
            ("v0", n1, "shared", "0x0000", frames.frame(rtnl.link("v0", "b").address, source)),
            ("v1", v1, "own-group", "0x000a",
             frames.frame(rtnl.link("v1", "b").address, source, tag, 0x8100, 64))):
        watch.clear()
        s.send(data)
        watch.find("poll_end", work=1)
        seen = way_of(watch.all())
        equal([e.name for e in seen], WAY, f"the way to {dev}")
        equal((seen[1]["dev"], seen[1]["nic"], seen[1]["home"], seen[1]["placement"],
               seen[1]["vlan_tci"]), (dev, n1, home, placement, tci), f"found for {dev}")
        equal((seen[5]["dev"], seen[5]["home"]), (dev, home), f"given to {dev}")


@test
def copies_of_a_broadcast():
    """One is made for the VNICs that share rings, and of that one for each."""
    prepare()
    for name in ("v0", "v1"):
        vnic(name, "n1", "b")
    s, source = sender()
    watch = events.Events()
    s.send(frames.frame(frames.BROADCAST, source))
    shared = watch.find("replicate", dev="n1", purpose="guests")
    for name in ("v0", "v1"):
        copy = watch.find("replicate", dev=name, purpose="port")
        equal(copy["from"], shared["skbaddr"], "what the copy is of")
        watch.find("deliver", dev=name, skbaddr=copy["skbaddr"])


@test
def copies_that_a_poll_finds_together():
    """Each is given by itself, with the frames in their order."""
    prepare()
    names = ("v0", "v1")
    for name in names:
        vnic(name, "n1", "b")
    ears = [frames.packet_socket(name, "b", frames.EXPERIMENT) for name in names]
    s, source = sender()
    data = [frames.frame(frames.BROADCAST, source, b"%d" % number) for number in range(5)]
    watch = events.Events()
    with polls_held_back(poll_threads("n1", "b")):
        for one in data:
            s.send(one)
    equal([[frames.hear(ear) for _ in data] for ear in ears], [data, data], "heard")
    # Of each frame, the NIC's stack gets one, and another is for the VNICs.
    watch.find("poll_end", work=2 * len(data))
    for name in names:
        how = [e["how"] for e in watch.all("deliver") if e["dev"] == name]
        equal(how, ["single"] * len(data), f"how {name} is given its copies")


@test
def lives():
    """Of a pair and a VNIC: made, up, down, gone; and the wire between."""
    make_netns("a", "b")
    watch = events.Events()
    make_pair()
    n1 = index_of("n1", "b")
    watch.find("port_add", dev="n0", kind="nic", nic=0)
    watch.find("port_open", dev="n1", kind="nic")
    watch.find("wire", dev="n0", peer=f"{n1}:n1", carrier=1)
    vnic("v0", "n1", "b", vlan=10)
    mac = rtnl.link("v0", "b").address
    watch.find("port_add", dev="v0", kind="vnic", nic=n1)
    watch.find("filter_add", dev="v0", nic=n1, mac=mac, vlan=10, vlan_proto="0x8100", in_slot=1)
    watch.find("port_open", dev="v0", kind="vnic")
    run("ip link set v0 down", "b")
    watch.find("port_stop", dev="v0", kind="vnic")
    set_vnic("v0", "b", vlan=20)
    watch.find("filter_del", dev="v0", mac=mac, vlan=10)
    watch.find("filter_add", dev="v0", mac=mac, vlan=20)
    delete_vnic("v0", "b")
    watch.find("filter_del", dev="v0", mac=mac, vlan=20)
    watch.find("port_del", dev="v0", kind="vnic", nic=n1)
    run("ip link del n0", "a")
    watch.find("wire", dev="n1", peer="0:", carrier=0)
    watch.find("port_del", dev="n0", kind="nic")


@test
def groups_and_placement():
    """Rings reserved and given up, and a table that is too small."""
    prepare()
    vnic("v0", "n1", "b")
    n1 = index_of("n1", "b")
    watch = events.Events()
    set_vnic("v0", "b", rings=2)
    watch.find("group", dev="v0", rings_before=0, rings=2)
    watch.find("placement", dev="v0", nic=n1, before="shared", placement="own-group",
               reason="asked")
    set_vnic("v0", "b", rings=1)
    watch.find("group", dev="v0", rings_before=2, rings=1)
    run("vnicadm set-nic n1 --slots 0", "b")
    watch.find("placement", dev="v0", before="own-group", placement="forced-promiscuous",
               reason="no-slot")


@test
def moderation_and_modes():
    """Settings, and that the core polls a ring by itself."""
    prepare()
    s, source = sender()
    watch = events.Events()
    run("ethtool -C n1 adaptive-rx off rx-usecs 2000 rx-frames 4", "b")
    watch.find("moderation", dev="n1", ring=0, usecs=2000, frames=4, adaptive=0, cause="set")
    to_n1 = frames.frame(rtnl.link("n1", "b").address, source)
    s.send(to_n1)
    watch.find("schedule", dev="n1", cause="timer")
    run("ethtool -C n1 rx-usecs 10000 rx-frames 2", "b")
    for _ in range(40):
        s.send(to_n1)
    watch.find("schedule", dev="n1", cause="frames")
    set_napi("n1", "b", defer_hard_irqs=3, gro_flush_timeout=1_000_000)
    s.send(to_n1)
    watch.find("ring_mode", dev="n1", ring=0, mode="polling")
    watch.find("ring_mode", dev="n1", ring=0, mode="interrupt")


def lost(watch, reason, dev, skb_reason):
    """Waits for a drop, of a frame that was seen before."""
    drop = watch.find("drop", dev=dev, reason=reason)
    equal(drop["skb_reason"], skb_reason, f"the kernel's reason of {reason}")
    before = [e["skbaddr"] for e in watch.all("xmit", "replicate")]
    assert drop["skbaddr"] in before, f"{reason}: {drop['skbaddr']} in {before}"


@test
def drops():
    """Each under its reason, and with the kernel's."""
    prepare()
    vnic("v0", "n1", "b", vlan=10)
    s, source = sender()
    tagged, own = sender("b", "v0")
    to_n1 = rtnl.link("n1", "b").address
    watch = events.Events()
    s.send(frames.frame("02:00:00:00:00:99", source))
    lost(watch, "rx_filtered", "n1", "OTHERHOST")
    tagged.send(frames.frame(source, own, b"\0\x0b\x88\xb5", 0x8100, 64))
    lost(watch, "tx_drop_vlan_forbidden", "v0", "OTHERHOST")
    run("ip link set n1 mtu 1000", "b")
    s.send(frames.frame(to_n1, source, size=1400))
    lost(watch, "rx_drop_too_long", "n1", "PKT_TOO_BIG")
    run("ethtool -N n1 flow-type ether dst " + to_n1 + " action -1", "b")
    s.send(frames.frame(to_n1, source))
    lost(watch, "rx_drop_by_rule", "n1", "TC_INGRESS")
    run("vnicadm create-nic lone --nic-netns a")
    up("lone", "a")
    alone, own = sender("a", "lone")
    alone.send(frames.frame(to_n1, own))
    lost(watch, "tx_drop_no_wire", "lone", "NO_TX_TARGET")


@test
def full_ring():
    """A sender that fills a ring, and frames that nobody can keep."""
    prepare()
    run("ethtool -G n1 rx 16", "b")
    run("tc qdisc replace dev n0 root noqueue", "a")
    s, source = sender()
    data = frames.frame(rtnl.link("n1", "b").address, source)
    watch = events.Events()
    with polls_held_back(poll_threads("n1", "b")):
        for _ in range(20):
            s.send(data)
    n0 = index_of("n0", "a")
    watch.find("ring_full", dev="n1", ring=0, capacity=16, stops=0, sender=n0, refused=0)
    watch.find("ring_full", dev="n1", ring=0, capacity=16, stops=0, sender=n0, refused=1)
    lost(watch, "tx_drop_ring_full", "n0", "FULL_RING")


@test
def switching_under_traffic():
    """All events on and off while frames pass: none is lost."""
    prepare()
    events.mounted()
    to_n1 = rtnl.link("n1", "b").address
    defer(events.enable, False)
    sending = threading.Thread(target=pktgen.send, args=("n0", "a", to_n1, rounds(20000), 1))
    sending.start()
    for n in range(rounds(200)):
        events.enable(n % 2 == 0)
    sending.join()
    settle()
    sent = rtnl.link("n0", "a").stats
    received = rtnl.link("n1", "b").stats
    equal((received["rx_packets"], sent["tx_dropped"], received["rx_dropped"]),
          (2 * rounds(20000), 0, 0), "frames received, lost")


if __name__ == "__main__":
    main()
