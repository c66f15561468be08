#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Every frame that enters is delivered, forwarded or dropped for one reason: sums
are exact to the frame, whoever counts.

fates.py [--frames N] [TEST...]: how many frames in all, copies of frames to many
included.

# timeout: 400
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from collections import Counter

from softnic.fates import Fates, Tap, agree
from softnic.frames import BROADCAST, packet_socket, udp_frame
from softnic.ktap import DEBUG_KERNEL, Skip, equal, main, test, until
from softnic.net import make_netns, make_pair, run, up
from softnic.netdev import set_napi
from softnic.pktgen import Flight, Stream
from softnic.rtnl import RTM_DELLINK, Monitor, link
from softnic.vnics import delete_vnic, show_nic, show_vnic, vnic
from softnic.ynl import family

NS = "a"
RING = 32
NOBODY = "02:00:00:00:00:99"
GROUP = "01:00:5e:00:00:09"
SOME, ALL = 50_000 if DEBUG_KERNEL else 300_000, "--frames"

_ended = Counter()


def frames_in_all():
    """How many the command line asks for."""
    if ALL in sys.argv:
        at = sys.argv.index(ALL)
        count = int(sys.argv[at + 1])
        del sys.argv[at:at + 2]
        return count
    return SOME


TOTAL = frames_in_all()
# The slowest there is takes some 1,000 of them a second.
PATIENCE = 60 + TOTAL // 1000


class Switch:
    """A NIC n0, wired to n1, and VNICs over it, with small rings. All that is sent
    is sent by the streams that a test says. Sockets count what the stack gets,
    unless ports are to go down: they come back to a port after its rings."""

    def __init__(self, taps=True):
        if DEBUG_KERNEL and TOTAL == SOME:
            raise Skip("takes minutes on the debug kernel: ask for it by --frames")
        make_netns(NS)
        make_pair("--rx-queues 2 --tx-queues 2 --peer-rx-queues 2 --peer-tx-queues 2",
                  netns=(NS, NS))
        for nic in ("n0", "n1"):
            run(f"ethtool -G {nic} rx {RING}", NS)
        self.client = family(NS)
        self.ends, self.taps, self.streams = {}, {}, []
        self.given = Counter()
        self.has_taps = taps
        self.note("n0")
        self.note("n1")

    def note(self, name, tap=True):
        """Keeps account of a port."""
        self.ends[name] = (name, NS)
        if tap and self.has_taps:
            self.taps[name] = Tap((name, NS))

    def vnic(self, name, tap=True, **settings):
        """Makes a VNIC with a small ring."""
        vnic(name, "n0", NS, queues=1, **settings)
        if settings.get("rings"):
            run(f"ethtool -G {name} rx {RING}", NS)
        self.note(name, tap)

    def mac(self, name):
        """A port's address, or an address as it is."""
        return name if ":" in name else link(name, NS).address

    def stream(self, source, to, count, **options):
        """Notes a stream to be sent, by one of the two CPUs in turn."""
        cpu = len(self.streams) % 2
        options.setdefault("queue", cpu if source in ("n0", "n1") else 0)
        self.streams.append(Stream(source, self.mac(to), count, cpu=cpu, **options))
        return count

    def start(self):
        """Begins to send all of them at once."""
        flight, self.streams = Flight(NS, self.streams), []
        return flight

    def count_given(self, flight):
        """Waits for the end; counts what each port was given to send."""
        streams = flight.streams.values()
        for stream, sent in zip(streams, flight.wait(PATIENCE)):
            self.given[stream.dev] += sent

    def fly(self):
        """Sends all of them."""
        self.count_given(self.start())

    def fates(self):
        """What all ports have counted so far."""
        return {name: Fates(end) for name, end in self.ends.items()}

    def settle(self, extra=0):
        """Waits until each frame that was sent to one port has come to one: `extra`
        are at ports that are no more, or copies if negative. Then all must agree.
        Returns the fates."""
        def balance():
            fates = self.fates().values()
            return sum(x.sent for x in fates) - sum(x.came for x in fates) - extra

        try:
            until(lambda: balance() == 0, "", 60)
        except AssertionError:
            told = {name: (x.sent, x.received, x.reasons()) for name, x in self.fates().items()}
            raise AssertionError(f"{balance()} frames more were sent than came, {extra} "
                                 f"elsewhere: {told}") from None
        fates = {name: agree(self.client, end, self.taps.get(name)) for name, end in self.ends.items()}
        for name, one in fates.items():
            equal(one.given, self.given[name], f"frames that {name} was given to send")
            _ended["delivered"] += one.received
            for reason, count in one.reasons().items():
                _ended[reason] += count
        _ended["sent"] += sum(one.sent for one in fates.values())
        return fates


