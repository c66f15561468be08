#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Each bad request is refused with its errno and text, and changes nothing."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.ktap import equal, main, test
from softnic.net import attempt, index_of, make_netns, make_pair, run
from softnic.rtnl import attr, peer, refusal, softnic


def everything(*namespaces):
    """All that the kernel tells of the links of namespaces, without counters."""
    return [rtnl.settings(ns) for ns in (None, *namespaces)]


def check(expected, *attrs, namespaces=(), **options):
    """Asserts how a request is refused, and that all is as before."""
    before = everything(*namespaces)
    equal(refusal(*attrs, **options), expected, f"answer to {attrs} {options}")
    equal(everything(*namespaces), before, f"links after {attrs} {options}")


def check_new(expected, *attrs, data=(), kind=softnic, **options):
    """The same for the creation of a NIC x."""
    check(expected, attr(rtnl.IFNAME, "x"), *attrs, kind(*data), flags=rtnl.NEW, **options)


@test
def bad_mtu():
    for mtu in (0, 1, 67):
        check_new(("EINVAL", "mtu less than device minimum"), attr(rtnl.MTU, mtu))
    for mtu in (65522, 65535, 1 << 20):
        check_new(("EINVAL", "mtu greater than device maximum"), attr(rtnl.MTU, mtu))
    run("ip link add n0 type softnic")
    check(("EINVAL", "mtu less than device minimum"), attr(rtnl.MTU, 67),
          index=index_of("n0"))
    check(("EINVAL", "mtu greater than device maximum"), attr(rtnl.MTU, 65522),
          index=index_of("n0"))


@test
def bad_mtu_of_the_peer():
    check_new(("EINVAL", "mtu less than device minimum"),
              data=[peer(attr(rtnl.IFNAME, "y"), attr(rtnl.MTU, 67))])
    check_new(("EINVAL", "mtu greater than device maximum"),
              data=[peer(attr(rtnl.IFNAME, "y"), attr(rtnl.MTU, 65522))])


@test
def bad_number_of_queues():
    for kind, what in ((rtnl.NUM_RX_QUEUES, "receive"), (rtnl.NUM_TX_QUEUES, "transmit")):
        refused = ("EINVAL", f"number of {what} queues must be 1 to 256")
        for count in (0, 257, 4096, 0xFFFFFFFF):
            check_new(refused, attr(kind, count))
            check_new(refused, data=[peer(attr(rtnl.IFNAME, "y"), attr(kind, count))])


@test
def bad_address():
    unfit = "address must be neither zero nor a multicast"
    for text in ("000000000000", "010000000001", "ffffffffffff"):
        mac = attr(rtnl.ADDRESS, bytes.fromhex(text))
        check_new(("EADDRNOTAVAIL", unfit), mac)
        check_new(("EADDRNOTAVAIL", unfit), data=[peer(attr(rtnl.IFNAME, "y"), mac)])
    run("ip link add n0 type softnic")
    for text in ("000000000000", "010000000001"):
        check(("EADDRNOTAVAIL", ""), attr(rtnl.ADDRESS, bytes.fromhex(text)),
              index=index_of("n0"))


@test
def address_of_wrong_length():
    for size in (0, 1, 5, 7, 8):
        mac = attr(rtnl.ADDRESS, bytes([2] * size))
        check_new(("EINVAL", "address must have 6 bytes"), mac)
        check_new(("EINVAL", "address must have 6 bytes"),
                  data=[peer(attr(rtnl.IFNAME, "y"), mac)])


@test
def name_that_is_taken():
    run("ip link add x type softnic")
    check(("EEXIST", ""), attr(rtnl.IFNAME, "x"), softnic(), flags=rtnl.NEW)


@test
def name_of_the_peer_that_is_taken():
    run("ip link add y type softnic")
    check_new(("EEXIST", "the peer's name is taken"), data=[peer(attr(rtnl.IFNAME, "y"))])
    make_netns("b")
    run("ip link add y type softnic", "b")
    with open("/run/netns/b", "rb") as b:
        fd = attr(rtnl.NET_NS_FD, b.fileno())
        check_new(("EEXIST", "the peer's name is taken"),
                  data=[peer(attr(rtnl.IFNAME, "y"), fd)], namespaces=["b"])


@test
def both_ends_of_one_name():
    before = everything()
    code, _ = refusal(attr(rtnl.IFNAME, "x"), softnic(peer(attr(rtnl.IFNAME, "x"))),
                      flags=rtnl.NEW)
    equal(code, "EEXIST", "errno")
    equal(everything(), before, "links")


@test
def peer_without_name():
    check_new(("EINVAL", "the peer needs a name"), data=[peer()])
    check_new(("EINVAL", "the peer needs a name"), data=[peer(attr(rtnl.MTU, 1500))])


@test
def peer_that_is_too_short():
    before = everything()
    code, text = refusal(attr(rtnl.IFNAME, "x"), softnic(attr(rtnl.PEER, bytes(8))),
                         flags=rtnl.NEW)
    equal(code, "ERANGE", "errno")
    assert text, "no text"
    equal(everything(), before, "links")


@test
def unknown_attribute():
    for number in (13, 14, 100):
        check_new(("EINVAL", "Unknown attribute type"), data=[attr(number, 1)])
    run("ip link add n0 type softnic")
    check(("EINVAL", "Unknown attribute type"), softnic(attr(13, 1)), index=index_of("n0"))


