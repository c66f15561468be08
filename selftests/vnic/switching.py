#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Which ports of a NIC are given which frames."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import itertools

from softnic import frames
from softnic.ethtool import statistics
from softnic.frames import BROADCAST
from softnic.ktap import equal, main, test, until
from softnic.net import make_netns, run, up
from softnic.ports import Ports, make_nic
from softnic.rtnl import link

OTHER = "02:00:00:00:00:99"
GROUP = "01:00:5e:01:02:03"
MODES = ("bridge", "private", "vepa")


def prepare(*names):
    """A NIC with VNICs, and what tells where frames go."""
    make_nic()
    ports = Ports()
    for name in names:
        ports.vnic(name)
    return ports


def comes_to(expected, ports, *args, what="", **options):
    """Waits until a frame goes to certain ports: a filter may follow the
    stack's wish a moment later."""
    seen = []

    def reached():
        seen[:] = ports.who(*args, **options)
        return seen == sorted(expected)

    until(reached, lambda: f"{what} {args} goes to {expected}, not {seen}")


@test
def one_station():
    ports = prepare("v0", "v1", "v2")
    names = ("n0", "n1", "v0", "v1", "v2")
    for one, other in itertools.permutations(names, 2):
        equal(ports.who(one, other), [other], f"from {one} to {other}")


@test
def unknown_stations_are_beyond_the_wire():
    ports = prepare("v0", "v1")
    frames.join(ports.sockets["n1"], "n1", "b", frames.PACKET_MR_PROMISC)
    for name in ("n0", "v0"):
        comes_to(["n1"], ports, name, OTHER)
    equal(ports.who("n1", OTHER), [], "who is given a frame off the wire for nobody")


@test
def broadcast():
    ports = prepare("v0", "v1", "v2")
    names = {"n0", "n1", "v0", "v1", "v2"}
    for name in names:
        equal(ports.who(name, BROADCAST), sorted(names - {name}), f"broadcast of {name}")


@test
def broadcast_of_another_source():
    """A frame goes not back to the port that sent it, whatever it says."""
    ports = prepare("v0", "v1")
    for source in (OTHER, ports.mac("v1"), ports.mac("n0")):
        equal(ports.who("v0", BROADCAST, source=source), ["n0", "n1", "v1"],
              f"broadcast of v0 as {source}")


@test
def port_to_itself():
    """As with any NIC, nothing comes back from it, nor goes to another port."""
    ports = prepare("v0", "v1")
    for name in ("v0", "n0"):
        equal(ports.who(name, name), [], f"who is given what {name} sends to itself")


@test
def broadcasts_are_counted():
    ports = prepare("v0", "v1")
    names = ("n0", "v0", "v1")
    before = {name: link(name, "a").stats for name in names}
    for _ in range(100):
        ports.send("n1", BROADCAST, payload=b"x" * 186)
    ports.who("n1", BROADCAST)
    for name in names:
        after = link(name, "a").stats
        difference = {key: after[key] - before[name][key] for key in after}
        # The last, and the one behind it that tells that it came.
        equal(difference["rx_packets"], 102, f"frames of {name}")
        equal(difference["rx_bytes"], 100 * 200 + 2 * 60, f"bytes of {name}")
        equal((difference["rx_dropped"], difference["rx_errors"]), (0, 0), f"losses of {name}")


@test
def groups():
    ports = prepare("v0", "v1", "v2")
    for name in ("n0", "n1", "v2"):
        equal(ports.who(name, GROUP), [], f"from {name}, which nobody wants")
    run(f"ip maddr add {GROUP} dev v0", "a")
    run(f"ip maddr add {GROUP} dev n1", "b")
    for name in ("n0", "n1", "v0", "v1"):
        comes_to({"v0", "n1"} - {name}, ports, name, GROUP)
    run(f"ip maddr add {GROUP} dev n0", "a")
    run(f"ip maddr add {GROUP} dev v1", "a")
    for name in ("n0", "n1", "v0", "v2"):
        comes_to({"n0", "n1", "v0", "v1"} - {name}, ports, name, GROUP)
    equal(ports.who("v2", "01:00:5e:01:02:04"), [], "who is given another group's")
    for name in ("n0", "v0"):
        run(f"ip maddr del {GROUP} dev {name}", "a")
    comes_to(["n1", "v1"], ports, "v2", GROUP)


