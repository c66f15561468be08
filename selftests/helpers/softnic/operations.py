# SPDX-License-Identifier: GPL-2.0
"""Operations that are carried out whole or not at all, whichever of their
allocations fails."""

import itertools

from .injection import FailNth
from .ktap import until
from .state import State, differences

# Up to here are most of the allocations that the driver makes itself.
DENSE = 60
ENDLESS = 50000


class Operation:
    """A request that changes something, and what undoes it."""

    def __init__(self, name, request, undo, spared=False, wish=False):
        self.name, self.request, self.undo = name, request, undo
        # Whether it may succeed in spite of every failure, as a deletion does.
        self.spared = spared
        # Whether the core keeps in mind what was refused, so that it is undone, too.
        self.wish = wish


class Act:
    """What a function does, to be carried out as a request is sent."""

    def __init__(self, make):
        self.make, self.data, self.socket = make, b"", self

    def send(self, _):
        """Does it."""
        self.make()

    def recv(self, *_):
        """Nothing answers."""
        raise BlockingIOError


class Watch:
    """Looks at namespaces while operations are carried out there, and at what `also`
    returns."""

    def __init__(self, *namespaces, also=dict):
        self.also = also
        self.states = {netns: State(netns) for netns in namespaces}
        self.fail = FailNth()

    def now(self):
        """All that is told."""
        return {f"{netns} {where}": told for netns, state in self.states.items()
                for where, told in state.now().items()} | self.also()

    def settles(self, name, *expected):
        """Waits until all is as in one of some states; returns that."""
        seen = []

        def look():
            seen[:] = [self.now()]
            return seen[0] in expected

        until(look, lambda: f"{name}: " + "; or ".join(differences(x, seen[0]) for x in expected))
        return seen[0]

    def _rests(self):
        """What is told as soon as it stays."""
        seen = [None, self.now()]

        def look():
            seen[:] = [seen[1], self.now()]
            return seen[0] == seen[1]

        until(look, lambda: f"rest: {differences(*seen)}")
        return seen[1]

    def carry_out(self, operation, step):
        """Has each `step`th allocation of an operation fail in turn, of those behind
        the first fewer, until none is left: after each all is as before, or the
        operation is done, which is undone then. Says how many there were."""
        name = operation.name
        before = self._rests()
        operation.request.make()
        after = self._rests()
        assert after != before, f"{name}: nothing is told of it"
        operation.undo()
        self.settles(f"{name} undone", before)
        tried = refusals = 0
        for number in itertools.chain(range(1, DENSE, step),
                                      range(DENSE, ENDLESS, step * step)):
            injected = self.fail.during(number, operation.request)
            done = self.settles(f"{name}, failure {number}", before, after) == after
            if done or operation.wish:
                operation.undo()
                self.settles(f"{name} undone after failure {number}", before)
            if not injected:
                assert done, f"{name} fails by itself"
                assert refusals or operation.spared, f"{name}: nothing made it fail"
                print(f"# {name}: fewer than {number} allocations, {tried} failed, "
                      f"{refusals} refusals", flush=True)
                return
            tried += 1
            refusals += not done
        raise AssertionError(f"{name}: allocations without end")
