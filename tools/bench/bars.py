# SPDX-License-Identifier: GPL-2.0
"""What softnic has to reach, and whether it does."""

import dataclasses

DRIVER, VALUE = "driver", "value"
OFFS = ("tso", "gso", "tso and gso", "gro", "transmit checksums", "receive checksums",
        "scatter-gather")


@dataclasses.dataclass(frozen=True)
class Bar:
    """A figure of softnic's against another's: as a ratio, or a difference.

    what: the figure's field. at_least: the ratio must not be below the bar;
    otherwise not above it.
    """
    text: str
    workload: str
    ours: str
    other: str
    bar: float
    what: str = VALUE
    at_least: bool = False
    difference: bool = False

    def reached(self, table):
        """The ratio or difference; None where a figure was not measured."""
        ours, other = (table.get((self.workload, p), {}).get(self.what)
                       for p in (self.ours, self.other))
        if ours is None or other is None:
            return None
        return ours - other if self.difference else ours / other

    def met(self, reached):
        return reached >= self.bar if self.at_least else reached <= self.bar


def socket_bars():
    for workload in ("UDP 64 B", "TCP request and response", "TCP connect and close"):
        for ours in ("softnic", "VNIC on softnic"):
            yield Bar(f"{workload}, {ours}", workload, ours, "veth", 0.95)


def bulk_bars():
    for ours in ("softnic", "VNIC on softnic"):
        yield Bar(f"TCP bulk, {ours}", "TCP bulk", ours, "veth", 1.05, at_least=True)
        for off in OFFS:
            yield Bar(f"TCP bulk, {off} off, {ours}", f"TCP bulk, {off} off", ours,
                      "veth", 0.9, at_least=True)


SINGLE = "pktgen 60 B"
BARS = [
    Bar("NIC pair, one at a time", SINGLE, "softnic", "veth", 0.70, DRIVER),
    Bar("VNIC over a NIC pair", SINGLE, "VNIC on softnic", "macvlan on veth", 0.60, DRIVER),
    Bar("VNIC to VNIC on one NIC", SINGLE, "VNIC to VNIC", "macvlan to macvlan", 0.60, DRIVER),
    Bar("bursts: 32 by sendmmsg", "UDP 64 B, 32 by sendmmsg", "softnic", "veth", 0.50),
    Bar("bursts: 32 cut by the core", "UDP 64 B, bundles of 32 cut by the core",
        "softnic", "veth", 0.50),
    *socket_bars(),
    *bulk_bars(),
    Bar("4,096 VNICs against 1", "to many VNICs", "4,096 VNICs", "1 VNIC", 1.03),
    Bar("8 rings against 1, one flow", SINGLE, "softnic, 8 rings", "softnic", 150,
        difference=True),
    Bar("8 rings against 1, 64 flows", "64 flows to rings", "8 rings", "1 ring", 150,
        difference=True),
    Bar("the same, with adaptive moderation", "64 flows to rings, adaptive", "8 rings",
        "1 ring", 150, difference=True),
    Bar("broadcast to 1,000, a copy", "broadcast to 1,000", "VNICs on softnic",
        "macvlan on veth", 0.70),
]


def rows(figures):
    """(text, bar, what was reached, met) of each bar that was measured."""
    table = {(f["workload"], f["path"]): f for f in figures}
    for bar in BARS:
        reached = bar.reached(table)
        if reached is not None:
            sign = "at least" if bar.at_least else "at most"
            yield bar.text, f"{sign} {number(bar, bar.bar, 2)}", number(bar, reached, 3), bar.met(reached)


def number(bar, value, digits):
    return f"{value:+,.0f}" if bar.difference else f"{value:.{digits}f}"


def summary(figures):
    """How many bars are met, of how many."""
    results = [met for *_, met in rows(figures)]
    return sum(results), len(results)