@test
def read_only_attribute():
    before = everything()
    code, text = refusal(attr(rtnl.IFNAME, "x"), softnic(attr(rtnl.WIRE, 1)), flags=rtnl.NEW)
    equal(code, "EINVAL", "errno")
    assert text, "no text"
    equal(everything(), before, "links")


@test
def attribute_of_wrong_size():
    run("ip link add n0 type softnic")
    before = everything()
    for number in (rtnl.PEER_IFINDEX, rtnl.PEER_NETNS_FD, rtnl.PEER_NETNSID):
        code, text = refusal(softnic(attr(number, b"\0")), index=index_of("n0"))
        equal(code, "ERANGE", f"errno for attribute {number}")
        assert text, "no text"
    equal(everything(), before, "links")


@test
def connection_at_creation():
    for number in (rtnl.PEER_IFINDEX, rtnl.PEER_NETNS_FD, rtnl.PEER_NETNSID):
        check_new(("ENOTSUP", "a NIC is connected by number after it is made"),
                  data=[attr(number, 1)])


@test
def peer_for_a_nic_that_exists():
    run("ip link add n0 type softnic")
    check(("ENOTSUP", "a second end can only be made together with the first"),
          softnic(peer(attr(rtnl.IFNAME, "y"))), index=index_of("n0"))


@test
def connection_to_itself():
    run("ip link add n0 type softnic")
    number = index_of("n0")
    check(("EINVAL", "a NIC cannot be connected to itself"),
          softnic(attr(rtnl.PEER_IFINDEX, number)), index=number)


@test
def connection_when_connected():
    make_pair(netns=(None, None), set_up=False)
    run("ip link add n2 type softnic")
    n0, n2 = index_of("n0"), index_of("n2")
    check(("EBUSY", "the NIC is connected already"),
          softnic(attr(rtnl.PEER_IFINDEX, n2)), index=n0)
    check(("EBUSY", "the other NIC is connected already"),
          softnic(attr(rtnl.PEER_IFINDEX, n0)), index=n2)
    # Not even when it is the same connection again.
    check(("EBUSY", "the NIC is connected already"),
          softnic(attr(rtnl.PEER_IFINDEX, index_of("n1"))), index=n0)


@test
def connection_to_another_kind_or_to_nothing():
    run("ip link add n0 type softnic")
    number = index_of("n0")
    before = everything()
    code, text = refusal(softnic(attr(rtnl.PEER_IFINDEX, index_of("lo"))), index=number)
    equal(text, "the peer is not a softnic NIC", "text")
    equal(code, "ENOTSUP", "errno")
    for wrong in (99999, -1, -(1 << 31)):
        equal(refusal(softnic(attr(rtnl.PEER_IFINDEX, wrong)), index=number),
              ("ENODEV", f"no device of index {wrong}"), f"answer to index {wrong}")
    equal(everything(), before, "links")


@test
def disconnection_of_a_loose_nic():
    run("ip link add n0 type softnic")
    number = index_of("n0")
    check(("ENOTCONN", "the NIC is not connected"),
          softnic(attr(rtnl.PEER_IFINDEX, 0)), index=number)


@test
def namespace_alone_or_twice_or_wrong():
    run("ip link add n0 type softnic")
    number = index_of("n0")
    fd, by_id = attr(rtnl.PEER_NETNS_FD, 0), attr(rtnl.PEER_NETNSID, 0)
    for lone in (fd, by_id):
        check(("EINVAL", "a peer's namespace needs the peer's index"),
              softnic(lone), index=number)
    index = attr(rtnl.PEER_IFINDEX, 1)
    check(("EINVAL", "name the peer's namespace by file descriptor or by id"),
          softnic(index, fd, by_id), index=number)
    with open("/dev/null", "rb") as other:
        for wrong in (-1, 9999, other.fileno()):
            before = everything()
            _, text = refusal(softnic(index, attr(rtnl.PEER_NETNS_FD, wrong)), index=number)
            equal(text, "no such namespace", f"text for descriptor {wrong}")
            equal(everything(), before, "links")
    _, text = refusal(softnic(index, attr(rtnl.PEER_NETNSID, 12345)), index=number)
    equal(text, "no such namespace", "text for an id of none")


@test
def namespace_without_permission():
    make_netns("b")
    run("ip link add n1 type softnic", "b")
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "unprivileged.py")
    before = everything("b")
    done = attempt(f"unshare -Urn {sys.executable} {here} {index_of('n1', 'b')}")
    equal(done.returncode, 0, f"status; it said {done.stdout}{done.stderr}")
    equal(everything("b"), before, "links")


@test
def creation_without_permission():
    """A user who is nobody may make no NIC; the root of a namespace may."""
    before = everything()
    done = attempt("setpriv --reuid 65534 --clear-groups --inh-caps=-all "
                   "ip link add x type softnic")
    equal((done.returncode, done.stderr), (2, "RTNETLINK answers: Operation not permitted\n"),
          "answer")
    equal(everything(), before, "links")
    done = attempt("setpriv --reuid 65534 --clear-groups unshare -Urn "
                   "ip link add x type softnic")
    equal(done.returncode, 0, f"status; it said {done.stderr}")


main()