@test
def all_groups():
    ports = prepare("v0", "v1")
    run(f"ip maddr add {GROUP} dev v0", "a")
    run("ip link set v0 allmulticast on", "a")
    for name in ("n0", "n1", "v1"):
        # Once, although it wants it for two reasons.
        comes_to(["v0"], ports, name, GROUP)
        comes_to(["v0"], ports, name, "33:33:00:00:00:77")
    equal(ports.who("n1", OTHER), [], "who is given a station's")
    run("ip link set v0 allmulticast off", "a")
    comes_to([], ports, "v1", "33:33:00:00:00:77")
    comes_to(["v0"], ports, "v1", GROUP)
    run("ip link set n0 allmulticast on", "a")
    comes_to(["n0", "v0"], ports, "n1", GROUP)
    comes_to(["n0"], ports, "v1", "33:33:00:00:00:77")


@test
def groups_of_a_port_that_is_down():
    ports = prepare("v0", "v1")
    run(f"ip maddr add {GROUP} dev v0", "a")
    comes_to(["v0"], ports, "v1", GROUP)
    ports.forget("v0")
    before = link("v0", "a").stats
    run("ip link set v0 down", "a")
    comes_to([], ports, "v1", GROUP)
    equal(ports.who("v1", BROADCAST), ["n0", "n1"], "broadcast")
    equal(link("v0", "a").stats, before, "statistics of the port that is down")
    up("v0", "a")
    ports.listen("v0", "a")
    comes_to(["v0"], ports, "v1", GROUP)


@test
def further_stations():
    ports = prepare("v0", "v1")
    equal(ports.who("n1", OTHER), [], "who is given a stranger's")
    run(f"bridge fdb add {OTHER} dev v0 self", "a")
    for name in ("n0", "n1", "v1"):
        comes_to(["v0"], ports, name, OTHER)
    # Who has it first keeps it.
    run(f"bridge fdb add {OTHER} dev v1 self", "a")
    for name in ("n0", "n1"):
        comes_to(["v0"], ports, name, OTHER)
    run(f"bridge fdb del {OTHER} dev v1 self", "a")
    run(f"bridge fdb del {OTHER} dev v0 self", "a")
    for name in ("n0", "n1", "v1"):
        comes_to([], ports, name, OTHER)


@test
def further_station_that_is_another_port():
    ports = prepare("v0", "v1")
    for mac in ("v1", "n0"):
        mac = ports.mac(mac)
        run(f"bridge fdb add {mac} dev v0 self", "a")
        ports.who("n1", BROADCAST)
    for name in ("n1", "v0"):
        equal(ports.who(name, "v1"), ["v1"], f"from {name} to v1")
        equal(ports.who(name, "n0"), ["n0"], f"from {name} to n0")
    run(f"bridge fdb del {ports.mac('v1')} dev v0 self", "a")
    equal(ports.who("n1", "v1"), ["v1"], "from n1 to v1")


@test
def many_further_stations():
    ports = prepare("v0", "v1")
    macs = [f"02:00:00:00:{n >> 8:02x}:{n & 0xff:02x}" for n in range(200)]
    run("bridge -batch -", "a", "".join(f"fdb add {m} dev v0 self\n" for m in macs))
    comes_to(["v0"], ports, "n1", macs[-1])
    for mac in macs[::7]:
        equal(ports.who("v1", mac), ["v0"], mac)
    run("bridge -batch -", "a", "".join(f"fdb del {m} dev v0 self\n" for m in macs[::2]))
    comes_to([], ports, "n1", macs[-2])
    for n, mac in list(enumerate(macs))[::7]:
        equal(ports.who("v1", mac), ["v0"] * (n % 2), mac)


@test
def macvlan_on_top():
    ports = prepare("v0", "v1")
    run(f"ip link add m0 link v0 address {OTHER} type macvlan mode bridge", "a")
    up("m0", "a")
    comes_to(["v0"], ports, "n1", OTHER)
    before = link("m0", "a").stats["rx_packets"]
    for name in ("n0", "v1"):
        equal(ports.who(name, OTHER), ["v0"], f"from {name}")
    until(lambda: link("m0", "a").stats["rx_packets"] >= before + 2, "the macvlan has both")
    assert "promiscuity 0" in run("ip -d link show v0", "a"), "it is promiscuous"
    run("ip link del m0", "a")
    comes_to([], ports, "n1", OTHER)


@test
def new_address():
    ports = prepare("v0", "v1")
    old = ports.mac("v0")
    run(f"ip link set v0 address {OTHER}", "a")
    for name in ("n0", "n1", "v1"):
        equal(ports.who(name, OTHER), ["v0"], f"from {name} to the new address")
        equal(ports.who(name, old), [], f"from {name} to the old address")
    run(f"ip link set v1 address {old}", "a")
    equal(ports.who("n1", old), ["v1"], "the old address is free")


