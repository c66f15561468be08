# SPDX-License-Identifier: GPL-2.0
"""Sockets' work by load.c, between two namespaces."""

import dataclasses

import iperf
import paths
import spinner

OFF = {"tso": "tso off", "gso": "gso off", "tso and gso": "tso off gso off",
       "gro": "gro off", "transmit checksums": "tx off", "receive checksums": "rx off",
       "scatter-gather": "sg off", "UDP segmentation": "tx-udp-segmentation off"}


@dataclasses.dataclass(frozen=True)
class Sockets:
    """kind, count, size and batch as load.c has them; off: one of OFF; warm: runs
    that nobody is told of; spin: that the clock counts instructions."""
    kind: str
    count: int
    size: int
    batch: int = 1
    off: str | None = None
    runs: int = 2
    warm: int = 0
    spin: bool = True

    def __call__(self, make, _path):
        devices = make()
        with iperf.namespaces(*devices):
            if self.off:
                switch_off(devices, OFF[self.off])
            with spinner.spinning() if self.spin else spinner.still():
                out = paths.run(spinner.LOAD, self.kind, spinner.TURNS, iperf.SENDER,
                                iperf.RECEIVER, iperf.ADDRESS, str(self.warm + self.runs),
                                str(self.count), str(self.size), str(self.batch))
        told = out.splitlines()[self.warm:]
        return [self.figure(*map(int, line.split())) for line in told]

    def figure(self, nanoseconds, turns):
        took = nanoseconds - spinner.PER_TURN * turns
        if self.kind == "bulk":
            return 1000 * self.count * self.size / took
        return took / self.count


def switch_off(devices, setting):
    for namespace, device in zip((iperf.SENDER, iperf.RECEIVER), devices):
        paths.run(*iperf.inside(namespace, "ethtool", "-K", device, *setting.split()))
