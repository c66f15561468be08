#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Each bad request about a VNIC is refused with its errno and text, and leaves
all as it is: links, and where frames go."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import itertools

from softnic import rtnl
from softnic.frames import BROADCAST, mac_bytes
from softnic.ktap import equal, main, test
from softnic.net import attempt, index_of, run
from softnic.ports import AD, Ports, Q, make_nic
from softnic.rtnl import MODE, VLAN_ID, VLAN_PROTOCOL, attr, link, refusal, settings

OTHER = "02:00:00:00:00:99"
IN_A = {"netns": "a"}
BAD_MAC = ("EADDRNOTAVAIL", "address must be neither zero nor a multicast")
TAKEN = ("EEXIST", "another port of the NIC has this address on this VLAN")


def changed_since(before):
    """What of the links changed since then."""
    now = settings("a")
    pairs = itertools.zip_longest(before, now, fillvalue={})
    return [(old.get(rtnl.IFNAME), number, old.get(number), new.get(number))
            for old, new in pairs for number in {**old, **new}
            if old.get(number) != new.get(number)]


class Refusals:
    """A NIC with VNICs v0, and v1 on VLAN 10, and requests that are refused."""

    def __init__(self):
        make_nic()
        self.ports = Ports()
        self.ports.vnic("v0")
        self.ports.vnic("v1", vlan=10)
        self.nic = index_of("n0", "a")

    def check_frames(self):
        """Asserts that frames go to the VNICs and the NIC, and to nobody else."""
        ports = self.ports
        tagged, other = [(Q, 10)], [(Q, 20)]
        equal(ports.seen("n1", "n0"), [("n0", None)], "to the NIC")
        equal(ports.seen("n1", "v0"), [("v0", None)], "to v0")
        equal(ports.seen("n1", "v1", tags=tagged), [("v1", None)], "to v1")
        equal(ports.seen("n1", "v1"), [], "to v1's address on no VLAN")
        equal(ports.seen("n1", "v0", tags=tagged), [], "to v0's address on VLAN 10")
        equal(ports.who("n1", "v1", tags=other), [], "to v1's address on VLAN 20")
        equal(ports.who("n1", OTHER), [], "to an address of nobody")
        equal(ports.who("n1", OTHER, tags=tagged), [], "to an address of nobody on VLAN 10")
        equal(ports.who("n1", BROADCAST), ["n0", "v0"], "to all")
        equal(ports.who("n1", BROADCAST, tags=tagged), ["n0", "v1"], "to all on VLAN 10")

    def check(self, expected, *attrs, **options):
        """Asserts how a request is refused, and that the links are as before."""
        before = settings("a")
        equal(refusal(*attrs, **IN_A, **options), expected, f"answer to {attrs} {options}")
        equal(changed_since(before), [], f"what changed after {attrs} {options}")

    def check_new(self, expected, *attrs, data=(), over=None):
        """The same for a VNIC x."""
        self.check(expected, attr(rtnl.IFNAME, "x"), attr(rtnl.LOWER, over or self.nic),
                   *attrs, rtnl.vnic(*data), flags=rtnl.NEW)

    def check_change(self, expected, dev, *attrs, data=()):
        """The same for a change of a VNIC."""
        attrs = (*attrs, *([rtnl.vnic(*data)] if data else []))
        self.check(expected, *attrs, index=index_of(dev, "a"))

    def check_both(self, expected, *data):
        """The same for values that fit neither a new VNIC nor those there."""
        self.check_new(expected, data=data)
        for dev in ("v0", "v1"):
            self.check_change(expected, dev, data=data)


@test
def bad_vlan():
    refusals = Refusals()
    for number in (4095, 4096, 0x10001, 0xFFFFFFFF):
        refusals.check_both(("EINVAL", "VLAN id must be 0 to 4094"), attr(VLAN_ID, number))
    for number in (0, 1, 0x0800, 0x9100, 0x18100, 0xFFFFFFFF):
        refusals.check_both(("EINVAL", "VLAN protocol must be 0x8100 or 0x88a8"),
                            attr(VLAN_ID, 20), attr(VLAN_PROTOCOL, number))
    refusals.check_frames()