@test
def captures_change_nothing():
    """Who looks at a port sees what nobody has the address of, besides; all
    others are given what they were given."""
    ports = prepare("v0", "v1", "v2")
    for watcher in ("v0", "n0"):
        s = frames.packet_socket(watcher, "a")
        frames.join(s, watcher, "a", frames.PACKET_MR_PROMISC)
        comes_to([watcher], ports, "n1", OTHER)
        for one, other in itertools.permutations(("n0", "n1", "v0", "v1", "v2"), 2):
            # What is beyond the wire has no port.
            also = {watcher} - {one} if other == "n1" else set()
            equal(ports.who(one, other), sorted({other} | also),
                  f"from {one} to {other}, seen by {watcher}")
        for name in ("n1", "v1"):
            equal(ports.who(name, BROADCAST), sorted({"n0", "n1", "v0", "v1", "v2"} - {name}),
                  f"broadcast of {name}, seen by {watcher}")
        comes_to([watcher], ports, "v1", OTHER)
        s.close()
        comes_to([], ports, "n1", OTHER)


@test
def modes():
    """Each two of them: bridges reach one another and the host; private and
    vepa ports reach nobody but over the wire; all are reached from there."""
    ports = prepare()
    names = [f"{mode}{n}" for mode in MODES for n in range(2)]
    for name in names:
        ports.vnic(name, mode=name[:-1])
    frames.join(ports.sockets["n1"], "n1", "b", frames.PACKET_MR_PROMISC)
    comes_to(["n1"], ports, "bridge0", OTHER)
    for one, other in itertools.permutations(names + ["n0"], 2):
        near = all(name == "n0" or name.startswith("bridge") for name in (one, other))
        equal(ports.who(one, other), [other if near else "n1"], f"from {one} to {other}")
    for name in names + ["n0"]:
        equal(ports.who(name, "n1"), ["n1"], f"from {name} to the wire")
        equal(ports.who("n1", name), [name], f"from the wire to {name}")


@test
def modes_and_broadcasts():
    ports = prepare()
    names = [f"{mode}{n}" for mode in MODES for n in range(2)]
    for name in names:
        ports.vnic(name, mode=name[:-1])
    bridged = {"n0", "n1", "bridge0", "bridge1"}
    for name in sorted(bridged - {"n1"}):
        equal(ports.who(name, BROADCAST), sorted(bridged - {name}), f"broadcast of {name}")
    for name in names[2:]:
        equal(ports.who(name, BROADCAST), ["n1"], f"broadcast of {name}")
    equal(ports.who("n1", BROADCAST), sorted(names + ["n0"]), "broadcast off the wire")


@test
def reflected_by_the_wire():
    """A bridge that sends frames back where they came from (802.1Qbg) has vepa
    ports reach one another, and none is given what it sent itself."""
    ports = prepare()
    for name in ("v0", "v1"):
        ports.vnic(name, mode="vepa")
    equal(ports.who("v0", "v1"), [], "without the bridge")
    run("ip link add br0 type bridge", "b")
    run("ip link set n1 master br0", "b")
    up("br0", "b")
    run("bridge link set dev n1 hairpin on", "b")
    until(lambda: "state forwarding" in run("bridge link show dev n1", "b"), "n1 forwards")
    comes_to(["n1", "v1"], ports, "v0", "v1")
    comes_to(["n1", "v0"], ports, "v1", "v0")
    comes_to(["n0", "n1", "v1"], ports, "v0", BROADCAST)


@test
def mode_changes():
    ports = prepare("v0", "v1")
    for mode in MODES[1:] + MODES:
        run(f"vnicadm set-vnic v0 --mode {mode}", "a")
        bridged = mode == "bridge"
        equal(ports.who("v1", "v0"), ["v0"] * bridged, f"from v1 in {mode}")
        equal(ports.who("v0", "v1"), ["v1"] * bridged, f"to v1 in {mode}")
        equal(ports.who("n0", "v0"), ["v0"] * bridged, f"from the host in {mode}")
        equal(ports.who("n1", "v0"), ["v0"], f"off the wire in {mode}")


@test
def switch_without_wire():
    """A NIC that never had a wire is a network of its own."""
    make_netns("a")
    run("ip link add n0 numrxqueues 1 numtxqueues 1 type softnic", "a")
    up("n0", "a")
    ports = Ports(far=None)
    names = {"n0", "v0", "v1"}
    for name in ("v0", "v1"):
        ports.vnic(name)
    for one, other in itertools.permutations(names, 2):
        equal(ports.who(one, other), [other], f"from {one} to {other}")
    for name in names:
        equal(ports.who(name, BROADCAST), sorted(names - {name}), f"broadcast of {name}")
    before = statistics("v0", "a")["tx_drop_no_wire"]
    equal(ports.who("v0", OTHER), [], "who is given a stranger's")
    equal(statistics("v0", "a")["tx_drop_no_wire"], before + 1, "frames lost")


main()
