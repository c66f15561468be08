#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""vnicadm top, in a terminal: what it shows, keys, sizes, and how it ends."""

import os
import signal
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ktap import equal, main, test
from softnic.net import attempt, give_addresses, make_netns, make_pair, start
from softnic.terminal import Terminal
from softnic.vnics import vnic


def prepare():
    """A pair with traffic, and in a also an idle VNIC; a terminal there."""
    make_netns("a", "b")
    make_pair()
    give_addresses()
    vnic("aa", "n0", "a")
    start("ping -q -i 0.02 10.0.0.2", "a")
    terminal = Terminal("a")
    terminal.command("echo before")
    terminal.shows(lambda lines: "before" in lines, "an echo")
    return terminal


def begin(terminal, command="vnicadm top -i 0.3"):
    """Starts it, and waits until it shows rates."""
    terminal.command(command)
    return terminal.shows(lambda lines: any(x.startswith("n0 ") and rate(x) for x in lines),
                          "a rate")


def rate(line):
    """The packets received, as told by a line; None where there are none."""
    word = line.split()[2]
    return None if word in ("-", "0") else word


def names(lines):
    """The devices in their order."""
    return [line.split()[0] for line in lines if line.split()[1:2] in (["nic"], ["vnic"])]


def given_back(terminal):
    """Waits until the shell's own screen is back, whole."""
    lines = terminal.shows(lambda lines: "before" in lines, "the shell's screen")
    assert not any("vnicadm top:" in line for line in lines), lines
    terminal.command("stty -a")
    lines = terminal.shows(lambda lines: any("icanon" in line for line in lines), "settings")
    text = " ".join(lines)
    assert " -icanon" not in text and " -echo " not in text, text


@test
def sorts_and_quits():
    terminal = prepare()
    lines = begin(terminal)
    equal(lines[0], "vnicadm top: 2 devices by packets, every 300ms", "title")
    equal(names(lines), ["n0", "aa"], "by packets")
    assert len(lines) == 24 and lines[23].startswith(" p packets"), lines
    assert float(rate(next(x for x in lines if x.startswith("n0 ")))) < 100, lines
    terminal.type("n")
    lines = terminal.shows(lambda lines: names(lines) == ["aa", "n0"], "order by name")
    assert "by name" in lines[0], lines[0]
    terminal.type("b")
    terminal.shows(lambda lines: names(lines) == ["n0", "aa"], "order by bytes")
    terminal.type("q")
    given_back(terminal)


@test
def follows_the_size():
    terminal = prepare()
    begin(terminal)
    for width, height in ((120, 40), (40, 10), (80, 24)):
        terminal.resize(width, height)
        terminal.shows(lambda lines, last=height - 1:
                       len(lines) > last and lines[last].startswith(" p packets"),
                       f"help at the bottom of {width}x{height}")
    terminal.type("q")
    given_back(terminal)


@test
def signals_give_the_terminal_back():
    terminal = prepare()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        begin(terminal)
        os.kill(terminal.child(), number)
        terminal.shows(lambda lines: "before" in lines, "the shell's screen")
        # A shell adds 128 for a signal.
        terminal.command("echo status=$?.")
        terminal.shows(lambda lines, want=f"status={128 + number}.": want in " ".join(lines),
                       f"death by {number!r}")
    given_back(terminal)


@test
def needs_a_terminal():
    done = attempt("vnicadm top")
    equal(done.returncode, 2, "status")
    assert "top: this needs a terminal" in done.stderr, done.stderr
    equal(done.stdout, "", "output")


main()
