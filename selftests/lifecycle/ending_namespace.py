#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A NIC whose peer is in a namespace that is being deleted: nobody can take the
peer for a device of the NIC's own namespace."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.ktap import defer, equal, main, rounds, test, until
from softnic.net import attempt, index_of, make_netns, run
from softnic.netns import delete_netns
from softnic.rtnl import attr, attributes, header
from softnic.ynl import family


class Looks:
    """What rtnetlink tells of n0, by one socket: a quick look."""

    def __init__(self):
        self.socket = rtnl.open_socket("a")
        defer(self.socket.close)
        self.request = rtnl.pack(rtnl.RTM_GETLINK, 0, header() + attr(rtnl.IFNAME, "n0"))

    def data(self):
        """The attributes of the kind."""
        self.socket.send(self.request)
        payload, = rtnl.answers(self.socket, last=True)
        info = attributes(attributes(payload[16:])[rtnl.LINKINFO])
        return attributes(info[rtnl.INFO_DATA])


@test
def the_peer_is_told_with_its_namespace_or_not_at_all():
    make_netns("a")
    run("ip link add n0 type softnic", "a")
    looks, client, index = Looks(), family("a"), index_of("n0", "a")
    connect = "vnicadm connect n0 n1 --peer-netns b"
    for _ in range(rounds(20)):
        make_netns("b")
        run("ip link add n1 type softnic", "b")
        # The one before may not be gone yet.
        until(lambda: attempt(connect, "a").returncode == 0, "n0 is free")
        assert rtnl.PEER_IFINDEX in looks.data(), "the peer is not told"
        delete_netns("b")
        told = True
        while told:
            data = looks.data()
            told = rtnl.PEER_IFINDEX in data
            equal(rtnl.PEER_NETNSID in data, told, "id of the peer's namespace is told")
            nic = client.do("nic-get", {"ifindex": index})
            equal("peer-netnsid" in nic, "peer-ifindex" in nic, "the same, by the family")


main()
