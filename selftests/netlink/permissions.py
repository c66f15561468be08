#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Who may ask the netlink family softnic, and what of others a namespace sees
that has only a VNIC of a NIC elsewhere."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import traceback

from softnic import rtnl
from softnic.ktap import equal, main, test
from softnic.net import index_of, make_netns, make_pair, run
from softnic.rtnl import attr, softnic
from softnic.vnics import delete_vnic, set_vnic, vnic
from softnic.ynl import DUMPS, Events, Raw, everything, family, refusal

DOS = tuple(name for name in DUMPS if name != "filter-get")
# A controller's answer: a family's operations, and the rights that one needs.
CTRL, GETFAMILY, FAMILY_NAME, OPS, OP_FLAGS = 16, 3, 2, 6, 2
ADMIN_PERM, UNS_ADMIN_PERM = 1, 16


def in_child(function):
    """Runs a function in a process of its own, which must succeed."""
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        text = b"it ended"
        try:
            function()
            text = b""
        except BaseException:  # pylint: disable=broad-except
            text = traceback.format_exc().encode()
        finally:
            os.write(tells, text)
            os._exit(0)
    os.close(tells)
    with os.fdopen(told) as f:
        text = f.read()
    os.waitpid(child, 0)
    assert not text, text


def become_root_of_a_user_namespace(netns):
    """Has this process be root of a new user namespace, and of nothing else, in
    a network namespace that belongs to the one above, or in one of its own."""
    uid, gid = os.getuid(), os.getgid()
    if netns:
        with open(f"/run/netns/{netns}", "rb") as there:
            os.setns(there.fileno(), os.CLONE_NEWNET)
    os.unshare(os.CLONE_NEWUSER | (0 if netns else os.CLONE_NEWNET))
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as f:
            f.write(text)


@test
def no_operation_needs_a_right():
    raw = Raw()
    raw.id, raw.commands = CTRL, {"getfamily": GETFAMILY}
    raw.ask("getfamily", attr(FAMILY_NAME, "softnic"))
    (_, _, payload), *_ = next(raw.parts())
    ops = rtnl.attributes(rtnl.attributes(payload[4:])[OPS]).values()
    rights = [int.from_bytes(rtnl.attributes(op)[OP_FLAGS], "little") for op in ops]
    equal(len(rights), len(DUMPS), "operations")
    equal([x & (ADMIN_PERM | UNS_ADMIN_PERM) for x in rights], [0] * len(DUMPS), "rights")


@test
def root_of_a_user_namespace_sees_its_own():
    make_netns("a", "b")
    make_pair()

    def look():
        become_root_of_a_user_namespace(None)
        client, ear = family(), Events()
        equal(everything(client), dict.fromkeys(DUMPS, []), "an empty namespace")
        rtnl.change(attr(rtnl.IFNAME, "mine"), softnic(), flags=rtnl.NEW)
        (name, told), = ear.now()
        equal((name, told["ifname"]), ("port-add", "mine"), "event")
        for name in DOS:
            equal({x["ifindex"] for x in client.dump(name, {})}, {told["ifindex"]}, name)

    in_child(look)


@test
def root_of_another_user_namespace_reads_what_is_there_and_changes_nothing():
    make_netns("a", "b")
    make_pair()
    vnic("v0", "n1", "b", rings=1)
    wanted, index = everything(family("b")), index_of("n1", "b")

    def look():
        become_root_of_a_user_namespace("b")
        client, ear = family(), Events()
        equal(everything(client), wanted, "what is told")
        equal(rtnl.refusal(softnic(attr(rtnl.STORM, 5)), index=index)[0], "EPERM", "a change")
        equal(ear.now(), [], "events")

    in_child(look)
    equal(everything(family("b")), wanted, "what is there")


def only_a_vnic():
    """A namespace c with a VNIC alone, whose index nothing in b has; one more VNIC
    is in b, and losses there."""
    make_netns("a", "b", "c")
    make_pair("--peer-rx-queues 2 --rx-queues 2")
    for n in range(4):
        run(f"ip link add d{n} type dummy", "c")
    vnic("v0", "n1", "b", into="c", rings=2, queues=2, vlan=10)
    vnic("v1", "n1", "b", rings=1)
    return index_of("n1", "b"), index_of("v0", "c"), index_of("v1", "b")


@test
def a_namespace_with_a_vnic_sees_that_alone():
    nic, own, other = only_a_vnic()
    client = family("c")
    told = everything(client)
    equal({name: [x.get("ifindex") for x in found] for name, found in told.items()},
          {"nic-get": [], "port-get": [own], "group-get": [own], "ring-get": [own, own],
           "filter-get": [], "drops-get": [own]}, "devices")
    # Of the NIC no more than IFLA_LINK and IFLA_LINK_NETNSID tell of it.
    port, group = told["port-get"][0], told["group-get"][0]
    assert port["nic-netnsid"] == port["lower-netnsid"] == group["nic-netnsid"] >= 0, told
    equal((port["nic-ifindex"], port["lower-ifindex"], group["nic-ifindex"]), (nic,) * 3, "NIC")
    texts = {value for found in told.values() for one in found for value in one.values()
             if isinstance(value, str)}
    equal(texts & {"n0", "n1", "v1"}, set(), "names of others")
    for index in (nic, other):
        for name in DOS:
            request = {"ifindex": index} | ({"id": 0} if name == "ring-get" else {})
            code, _ = refusal(client, name, request)
            assert code in ("ENODEV", "EOPNOTSUPP"), f"{name} of {index}: {code}"
    for name in ("port-get", "group-get", "filter-get"):
        code, _ = refusal(client, name, {"nic-ifindex": nic}, dump=True)
        assert code in ("ENODEV", "EOPNOTSUPP"), f"{name} of the NIC: {code}"


@test
def a_namespace_with_a_vnic_hears_of_that_alone():
    only_a_vnic()
    ear, there = Events("c"), Events("b")
    set_vnic("v1", "b", rings=0)
    delete_vnic("v1", "b")
    run("ip link set n1 down", "b")
    run("ip link set n1 up", "b")
    assert {name for name, _ in there.now()} >= {"stock", "port-del", "wire"}, "events in b"
    equal(ear.now(), [], "events of others")
    run("vnicadm set-nic n1 --slots 0", "b")
    (name, told), = ear.now()
    equal((name, told["ifname"], told["placement"]), ("placement", "v0", "forced-promiscuous"),
          "its own event")


main()