@test
def bad_mode():
    refusals = Refusals()
    for number in (4, 5, 0x100, 0xFFFFFFFF):
        refusals.check_both(("EINVAL", "mode must be 0 to 3"), attr(MODE, number))
    # Not even half of it is done.
    refusals.check_both(("EINVAL", "mode must be 0 to 3"), attr(VLAN_ID, 20), attr(MODE, 9))
    refusals.check_frames()


@test
def attributes_of_wrong_size():
    refusals = Refusals()
    before = settings("a")
    for number in (VLAN_ID, VLAN_PROTOCOL, MODE):
        for size in (0, 1, 2):
            value = attr(number, bytes(size))
            for answer in (refusal(attr(rtnl.IFNAME, "x"), attr(rtnl.LOWER, refusals.nic),
                                   rtnl.vnic(value), flags=rtnl.NEW, **IN_A),
                           refusal(rtnl.vnic(value), index=index_of("v0", "a"), **IN_A)):
                equal(answer[0], "ERANGE", f"errno for attribute {number} of {size} bytes")
                assert answer[1], "no text"
    equal(changed_since(before), [], "what changed")
    refusals.check_frames()


@test
def bad_address():
    refusals = Refusals()
    for text in ("000000000000", "010000000001", "ffffffffffff"):
        mac = attr(rtnl.ADDRESS, bytes.fromhex(text))
        refusals.check_new(BAD_MAC, mac)
        refusals.check_new(BAD_MAC, mac, data=[attr(VLAN_ID, 20)])
    for text in ("000000000000", "010000000001"):
        mac = attr(rtnl.ADDRESS, bytes.fromhex(text))
        refusals.check_change(("EADDRNOTAVAIL", ""), "v0", mac)
    for size in (0, 1, 5, 7, 8):
        mac = attr(rtnl.ADDRESS, bytes([2] * size))
        refusals.check_new(("EINVAL", "address must have 6 bytes"), mac)
    refusals.check_frames()


@test
def address_that_another_port_has():
    refusals = Refusals()
    for dev, vlan in (("v0", 0), ("v1", 10), ("n0", 0)):
        mac = attr(rtnl.ADDRESS, mac_bytes(link(dev, "a").address))
        refusals.check_new(TAKEN, mac, data=[attr(VLAN_ID, vlan)])
    refusals.check_frames()


@test
def change_to_the_address_of_another_port():
    refusals = Refusals()
    macs = {dev: attr(rtnl.ADDRESS, mac_bytes(link(dev, "a").address)) for dev in ("n0", "v0")}
    refusals.check_change(("EEXIST", ""), "v0", macs["n0"])
    refusals.check_change(("EEXIST", ""), "n0", macs["v0"])
    refusals.ports.vnic("v2")
    refusals.check_change(("EEXIST", ""), "v2", macs["v0"])
    refusals.check_change(("EEXIST", ""), "v2", macs["n0"])
    for name in ("n0", "v0", "v2"):
        equal(refusals.ports.who("n1", name), [name], f"to {name}")


@test
def change_to_the_vlan_of_another_port():
    """Neither address may be another port's on the new VLAN."""
    refusals = Refusals()
    mac = link("v0", "a").address
    refusals.ports.vnic("v2", vlan=20, mac=mac)
    refusals.check_change(TAKEN, "v2", data=[attr(VLAN_ID, 0)])
    refusals.check_change(TAKEN, "v0", data=[attr(VLAN_ID, 20)])
    equal(refusals.ports.who("n1", mac), ["v0"], "to the address on no VLAN")
    equal(refusals.ports.who("n1", mac, tags=[(Q, 20)]), ["v2"], "to the address on VLAN 20")
    # It is another VLAN with another kind of tag.
    run("vnicadm set-vnic v0 --vlan 20 --vlan-protocol 802.1ad", "a")
    refusals.ports.tags["v0"] = [(AD, 20)]
    equal(refusals.ports.who("n1", mac, tags=[(AD, 20)]), ["v0"], "to the address on 802.1ad")


@test
def no_device_below():
    refusals = Refusals()
    refusals.check(("EINVAL", "a VNIC needs a NIC below it: link NIC"),
                   attr(rtnl.IFNAME, "x"), rtnl.vnic(), flags=rtnl.NEW)
    for index in (99999, 0x7FFFFFFF):
        refusals.check_new(("ENODEV", f"no device of index {index}"), over=index)
    refusals.check_frames()


