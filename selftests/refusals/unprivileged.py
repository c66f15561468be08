# SPDX-License-Identifier: GPL-2.0
"""Part of link.py, run as root of a user namespace of its own: reaches out for
a NIC in a namespace where it has no rights."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.ktap import equal
from softnic.net import index_of
from softnic.rtnl import attr, peer, refusal, softnic

rtnl.change(attr(rtnl.IFNAME, "n0"), softnic(), flags=rtnl.NEW)
with open("/run/netns/b", "rb") as b:
    equal(refusal(softnic(attr(rtnl.PEER_IFINDEX, int(sys.argv[1])),
                          attr(rtnl.PEER_NETNS_FD, b.fileno())), index=index_of("n0")),
          ("EPERM", "CAP_NET_ADMIN is needed in the peer's namespace"), "answer to connect")
    code, _ = refusal(attr(rtnl.IFNAME, "x"), softnic(peer(
        attr(rtnl.IFNAME, "y"), attr(rtnl.NET_NS_FD, b.fileno()))), flags=rtnl.NEW)
    equal(code, "EPERM", "errno of a pair into the namespace")
equal([x.name for x in rtnl.links() if x.kind == "softnic"], ["n0"], "NICs")
