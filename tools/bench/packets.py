# SPDX-License-Identifier: GPL-2.0
"""Work of the kernel's packet generator: one receiver, forwarding, many ports."""

import dataclasses
import time

import paths
import pktgen
import spinner

ALL = "ff:ff:ff:ff:ff:ff"
RUNS = 3
# Where devices are made anew several times.
RUNS_OF_ROUND = 2


@dataclasses.dataclass(frozen=True)
class Packets:
    """Packets of a size to the path's receiver, or to who forwards them to it; of so
    many flows, if not of one."""
    size: int
    count: int = 50_000
    flows: int = 0
    next_hop: str | None = None
    runs: int = RUNS_OF_ROUND

    def __call__(self, make, path):
        sender, receiver = make()
        mac = paths.mac(self.next_hop or receiver)
        stack = path == "stack"

        def once():
            before = paths.received(receiver)
            took = pktgen.send(sender, mac, self.count, stack, size=self.size,
                               ports=self.flows,
                               source="10.0.0.1" if self.next_hop else None)
            if sender != receiver and paths.received(receiver) - before < self.count:
                raise RuntimeError(f"{path}: packets were lost")
            return took

        return [once() for _ in range(self.runs)]


@dataclasses.dataclass(frozen=True)
class ToMany:
    """Packets to the addresses of a number of receivers, in turn.

    What the generator itself takes to change addresses does not count.
    """
    count: int = 25_000

    def __call__(self, make, path):
        sender, receivers = make()
        changes = self.changes(len(receivers))

        def once():
            before = sum(map(paths.received, receivers))
            took = pktgen.send(sender, paths.numbered_mac(0), self.count,
                               macs=len(receivers))
            if sum(map(paths.received, receivers)) - before < self.count:
                raise RuntimeError(f"{path}: packets were lost")
            return took - changes

        return [once() for _ in range(RUNS)]

    def changes(self, macs):
        """Instructions a packet, by a device that does nothing."""
        device, _ = paths.dummy()

        def least(macs):
            return min(pktgen.send(device, ALL, self.count, macs=macs) for _ in range(RUNS))

        return least(macs) - least(0)


@dataclasses.dataclass(frozen=True)
class Fanout:
    """Broadcasts, of which each receiver gets a copy: what one copy takes.

    All of the work counts, whoever does it: macvlan leaves it to a kernel thread,
    and loses what its queue of 1,000 has no room for, so there are no more than that
    on the way. What does not grow with their number, the generator's start above all,
    does not count.
    """
    copies: int = 20_000
    most: int = 300
    runs: int = 6

    def __call__(self, make, _path):
        sender, receivers = make()
        count = min(self.most, self.copies // len(receivers))
        with spinner.spinning() as busy:
            return [self.once(busy, sender, receivers, count) for _ in range(self.runs)]

    def once(self, busy, sender, receivers, count):
        few, many = (self.spent(busy, sender, receivers, n) for n in (count, 3 * count))
        return (many - few) / (2 * count * len(receivers))

    @staticmethod
    def spent(busy, sender, receivers, count):
        ends = receivers[0], receivers[-1]
        wanted = [paths.received(r) + count for r in ends]
        start = busy.now()
        pktgen.send(sender, ALL, count)
        end = time.monotonic() + 60
        while any(paths.received(r) < n for r, n in zip(ends, wanted)):
            if time.monotonic() > end:
                raise RuntimeError("copies were lost")
            time.sleep(0.002)
        return busy.now() - start