@test
def device_below_of_another_kind():
    refusals = Refusals()
    run("ip link add d0 type dummy", "a")
    run("ip link add m0 link v0 type macvlan", "a")
    for dev in ("lo", "d0", "m0"):
        refusals.check_new(("EINVAL", "link must be a softnic NIC, or a VNIC"),
                           over=index_of(dev, "a"))
    run("ip link del m0", "a")
    refusals.check_frames()


@test
def bad_mtu():
    refusals = Refusals()
    text = "mtu must be 68 to 1500, that of the device below"
    for mtu in (1501, 9000, 65521):
        refusals.check_new(("EINVAL", text), attr(rtnl.MTU, mtu))
    for mtu in (65522, 0x7FFFFFFF):
        refusals.check_new(("EINVAL", "mtu greater than device maximum"), attr(rtnl.MTU, mtu))
    for mtu in (1, 67, 0xFFFFFFFF):
        refusals.check_new(("EINVAL", "mtu less than device minimum"), attr(rtnl.MTU, mtu))
    for mtu, text in ((67, "mtu less than device minimum"),
                      (1501, "mtu greater than device maximum")):
        refusals.check_change(("EINVAL", text), "v0", attr(rtnl.MTU, mtu))
    refusals.check_frames()


@test
def bad_number_of_queues():
    refusals = Refusals()
    for kind, what in ((rtnl.NUM_RX_QUEUES, "receive"), (rtnl.NUM_TX_QUEUES, "transmit")):
        for count in (0, 257, 0xFFFFFFFF):
            refusals.check_new(("EINVAL", f"number of {what} queues must be 1 to 256"),
                               attr(kind, count))
    refusals.check_frames()


@test
def taken_name():
    refusals = Refusals()
    refusals.check(("EEXIST", ""), attr(rtnl.IFNAME, "v0"), attr(rtnl.LOWER, refusals.nic),
                   rtnl.vnic(), flags=rtnl.NEW)
    refusals.check_frames()


@test
def more_open_than_what_is_below():
    refusals = Refusals()
    run("ip link add link n0 name low type vnic", "a")
    low = index_of("low", "a")
    run("vnicadm set-vnic low --mode private --vlan 20", "a")
    vlan = ("EINVAL", "a VNIC over a VNIC has only VLANs of that one")
    for number in (0, 10, 21):
        refusals.check_new(vlan, data=[attr(VLAN_ID, number)], over=low)
    mode = ("EINVAL", "the mode may not be more open than that of the VNIC below")
    for number in (0, 2):
        refusals.check_new(mode, data=[attr(MODE, number)], over=low)
    run("ip link add link low name high type vnic", "a")
    refusals.check_change(vlan, "high", data=[attr(VLAN_ID, 21)])
    refusals.check_change(mode, "high", data=[attr(MODE, 0)])
    busy = ("EBUSY", "VLAN and mode cannot change: 1 VNICs are over this one")
    refusals.check_change(busy, "low", data=[attr(VLAN_ID, 21)])
    refusals.check_change(busy, "low", data=[attr(MODE, 0)])
    refusals.check_frames()


@test
def several_changes_of_which_one_is_bad():
    """Nothing of such a request is done."""
    refusals = Refusals()
    good, bad_mtu_ = attr(VLAN_ID, 20), attr(rtnl.MTU, 1501)
    refusals.check_change(("EINVAL", "mtu must be 68 to 1500, that of the device below"),
                          "v0", bad_mtu_, data=[good])
    taken = attr(rtnl.ADDRESS, mac_bytes(link("v1", "a").address))
    before = settings("a")
    answer = refusal(taken, rtnl.vnic(attr(VLAN_ID, 10)), index=index_of("v0", "a"), **IN_A)
    equal(answer[0], "EEXIST", "errno")
    equal(changed_since(before), [], "what changed")
    refusals.check_frames()


@test
def without_permission():
    """Who is nobody in the NIC's namespace may make or change no VNIC there."""
    refusals = Refusals()
    before = settings("a")
    nobody = "setpriv --reuid 65534 --clear-groups --inh-caps=-all "
    for command in ("ip link add link n0 name x type vnic", "ip link del v0"):
        done = attempt(nobody + command, "a")
        equal((done.returncode, done.stderr),
              (2, "RTNETLINK answers: Operation not permitted\n"), f"answer to {command}")
    equal(changed_since(before), [], "what changed")
    refusals.check_frames()


main()
