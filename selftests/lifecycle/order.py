#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Creation and deletion in every order leaves nothing, and never more than
was asked for goes."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ktap import equal, main, test, until
from softnic.net import attempt, becomes_running, index_of, make_netns, make_pair, nics, run, up
from softnic.rtnl import link


def becomes_empty(netns):
    """Waits until no NIC is left in a namespace."""
    until(lambda: not nics(netns), lambda: f"NICs left in {netns}: {nics(netns)}")


def pings():
    """Whether frames pass between the ends in a and b."""
    for n, ns in enumerate(("a", "b")):
        attempt(f"ip addr add 10.0.0.{n + 1}/24 dev n{n}", ns)
    return attempt("ping -c 1 -W 5 10.0.0.2", "a").returncode == 0


@test
def single():
    for set_up in (False, True):
        run("ip link add n0 type softnic")
        if set_up:
            up("n0")
        run("ip link del n0")
        equal(nics(), [], "NICs left")


@test
def many_at_once_in_mixed_order():
    names = [f"n{i}" for i in range(20)]
    run("ip -batch -", reads="".join(
        f"link add {name} numrxqueues 2 numtxqueues 2 type softnic\n" for name in names))
    equal(len(nics()), 20, "NICs made")
    run("ip -batch -", reads="".join(
        f"link del {name}\n" for name in names[::2] + names[::-2]))
    equal(nics(), [], "NICs left")


@test
def pair_goes_with_either_end():
    make_netns("a", "b")
    for name, netns in (("n0", "a"), ("n1", "b")):
        for set_up in (False, True):
            make_pair(set_up=set_up)
            run(f"ip link del {name}", netns)
            equal(nics("a") + nics("b"), [], "NICs left")


@test
def pair_in_one_namespace():
    for name in ("n0", "n1"):
        make_pair(netns=(None, None))
        equal(link("n0").lower, index_of("n1"), "device below n0")
        run(f"ip link del {name}")
        equal(nics(), [], "NICs left")


@test
def connected_nics_outlive_one_another():
    make_netns("a", "b")
    for gone, kept in ((("n0", "a"), ("n1", "b")), (("n1", "b"), ("n0", "a"))):
        run("vnicadm create-nic n0 --nic-netns a")
        run("vnicadm create-nic n1 --nic-netns b")
        run("vnicadm --netns a connect n0 n1 --peer-netns b")
        run(f"ip link del {gone[0]}", gone[1])
        equal(nics(kept[1]), [kept[0]], "the NIC kept")
        equal(link(*kept).lower, 0, "device below")
        run(f"ip link del {kept[0]}", kept[1])
        equal(nics("a") + nics("b"), [], "NICs left")


@test
def namespace_of_either_end_deleted():
    for gone, kept in (("a", "b"), ("b", "a")):
        make_netns("a", "b")
        make_pair()
        run(f"ip netns del {gone}")
        becomes_empty(kept)
        run(f"ip netns del {kept}")


@test
def namespaces_of_both_ends_deleted():
    for _ in range(5):
        make_netns("a", "b")
        make_pair()
        run("ip netns del a")
        run("ip netns del b")
    equal(nics(), [], "NICs that came back")


@test
def namespace_of_a_connected_nic_deleted():
    make_netns("a", "b")
    run("vnicadm create-nic n0 --nic-netns a")
    run("vnicadm create-nic n1 --nic-netns b")
    run("vnicadm --netns a connect n0 n1 --peer-netns b")
    up("n1", "b")
    run("ip netns del a")
    until(lambda: link("n1", "b").lower == 0, "the wire is loose")
    equal(nics("b"), ["n1"], "the NIC kept")
    run("ip link del n1", "b")


@test
def peer_moves_to_a_third_namespace_and_back():
    make_netns("a", "b", "c")
    make_pair()
    assert pings(), "nothing passes at first"
    before = link("n0", "a").lower
    run("ip link set n1 netns c", "b")
    equal(nics("c"), ["n1"], "NICs in c")
    equal(link("n0", "a").carrier, False, "carrier of n0 while n1 is down")
    up("n1", "c")
    becomes_running(("n0", "a"), ("n1", "c"))
    run("ip link set n1 netns b", "c")
    up("n1", "b")
    becomes_running(("n0", "a"), ("n1", "b"))
    equal(link("n0", "a").lower, before, "index of the peer")
    assert pings(), "nothing passes after the way back"
    run("ip link del n0", "a")
    equal(nics("b") + nics("c"), [], "NICs left")


@test
def peer_moves_beside_its_other_end():
    make_netns("a", "b")
    make_pair()
    run("ip link set n1 netns a", "b")
    up("n1", "a")
    becomes_running(("n0", "a"), ("n1", "a"))
    equal(link("n0", "a").lower, index_of("n1", "a"), "device below n0")
    run("ip link del n1", "a")
    equal(nics("a"), [], "NICs left")


@test
def a_name_is_free_again():
    for _ in range(10):
        run("vnicadm create-nic n0 --peer n1")
        run("ip link del n1")


main()
