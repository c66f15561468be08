#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
"""Nothing that the module tells has an address of the kernel's memory in it: answers and
events of netlink, files of sysfs, the kernel's log, and trace events as they are read."""

import os
import re
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import glob
import struct

from softnic import events, frames, rtnl
from softnic.ktap import equal, main, test
from softnic.net import attempt, becomes_running, make_netns, run, up
from softnic.vnics import vnic
from softnic.ynl import DUMPS, Raw

WRITTEN = re.compile(r"(?:\b|0x)ffff[89a-f][0-9a-f]{11}\b")


def is_address(number):
    """Whether a number can be an address in the kernel's half, on x86-64: of a page,
    of what is mapped, or of text. What is near the end is a negative number."""
    return 0xffff800000000000 <= number < 0xffffffffff000000 and not (
        0xffffffff00000000 <= number < 0xffffffff80000000)


def check_bytes(data, what):
    """Asserts that no eight bytes, at any boundary of attributes, are an address."""
    for at in range(0, len(data) - 7, 4):
        number, = struct.unpack_from("=Q", data, at)
        assert not is_address(number), f"{what}: {number:#x} at {at} of {data.hex()}"


def check_text(text, what):
    """Asserts that no address is written in a text."""
    found = WRITTEN.search(text)
    assert not found, f"{what}: {found[0]} in {text[max(0, found.start() - 200):][:400]}"


def prepare():
    """A pair with VNICs, whose addresses are no chance; returns the ends."""
    make_netns("a", "b")
    run("ip link add n0 address 02:00:00:00:00:01 numrxqueues 2 netns a type softnic "
        "peer name n1 address 02:00:00:00:00:02 numrxqueues 2 netns b")
    ends = ("n0", "a"), ("n1", "b")
    for end in ends:
        up(*end)
    for end in ends:
        becomes_running(end)
    vnic("v0", "n1", "b", mac="02:00:00:00:00:03")
    vnic("v1", "n1", "b", mac="02:00:00:00:00:04", vlan=10, rings=1)
    return ends


def exchange():
    """Sends frames to all."""
    s = frames.packet_socket("n0", "a")
    for target in ("02:00:00:00:00:02", "02:00:00:00:00:03", "ff:ff:ff:ff:ff:ff"):
        s.send(frames.frame(target, "02:00:00:00:00:01"))


def read(path):
    """A file's text; none if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


@test
def the_checks_know_an_address():
    """Of the module, of the kernel's text and of its data."""
    told = re.findall(r"^([0-9a-f]{16}) . (?:\w+\t\[softnic\]|_text|init_net)$",
                      read("/proc/kallsyms"), re.M)
    assert len(told) > 10, f"{len(told)} symbols"
    for text in told:
        assert is_address(int(text, 16)) and WRITTEN.search(f"at 0x{text}"), text
    for harmless in (0, 1 << 47, 0xffffffffffffffff, 0xffffffff0002000a, 0xfffffffffffffff5):
        assert not is_address(harmless), hex(harmless)


@test
def netlink_tells_none():
    prepare()
    exchange()
    for netns in ("a", "b"):
        raw, told = Raw(netns), 0
        for name in DUMPS:
            raw.ask(name, dump=True)
            for part in raw.parts():
                for _, _, payload in part:
                    check_bytes(payload, f"{name} in {netns}")
                    told += len(payload)
        assert told > 500, f"{told} bytes in {netns}"
        for one in rtnl.settings(netns):
            for number, value in one.items():
                check_bytes(value, f"attribute {number} of a link in {netns}")


@test
def events_tell_none():
    prepare()
    with rtnl.open_socket("b", groups=1) as links:
        run("ip link set n1 mtu 1400", "b")
        run("ip link del v1", "b")
        told = links.recv(1 << 18)
        check_bytes(told, "an event of a link")
        assert len(told) > 500, f"{len(told)} bytes"


@test
def files_and_tools_tell_none():
    run("ip link add n0 type softnic")
    run("ip link add link n0 name v0 type vnic")
    for dev in ("n0", "v0"):
        found = [os.path.join(folder, name)
                 for folder, _, names in os.walk(os.path.realpath(f"/sys/class/net/{dev}"))
                 for name in names]
        assert len(found) > 30, f"{len(found)} files of {dev}"
        for path in found:
            check_text(read(path), path)
        for what in ("-i", "-S", "-d", "-x", "-n", "-k", "-T", "-m", "-l", ""):
            done = attempt(f"ethtool {what} {dev}")
            check_text(done.stdout + done.stderr, f"ethtool {what}")
    assert not glob.glob("/sys/kernel/debug/softnic*"), "files of debugfs"
    done = attempt("setpriv --reuid 65534 --clear-groups cat /sys/module/softnic/sections/.text")
    assert done.returncode and "Permission denied" in done.stderr, "sections"


@test
def the_log_has_none():
    prepare()
    exchange()
    run("ip link del n0", "a")
    lines = [line for line in run("dmesg").splitlines() if "softnic" in line]
    assert lines, "the module's loading is there"
    check_text("\n".join(lines), "the log")


@test
def trace_events_have_none():
    """As they are read, unless root asks for them as they are."""
    prepare()
    watch = events.Events()
    exchange()
    watch.find("deliver")
    text = read(f"{watch.folder}/trace")
    equal(len(re.findall(r"skbaddr=[0-9a-f]{16}\b", text)) > 5, True, "frames are told apart")
    check_text(text, "trace events")
    done = attempt(f"setpriv --reuid 65534 --clear-groups cat {watch.folder}/trace")
    assert done.returncode and "Permission denied" in done.stderr, "a user reads them"
    with open(f"{watch.folder}/options/hash-ptr", "w", encoding="ascii") as f:
        f.write("0")
    assert WRITTEN.search(read(f"{watch.folder}/trace")), "what is hashed are addresses"


main()
