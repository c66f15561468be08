# SPDX-License-Identifier: GPL-2.0
"""Who is given a frame: the ports of a NIC, the NIC itself, and the far end of
its wire."""

import itertools
import select

from .frames import EXPERIMENT, frame, packet_socket, tag_control
from .ktap import DEBUG_KERNEL
from .net import make_netns, make_pair
from .rings import tagged
from .vnics import vnic

Q, AD = 0x8100, 0x88A8
_numbers = itertools.count()


def make_nic(options="", **settings):
    """A NIC n0 in namespace a, wired to n1 in b, with one ring each, so that
    frames keep their order."""
    make_netns("a", "b")
    make_pair("--rx-queues 1 --tx-queues 1 --peer-rx-queues 1 --peer-tx-queues 1 " + options,
              **settings)


def ordered(found):
    """Ports and tags in the order of Ports.seen."""
    return sorted(found, key=lambda x: (x[0], x[1] or ()))


class Ports:
    """Hears at a NIC in namespace a, at the far end of its wire in b, if it has
    one, and at the NIC's VNICs. Each has a name of its own, and frames keep
    their order."""

    def __init__(self, nic="n0", far="n1"):
        self.nic, self.far = nic, far
        self.tags, self.sockets = {}, {}
        self.listen(nic, "a")
        if far:
            self.listen(far, "b")

    def vnic(self, name, into="a", over=None, vlan=0, vlan_protocol=None, **settings):
        """Makes a VNIC, and listens there."""
        if vlan_protocol:
            settings["vlan_protocol"] = vlan_protocol
        if vlan:
            settings["vlan"] = vlan
        vnic(name, over or self.nic, "a", into if into != "a" else None, queues=1, **settings)
        self.listen(name, into, (AD if vlan_protocol == "802.1ad" else Q, vlan) if vlan else None)

    def listen(self, name, netns, tag=None):
        """Listens at a port that has a tag on the wire."""
        self.tags[name] = [tag] if tag else []
        self.sockets[name] = packet_socket(name, netns)

    def forget(self, name):
        """Listens there no more."""
        self.sockets.pop(name).close()

    def mac(self, name):
        """A port's address."""
        return self.sockets[name].getsockname()[4].hex(":")

    def send(self, name, to, source=None, tags=(), payload=b""):
        """Sends a frame at a port, to an address or another port."""
        to = to if ":" in to else self.mac(to)
        payload, ethertype = tagged((payload, EXPERIMENT), *tags)
        self.sockets[name].send(frame(to, source or self.mac(name), payload, ethertype))

    def seen(self, name, to, **options):
        """Who is given a frame that a port sends, each as often as it came,
        with the tag that is beside it there."""
        probe, mark = (b"%s %d." % (word, next(_numbers)) for word in (b"probe", b"mark"))
        self.send(name, to, payload=probe, **options)
        # By what comes behind it, we know that it would have come by now.
        others = [port for port in self.sockets if port not in (self.nic, self.far)]
        one, other = self.nic, self.far or others[0]
        for source, to in ((one, other), (other, one), *((self.far or one, x) for x in others)):
            self.send(source, to, tags=self.tags[to], payload=mark)
        found = []
        for port, ear in self.sockets.items():
            while True:
                readable = select.select([ear], [], [], 60 if DEBUG_KERNEL else 10)[0]
                assert readable, f"{port} was not even given what was sent to it"
                tag, data = tag_control(ear)
                if mark in data:
                    break
                if probe in data:
                    found.append((port, tag))
        return ordered(found)

    def who(self, name, to, **options):
        """As seen, without tags."""
        return [port for port, _ in self.seen(name, to, **options)]
