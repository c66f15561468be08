#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One allocation fails of each request that changes how a NIC or VNIC works, by
ethtool, the netdev family or sysfs, further on each time, until none is left to
fail: all that the kernel tells is as before then, or as the request was to make it.

settings.py [--step N] [TEST...]

Each Nth allocation fails, and of those behind the first 60 fewer; with 1, each.

# timeout: 900
"""

import os
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import genl, netdev, rxnfc
from softnic.ethtool import Call
from softnic.injection import inject_everywhere
from softnic.ktap import defer, main, option, test
from softnic.net import attempt, index_of, make_netns, make_pair, run
from softnic.netns import inside, set_sysctl
from softnic.operations import Act, Operation, Watch
from softnic.rtnl import attr
from softnic.vnics import vnic

STEP = option("--step", 5)
PER_QUEUE, GET_COALESCING, SET_COALESCING, QUEUES = 0x4B, 0x0E, 0x0F, 4096
GET_TABLE = 0x46
SYSFS = "/run/sysfs-of-a"
# A NIC and a VNIC with as many rings of its own.
DEVICES = ("n0", "v0")


def writing(path, data):
    """What writes to a file of sysfs."""
    file = os.open(path, os.O_WRONLY)
    defer(os.close, file)
    return Act(lambda: os.pwrite(file, data, 0))


def coalescing(dev, queue):
    """A call that reads the moderation of one queue."""
    mask = bytearray(QUEUES // 8)
    mask[queue // 8] = 1 << queue % 8
    data = struct.pack("=II", PER_QUEUE, GET_COALESCING) + mask
    return Call(dev, "a", data + struct.pack("=23I", GET_COALESCING, *[0] * 22))


def moderation_of_a_queue(dev):
    """A call that changes the moderation of one queue, and one that undoes it."""
    told = bytearray(coalescing(dev, 1).make())
    at = 8 + QUEUES // 8
    for where in (4, at):
        struct.pack_into("=I", told, where, SET_COALESCING)
    back = Call(dev, "a", bytes(told))
    # The time, and whether it adapts.
    struct.pack_into("=I", told, at + 4, 70)
    struct.pack_into("=I", told, at + 40, 0)
    return Operation(f"moderation of one queue of {dev}", Call(dev, "a", bytes(told)), back.make)


def cpus_of(dev):
    """The file with the CPUs that send by a device's first queue."""
    return f"{SYSFS}/class/net/{dev}/queues/tx-0/xps_cpus"


def more_of(reads):
    """What the usual look does not see: each queue's own moderation, and its CPUs."""
    def look():
        cpus = []
        for dev in DEVICES:
            with open(cpus_of(dev), encoding="ascii") as f:
                cpus.append(f.read())
        return {"queues": [call.make() for call in reads], "CPUs": cpus}
    return look


def prepare():
    """A pair of four rings each, and a VNIC with four."""
    inject_everywhere(pages=True)
    set_sysctl("core/fb_tunnels_only_for_init_net", 2)
    defer(set_sysctl, "core/fb_tunnels_only_for_init_net", 0)
    make_netns("a", "b")
    make_pair("--rx-queues 4 --tx-queues 4 --peer-rx-queues 2 --peer-tx-queues 2")
    vnic("v0", "n0", "a", rings=4, queues=4)
    os.makedirs(SYSFS, exist_ok=True)
    with inside("a"):
        run(f"mount -t sysfs sysfs {SYSFS}")
    defer(attempt, f"umount {SYSFS}")


def run_all(*operations):
    """Carries operations out, and has them fail."""
    watch = Watch("a", "b", also=more_of([coalescing(dev, 1) for dev in DEVICES]))
    for operation in operations:
        watch.carry_out(operation, STEP)


def setting(name, command, dev, to, back, **more):
    """A request of the family ethtool, and the attributes that undo it."""
    index = index_of(dev, "a")
    return Operation(f"{name} of {dev}", genl.ethtool(command, index, *to, netns="a"),
                     genl.ethtool(command, index, *back, netns="a").make, **more)


@test
def channels_rings_and_moderation():
    prepare()
    for dev in DEVICES:
        run_all(
            setting("channels", genl.CHANNELS_SET, dev, [attr(genl.CHANNELS_COMBINED, 2)],
                    [attr(genl.CHANNELS_COMBINED, 4)]),
            setting("ring sizes", genl.RINGS_SET, dev, [attr(genl.RINGS_RX, 2048)],
                    [attr(genl.RINGS_RX, 256)]),
            setting("moderation", genl.COALESCE_SET, dev,
                    [attr(genl.RX_USECS, 30), attr(genl.RX_FRAMES, 9),
                     attr(genl.ADAPTIVE_RX, b"\0")],
                    [attr(genl.RX_USECS, 0), attr(genl.RX_FRAMES, 0),
                     attr(genl.ADAPTIVE_RX, b"\1")]),
            moderation_of_a_queue(dev))


