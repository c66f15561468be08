# SPDX-License-Identifier: GPL-2.0
"""What can be measured: workloads, the paths that each is measured on, and how
they are chosen and shared out to guests. Nothing here touches a device."""

import dataclasses
import re
import statistics

LESS, MORE = "less", "more"


@dataclasses.dataclass(frozen=True)
class Workload:
    """A kind of work; run(make, path) does it some times, the first to warm up.

    floor: the path whose figure is subtracted from the others, to have what the
    driver alone takes. peer: the path that others are compared with. exact: two
    runs of the benchmark agree on it. rounds: how often its devices are made, since
    what random keys and addresses they get has its part. seconds: what a path takes,
    roughly.
    """
    name: str
    unit: str
    run: object
    paths: dict
    better: str = LESS
    floor: str | None = None
    beneath: tuple = ()
    peer: str | None = None
    value: object = statistics.median
    exact: bool = True
    rounds: int = 1
    weight: float = 1.0
    seconds: float = 5.0

    def figure(self, path):
        return f"{self.name}: {path}"

    def runs(self, path, clear):
        """What each run comes to; clear() removes the devices of a round."""
        for _ in range(self.rounds):
            yield from self.run(self.paths[path], path)
            clear()


def chosen(workloads, pattern):
    """(workload, its paths) for each workload with a figure that the regular
    expression is found in, with the floor and the peer that it needs."""
    wanted = re.compile(pattern, re.IGNORECASE)
    result = []
    for w in workloads:
        paths = [p for p in w.paths if wanted.search(w.figure(p))]
        if not paths:
            continue
        needed = {*paths, w.floor, w.peer}
        result.append((w, [p for p in w.paths if p in needed]))
    if not result:
        raise ValueError(f"no figure has {pattern!r}")
    return result


def shares(choice, count):
    """The choice in count parts of about the same length.

    A workload is never split: its floor and its peers share its boot.
    """
    parts = [[] for _ in range(count)]
    lengths = [0.0] * count

    def length(entry):
        return entry[0].seconds * len(entry[1])

    for entry in sorted(choice, key=length, reverse=True):
        least = lengths.index(min(lengths))
        parts[least].append(entry)
        lengths[least] += length(entry)
    order = [id(w) for w, _ in choice]
    for part in parts:
        part.sort(key=lambda entry: order.index(id(entry[0])))
    return parts
