# SPDX-License-Identifier: GPL-2.0
"""Commands, NICs and their counters."""

import os
import shlex
import socket
import subprocess

from . import rtnl
from .ethtool import statistics
from .ktap import after_each, defer, until
from .netns import add_netns, delete_netns, inside, set_sysctl


def attempt(command, netns=None, reads=""):
    """Runs a command, which reads a text, and returns how it went."""
    with inside(netns):
        return subprocess.run(shlex.split(command), text=True, input=reads,
                              capture_output=True, check=False)


def run(command, netns=None, reads=""):
    """Runs a command, which must succeed; returns what it prints."""
    done = attempt(command, netns, reads)
    assert done.returncode == 0, f"{command}: {done.returncode} {done.stderr.strip()}"
    return done.stdout


def cost(command, netns=None):
    """What a command prints, as bytes, and the CPU seconds that it takes, its own
    and the kernel's for it. It must succeed."""
    with inside(netns), subprocess.Popen(shlex.split(command),
                                         stdout=subprocess.PIPE) as process:
        text = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
    assert status == 0, f"{command}: {status}"
    return text, used.ru_utime + used.ru_stime


def start(command, netns=None, **options):
    """Starts a command that is stopped at the test's end at the latest."""
    with inside(netns):
        process = subprocess.Popen(shlex.split(command), text=True,
                                   stdin=subprocess.DEVNULL, **options)
    defer(stop, process)
    return process


def stop(process):
    """Ends a command that was started."""
    process.kill()
    process.wait()


def make_netns(*names, ipv6=False):
    """Makes namespaces. Without IPv6, nothing is sent that no test asks for."""
    for name in names:
        add_netns(name)
        defer(delete_netns, name)
        up("lo", name)
        if not ipv6:
            set_sysctl("ipv6/conf/default/disable_ipv6", 1, name)


def nics(netns=None):
    """Names of a namespace's softnic NICs."""
    return sorted(x.name for x in rtnl.links(netns) if x.kind == "softnic")


@after_each
def delete_nics():
    """Deletes the NICs outside of the tests' own namespaces."""
    for name in nics():
        attempt(f"ip link del {name}")


def index_of(dev, netns=None):
    """A device's number."""
    with inside(netns):
        return socket.if_nametoindex(dev)


def up(dev, netns=None):
    """Sets a device up."""
    rtnl.change(index=index_of(dev, netns), header_flags=rtnl.IFF_UP, netns=netns)


def becomes_running(*ends):
    """Waits until frames can pass between these (device, namespace)."""
    until(lambda: all(rtnl.link(*end).running() for end in ends),
          lambda: f"all run: {[rtnl.link(*end) for end in ends]}")


def make_pair(options="", netns=("a", "b"), names=("n0", "n1"), set_up=True):
    """Makes a pair across two namespaces, by default up and running."""
    ends = list(zip(names, netns))
    where = [f"{option} {n}" for option, n in zip(("--nic-netns", "--peer-netns"), netns) if n]
    run(f"vnicadm create-nic {names[0]} --peer {names[1]} {' '.join(where)} {options}")
    if set_up:
        for end in ends:
            up(*end)
        becomes_running(*ends)


def give_addresses():
    """Gives the ends of a pair 10.0.0.1 and 10.0.0.2, and each the other as a
    neighbour that is not looked for: then no frame passes that no test sent."""
    ends = (("n0", "a", "10.0.0.1"), ("n1", "b", "10.0.0.2"))
    for (dev, netns, own), (far, far_netns, other) in zip(ends, ends[::-1]):
        run(f"ip addr add {own}/24 dev {dev}", netns)
        mac = rtnl.link(far, far_netns).address
        run(f"ip neigh add {other} lladdr {mac} dev {dev} nud permanent", netns)


def ring_sum(stats, direction, what):
    """Sum of a counter, such as rx0_polls, over the rings or queues, also those
    out of use."""
    total = stats.get(f"{direction}-{what}")
    return total if total is not None else sum(value for name, value in stats.items()
               if name.startswith(direction) and name.endswith("_" + what)
               and name[len(direction):-len(what) - 1].isdigit())


def arrived(stats):
    """How many frames an end took off the wire, by its statistics."""
    lost = sum(value for name, value in stats.items() if name.startswith("rx_"))
    return ring_sum(stats, "rx", "packets") + lost


def settle(one=("n0", "a"), other=("n1", "b")):
    """Waits until each frame sent by either end is accounted for by the other;
    returns both ends' statistics."""
    def both():
        return statistics(*one), statistics(*other)

    def accounted():
        ends = both()
        return all(ring_sum(x, "tx", "packets") == arrived(y)
                   for x, y in (ends, ends[::-1])) and ends

    return until(accounted, lambda: f"all frames accounted for: {both()}")
