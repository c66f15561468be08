# SPDX-License-Identifier: GPL-2.0
"""Lost frames, by all that tells of them: the netlink family, vnicadm, the trace
event of each loss, and the kernel's own event and monitor of frames that are freed."""

import json
import os
import re
from collections import Counter

from .dropmon import DropMonitor
from .fates import drops_by_netlink
from .ktap import defer, equal, until
from .net import run
from .observe import netns_number, softirqs_end
from .rtnl import links
from .trace import TRACING
from .ynl import family

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..",
                    "Documentation", "drops.md")
OURS = re.compile(r": softnic_drop: dev=\d+:(\S+) netns=(\d+) .*reason=(\w+) skb_reason=(\w+)$")
# Rust's names begin so, and nothing else of the kernel that frees frames is in Rust.
THEIRS = re.compile(r": kfree_skb: .* location=_R\S+ .*reason: (\w+)")
EVENTS = ("softnic/softnic_drop", "skb/kfree_skb")


def table():
    """What the page of drop reasons says that the kernel has for each; `CONSUMED`
    where no frame is dropped."""
    with open(PAGE, encoding="utf-8") as f:
        return dict(re.findall(r"^\| `(\w+)` \|.*\| `(\w+)` \|$", f.read(), re.M))


def _put(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


class Trace:
    """The events of losses, ours and the kernel's, until the test's end."""

    def __init__(self):
        self.folder = f"{TRACING}/instances/losses{os.getpid()}"
        os.mkdir(self.folder)
        defer(os.rmdir, self.folder)
        _put(f"{self.folder}/buffer_size_kb", "8192")
        for event in EVENTS:
            _put(f"{self.folder}/events/{event}/enable", "1")
            defer(_put, f"{self.folder}/events/{event}/enable", "0")

    def seen(self):
        """Our losses by device, namespace, reason and the kernel's reason; and the
        frames that we freed, by that."""
        with open(f"{self.folder}/trace", encoding="ascii") as f:
            text = f.read()
        kept, written = re.search(r"entries-in-buffer/entries-written: (\d+)/(\d+)", text).groups()
        equal(kept, written, "events kept")
        ours, theirs = Counter(), Counter()
        for line in text.splitlines():
            if found := OURS.search(line):
                ours[found[1], int(found[2]), found[3], found[4]] += 1
            elif found := THEIRS.search(line):
                theirs[found[1]] += 1
        return ours, theirs


class Witnesses:
    """All that tells of the losses of the ports in some namespaces from now on."""

    def __init__(self, *namespaces):
        self.namespaces = namespaces
        self.clients = {netns: family(netns) for netns in namespaces}
        self.before = self.counted()
        self.trace, self.monitor = Trace(), DropMonitor()

    def counted(self):
        """What the netlink family tells now, by port, namespace and reason."""
        ports = [(x.name, netns) for netns in self.namespaces for x in links(netns)
                 if x.kind in ("softnic", "vnic")]
        return Counter({(*end, reason): count for end in ports for reason, count in
                        drops_by_netlink(self.clients[end[1]], end).items() if count})

    def reasons(self):
        """All reasons that the netlink family has."""
        told = self.clients[self.namespaces[0]].dump("drops-get", {})
        return {drop["reason"].replace("-", "_") for port in told for drop in port["drop"]}

    def shown(self):
        """What vnicadm shows now, likewise."""
        found = Counter()
        for netns in self.namespaces:
            for port in json.loads(run("vnicadm show-drops --json", netns)):
                for drop in port["drops"]:
                    found[port["name"], netns, drop["reason"].replace("-", "_")] += drop["packets"]
        return found

    def lost(self):
        """The losses since the beginning."""
        return self.counted() - self.before

    def count(self, end, reason):
        """How many frames a port has lost for a reason since the beginning."""
        return self.lost()[(*end, reason)]

    def agree(self, unfreed=0, monitored=True):
        """Asserts that all tell the same of what was lost, each reason by its name
        and with the kernel's that the page has; of these so many are no frame that
        was freed. Unless they are none for the drop monitor. Returns the losses."""
        softirqs_end()
        lost, kernels = self.lost(), table()
        equal(+self.shown(), self.counted(), "what vnicadm shows")
        ours, theirs = self.trace.seen()
        equal(dict(ours), {(dev, netns_number(netns), reason, kernels[reason]): count
                           for (dev, netns, reason), count in lost.items()}, "our events")
        freed = Counter()
        for (_, _, reason), count in lost.items():
            freed[kernels[reason]] += count
        del freed["CONSUMED"]
        if unfreed:
            only, = freed
            freed[only] -= unfreed
        freed = +freed
        equal(theirs, freed, "the kernel's events")

        def told():
            return Counter(reason for symbol, reason in self.monitor.drops()
                           if symbol.startswith("_R"))

        if monitored:
            until(lambda: told() == freed,
                  lambda: f"the drop monitor tells of {freed}: {told()}", 30)
        return lost
