# SPDX-License-Identifier: GPL-2.0
"""Test functions, run one after another, with their results as KTAP."""

import contextlib
import os
import sys
import time
import traceback

DEBUG_KERNEL = os.path.exists("/sys/kernel/debug/kmemleak")

_tests = []
_after_each = []
_cleanups = contextlib.ExitStack()


class Skip(Exception):
    """Ends a test that lacks something; the text says what."""


def test(function):
    """Marks a function as a test; its name is the test's name."""
    _tests.append(function)
    return function


def after_each(function):
    """Marks a function as what every test ends with."""
    _after_each.append(function)
    return function


def defer(function, *args, **kwargs):
    """Has a function called when the test ends, the latest first."""
    _cleanups.callback(function, *args, **kwargs)


def option(name, usual):
    """The number that the command line has behind a name, or the usual one."""
    if name not in sys.argv:
        return usual
    at = sys.argv.index(name)
    value = int(sys.argv[at + 1])
    del sys.argv[at:at + 2]
    return value


def rounds(count):
    """How often to repeat something: less on the debug kernel, which takes
    several times as long for each."""
    return max(1, count // 4) if DEBUG_KERNEL else count


def until(condition, what, seconds=10):
    """Waits for a condition and returns its value, which is true."""
    end = time.monotonic() + seconds * (6 if DEBUG_KERNEL else 1)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not in time: {what() if callable(what) else what}")
        time.sleep(0.005)


def equal(seen, expected, what):
    """Asserts that two values are the same."""
    assert seen == expected, f"{what}: expected {expected!r}, seen {seen!r}"


def _run(function):
    """Runs a test; returns its result line's end."""
    try:
        with _cleanups:
            for last in _after_each:
                defer(last)
            function()
        return True, ""
    except Skip as reason:
        return True, f" # SKIP {reason}"
    except Exception:  # pylint: disable=broad-except
        for line in traceback.format_exc().splitlines():
            print("#", line)
        return False, ""


def main():
    """Runs the tests, or those that the command line names."""
    chosen = [t for t in _tests if t.__name__ in sys.argv[1:] or len(sys.argv) == 1]
    print("KTAP version 1")
    print(f"1..{len(chosen)}", flush=True)
    failed = 0
    for number, function in enumerate(chosen, 1):
        passed, remark = _run(function)
        failed += not passed
        print("ok" if passed else "not ok", number, function.__name__ + remark, flush=True)
    sys.exit(1 if failed else 0)