def hold_back(name, nanoseconds=20_000_000):
    """Has a port's ring polled now and then only."""
    set_napi(name, NS, defer_hard_irqs=1_000_000, gro_flush_timeout=nanoseconds)


def lossy(name):
    """Has no qdisc keep what a port cannot send."""
    run(f"tc qdisc replace dev {name} root noqueue", NS)


def stations():
    """A switch with ports of each kind."""
    switch = Switch()
    for name, settings in {"own": {"rings": 1}, "shared": {}, "lan": {"vlan": 10, "rings": 1},
                           "lan2": {"vlan": 10}, "trunk": {"vlans": "0,20-30"},
                           "lone": {"mode": "private"}, "slow": {"rings": 1},
                           "small": {"mtu": 1000}, "loose": {}}.items():
        switch.vnic(name, **settings)
    used = show_nic("n0", NS)["slots_used"]
    run(f"vnicadm set-nic n0 --slots {used}", NS)
    switch.vnic("forced")
    equal(show_vnic("forced", NS)["placement"], "forced-promiscuous", "placement")
    run("ip link add name none type softnic", NS)
    up("none", NS)
    until(lambda: link("none", NS).running(), "none runs")
    switch.note("none")
    hold_back("slow")
    lossy("loose")
    run("ethtool -K n1 rx-vlan-filter on", NS)
    run("ethtool -N n1 flow-type udp4 dst-port 7 action -1", NS)
    return switch