# Features that ethtool shows by another name than the kernel's.
SHOWN = {"rx-gro": "generic-receive-offload", "rx-hashing": "receive-hashing",
         "rx-ntuple-filter": "ntuple-filters"}


@test
def features():
    prepare()
    for dev, names in (("n0", ("rx-vlan-filter", "rx-gro", "loopback", "rx-ntuple-filter")),
                       ("v0", ("rx-vlan-filter", "rx-hashing", "tx-checksum-ip-generic"))):
        told = run(f"ethtool -k {dev}", "a")
        words = dict(line.strip().split(": ", 1) for line in told.splitlines() if ": " in line)
        for name in names:
            on = words[SHOWN.get(name, name)].startswith("on")
            to, back = ([genl.wanted_features(**{name.replace("-", "_"): value})]
                        for value in (not on, on))
            run_all(setting(name, genl.FEATURES_SET, dev, to, back, wish=True))


def entries_of(dev):
    """How long a device's indirection table is."""
    call = Call(dev, "a", struct.pack("=4IBB6x", GET_TABLE, 0, 0, 0, 0, 0xFF))
    return struct.unpack_from("=I", call.make(), 8)[0]


@test
def tables_contexts_and_rules():
    prepare()
    for dev in DEVICES:
        count = entries_of(dev)
        tables = [attr(genl.RSS_TABLE,
                       struct.pack(f"={count}I", *(n % rings for n in range(count))))
                  for rings in (2, 4)]
        keys = [attr(genl.RSS_KEY, bytes(range(n, n + 40))) for n in (1, 2)]
        index = index_of(dev, "a")
        run_all(setting("the function", genl.RSS_SET, dev,
                        [attr(genl.RSS_FUNCTION, 2)], [attr(genl.RSS_FUNCTION, 1)]))
        genl.ethtool(genl.RSS_SET, index, tables[1], keys[0], netns="a").make()
        run_all(setting("table and key", genl.RSS_SET, dev, [tables[0], keys[1]],
                        [tables[1], keys[0]]))
        first = attr(genl.RSS_CONTEXT, 1)
        new = genl.ethtool(genl.RSS_CREATE, index, first, tables[0], keys[1], netns="a")
        gone = genl.ethtool(genl.RSS_DELETE, index, first, netns="a")
        run_all(Operation(f"a context of {dev}", new, gone.make))
        new.make()
        run_all(setting("a context's table and key", genl.RSS_SET, dev,
                        [first, tables[1], keys[0]], [first, tables[0], keys[1]]),
                Operation(f"a context's end of {dev}", gone, new.make, spared=True))
        rules_come_and_go(dev)


def rule(dev, command, context=0):
    """A call about a rule: TCP goes to ring 1, or to a context."""
    kind = rxnfc.TCP4 | (rxnfc.RSS if context else 0)
    return Call(dev, "a", struct.pack(rxnfc.LAYOUT, command, 0, 0, kind, b"", b"", b"", b"",
                                      1, 7, context))


def rules_come_and_go(dev):
    """Rules of a device with a context 1."""
    for context in (0, 1):
        new, gone = (rule(dev, command, context) for command in (rxnfc.INSERT, rxnfc.DELETE))
        run_all(Operation(f"a rule to context {context} of {dev}", new, gone.make))
    new.make()
    run_all(Operation(f"a rule's end of {dev}", gone, new.make, spared=True))


@test
def polling_and_cpus():
    prepare()
    for dev in DEVICES:
        napi = attr(genl.NAPI_ID, netdev.napi_of(dev, "a", 1)["id"])

        def poll(threaded, napi=napi):
            return genl.Request("netdev", genl.NAPI_SET, napi, attr(genl.NAPI_DEFER, 3 * threaded),
                                attr(genl.NAPI_THREADED, threaded), netns="a")

        path = cpus_of(dev)
        run_all(Operation(f"polling of a ring of {dev} by a thread", poll(1), poll(0).make),
                Operation(f"the CPUs of a queue of {dev}", writing(path, b"2"),
                          writing(path, b"1").make))


main()