@test
def to_stations():
    switch = stations()
    count = max(50, TOTAL // 150)
    ways = {"n1": "n0 own shared lone forced", "n0": "n1 own shared forced",
            "own": "n0 n1 shared forced", "shared": "n0 n1 own", "forced": "own n1",
            "lone": "n1", "lan": "lan2", "lan2": "lan", "loose": "slow slow"}
    for source, targets in ways.items():
        for to in targets.split():
            switch.stream(source, to, count)
    for source in ("n1", "n0"):
        for vlan, to in ((10, "lan"), (10, "lan2"), (25, "trunk")):
            switch.stream(source, to, count, vlan=vlan)
    switch.stream("trunk", "n0", count)
    # Each of these for one reason.
    strange = switch.stream("n1", NOBODY, count) + switch.stream("n0", NOBODY, count)
    lonely = switch.stream("lone", "own", count)
    switch.stream("own", "small", count, size=1200)
    switch.stream("own", "lan2", count, vlan=10)
    switch.stream("trunk", "n1", count, vlan=25)
    switch.stream("n0", "n1", count, port=7)
    switch.stream("none", NOBODY, count)
    switch.fly()
    fates = switch.settle()
    for name, reason, lost in (("small", "rx_drop_too_long", count),
                               ("own", "tx_drop_vlan_forbidden", count),
                               ("n1", "rx_vlan_filtered", count),
                               ("n1", "rx_drop_by_rule", count),
                               ("none", "tx_drop_no_wire", count)):
        equal(fates[name].drops[reason], lost, f"{reason} of {name}")
    equal((fates["n0"].drops["rx_filtered"], fates["n1"].drops["rx_filtered"]),
          (count, strange - count + lonely), "frames to nobody, at either end")
    loose = fates["loose"].drops["tx_drop_ring_full"]
    assert loose > 0, "no ring was ever full"
    equal(fates["slow"].came + loose, 2 * count, "frames from loose to slow")
    for name, came in (("own", 4 * count), ("lan", 3 * count), ("trunk", 2 * count),
                       ("forced", 3 * count)):
        equal(fates[name].reasons().get("rx_drop_overrun", 0), 0, f"overruns of {name}")
        equal(fates[name].received, came, f"frames that {name} received")


MANY = 12 if DEBUG_KERNEL else 40


def crowd(sharers):
    """A switch with many VNICs, of which so many share its rings; one is slow."""
    switch = Switch()
    for n in range(sharers):
        switch.vnic(f"s{n}", tap=n < 4)
    for n in range(4):
        switch.vnic(f"o{n}", rings=1)
    for n in range(4):
        switch.vnic(f"l{n}", vlan=10, **({"rings": 1} if n < 2 else {}))
    hold_back("o0")
    for name in ("s0", "o1", "l0"):
        run(f"ip link set {name} allmulticast on", NS)
    return switch


def check_copies(switch, expected):
    """Asserts that to each port came what was sent to it, as one of many or by
    itself."""
    def came():
        return {name: one.came for name, one in switch.fates().items()}

    until(lambda: came() == expected, lambda: f"expected {expected}, came {came()}", 60)
    copies = sum(expected.values()) - sum(one.sent for one in switch.fates().values())
    return switch.settle(extra=-copies)


@test
def to_many():
    switch = crowd(MANY)
    run("vnicadm set-nic n0 --storm 0", NS)
    # To most ports go four of them.
    count = max(20, TOTAL * 6 // 10 // (4 * (MANY + 4)))
    for source, to, vlan in (("n1", BROADCAST, 0), ("n0", BROADCAST, 0), ("s1", BROADCAST, 0),
                             ("o2", BROADCAST, 0), ("n1", BROADCAST, 10),
                             ("l1", BROADCAST, 0), ("n1", GROUP, 0), ("s2", GROUP, 0)):
        switch.stream(source, to, count, vlan=vlan)
    switch.fly()
    expected = {}
    for name in switch.ends:
        sources = {"l": {"n1", "l1"}, "n": set()}.get(name[0], {"n1", "n0", "s1", "o2"})
        groups = {"s0": 2, "o1": 2}.get(name, 0)
        expected[name] = (len(sources - {name}) + groups) * count
    # The NIC and the far end see all of them; groups that they do not want are
    # counted there, too.
    expected["n0"] = 6 * count
    expected["n1"] = 5 * count
    fates = check_copies(switch, expected)
    assert fates["o0"].drops["rx_drop_overrun"] > 0, "the slow VNIC lost nothing"


@test
def storms():
    switch = crowd(4)
    run("vnicadm set-nic n0 --storm 100", NS)
    count = max(200, TOTAL // 50)
    switch.stream("n1", BROADCAST, count)
    switch.fly()
    until(lambda: Fates(("n0", NS)).received == count, "the NIC has all", 60)
    copied = count - Fates(("n0", NS)).drops["switch_storm"]
    assert 32 <= copied < count, f"{copied} of {count} were copied"
    expected = {name: copied for name in switch.ends if name[0] in "so"}
    expected |= {name: 0 for name in switch.ends if name[0] == "l"}
    check_copies(switch, expected | {"n0": count, "n1": 0})


@test
def copies_that_the_sender_has_to_offer_again():
    switch = Switch()
    switch.vnic("own", rings=1)
    switch.vnic("shared")
    run("ethtool -G own rx 4096", NS)
    count = max(200, TOTAL // 500)
    # The far end takes a few at a time, and pushes back.
    for ring in range(2):
        set_napi("n1", NS, ring=ring, defer_hard_irqs=1_000_000, gro_flush_timeout=5_000_000)
    switch.stream("n0", BROADCAST, count)
    switch.stream("shared", BROADCAST, count)
    switch.fly()
    fates = check_copies(switch, {"n0": count, "n1": 2 * count, "own": 2 * count, "shared": count})
    equal(fates["n1"].received, 2 * count, "frames that the far end received")


@test
def ports_come_and_go():
    switch = Switch(taps=False)
    switch.vnic("own", rings=1)
    switch.vnic("shared")
    switch.vnic("sender")
    monitor = Monitor(NS)
    passing = {"p0": "02:00:00:00:01:00", "p1": "02:00:00:00:01:01"}
    count = max(1000, TOTAL // 100)
    for source in ("n1", "sender", "n0"):
        for to in ("own", "shared", *passing.values()):
            switch.stream(source, to, count)
    flight = switch.start()
    gone, made = Counter(), 0

    def collect():
        for kind, seen in monitor.changes():
            if kind == RTM_DELLINK and seen.name in passing:
                gone[seen.index] = sum(seen.stats[name] for name in (
                    "rx_packets", "rx_errors", "rx_dropped", "rx_missed_errors"))

    while not flight.is_over():
        for name, mac in passing.items():
            vnic(name, "n0", NS, queues=1, mac=mac, **({"rings": 1} if name == "p0" else {}))
            made += 1
        for name in ("own", "shared"):
            run(f"ip link set {name} down", NS)
            run(f"ip link set {name} up", NS)
        for name in passing:
            delete_vnic(name, NS)
        collect()
    switch.count_given(flight)
    until(lambda: collect() or len(gone) == made, "all were told of", 60)
    _ended["delivered to VNICs that went"] += sum(gone.values())
    fates = switch.settle(extra=sum(gone.values()))
    print(f"# {made} VNICs made and deleted, {sum(gone.values())} frames came to them;",
          f"{sum(x.drops['tx_drop_receiver_down'] for x in fates.values())} to ports that were down,",
          f"{sum(x.drops['rx_drop_purged'] for x in fates.values())} purged")


@test
def a_nic_goes_down_and_up():
    switch = Switch(taps=False)
    switch.vnic("own", rings=1)
    switch.vnic("shared")
    switch.vnic("sender")
    for ring in range(2):
        set_napi("n0", NS, ring=ring, defer_hard_irqs=1_000_000, gro_flush_timeout=5_000_000)
    purged = 0
    for _ in range(1 if DEBUG_KERNEL else 3):
        for source in ("n1", "sender"):
            for to in ("n0", "own", "shared"):
                if source != to:
                    switch.stream(source, to, 10_000)
        before = Fates(("n0", NS)).came
        flight = switch.start()
        until(lambda: Fates(("n0", NS)).came > before + RING, "frames come", 60)  # pylint: disable=cell-var-from-loop
        run("ip link set n0 down", NS)
        switch.count_given(flight)
        run("ip link set n0 up", NS)
        for name in switch.ends:
            up(name, NS)
        until(lambda: all(link(*end).running() for end in switch.ends.values()), "all run", 60)
        purged = sum(one.drops["rx_drop_purged"] for one in switch.fates().values())
    switch.settle()
    print(f"# {purged} frames purged")


@test
def frames_to_many_in_a_nic_that_goes_down():
    switch = Switch(taps=False)
    switch.vnic("one")
    switch.vnic("two")
    for ring in range(2):
        set_napi("n0", NS, ring=ring, defer_hard_irqs=1_000_000, gro_flush_timeout=10**12)
    # With the first the polls begin to wait; the others wait with them.
    count = RING // 4
    sender, source = packet_socket("n1", NS), switch.mac("n1")
    for port in range(count):
        sender.send(udp_frame(BROADCAST, source, port, 60))
    switch.given["n1"] = count
    run("ip link set n0 down", NS)
    fates = check_copies(switch, {"n0": count, "n1": 0, "one": count, "two": count})
    for name in ("n0", "one", "two"):
        assert fates[name].drops["rx_drop_purged"] > 0, f"{name}: {fates[name].reasons()}"


@test
def in_all():
    ended = dict(_ended)
    if not ended:
        raise Skip("nothing was sent")
    sent = ended.pop("sent", 0)
    print(f"# {sum(ended.values())} frames ended, {sent} were sent, the rest were copies:")
    for fate, count in sorted(ended.items(), key=lambda item: -item[1]):
        print(f"# {count:>10} {fate}")
    assert sum(ended.values()) >= 0.9 * TOTAL or len(sys.argv) > 1, "fewer than asked for"


main()
